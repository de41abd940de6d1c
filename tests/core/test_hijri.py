"""Dates in the Umm al-Qura calendar."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.errors import InvalidInput
from backoffice.core.text import format_date, parse_date

KNOWN = [
    (date(2023, 3, 23), "1444-09-01"),  # first of Ramadan as announced for Saudi Arabia
    (date(2024, 7, 7), "1446-01-01"),
    (date(2025, 3, 30), "1446-10-01"),
    (date(2026, 11, 23), "1448-06-13"),
]
TABULATED = st.dates(date(1924, 8, 1), date(2077, 11, 16))


@pytest.mark.parametrize(("day", "hijri"), KNOWN)
def test_a_hijri_date_is_read_by_its_mark(day: date, hijri: str) -> None:
    assert parse_date(f"{hijri} هـ") == day
    assert parse_date(f"{hijri}هـ") == day
    assert parse_date(f"{hijri} AH") == day


@pytest.mark.parametrize(("day", "hijri"), KNOWN)
def test_a_hijri_date_is_read_without_a_mark_when_the_calendar_is_said(day: date, hijri: str) -> None:
    assert parse_date(hijri, calendar="hijri") == day


def test_a_gregorian_mark_wins_over_the_calendar_said() -> None:
    assert parse_date("23/11/2026 م", calendar="hijri") == date(2026, 11, 23)


def test_a_hijri_date_is_read_in_arabic_digits_and_day_first() -> None:
    assert parse_date("١٣/٠٦/١٤٤٨ هـ") == date(2026, 11, 23)


def test_a_hijri_date_is_shown_with_its_month_and_era() -> None:
    day = date(2026, 11, 23)
    assert format_date(day, language="en", calendar="hijri") == "13 Jumada al-Akhirah 1448 AH"
    assert format_date(day, language="ar", calendar="hijri") == "13 جمادى الآخرة 1448 هـ"
    assert format_date(day, language="ar", calendar="hijri", digits="arab") == "١٣ جمادى الآخرة ١٤٤٨ هـ"


@pytest.mark.parametrize("day", [date(1924, 7, 31), date(2077, 11, 17), date.max])
def test_a_day_outside_the_tables_is_shown_in_the_gregorian_calendar(day: date) -> None:
    assert format_date(day, language="en", calendar="hijri") == format_date(day, language="en")


@pytest.mark.parametrize("text", ["1448-13-01 هـ", "1448-06-31 هـ", "1600-01-01 هـ", "1300-01-01 هـ", "2026-11-23 هـ"])
def test_a_hijri_date_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a date"):
        parse_date(text)


def test_a_hijri_date_that_lost_its_mark_is_not_taken_for_the_middle_ages() -> None:
    with pytest.raises(InvalidInput, match=r"1448 is not one of our time.*add هـ"):
        parse_date("1448-06-13")


@given(TABULATED, st.sampled_from(["en", "ar"]), st.sampled_from(["latn", "arab"]))
def test_a_short_hijri_date_can_be_typed_back(day: date, language: str, digits: str) -> None:
    shown = format_date(day, language=language, calendar="hijri", digits=digits, style="short")  # type: ignore[arg-type]
    assert parse_date(shown) == day
