"""What tax offices published to try payroll with, worked out by formulas anybody could write here.

The formulas are no part of the product: they show that its language and tables are enough for a country's law. Where
the data comes from stands beside it, in ``SOURCE.md`` of each folder.
"""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from backoffice_payroll.computing import Component, Facts, Plan, Table
from backoffice_payroll.formulas import to_step
from backoffice_payroll.periods import Days
from backoffice_payroll.tables import Bracket

D = Decimal
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
UK, US = DATA / "payroll_uk_hmrc", DATA / "payroll_us_15t"
PER_YEAR = {"Weekly": 52, "Fortnightly": 26, "FourWeekly": 13, "Monthly": 12}
HERE = Days(D(1), D(1))

uk = pytest.mark.skipif(not UK.is_dir(), reason="the published figures are not beside this checkout")
us = pytest.mark.skipif(not US.is_dir(), reason="the published figures are not beside this checkout")


def rows(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rates():
    return json.loads((UK / "rates_by_tax_year.json").read_text("utf-8"), parse_float=D, parse_int=D)


def work_out(plan, **facts):
    return {line.component.code: line.amount for line in plan.lines(Facts(days=HERE, **facts))}


def part(code, kind, rate, amount):
    """A part of a contribution, rounded by itself: up where the third decimal is six or more, otherwise down."""
    return Component(code, kind, f"floor(rate.{rate} * ({amount}) / 100, 0.001)", mode="half_down")


INSURANCE = Plan(
    [
        # Parts of the thresholds of the year in whole pounds: the lower one to the nearest, the upper one upwards.
        Component("primary", "figure", "round(rate.pt / period.per_year, 1)"),
        Component("upper", "figure", "ceiling(rate.uel / period.per_year, 1)"),
        Component("below_upper", "figure", "max(min(pay, upper) - primary, 0)"),
        Component("above_upper", "figure", "max(pay - upper, 0)"),
        part("employee_below", "deduction", "ee_c", "below_upper"),
        part("employee_above", "deduction", "ee_d", "above_upper"),
        part("employer_below", "employer", "er_c", "below_upper"),
        part("employer_above", "employer", "er_d", "above_upper"),
    ]
)
CONTRIBUTIONS = ("employee_below", "employee_above", "employer_below", "employer_above")


@uk
def test_national_insurance():
    known, cases = rates(), rows(UK, "ni_cases.csv")
    wrong = []
    for case in cases:
        year = known[case["tax_year_from"]]
        letter = year["NiRates"][case["category"]]
        said = {"pt": year["PrimaryThreshold"], "uel": year["UpperEarningsLimit"]}
        said |= {"ee_c": letter["EeC"], "ee_d": letter["EeD"], "er_c": letter["ErC"], "er_d": letter["ErD"]}
        found = work_out(INSURANCE, pay=D(case["gross"]), per_year=PER_YEAR[case["pay_period"]], rates=said)
        if sum(found[name] for name in CONTRIBUTIONS) != D(case["expected_employee_plus_employer_ni"]):
            wrong.append((case, found))
    assert (len(cases), wrong) == (544, [])


LOAN = Plan(
    [
        Component("threshold", "figure", "floor(rate.threshold / period.per_year)"),
        Component("loan", "deduction", "max(pay - threshold, 0) * rate.part", mode="floor", step=D(1)),
    ]
)
PLANS = {"Plan1": "Plan1StudentLoan", "Plan2": "Plan2StudentLoan", "PostGrad": "PostGradStudentLoan"}


@uk
def test_student_loans():
    known, cases = rates(), rows(UK, "student_loan_cases.csv")
    wrong = []
    for case in cases:
        year, plan = known[case["tax_year_from"]], PLANS[case["plan"]]
        said = {"threshold": year[f"{plan}Threshold"], "part": year[f"{plan}Rate"]}
        found = work_out(LOAN, pay=D(case["gross"]), per_year=PER_YEAR[case["pay_period"]], rates=said)
        if found["loan"] != D(case["expected_deduction"]):
            wrong.append((case, found))
    assert (len(cases), wrong) == (130, [])


PAYE = Plan(
    [
        Component("wage", "earning", "pay"),
        Component("periods", "figure", "period.number if employee.cumulative else 1", step=D(1)),
        Component("hundreds", "figure", "floor((employee.allowance - 1) / 500, 1) if employee.allowance > 0 else 0"),
        Component("rest", "figure", "employee.allowance - hundreds * 500"),
        Component(
            "free", "figure",
            "0 if employee.allowance == 0 else ceiling((rest * 10 + 9) / period.per_year)"
            " + hundreds * ceiling(5000 / period.per_year)",
        ),
        Component(
            "income", "figure",
            "max(wage + (year.wage if employee.cumulative else 0) - employee.sign * free * periods, 0)",
        ),
        Component("taxable", "figure", "income", mode="floor", step=D(1)),
        Component(
            "due",
            "figure",
            # Whoever ends exactly with the whole pound a bracket ends within has not left it: the last pound bears the
            # rate of its first penny.
            "taxable * employee.flat if employee.kind == 'flat' else 0 if taxable == 0"
            " else table.paye(taxable) if income > taxable"
            " else 100 * table.paye(taxable - 0.99) - 99 * table.paye(taxable - 1)",
            mode="floor",
        ),
        # Never more than half of what is paid: the overriding limit.
        Component(
            "tax", "deduction",
            "min(due - (year.tax if employee.cumulative else 0), floor(wage / 2)) if employee.kind != 'none'"
            " else -(year.tax if employee.cumulative else 0)",
        ),
    ]
)  # fmt: skip


def code_of(text, year, periods, per_year):
    """Return what a tax code says as the facts of an employee, and the table of so many periods of a year."""
    scottish = text.startswith("S")
    code = text.lstrip("SC")
    fixed = {one["Code"]: one["Rate"] for one in year["ScottishFixedCodes" if scottish else "FixedCodes"]}
    facts = {"kind": "table", "flat": D(0), "allowance": D(0), "sign": D(1)}
    if code == "NT":
        facts["kind"] = "none"
    elif code in fixed:
        facts |= {"kind": "flat", "flat": fixed[code]}
    else:
        facts["allowance"] = D("".join(one for one in code if one.isdigit()))
        facts["sign"] = D(-1) if code.startswith("K") else D(1)
    brackets, below = [], D(0)
    for one in year["ScottishBrackets" if scottish else "Brackets"]:
        # Published with four decimals, the fifth one dropped.
        start, base = (to_step(amount * periods / per_year, D("0.0001"), "floor") for amount in (one["From"], below))
        brackets.append(Bracket(start, one["Multiplier"] * 100, base))
        below += (one["To"] - one["From"]) * one["Multiplier"]
    return facts, Table("marginal", tuple(brackets))


@uk
def test_income_tax_of_employees():
    known, cases = rates(), rows(UK, "paye_cases.csv")
    wrong = []
    for case in cases:
        cumulative, per_year = case["week1_month1"] != "true", PER_YEAR[case["pay_period"]]
        periods = int(case["period_number"]) if cumulative else 1
        facts, table = code_of(case["tax_code"], known[case["tax_year_from"]], periods, per_year)
        found = work_out(
            PAYE, pay=D(case["gross"]), per_year=PER_YEAR[case["pay_period"]], number=int(case["period_number"]),
            employee={**facts, "cumulative": cumulative}, tables={"paye": table},
            year={"wage": D(case["gross_to_date_before"]), "tax": D(case["tax_to_date_before"])},
        )  # fmt: skip
        if found["tax"] != D(case["expected_tax"]):
            wrong.append((case, found))
    assert (len(cases), wrong) == (404, [])


WITHHOLDING = Plan(
    [
        Component(
            "adjusted", "figure",
            "max(pay * period.per_year + employee.other - employee.deductions - rate.line_1g, 0)",
            step=D("0.000001"),
        ),
        Component(
            "withheld", "deduction",
            "max((table.federal(adjusted) - employee.credits) / period.per_year, 0) + employee.extra",
        ),
    ]
)  # fmt: skip
PERIODS = {"weekly": 52, "biweekly": 26, "semimonthly": 24, "monthly": 12, "quarterly": 4, "semiannual": 2,
           "annual": 1, "daily": 260, "semiannually": 2, "annually": 1}  # fmt: skip


@us
def test_federal_withholding():
    tables = {}
    for row in rows(US, "annual_percentage_tables.csv"):
        brackets = tables.setdefault((row["tax_year"], row["filing_status"], row["schedule"]), [])
        brackets.append(Bracket(D(row["from"]), D(row["percent_of_excess"]), D(row["base_withholding"])))
    cases, wrong = rows(US, "withholding_cases_2024.csv"), []
    for case in cases:
        boxed = case["step2_checkbox"] == "yes"
        schedule = "step2_checkbox" if boxed else "standard"
        table = Table("marginal", tuple(tables[case["tax_year"], case["filing_status"], schedule]))
        line_1g = D(0) if boxed else D(12900) if "married" in case["filing_status"] else D(8600)
        facts = {"other": case["step4a_other_income"], "deductions": case["step4b_deductions"],
                 "credits": case["step3_credits"], "extra": case["step4c_extra"]}  # fmt: skip
        found = work_out(
            WITHHOLDING, pay=D(case["taxable_wages"]), per_year=PERIODS[case["pay_frequency"]],
            employee={name: D(value) for name, value in facts.items()}, rates={"line_1g": line_1g},
            tables={"federal": table},
        )  # fmt: skip
        if found["withheld"] != D(case["expected_withholding"]):
            wrong.append((case, found))
    assert (len(cases), wrong) == (1512, [])
