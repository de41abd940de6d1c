"""Units of measure: worked conversions, then properties of any."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from backoffice_products.gtin import check_digit, is_valid_gtin, same
from backoffice_products.units import Unit, convert, convert_price, exactly, fits, to_step
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput

D = Decimal

FILE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "operations.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}
with_cases = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")

CENT = D("0.01")


def unit(code, numerator=1, denominator=1, step=CENT, category="weight", mode="half_up"):
    return Unit(code=code, category=category, numerator=numerator, denominator=denominator, step=D(step), mode=mode)


UNITS = {
    "kg": unit("kg"),
    "g": unit("g", 1, 1000),
    "t": unit("t", 1000),
    "lb": unit("lb", 45359237, 100000000),
    "oz": unit("oz", 45359237, 1600000000),
    "s": unit("s", category="time"),
    "min": unit("min", 60, category="time"),
    "h": unit("h", 3600, category="time"),
    "mm": unit("mm", 1, 1000, category="length"),
    "in": unit("in", 254, 10000, category="length"),
    "unit": unit("unit", step="1", category="pieces"),
    "dozen": unit("dozen", 12, category="pieces"),
    "score": unit("score", 20, step="1", category="pieces"),
}


@with_cases
def test_conversions_are_rounded_to_the_step_of_the_target():
    case = CASES["UOM-01"]
    for (source, quantity, target), expected in zip(
        case["given"]["conversions"], case["expect"]["rounded"], strict=True
    ):
        value = Fraction(quantity) * UNITS[source].ratio / UNITS[target].ratio
        assert to_step(value, UNITS[target].step) == D(expected)
    with pytest.raises(InvalidInput, match="cannot be converted"):
        convert(1, UNITS["kg"], UNITS["s"])
    with pytest.raises(InvalidInput):
        convert("1", UNITS["kg"], UNITS["g"])  # type: ignore[arg-type]


@with_cases
def test_rounding_to_any_step():
    case = CASES["UOM-02"]
    for (number, step), (nearest, up, down) in zip(case["given"]["rows"], case["expect"]["rows"], strict=True):
        found = [to_step(D(number), D(step), mode) for mode in ("half_up", "up", "down")]
        assert found == [D(nearest), D(up), D(down)]


@with_cases
def test_conversions_that_round_up_say_so():
    case = CASES["UOM-04"]
    how = [None, None, ("0.01", "up"), None]
    for (source, quantity, target), expected, said in zip(
        case["given"]["conversions"], case["expect"]["qty"], how, strict=True
    ):
        names = [name.partition(" ")[0] for name in (source, target)]
        mode = "up" if said or names[1] == "score" else None
        assert convert(D(quantity), UNITS[names[0]], UNITS[names[1]], mode=mode) == D(expected)
    source, price, target = case["given"]["price"]
    assert convert_price(D(price), UNITS[source], UNITS[target]) == D(case["expect"]["price"])


@with_cases
def test_a_ratio_that_does_not_end_comes_back_whole():
    expected = D(CASES["UOM-07"]["expect"]["stored_stock_qty_must_be"])
    box = unit("box", 7, 3, step="1")
    packed = exactly(expected, UNITS["kg"], box)
    assert packed * box.ratio == expected


WHOLE = st.integers(1, 10**6)
RATIOS = st.builds(lambda n, d: unit("x", n, d, step="0.000001"), WHOLE, WHOLE)
QUANTITIES = st.integers(-(10**9), 10**9).map(lambda n: D(n).scaleb(-3))


@given(QUANTITIES, RATIOS, RATIOS)
def test_there_and_back_is_where_it_began(quantity, source, target):
    there = exactly(quantity, source, target)
    assert there * target.ratio / source.ratio == Fraction(quantity)


@given(QUANTITIES, RATIOS, RATIOS, RATIOS)
def test_no_way_is_shorter_than_another(quantity, one, two, three):
    assert exactly(quantity, one, three) == exactly(quantity, one, two) * two.ratio / three.ratio


@given(QUANTITIES, RATIOS, RATIOS, st.sampled_from(["half_up", "half_even", "up", "down"]))
def test_rounding_is_off_by_less_than_a_step_and_the_same_below_zero(quantity, source, target, mode):
    found = convert(quantity, source, target, mode=mode)
    exact = exactly(quantity, source, target)
    assert abs(Fraction(found) - exact) < Fraction(target.step)
    assert fits(found, target)
    assert convert(-quantity, source, target, mode=mode) == -found
    if mode == "down":
        assert abs(found) <= abs(exact)


def test_a_dozen_is_exactly_twelve():
    assert convert(1, UNITS["dozen"], UNITS["unit"], mode="up") == 12
    assert not fits(D("0.5"), UNITS["unit"])


def test_a_step_is_above_zero():
    with pytest.raises(InvalidInput):
        to_step(D(1), D(0))


@pytest.mark.parametrize("code", ["96385074", "036000291452", "6291041500213", "16291041500210"])
def test_the_check_digit_of_a_barcode(code):
    assert is_valid_gtin(code)
    assert check_digit(code[:-1]) == code[-1]
    assert not is_valid_gtin(code[:-1] + str((int(code[-1]) + 1) % 10))


def test_a_barcode_is_the_same_with_zeros_in_front():
    assert same("036000291452") == same("0036000291452") != same("ABC")


@given(st.integers(0, 10**12 - 1), st.integers(0, 11), st.integers(1, 9))
def test_a_wrong_digit_is_found(number, place, more):
    body = f"{number:012}"
    code = body + check_digit(body)
    wrong = code[:place] + str((int(code[place]) + more) % 10) + code[place + 1 :]
    assert is_valid_gtin(code)
    assert not is_valid_gtin(wrong)
