"""The language of formulas: what it says, what it refuses, and that it is exact."""

from decimal import Decimal

import pytest
from backoffice_payroll import formulas
from backoffice_payroll.formulas import FormulaError, Reading
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
VALUES = {"pay": D(1000), "rate.pension": D("0.05"), "employee.code": "A", "employee.married": True, "zero": D(0)}


def work_out(text, **more):
    known = {**VALUES, **more}
    reading = Reading(value=known.__getitem__, table=lambda code, amount: amount / 10)
    return formulas.evaluate(formulas.parse(text), reading)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pay * 0.1", D(100)),
        ("0.1 + 0.2", D("0.3")),
        ("-pay + 2_000", D(1000)),
        ("pay / 3 * 3", D("999.9999999999999999999999999999999")),
        ("min(pay, 10, 20)", D(10)),
        ("max(0, pay - 1500)", D(0)),
        ("abs(-3.5)", D("3.5")),
        ("round(2.345)", D("2.35")),
        ("round(2.345, 1)", D(2)),
        ("round_even(2.345)", D("2.34")),
        ("floor(pay / 7, 1)", D(142)),
        ("ceiling(pay / 7, 0.05)", D("142.90")),
        ("pay if employee.code == 'A' else 0", D(1000)),
        ("1 if employee.married and not pay < 10 else 2", D(1)),
        ("1 < 2 < 3", True),
        ("employee.code != 'B' or 1 / zero > 0", True),
        ("table.tax(pay) + rate.pension", D("100.05")),
        ("employee.married * 5", D(5)),
    ],
)
def test_what_a_formula_comes_to(text, expected):
    assert work_out(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "pay *", "import os", "__import__('os')", "pay.__class__.__mro__", "[pay]", "{1: 2}", "(pay, 2)",
        "lambda: 1", "pay ** 2", "pay // 2", "pay % 2", "x := 3", "f'{pay}'", "pay[0]", "min(pay)", "min(*pay)",
        "round(pay, 1, 2)", "round(value=pay)", "open('x')", "table.tax()", "table.tax(1, 2)", "1e400 and (yield)",
        "None", "b'x'", "1j", "pay if 1", "…", "0x_", "раy", "pay" + " + pay" * 400,
    ],
)  # fmt: skip
def test_what_the_language_does_not_have(text):
    with pytest.raises(FormulaError) as refused:
        formulas.parse(text)
    assert str(refused.value.said)


@pytest.mark.parametrize(
    "text",
    ["pay / zero", "pay + employee.code", "pay > employee.code", "round(pay, zero)",
     " * ".join(["9999999999999999999999"] * 12)],
)  # fmt: skip
def test_what_cannot_be_worked_out(text):
    with pytest.raises(FormulaError):
        work_out(text)


def test_deep_nesting_is_refused():
    with pytest.raises(FormulaError):
        formulas.parse("(" * 400 + "1" + ")" * 400)


def test_only_what_is_needed_is_read():
    reading = Reading(value=VALUES.__getitem__, table=lambda code, amount: amount)
    formulas.evaluate(formulas.parse("pay if employee.code == 'A' else rate.pension"), reading)
    assert set(reading.read) == {"pay", "employee.code"}


amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4)


@given(a=amounts, b=amounts)
def test_arithmetic_is_that_of_decimals(a, b):
    assert work_out("a + b - a", a=a, b=b) == b
    assert work_out("a * b", a=a, b=b) == a * b
    assert work_out("max(a, b) + min(a, b)", a=a, b=b) == a + b


@given(value=amounts, step=st.sampled_from(["0.01", "0.05", "1", "5"]), mode=st.sampled_from(sorted(formulas.MODES)))
def test_rounding_stays_within_a_step(value, step, mode):
    rounded = formulas.to_step(value, D(step), mode)
    assert rounded % D(step) == 0
    assert abs(rounded - value) < D(step)
    if mode == "ceiling":
        assert rounded >= value
    if mode == "floor":
        assert rounded <= value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        formula = formulas.parse(text)
    except FormulaError:
        return
    assert formula.names is not None
