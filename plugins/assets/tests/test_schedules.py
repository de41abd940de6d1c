"""Schedules as pure rules: sums to the cent, whatever the terms; conventions; fiscal years."""

import os
from datetime import date, timedelta
from decimal import Decimal

import pytest
from backoffice_assets.schedules import CONVENTIONS, Terms, deferral, remaining, schedule, shares_of, used
from backoffice_assets.spans import MONTHS, period_end, plus_months
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput, currency

D = Decimal
MANY = 3000 if os.environ.get("BACKOFFICE_THOROUGH") else 60
CODES = st.sampled_from(["SAR", "KWD", "JPY", "EUR"])
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@st.composite
def terms(draw):
    code = draw(CODES)
    places = currency(code).places
    cost = D(draw(st.integers(1, 10**9))).scaleb(-places)
    residual = D(draw(st.integers(1, int(cost.scaleb(places))))).scaleb(-places)
    frequency = draw(st.sampled_from(sorted(MONTHS)))
    conventions = sorted(CONVENTIONS) if MONTHS[frequency] >= 6 else sorted(set(CONVENTIONS) - {"half_year"})
    return Terms(
        cost=cost, residual=residual, currency=code, method=draw(st.sampled_from(METHODS)),
        life=draw(st.integers(1, 240)), frequency=frequency, convention=draw(st.sampled_from(conventions)),
        in_service=draw(DAYS), year_start=draw(st.integers(1, 12)), switch=draw(st.booleans()),
        compounding=draw(st.sampled_from(["period", "year"])),
    )  # fmt: skip


METHODS = ["straight_line", "declining", "written_down"]


@settings(max_examples=MANY)
@given(terms())
def test_a_schedule_adds_up_to_the_depreciable_amount_to_the_cent(said):
    lines = schedule(said)
    assert sum((line.amount for line in lines), D(0)) == said.depreciable
    assert all(line.amount > 0 for line in lines)
    assert [line.date for line in lines] == sorted(line.date for line in lines)
    if lines:
        assert lines[-1].accumulated == said.depreciable


@settings(max_examples=MANY)
@given(terms(), st.data())
def test_what_is_left_after_a_revision_is_depreciated_to_the_cent(said, data):
    spans = said.spans()
    at = data.draw(st.integers(0, len(spans) - 1))
    before = sum((line.amount for line in schedule(said)[:at]), D(0))
    lines = remaining(said, spans[at:], before)
    assert sum((line.amount for line in lines), before) == said.depreciable


@settings(max_examples=MANY)
@given(DAYS, st.integers(0, 1500), CODES, st.integers(-(10**8), 10**8), st.sampled_from(["days", "months"]))
def test_a_deferral_adds_up_to_its_amount(start, days, code, amount, basis):
    amount = D(amount).scaleb(-currency(code).places)
    lines = deferral(amount, start, start + timedelta(days), currency=code, basis=basis)
    assert sum((line.amount for line in lines), D(0)) == amount


@settings(max_examples=MANY)
@given(st.integers(1, 10**8), st.integers(1, 100), st.integers(1, 100))
def test_the_parts_of_an_asset_add_up_to_it(cents, part, depreciated):
    cost = D(cents).scaleb(-2)
    accumulated = (cost * depreciated / 100).quantize(D("0.01"))
    gone = shares_of(cost, accumulated, D(part) / 100, "EUR")
    assert D(0) <= gone[1] <= gone[0] <= cost
    if part == 100:
        assert gone == (cost, accumulated)


def declining(**more):
    said = {"cost": D(10000), "residual": D(1000), "currency": "EUR", "method": "declining", "life": 60,
            "frequency": "year", "in_service": date(2022, 1, 1), **more}  # fmt: skip
    return [line.amount for line in schedule(Terms(**said))]


def test_declining_changes_to_straight_line_as_soon_as_that_is_more():
    assert declining(factor=D("1.5"), residual=D(0)) == list(
        map(D, ("3000.00", "2100.00", "1633.33", "1633.34", "1633.33"))
    )


def test_declining_stays_declining_where_asked():
    assert declining(factor=D("1.5"), residual=D(0), switch=False) == list(
        map(D, ("3000.00", "2100.00", "1470.00", "1029.00", "2401.00"))
    )


def test_declining_by_month_on_the_book_value_of_the_year():
    amounts = declining(frequency="month", compounding="year")
    assert sum(amounts[:12]) == D(4000)
    assert amounts[0] == D("333.33")


@pytest.mark.parametrize(
    ("convention", "first", "count"),
    [("days", "129.03", 13), ("months", "250.00", 12), ("half_month", "250.00", 12), ("full", "250.00", 12)],
)
def test_the_first_month_counts_as_the_convention_says(convention, first, count):
    said = Terms(cost=D(3000), currency="EUR", life=12, convention=convention, in_service=date(2026, 1, 16))
    lines = schedule(said)
    assert (lines[0].amount, len(lines)) == (D(first), count)


def test_from_the_sixteenth_on_a_month_counts_with_the_next():
    said = Terms(cost=D(3000), currency="EUR", life=12, convention="half_month", in_service=date(2026, 1, 16))
    assert schedule(said)[0].date == date(2026, 2, 28)


def test_half_a_year_stands_at_both_ends():
    said = Terms(cost=D(3000), currency="EUR", life=36, frequency="year", convention="half_year",
                 in_service=date(2026, 10, 9))  # fmt: skip
    assert [line.amount for line in schedule(said)] == [D(500), D(1000), D(1000), D(500)]


def test_years_end_where_the_fiscal_year_does():
    assert period_end(date(2026, 5, 3), 12, 4) == date(2027, 3, 31)
    assert period_end(date(2026, 5, 3), 3, 2) == date(2026, 7, 31)


def test_the_last_of_a_month_stays_the_last_of_a_month():
    assert plus_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert plus_months(date(2026, 2, 28), 1) == date(2026, 3, 31)


def test_units_never_depreciate_more_than_there_is():
    said = Terms(cost=D(1000), residual=D(100), currency="EUR", method="units", in_service=date(2026, 1, 1))
    assert used(said, D(250), D(1000), D(0)) == D(225)
    assert used(said, D(5000), D(1000), D(225)) == D(675)


@pytest.mark.parametrize(
    "wrong",
    [{"residual": D(20000)}, {"life": 0}, {"method": "written_down", "residual": D(0)},
     {"convention": "half_year", "frequency": "month"}],
)  # fmt: skip
def test_terms_that_make_no_schedule_are_refused(wrong):
    with pytest.raises(InvalidInput):
        declining(**wrong)
