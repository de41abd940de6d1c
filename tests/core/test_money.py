"""Currencies and exact amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.errors import InvalidInput
from backoffice.core.money import (
    AMOUNT_SCALE,
    check_places,
    currencies,
    currency,
    currency_name,
    currency_symbol,
    exact,
    from_scaled,
    parse_decimal,
    to_scaled,
)
from backoffice.core.text import format_number

LARGEST = 2**63 - 1


@pytest.mark.parametrize(("code", "places"), [("GBP", 2), ("JPY", 0), ("KWD", 3), ("IQD", 3), ("LBP", 2), ("CLF", 4)])
def test_a_currency_has_the_decimals_of_iso_4217(code: str, places: int) -> None:
    assert currency(code).places == places


def test_currencies_leave_out_metals_and_test_codes() -> None:
    assert not {"XAU", "XTS", "XXX"} & set(currencies())


def test_no_currency_is_finer_than_a_stored_amount() -> None:
    assert max(each.places for each in currencies().values()) <= AMOUNT_SCALE


@pytest.mark.parametrize(("typed", "meant"), [("gbp", "GBP"), ("GPB", "GBP"), ("dinar", "KWD"), ("SAAR", "SAR")])
def test_an_unknown_currency_names_near_ones(typed: str, meant: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        currency(typed)
    assert meant in str(caught.value)


def test_an_unknown_currency_like_no_other_points_to_the_list() -> None:
    with pytest.raises(InvalidInput, match="list of currencies"):
        currency("§§§")


def test_a_currency_is_named_in_the_language_of_the_reader() -> None:
    assert currency_name("KWD", "en") == "Kuwaiti Dinar"
    assert currency_name("KWD", "ar") == "دينار كويتي"
    assert currency_symbol("GBP", "en") == "£"


def test_an_amount_is_kept_as_a_scaled_integer() -> None:
    assert to_scaled(Decimal("12.5"), 4) == 125_000
    assert to_scaled("-0.0001", 4) == -1
    assert to_scaled(7, 4) == 70_000
    assert to_scaled(Decimal("1.500000000"), 4) == 15_000


@pytest.mark.parametrize("value", [1.5, 0.0, True, None, b"1", Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")])
def test_what_is_not_exact_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        to_scaled(value, 4)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", " 1", "1,5", "١", "1_000", "NaN", "Infinity", "0x10", "1.", ".5", "--1"])
def test_text_that_is_no_machine_number_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="is not a number"):
        to_scaled(value, 4)


def test_a_float_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidInput, match=r"0\.1 is a float.*Binary fractions"):
        to_scaled(0.1, 4)  # type: ignore[arg-type]


def test_too_many_decimals_are_refused_and_never_rounded() -> None:
    with pytest.raises(InvalidInput, match="more than 4 decimals"):
        to_scaled("0.00001", 4)


def test_the_largest_integer_of_a_column_fits_and_the_next_does_not() -> None:
    assert to_scaled(from_scaled(LARGEST, 4), 4) == LARGEST
    with pytest.raises(InvalidInput, match="too many digits"):
        to_scaled(from_scaled(LARGEST, 4) + Decimal("0.0001"), 4)


@pytest.mark.parametrize("value", ["1E+9999", "1E-9999", "1E+25", Decimal("1E+99999999"), Decimal("-1E-99999999")])
def test_enormous_exponents_are_refused_quickly(value: Decimal | str) -> None:
    with pytest.raises(InvalidInput):
        to_scaled(value, 4)


def test_zero_with_an_exponent_is_zero() -> None:
    assert to_scaled(Decimal("0E-1000"), 4) == 0


@given(st.integers(-LARGEST, LARGEST), st.sampled_from([0, 2, 4, 6, 10]))
def test_a_scaled_integer_survives_the_way_to_a_decimal_and_back(scaled: int, scale: int) -> None:
    assert to_scaled(from_scaled(scaled, scale), scale) == scaled


@given(st.integers(-LARGEST, LARGEST))
def test_a_scaled_integer_survives_as_text(scaled: int) -> None:
    assert to_scaled(str(from_scaled(scaled, 4)), 4) == scaled


def test_exactness_does_not_depend_on_the_threads_decimal_context() -> None:
    from decimal import localcontext

    with localcontext(prec=3):
        assert to_scaled(Decimal("123456789.1234"), 4) == 1234567891234
        assert from_scaled(1234567891234, 4) == Decimal("123456789.1234")


@pytest.mark.parametrize(("amount", "code"), [("12.50", "GBP"), ("12.5000", "GBP"), ("5", "JPY"), ("0.125", "KWD")])
def test_an_amount_fits_its_currency(amount: str, code: str) -> None:
    check_places(amount, code)


@pytest.mark.parametrize(("amount", "code"), [("12.505", "GBP"), ("0.5", "JPY"), ("0.0001", "KWD")])
def test_an_amount_finer_than_its_currency_is_refused(amount: str, code: str) -> None:
    with pytest.raises(InvalidInput, match=f"more decimals than {code} allows"):
        check_places(Decimal(amount), code)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234\u202f567,5", "1234567.5"),
        ("1'234.50", "1234.50"),
        ("12,5", "12.5"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("0,125", "0.125"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("12,34,567.89", "1234567.89"),
        ("1234,567", "1234.567"),
        ("١٢٣٤٫٥٦", "1234.56"),
        ("١٬٢٣٤٬٥٦٧٫٨", "1234567.8"),
        ("۱۲۳٫۴", "123.4"),
        ("١٬٢٣٤", "1234"),
        ("\u2066-1,234.50\u2069", "-1234.50"),
        ("−5", "-5"),
        ("5-", "-5"),
        ("+5", "5"),
        ("- 5", "-5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        (" 42\u00a0", "42"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert parse_decimal(text) == Decimal(number)


@pytest.mark.parametrize(("text", "number"), [("1,234", "1.234"), ("1.234", "1234"), ("1.234,5", "1234.5")])
def test_the_writers_decimal_mark_decides_what_can_be_read_both_ways(text: str, number: str) -> None:
    assert parse_decimal(text, mark=",") == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", ".", "abc", "1e5", "(5)", "-5-", "--5", "1,23.4.5", "1.2.3", "1,2,3", "1,2345.6", "1..2",
        "٫", "1٫2٫3", "1,234٫5,6", "5 GBP", "NaN", "1 2", "1,234 567", "1,,234", "½", "1" * 40,
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_decimal(text)


@given(
    st.decimals(-(10**14), 10**14, places=4),
    st.sampled_from(["en", "ar"]),
    st.sampled_from(["latn", "arab"]),
)
def test_a_number_shown_can_be_typed_back(number: Decimal, language: str, digits: str) -> None:
    shown = format_number(number, language=language, places=4, digits=digits)  # type: ignore[arg-type]
    assert parse_decimal(shown) == number


@given(st.text(max_size=12))
def test_reading_a_number_either_succeeds_or_says_why(text: str) -> None:
    try:
        number = parse_decimal(text)
    except InvalidInput:
        return
    assert exact(number) == number
