"""Runs: what they pay whom, that nobody is paid twice, and that what was approved stays."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_payroll.models import Slip, SlipLine

from backoffice.core.api import BackofficeError, Conflict, InvalidInput, Question, RuleBroken, translate

D = Decimal


@pytest.fixture(scope="module", autouse=True)
def rules(shared_office, payroll_of):
    made = payroll_of(shared_office)
    made.components(
        basic={"formula": "pay", "prorated": True, "bases": "taxable"},
        housing={"formula": "basic * 0.25", "bases": "taxable"},
        overtime={"formula": "input.hours * pay / 240 * 1.5", "condition": "input.hours > 0", "bases": "taxable"},
        bonus={"formula": "input.bonus", "bases": "taxable"},
        tax={"formula": "base.taxable * rate.tax", "kind": "deduction"},
        pension={"formula": "basic * 0.09", "kind": "employer"},
        limit={"formula": "max(base.taxable, 100)", "kind": "figure"},
    )
    made.do("rate.create", code="tax", name="Tax", values=[
        {"since": "2025-01-01", "value": "0.1"}, {"since": "2026-03-01", "value": "0.2"}])  # fmt: skip
    made.structure("plain", "basic", "housing", "overtime", "bonus", "tax", "pension", "limit")


@pytest.fixture
def group(payroll):
    """A structure nobody else is paid by, so that its runs are alone."""

    def make(code, **values):
        used = ("basic", "housing", "overtime", "bonus", "tax", "pension", "limit")
        return payroll.structure(code, *used, **values)

    return make


def test_a_month_of_one_person(payroll, group):
    structure = group("one")
    _id, who = payroll.employee("one", 8000)
    payroll.do("input.create", employee=who, name="hours", value="10", date="2026-01-12")
    run = payroll.run("2026-01-01", structure=structure)
    assert payroll.slips(run)[who] == {
        "basic": D(8000), "housing": D(2000), "overtime": D(500), "tax": D(1050), "pension": D(720), "limit": D(10500),
    }  # fmt: skip
    slip = payroll.slip(run, _id)
    assert (slip.gross, slip.deductions, slip.net, slip.employer) == (D(10500), D(1050), D(9450), D(720))
    assert slip.number == f"{payroll.get('run', run).number}-{who}"


def test_each_line_says_how_it_was_reached(payroll, group):
    structure = group("told")
    payroll.employee("told", 3000, contract={"end_date": "2026-01-14"})
    run = payroll.run("2026-01-01", structure=structure)
    with payroll.desk.reading() as session:
        told = dict(
            session.execute(
                sa.select(SlipLine.kind, SlipLine.reached)
                .join(Slip, Slip.id == SlipLine.slip_id)
                .where(Slip.run_id == run, SlipLine.kind.in_(("deduction", "employer")))
            ).all()
        )
        basic = session.scalars(
            sa.select(SlipLine.reached).join(Slip, Slip.id == SlipLine.slip_id).where(Slip.run_id == run)
        ).first()
    assert basic == "pay × 10 / 21 [pay = 3000]"
    assert told["deduction"] == "base.taxable * rate.tax [base.taxable = 1785.71, rate.tax = 0.1]"


def test_rates_hold_from_their_day_and_old_payslips_keep_theirs(payroll, group):
    structure = group("rates")
    _id, who = payroll.employee("rates", 1000)
    february = payroll.run("2026-02-01", structure=structure)
    march = payroll.run("2026-03-01", structure=structure)
    assert payroll.slips(february)[who]["tax"] == D(125)
    assert payroll.slips(march)[who]["tax"] == D(250)


def test_a_rise_within_a_month_counts_by_days(payroll, group):
    structure = group("rise", days="calendar")
    _id, who = payroll.employee("rise", 3000, contract={"end_date": "2026-04-10"})
    payroll.contract(who, "rise", 6000, start="2026-04-11")
    run = payroll.run("2026-04-01", structure=structure)
    assert payroll.slips(run)[who]["basic"] == D(5000)


def test_contracts_of_one_person_do_not_overlap(payroll, group):
    group("overlap")
    _id, who = payroll.employee("overlap", 3000)
    with pytest.raises(InvalidInput, match="same days"):
        payroll.contract(who, "overlap", 4000, start="2026-05-01")


def test_absences_and_repeated_inputs(payroll, group):
    structure = group("away")
    _id, who = payroll.employee("away", 2100)
    payroll.do("absence.create", employee=who, start_date="2026-01-04", end_date="2026-01-05")
    payroll.do("absence.create", employee=who, start_date="2026-01-06", end_date="2026-01-06", unpaid="50")
    payroll.do("input.create", employee=who, name="bonus", value="50", date="2026-01-31", until="2026-02-10")
    months = [payroll.slips(payroll.run(f"2026-0{n}-01", structure=structure))[who] for n in (1, 2, 3)]
    assert months[0]["basic"] == D(1850)  # 18.5 of 21 days
    assert [month.get("bonus") for month in months] == [D(50), D(50), None]


def test_an_extra_run_pays_what_was_entered_for_it_and_nothing_else(payroll, group):
    structure = group("extra")
    _id, who = payroll.employee("extra", 5000)
    payroll.employee("extra", 5000)
    payroll.do("input.create", employee=who, name="bonus", value="700", date="2026-01-15", extra=True)
    extra = payroll.run("2026-01-01", structure=structure, kind="extra")
    regular = payroll.run("2026-01-01", structure=structure)
    assert payroll.slips(extra) == {who: {"bonus": D(700), "tax": D(70), "limit": D(700)}}
    assert "bonus" not in payroll.slips(regular)[who]
    assert len(payroll.slips(regular)) == 2


def test_nobody_is_paid_twice_for_the_same_days(payroll, group):
    structure = group("twice")
    payroll.employee("twice", 1000)
    payroll.run("2026-01-01", structure=structure)
    for start, until in (("2026-01-01", None), ("2026-01-15", "2026-02-14")):
        made = payroll.do("run.create", from_date=start, until_date=until, structure=structure)["id"]
        with pytest.raises(RuleBroken, match="already"):
            payroll.do("compute", id=made)


def test_the_database_holds_one_regular_payslip_for_a_period(payroll, group):
    structure = group("held")
    employee, _who = payroll.employee("held", 1000)
    run = payroll.run("2026-01-01", structure=structure)
    with payroll.desk.reading() as session:
        slip = session.get(Slip, payroll.slip(run, employee).id)
        copied = {
            name: getattr(slip, name)
            for name in (
                "run_id", "employee_id", "contract_id", "kind", "from_date", "until_date", "pay_date", "year",
                "working_days", "paid_days", "gross", "deductions", "net", "employer", "currency",
            )
        }  # fmt: skip
    with pytest.raises(BackofficeError):
        payroll.office.acting_as("admin", organization="acme", company="main").run(
            lambda session: session.insert_rows(Slip, [copied])
        )


def test_what_changed_since_it_was_worked_out_is_not_approved_unseen(payroll, group):
    structure = group("unseen")
    _id, who = payroll.employee("unseen", 1000)
    run = payroll.run("2026-01-01", structure=structure, approve=False)
    payroll.do("input.create", employee=who, name="bonus", value="1", date="2026-01-15")
    with pytest.raises(RuleBroken, match="changed since"):
        payroll.do("approve", id=run)
    payroll.do("compute", id=run)
    payroll.do("approve", id=run)
    assert payroll.get("run", run).state == "approved"


def test_a_net_pay_below_nothing_is_not_approved(payroll):
    payroll.components(fine={"formula": "input.fine", "kind": "deduction"})
    structure = payroll.structure("below", "basic", "fine")
    _id, who = payroll.employee("below", 100)
    payroll.do("input.create", employee=who, name="fine", value="150", date="2026-01-15")
    run = payroll.run("2026-01-01", structure=structure, approve=False)
    with pytest.raises(RuleBroken, match="below zero"):
        payroll.do("approve", id=run)


def test_whoever_cannot_be_worked_out_is_named_with_the_reason(payroll):
    payroll.components(children={"formula": "employee.children * 10"})
    structure = payroll.structure("named", "basic", "children")
    payroll.employee("named", 100, facts={"children": 2})
    payroll.employee("named", 100, name="Widad")
    made = payroll.do("run.create", from_date="2026-01-01", structure=structure)["id"]
    with pytest.raises(RuleBroken, match="One payslip") as refused:
        payroll.do("compute", id=made)
    assert "Widad" in translate(refused.value.why, "en")
    assert "children" in translate(refused.value.why, "en")
    assert payroll.get("run", made).state == "draft"


def test_facts_have_dates(payroll):
    payroll.components(family={"formula": "employee.family * 100"})
    structure = payroll.structure("facts", "basic", "family")
    _id, who = payroll.employee("facts", 1000)
    payroll.do(
        "employee.change",
        id=_id,
        facts=[{"name": "family", "value": "1"}, {"name": "family", "value": "3", "since": "2026-02-15"}],
    )
    months = [payroll.slips(payroll.run(f"2026-0{n}-01", structure=structure))[who]["family"] for n in (1, 2)]
    assert months == [D(100), D(300)]


def test_figures_of_the_year_add_up_and_begin_with_what_was_taken_over(payroll):
    payroll.components(so_far={"formula": "year.basic + basic", "kind": "figure"})
    structure = payroll.structure("sofar", "basic", "so_far")
    _id, who = payroll.employee("sofar", 1000, start="2025-01-01")
    payroll.do("opening.create", employee=who, component="basic", date="2026-02-28", amount="1900")
    runs = [payroll.run(start, structure=structure) for start in ("2026-03-01", "2026-04-01", "2027-01-01")]
    assert [payroll.slips(run)[who]["so_far"] for run in runs] == [D(2900), D(3900), D(1000)]


def test_a_run_is_taken_back_the_latest_first(payroll, group):
    structure = group("undone")
    _id, who = payroll.employee("undone", 1000)
    january = payroll.run("2026-01-01", structure=structure)
    february = payroll.run("2026-02-01", structure=structure)
    with pytest.raises(RuleBroken, match="rest on this run"):
        payroll.do("undo", id=january, reason="Wrong")
    payroll.do("undo", id=february, reason="Wrong")
    payroll.do("undo", id=january, reason="Wrong")
    again = payroll.run("2026-01-01", structure=structure)
    assert payroll.slips(again)[who]["basic"] == D(1000)
    assert payroll.get("run", january).state == "undone"


def test_a_paid_run_is_taken_back_after_its_payment(payroll, group):
    structure = group("paid")
    payroll.employee("paid", 1000)
    run = payroll.run("2026-01-01", structure=structure)
    payroll.do("pay", id=run)
    assert payroll.get("run", run).paid_on.isoformat() == "2026-01-31"
    with pytest.raises(BackofficeError):
        payroll.do("undo", id=run, reason="Wrong")
    payroll.do("unpay", id=run, reason="Bounced")
    payroll.do("undo", id=run, reason="Wrong")
    assert payroll.get("run", run).state == "undone"


def test_a_run_is_worked_out_again_or_made_a_draft(payroll, group):
    structure = group("again")
    payroll.employee("again", 1000)
    run = payroll.run("2026-01-01", structure=structure, approve=False)
    payroll.do("compute", id=run)
    assert len(payroll.desk.list("payroll.slip", Question(filters={"run": run})).records) == 1
    payroll.do("reopen", id=run)
    assert payroll.slips(run) == {}
    payroll.do("run.change", id=run, name="Better")
    payroll.do("run.delete", id=run)


def test_a_run_without_anybody_is_refused(payroll, group):
    made = payroll.do("run.create", from_date="2026-01-01", structure=group("nobody"))["id"]
    with pytest.raises(RuleBroken, match="Nobody"):
        payroll.do("compute", id=made)


STATEMENTS = [
    "UPDATE payroll_slip SET net = net + 1, gross = gross + 1 WHERE run_id = {run}",
    "UPDATE payroll_slip SET state = 'draft' WHERE run_id = {run}",
    "DELETE FROM payroll_slip_line WHERE slip_id IN (SELECT id FROM payroll_slip WHERE run_id = {run})",
    "UPDATE payroll_slip_line SET amount = 1 WHERE slip_id IN (SELECT id FROM payroll_slip WHERE run_id = {run})",
]


def refused(payroll, statement):
    with (
        pytest.raises(sa.exc.DBAPIError, match="approved is not changed"),
        payroll.office.database.system() as session,
        session.begin(),
    ):
        session.execute(sa.text(statement))


def test_a_final_payslip_is_kept_by_the_database(payroll_on_both):
    payroll = payroll_on_both
    payroll.components(basic="pay")
    structure = payroll.structure("kept", "basic")
    payroll.employee("kept", 1000)
    run = payroll.run("2026-01-01", structure=structure)
    for statement in STATEMENTS:
        refused(payroll, statement.format(run=run))
    payroll.do("undo", id=run, reason="Wrong")
    refused(payroll, STATEMENTS[1].format(run=run))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"code": "Basic!", "formula": "pay"}, "small Latin letters"),
        ({"code": "pay", "formula": "1"}, "means something else"),
        ({"code": "bad", "formula": "pay +"}, "cannot be read"),
        ({"code": "bad", "formula": "pay", "condition": "import os"}, "cannot be read"),
        ({"code": "bad", "formula": "pay", "step": "0"}, "above zero"),
    ],
)
def test_a_component_that_cannot_be_read_is_refused(payroll, values, said):
    with pytest.raises(InvalidInput) as refused:
        payroll.do("component.create", name="Bad", **values)
    assert said in " ".join(str(one) for many in refused.value.fields.values() for one in many)


def test_a_structure_that_could_not_be_worked_out_is_refused(payroll):
    payroll.components(hen="egg + 1", egg="hen + 1", alone="rate.unheard")
    for code, parts, said in (("circle", ("hen", "egg"), "circle"), ("lone", ("alone",), "unheard")):
        with pytest.raises(InvalidInput) as refused:
            payroll.structure(code, *parts)
        assert said in translate(refused.value.why, "en")


def test_a_component_is_not_changed_so_that_its_structures_break(payroll):
    payroll.components(first="pay", second="first * 2")
    payroll.structure("linked", "first", "second")
    first = payroll.get("component", "first").id
    with pytest.raises(InvalidInput) as refused:
        payroll.do("component.change", id=first, formula="second / 2")
    assert "circle" in translate(refused.value.why, "en")


def test_a_draft_cannot_be_paid(payroll, group):
    made = payroll.do("run.create", from_date="2026-01-01", structure=group("early"))["id"]
    with pytest.raises((Conflict, RuleBroken)):
        payroll.do("pay", id=made)
