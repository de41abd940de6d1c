"""Numbers, money and instants as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.errors import InvalidInput, ProgrammingError
from backoffice.core.money import currency
from backoffice.core.text import (
    ascii_digits,
    direction,
    format_date,
    format_instant,
    format_money,
    format_number,
    format_percent,
    format_quantity,
    language_name,
    parse_date,
)

LRI, PDI, NBSP = "\u2066", "\u2069", "\u00a0"


def test_a_number_shows_the_decimals_it_has() -> None:
    assert format_number(Decimal("1234567.500000"), language="en") == "1,234,567.5"
    assert format_number(Decimal("1E+3"), language="en") == "1,000"
    assert format_number(-1200, language="en") == "-1,200"


def test_a_number_shows_the_decimals_asked_for() -> None:
    assert format_number(Decimal("2.345"), language="en", places=2) == "2.34"
    assert format_number(5, language="en", places=2) == "5.00"
    assert format_number(1234567, language="en", grouped=False) == "1234567"


@pytest.mark.parametrize("places", [None, 2])
def test_zero_has_no_sign(places: int | None) -> None:
    assert format_number(Decimal("-0.000"), language="en", places=places)[0] == "0"
    assert format_number(Decimal("-0.001"), language="en", places=2) == "0.00"


def test_arabic_keeps_ascii_digits_unless_asked() -> None:
    assert format_number(Decimal("1234.5"), language="ar") == "1,234.5"
    assert format_number(Decimal("1234.5"), language="ar", digits="arab") == "١٬٢٣٤٫٥"


def test_a_negative_number_is_isolated_in_arabic_so_that_its_sign_stays_in_front() -> None:
    assert format_number(-5, language="ar") == f"{LRI}-5{PDI}"
    assert format_number(-5, language="ar", digits="arab") == f"{LRI}-٥{PDI}"


def test_money_has_the_decimals_of_its_currency() -> None:
    assert format_money(Decimal("1234.5"), "GBP", language="en") == "1,234.50"
    assert format_money(Decimal("1234.5000"), currency("KWD"), language="en") == "1,234.500"
    assert format_money(Decimal("1234.0000"), "JPY", language="en") == "1,234"


def test_money_finer_than_its_currency_is_shown_in_full() -> None:
    assert format_money(Decimal("0.1255"), "GBP", language="en") == "0.1255"
    assert format_money(Decimal("0.5"), "JPY", language="en") == "0.5"


def test_money_of_a_currency_withdrawn_is_still_shown() -> None:
    assert format_money(Decimal("10"), "DEM", language="en", code=True) == f"10.00{NBSP}DEM"


def test_money_stands_with_its_symbol_or_code() -> None:
    assert format_money(Decimal("-1234.5"), "GBP", language="en", symbol=True) == "-£1,234.50"
    assert format_money(Decimal("7"), "SAR", language="en", symbol=True) == f"SAR{NBSP}7.00"
    assert format_money(Decimal("7"), "GBP", language="en", code=True) == f"7.00{NBSP}GBP"
    assert format_money(Decimal("7"), "GBP", language="ar", code=True) == f"{LRI}7.00{NBSP}GBP{PDI}"
    assert format_money(Decimal("-7"), "KWD", language="ar", symbol=True).startswith(f"{LRI}-7.000{PDI}{NBSP}د.ك")


def test_a_quantity_stands_before_its_unit() -> None:
    assert format_quantity(Decimal("12.500000"), "kg", language="en") == f"12.5{NBSP}kg"
    assert format_quantity(Decimal("3.000000"), language="en") == "3"


def test_a_percentage_is_given_in_hundredths() -> None:
    assert format_percent(Decimal("15.000000"), language="en") == "15%"
    assert format_percent(Decimal("2.5"), language="ar", digits="arab") == f"{LRI}٢٫٥٪{PDI}"
    assert format_percent(Decimal("-2.5"), language="ar") == f"{LRI}-2.5%{PDI}"


def test_a_date_names_its_month() -> None:
    day = date(2026, 11, 23)
    assert format_date(day, language="en") == "23 Nov 2026"
    assert format_date(day, language="ar") == "23 نوفمبر 2026"
    assert format_date(day, language="ar", digits="arab") == "٢٣ نوفمبر ٢٠٢٦"


def test_a_short_date_is_day_first_and_isolated_in_arabic() -> None:
    assert format_date(date(2026, 1, 2), language="en", style="short") == "02/01/2026"
    assert format_date(date(2026, 1, 2), language="ar", style="short") == f"{LRI}02/01/2026{PDI}"


def test_an_instant_is_shown_in_the_readers_zone() -> None:
    instant = datetime(2026, 11, 23, 22, 30, 5, tzinfo=UTC)
    assert format_instant(instant, "Asia/Riyadh", language="en") == "24 Nov 2026, 01:30"
    assert format_instant(instant, UTC, language="en", seconds=True) == "23 Nov 2026, 22:30:05"
    assert format_instant(instant, UTC, language="ar", digits="arab") == f"٢٣ نوفمبر ٢٠٢٦، {LRI}٢٢:٣٠{PDI}"


def test_an_instant_without_a_zone_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ProgrammingError, match="zone"):
        format_instant(datetime(2026, 11, 23), "UTC", language="en")


@pytest.mark.parametrize(
    "text",
    ["2026-01-02", "2026/1/2", "02/01/2026", "2.1.2026", "2-1-2026", "٢٠٢٦-٠١-٠٢", "٠٢/٠١/٢٠٢٦ م", " 2026-01-02 "],
)
def test_a_date_is_read_year_first_or_day_first(text: str) -> None:
    assert parse_date(text) == date(2026, 1, 2)


@pytest.mark.parametrize(
    "text", ["", "2026-13-01", "2026-02-30", "30/02/2026", "1/2/26", "2026-01/02", "12/31/2026", "tomorrow", "20260102"]
)
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"is not a date.*2026-11-23"):
        parse_date(text)


@given(st.dates(date(1700, 1, 1)), st.sampled_from(["en", "ar"]), st.sampled_from(["latn", "arab"]))
def test_a_short_date_can_be_typed_back(day: date, language: str, digits: str) -> None:
    assert parse_date(format_date(day, language=language, digits=digits, style="short")) == day  # type: ignore[arg-type]


def test_pasted_direction_marks_are_dropped_with_foreign_digits() -> None:
    assert ascii_digits("\u200f١٢۳\u2069") == "123"


@pytest.mark.parametrize(("language", "way"), [("en", "ltr"), ("ar", "rtl"), ("ar-SA", "rtl"), ("fa_IR", "rtl")])
def test_a_language_has_a_direction(language: str, way: str) -> None:
    assert direction(language) == way


def test_a_language_is_named_in_itself_or_in_another() -> None:
    assert language_name("ar") == "العربية"
    assert language_name("ar", "en") == "Arabic"
    assert language_name("xx-no") == "xx-no"
