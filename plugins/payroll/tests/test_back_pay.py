"""Back pay: what earlier periods come to with what is known today, less what was paid for them."""

from decimal import Decimal

import pytest

D = Decimal


@pytest.fixture(scope="module", autouse=True)
def rules(shared_office, payroll_of):
    made = payroll_of(shared_office)
    made.components(
        basic={"formula": "pay", "prorated": True, "bases": "taxable"},
        bonus={"formula": "input.bonus", "bases": "taxable"},
        levy={"formula": "base.taxable * 0.1", "kind": "deduction"},
        tax={"formula": "(base.taxable + back.taxable) * 0.2", "kind": "deduction"},
        surcharge={"formula": "tax * 0.5", "kind": "deduction"},
    )


def test_a_rise_in_the_past_is_paid_now_with_the_levies_of_then(payroll):
    structure = payroll.structure("raised", "basic", "levy")
    _id, who = payroll.employee("raised", 1000)
    for start in ("2026-01-01", "2026-02-01"):
        payroll.run(start, structure=structure)
    [old] = payroll.desk.list("payroll.contract", employee=_id).records
    payroll.do("contract.change", id=old.id, pay="1200")
    march = payroll.run("2026-03-01", structure=structure, back_to="2026-02-01")
    assert payroll.slips(march)[who] == {"basic": D(1200), "levy": D(120), "basic'": D(200), "levy'": D(20)}
    april = payroll.run("2026-04-01", structure=structure, back_to="2026-01-01")
    assert payroll.slips(april)[who] == {"basic": D(1200), "levy": D(120), "basic'": D(200), "levy'": D(20)}
    may = payroll.run("2026-05-01", structure=structure, back_to="2026-01-01")
    assert payroll.slips(may)[who] == {"basic": D(1200), "levy": D(120)}


def test_too_much_is_taken_back(payroll):
    structure = payroll.structure("absent", "basic", "levy")
    _id, who = payroll.employee("absent", 2100)
    payroll.run("2026-01-01", structure=structure)
    payroll.do("absence.create", employee=who, start_date="2026-01-04", end_date="2026-01-04")
    february = payroll.run("2026-02-01", structure=structure, back_to="2026-01-01")
    assert payroll.slips(february)[who]["basic'"] == D(-100)
    assert payroll.slips(february)[who]["levy'"] == D(-10)


def test_what_reads_back_pay_itself_is_not_paid_again(payroll):
    structure = payroll.structure("taxed", "basic", "bonus", "tax", "surcharge")
    _id, who = payroll.employee("taxed", 1000)
    payroll.run("2026-01-01", structure=structure)
    payroll.do("input.create", employee=who, name="bonus", value="300", date="2026-01-20")
    february = payroll.run("2026-02-01", structure=structure, back_to="2026-01-01")
    assert payroll.slips(february)[who] == {
        "basic": D(1000), "bonus'": D(300), "tax": D(260), "surcharge": D(130),
    }  # fmt: skip


def test_figures_of_the_year_count_back_pay(payroll):
    payroll.components(seen={"formula": "year.basic", "kind": "figure"})
    structure = payroll.structure("counted", "basic", "seen")
    _id, who = payroll.employee("counted", 1000)
    payroll.run("2026-01-01", structure=structure)
    [old] = payroll.desk.list("payroll.contract", employee=_id).records
    payroll.do("contract.change", id=old.id, pay="1100")
    payroll.run("2026-02-01", structure=structure, back_to="2026-01-01")
    march = payroll.run("2026-03-01", structure=structure)
    assert payroll.slips(march)[who]["seen"] == D(2200)


def test_a_component_of_this_year_reads_earlier_periods_as_they_should_have_been(payroll):
    payroll.components(cap={"formula": "max(min(1500 - year.basic, basic), 0) * 0.1", "kind": "deduction"})
    structure = payroll.structure("capped", "basic", "cap")
    _id, who = payroll.employee("capped", 500)
    payroll.run("2026-01-01", structure=structure)
    payroll.run("2026-02-01", structure=structure)
    [old] = payroll.desk.list("payroll.contract", employee=_id).records
    payroll.do("contract.change", id=old.id, pay="1000")
    march = payroll.run("2026-03-01", structure=structure, back_to="2026-01-01")
    # January should have been 100 and February 50 of 1,500; 50 and 50 were taken.
    slips = payroll.slips(march)[who]
    assert slips["cap'"] == D(50)
    assert slips["basic'"] == D(1000)


def test_a_correction_of_others_is_counted(payroll):
    """Paid 50,000, corrected by 5,000, now 70,000: 15,000 are owed (frappe/hrms#3607)."""
    structure = payroll.structure("others", "basic")
    _id, who = payroll.employee("others", 50000)
    payroll.run("2026-01-01", structure=structure)
    [old] = payroll.desk.list("payroll.contract", employee=_id).records
    for pay, start, owed in ((55000, "2026-02-01", 5000), (70000, "2026-03-01", 15000 * 2)):
        payroll.do("contract.change", id=old.id, pay=str(pay))
        run = payroll.run(start, structure=structure, back_to="2026-01-01")
        assert payroll.slips(run)[who]["basic'"] == D(owed)  # in March, January and February each lack 15,000
