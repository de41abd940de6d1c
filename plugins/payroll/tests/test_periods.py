"""Days and periods, with the worked cases of others and with any span."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from backoffice_payroll.periods import PER_YEAR, Absence, days_of, end_of, number_of, year_of
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
SUNDAY = {6}


def day(text):
    return date.fromisoformat(text)


def month_of(absences=(), employed=(("2000-01-01", None),), start="2024-07-01", **how):
    first = day(start)
    spans = [(day(a), day(b) if b else None) for a, b in employed]
    return days_of(first, end_of("month", first), spans, absences, **{"rest": SUNDAY, **how})


def test_joining_and_leaving():
    assert month_of(employed=[("2024-07-15", None)]).paid == 15  # 17 days, two Sundays
    assert month_of(employed=[("2024-01-01", "2024-07-14")]).paid == 12
    assert month_of(employed=[("2024-07-10", "2024-07-12")]).paid == 3
    assert month_of(employed=[("2024-07-10", "2024-07-12")], basis="calendar").share == D(3) / 31


def test_holidays_are_no_working_days():
    assert month_of(holidays={day("2024-07-04"), day("2024-07-07")}).working == 26  # the second is a Sunday
    assert month_of(holidays={day("2024-07-04")}, basis="calendar").working == 31


def test_absences_on_one_day_never_take_more_than_the_day():
    half = Absence(day("2024-07-03"), day("2024-07-03"), D("0.5"))
    assert month_of([half, half, half]).unpaid == 1


def test_thirty_days():
    assert month_of(basis="thirty").paid == 30
    assert month_of(basis="thirty", start="2026-02-01").paid == 30
    assert month_of(basis="thirty", employed=[("2024-07-02", None)]).paid == 30
    assert month_of(basis="thirty", employed=[("2024-07-22", None)]).paid == 10
    assert month_of([Absence(day("2024-07-01"), day("2024-07-31"))], basis="thirty").paid == 0
    assert month_of([Absence(day("2024-07-07"), day("2024-07-08"))], basis="thirty").paid == 28


@pytest.mark.parametrize(
    ("frequency", "start", "end"),
    [
        ("month", "2026-01-01", "2026-01-31"),
        ("month", "2026-02-01", "2026-02-28"),
        ("month", "2025-07-17", "2025-08-16"),
        ("month", "2026-01-31", "2026-02-27"),
        ("half_month", "2026-02-01", "2026-02-15"),
        ("half_month", "2026-02-16", "2026-02-28"),
        ("half_month", "2026-12-16", "2026-12-31"),
        ("two_weeks", "2026-12-28", "2027-01-10"),
        ("week", "2026-03-02", "2026-03-08"),
        ("four_weeks", "2026-03-02", "2026-03-29"),
    ],
)
def test_the_end_of_a_period(frequency, start, end):
    assert end_of(frequency, day(start)) == day(end)


YEARS = [(frequency, "2025-01-01") for frequency in sorted(PER_YEAR)] + [
    (frequency, begins)
    for frequency in sorted(PER_YEAR.keys() - {"half_month"})  # those begin with the first and the sixteenth
    for begins in ("2025-04-06", "2025-07-17")
]


@pytest.mark.parametrize(("frequency", "begins"), YEARS)
def test_periods_of_a_year_are_counted_one_by_one(frequency, begins):
    start, year = day(begins), day(begins)
    for expected in range(1, PER_YEAR[frequency] + 1):
        end = end_of(frequency, start)
        assert number_of(frequency, year, start, end) == expected
        start = end + timedelta(days=1)


def test_a_year_begins_on_any_day():
    assert year_of(day("2026-04-05"), 4, 6) == day("2025-04-06")
    assert year_of(day("2026-04-06"), 4, 6) == day("2026-04-06")


dates = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(
    start=dates,
    frequency=st.sampled_from(sorted(PER_YEAR)),
    basis=st.sampled_from(["working", "calendar", "thirty"]),
    joined=dates,
    stays=st.one_of(st.none(), st.integers(0, 900)),
    absences=st.lists(st.tuples(dates, st.integers(0, 40), st.sampled_from(["0.25", "0.5", "1"])), max_size=4),
)
def test_paid_days_lie_between_nothing_and_all(start, frequency, basis, joined, stays, absences):
    end = end_of(frequency, start)
    left = None if stays is None else joined + timedelta(days=stays)
    away = [Absence(first, first + timedelta(days=n), D(part)) for first, n, part in absences]
    days = days_of(start, end, [(joined, left)], away, basis=basis, rest={4, 5})
    assert 0 <= days.paid <= days.working
    assert 0 <= days.share <= 1
    assert days.unpaid >= 0
