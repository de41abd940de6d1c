"""Worked cases of other systems, by the same formulas, tables and days people write here."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from backoffice_payroll.computing import Component, Facts, Plan, Table, differences
from backoffice_payroll.formulas import to_step
from backoffice_payroll.periods import Absence, Days, days_of, end_of, number_of
from backoffice_payroll.tables import Bracket, apply

D = Decimal

FILE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "finance.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")

LEAVE = {"pay-encash-01", "pay-leave-cf-01", "pay-leave-prorata-01"}
"""About leave, which is kept by no plugin yet."""
ELSEWHERE = {"pay-fx-01", "pay-ytd-01", "pay-loan-03"}
"""Tested with books and runs: ``test_in_the_books`` and ``test_runs``."""


def case(id_):
    return CASES[id_]["given"], CASES[id_]["expect"]


def day(text):
    return date.fromisoformat(text)


def work_out(components, pay=0, days=None, **facts):
    plan = Plan([Component(code, *said) if isinstance(said, tuple) else Component(code, "earning", said)
                 for code, said in components.items()])  # fmt: skip
    facts = Facts(pay=D(pay), days=days or Days(D(1), D(1)), **facts)
    return {line.component.code: line.amount for line in plan.lines(facts)}


def marginal(slabs):
    return Table("marginal", tuple(Bracket(D(start), D(rate.rstrip("%"))) for start, _end, rate in slabs))


def test_every_case_about_pay_is_here():
    here = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.startswith("test_pay_")}
    assert {id_ for id_ in CASES if id_.startswith("pay-")} == here | LEAVE | ELSEWHERE


def test_pay_us_ot_01():
    given, expected = case("pay-us-ot-01")
    found = work_out(
        {"week": "input.hours * employee.rate + max(input.hours - employee.threshold, 0) * employee.rate * 0.5"},
        inputs={"hours": D(given["hours_in_week"])},
        employee={"rate": D(given["hourly_rate"]), "threshold": D(given["threshold"])},
    )
    assert found["week"] == D(expected["weekly_wage"])


def test_pay_uk_ni_dir_01():
    given, expected = case("pay-uk-ni-dir-01")
    rates = {"pt": D(given["PT"]), "st": D(given["ST"]), "uel": D(given["UEL"])}
    components = {
        "wage": "pay",
        "ee": ("deduction", "max(min(year.wage + wage, rate.uel) - rate.pt, 0) * 0.08 - year.ee"),
        "er": ("employer", "max(year.wage + wage - rate.st, 0) * 0.15 - year.er"),
    }
    year = dict.fromkeys(components, D(0))
    months = []
    for _n in range(12):
        months.append(work_out(components, pay=D(given["monthly_pay"]), rates=rates, year=year))
        year = {code: year[code] + months[-1][code] for code in year}
    assert [month["ee"] for month in months] == [D(one) for one in expected["primary_by_month"]]
    assert [month["er"] for month in months] == [D(one) for one in expected["secondary_by_month"]]
    assert (year["ee"], year["er"]) == (D(expected["year_primary"]), D(expected["year_secondary"]))


def test_pay_uk_ni_dir_02():
    given, expected = case("pay-uk-ni-dir-02")
    monthly = {name.lower(): D(value) for name, value in given["monthly"].items()}
    yearly = {"pt": D(12570), "st": D(5000), "uel": D(50270)}
    components = {
        "wage": "pay",
        "ee_a": ("deduction", "max(min(wage, rate.uel) - rate.pt, 0) * 0.08"),
        "ee_b": ("deduction", "max(wage - rate.uel, 0) * 0.02"),
        "er": ("employer", "max(wage - rate.st, 0) * 0.15"),
    }

    def month(pay, rates):
        found = work_out(components, pay=pay, rates=rates)
        return {"primary": found["ee_a"] + found["ee_b"], "secondary": found["er"]}

    def told(name):
        return {key: D(value) for key, value in expected[name].items()}

    pay, bonus = D(given["monthly_pay"]), D(given["october_bonus"])
    normal, october = month(pay, monthly), month(pay + bonus, monthly)
    assert (normal, october) == (told("normal_month"), told("october"))
    so_far = {key: normal[key] * 10 + october[key] for key in normal}
    assert so_far == told("ytd_11_months")
    year = month(pay * 12 + bonus, yearly)
    assert {key: year[key] - so_far[key] for key in year} == told("march_reconciliation")


def test_pay_uk_paye_01():
    given, expected = case("pay-uk-paye-01")
    components = {
        "wage": "pay",
        "taxable": ("figure", "floor(wage + year.wage - employee.free * period.number, 1)"),
        "tax": ("deduction", "taxable * 0.2 - year.tax"),
    }
    free = {"free": D(given["monthly_free_pay"])}
    first = work_out(components, pay=D(given["month_1_pay"]), employee=free, number=1)
    second = work_out(components, pay=D(given["month_2_pay"]), employee=free, number=2, year=first)
    assert (first["taxable"], first["tax"]) == (D(expected["month_1_taxable"]), D(expected["month_1_tax"]))
    assert (second["taxable"], second["tax"]) == (D(expected["ytd_2_taxable"]), D(expected["month_2_tax"]))


def test_pay_us_fit_01():
    given, expected = case("pay-us-fit-01")
    table = tuple(Bracket(D(start), D(rate.rstrip("%")), D(base)) for start, base, rate in given["table_annual"])
    found = work_out(
        {"annual": "pay * period.per_year - rate.line_1g", "tentative": "table.fit(annual)",
         "tax": ("deduction", "tentative / period.per_year")},
        pay=D(given["wages"]), per_year=26, rates={"line_1g": D(given["line_1g"])},
        tables={"fit": Table("marginal", table)},
    )  # fmt: skip
    assert found["annual"] == D(expected["adjusted_annual_wage"])
    assert (found["tentative"], found["tax"]) == (D(expected["annual_tentative"]), D(expected["per_period"]))


def test_pay_us_fica_01():
    given, expected = case("pay-us-fica-01")
    found = work_out(
        {"ss": ("deduction", "pay * 0.062"), "medicare": ("deduction", "pay * 0.0145"),
         "match": ("employer", "ss + medicare")},
        pay=D(given["wages"]),
    )  # fmt: skip
    assert found == {"ss": D(expected["social_security"]), "medicare": D(expected["medicare"]),
                     "match": D(expected["employer_match"])}  # fmt: skip


def test_pay_in_slab_01():
    given, expected = case("pay-in-slab-01")
    found = work_out(
        {"tax": ("deduction", "round(table.tax(pay) * 1.04, 1)")}, pay=D(given["annual_taxable"]),
        tables={"tax": marginal(given["slabs"])},
    )  # fmt: skip
    assert found["tax"] == D(expected["annual_tax"])


def test_pay_in_slab_03():
    """Brackets touch: the peer adds one to each slab and is five paise off."""
    given, expected = case("pay-in-slab-03")
    touching = [[str(int(start) // 10 * 10), end, rate] for start, end, rate in given["slabs"]]
    found = work_out(
        {"tax": ("deduction", "table.tax(pay) * 1.04")}, pay=D(given["annual_taxable"]),
        tables={"tax": marginal(touching)},
    )  # fmt: skip
    assert found["tax"] == D(expected["exact_continuous_brackets"])


def test_pay_slab_offbyone_02():
    given, expected = case("pay-slab-offbyone-02")
    bands = [one.split(" @") for one in given["band_amounts"]]
    start, brackets = D(0), []
    for amount, rate in bands:
        brackets.append(Bracket(start, D(rate.rstrip("%"))))
        start += D(amount)
    found = apply(brackets, start) * D("1.05")
    assert round(found, 5) == round(D(expected["expected_by_user"]), 5)


def test_pay_days_01():
    given, expected = case("pay-days-01")
    start = day(f"{given['month']}-01")
    away = [Absence(day(first), day(last)) for first, last in given["lwp"]]
    found = days_of(start, end_of("month", start), [(day("2000-01-01"), None)], away, rest={6})
    assert (found.unpaid, found.paid) == (D(expected["leave_without_pay"]), D(expected["payment_days"]))


def test_pay_days_02():
    given, expected = case("pay-days-02")
    start = day("2024-07-01")  # 31 days, 4 Sundays
    away = [
        Absence(day("2024-07-02"), day("2024-07-02")),
        Absence(day("2024-07-03"), day("2024-07-03"), D(given["half_day_lwp_fraction"].split()[0])),
        Absence(day("2024-07-04"), day("2024-07-04")),
        Absence(day("2024-07-07"), day("2024-07-07")),  # a Sunday
    ]
    days = days_of(start, end_of("month", start), [(day("2000-01-01"), None)], away, rest={6})
    assert (days.working, days.paid) == (D(27), D(expected["payment_days"]))
    plan = Plan([Component("gross_pay", "earning", "pay", prorated=True)])
    [line] = plan.lines(Facts(pay=D(given["monthly_gross"]), days=days))
    assert line.amount == D(expected["gross_pay"])


def test_pay_days_04():
    given, expected = case("pay-days-04")
    half = D(given["fraction_of_daily_salary"])
    away = [
        Absence(day("2024-07-01"), day("2024-07-03")),
        Absence(day("2024-07-04"), day("2024-07-04"), half),
        Absence(day("2024-07-05"), day("2024-07-05"), half / 2),
    ]
    found = days_of(day("2024-07-01"), day("2024-07-31"), [(day("2000-01-01"), None)], away, rest={6})
    assert found.unpaid == D(expected["leave_without_pay"])


def test_pay_loan_01():
    """An annuity, rounded up to a whole unit, is a figure people work out once and enter for each period."""
    given, expected = case("pay-loan-01")
    rate = D(given["annual_rate"].rstrip("%")) / 1200
    each = D(given["principal"]) * rate / (1 - (1 + rate) ** -given["periods"])
    assert to_step(each, D(1), "ceiling") == D(expected["monthly_repayment"])
    found = work_out({"wage": "pay", "loan": ("deduction", "input.loan")}, pay=D(5000), inputs={"loan": D(592)})
    assert found["wage"] - found["loan"] == D(5000) - D(expected["monthly_repayment"])


def test_pay_formula_01():
    given, expected = case("pay-formula-01")
    components = {
        "lta": "pay - sc",
        "sc": ("figure", "pay - bs - h"),
        "h": given["H"],
        "bs": "pay * 0.4",
    }
    found = work_out(components, pay=D(given["base"]))
    assert (found["bs"], found["sc"], found["lta"]) == (D(expected["BS"]), D(expected["SC"]), D(expected["LTA"]))


def test_pay_formula_02():
    given, expected = case("pay-formula-02")
    found = work_out({"bs": "pay", "hra": given["HRA"], "sa": "bs * 0.5", "all_of_it": ("figure", "gross")},
                     pay=D(given["base"]))  # fmt: skip
    assert found["all_of_it"] == D(expected["gross"])


def test_pay_exempt_01():
    given, expected = case("pay-exempt-01")
    inputs = {"declared": sum(D(one) for one in given["declared"])}
    found = work_out({"exempt": ("figure", f"min(input.declared, {given['category_cap']})")}, inputs=inputs)
    assert found["exempt"] == D(expected["exempt"])


def test_pay_exempt_03():
    """The rule holds for the year: the house rent allowance received is what the peer's fixture pays."""
    given, expected = case("pay-exempt-03")
    days, basic = D(given["days"]), D(given["basic_per_day"])
    annual = D(expected["annual"])
    facts = {"rent": D(given["rent_per_month"]) * 12, "basic": basic * days, "received": D(3000) * days}
    found = work_out(
        {"exempt": ("figure", "min(employee.received, employee.rent - 0.1 * employee.basic, 0.5 * employee.basic)"),
         "monthly": ("figure", "exempt / 12")},
        employee=facts,
    )  # fmt: skip
    assert (found["exempt"], found["monthly"]) == (annual, D(expected["monthly"]))


def test_pay_exempt_04():
    given, expected = case("pay-exempt-04")
    found = work_out(
        {"annual": ("figure", "6 * employee.first + 6 * employee.last"), "monthly": ("figure", "annual / 12")},
        employee={"first": D(given["hra_first_6_months"]), "last": D(given["hra_last_6_months"])},
    )
    assert (found["annual"], found["monthly"]) == (D(expected["annual"]), D(expected["monthly"]))


def test_pay_arrear_02():
    given, expected = case("pay-arrear-02")
    paid = {"basic": D(given["paid"]) + D(given["later_correction"])}
    assert differences({"basic": D(given["new_entitlement"])}, paid) == {"basic": D(expected["arrear"])}


def test_pay_period_01():
    given, expected = case("pay-period-01")
    year = day(given["payroll_period"][0])
    starts = [day(one) for one in given["slip_starts"]]
    numbers = [number_of("month", year, start, end_of("month", start)) for start in starts]
    assert [12 - number + 1 for number in numbers] == expected["remaining"]
