"""Fiscal years and periods: made without gaps, closed, opened again, locked."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from backoffice_accounting.periods import end_of_year, months
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import AlreadyExists, Conflict, InvalidInput, RuleBroken


def test_a_calendar_year_has_twelve_months():
    spans = months(date(2026, 1, 1), date(2026, 12, 31))
    assert [span.code for span in spans] == [f"2026-{n:02}" for n in range(1, 13)]
    assert spans[1].end == date(2026, 2, 28)


def test_a_year_may_begin_on_any_day():
    spans = months(date(2026, 4, 6), date(2027, 4, 5))
    assert (spans[0].start, spans[0].end, len(spans)) == (date(2026, 4, 6), date(2026, 5, 5), 12)


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(1, 700))
def test_months_fill_a_year_without_gap_or_overlap(start, days):
    end = start + timedelta(days=days)
    spans = months(start, end)
    assert (spans[0].start, spans[-1].end) == (start, end)
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(spans))
    assert all(span.start <= span.end for span in spans)
    assert len({span.code for span in spans}) == len(spans)


@pytest.mark.parametrize("end", [date(2026, 1, 1), date(2025, 12, 31), date(2028, 2, 1)])
def test_a_year_of_an_impossible_length_is_refused(end):
    with pytest.raises(InvalidInput):
        months(date(2026, 1, 1), end)


@pytest.mark.parametrize("start", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 7, 1)])
def test_twelve_months_end_the_day_before_they_would_begin_again(start):
    assert 364 <= (end_of_year(start) - start).days <= 365


def test_opening_a_year_makes_its_periods(books):
    made = books.do("open_year", start="2027-01-01")
    assert (made["code"], made["periods"]) == ("2027", 12)
    assert books.period("2027-12").end_date == date(2027, 12, 31)


def test_a_year_that_overlaps_another_is_refused(books):
    with pytest.raises(AlreadyExists):
        books.do("open_year", start="2026-06-01")


def test_nothing_is_posted_into_a_closed_period_until_it_is_opened_again(books):
    period = books.period("2026-01")
    books.do("close_period", id=period.id)
    with pytest.raises(RuleBroken, match=r"The period 2026-01 is closed\."):
        books.post(("1200", "1.00"), ("4000", "-1.00"))
    books.do("reopen_period", id=period.id, reason="a late invoice")
    books.post(("1200", "1.00"), ("4000", "-1.00"))


def test_a_period_with_drafts_is_not_closed(books):
    books.draft(("1200", "1.00"), ("4000", "-1.00"))
    with pytest.raises(RuleBroken, match="1 entry in it is still a draft"):
        books.do("close_period", id=books.period("2026-01").id)
    assert books.period("2026-01").state == "open"


def test_a_locked_period_is_never_opened_again(books):
    period = books.period("2026-01")
    books.do("close_period", id=period.id)
    books.do("lock_period", id=period.id)
    with pytest.raises(Conflict):
        books.do("reopen_period", id=period.id, reason="no")


def test_the_lock_only_moves_forward(books):
    period = books.period("2026-02")
    books.do("close_period", id=period.id)
    with pytest.raises(RuleBroken, match="Earlier periods are locked first"):
        books.do("lock_period", id=period.id)


def test_closing_and_reopening_is_written_in_the_log(books):
    period = books.period("2026-01")
    books.do("close_period", id=period.id)
    books.do("reopen_period", id=period.id, reason="a late invoice")
    import sqlalchemy as sa

    from backoffice.core.events.models import EventRow

    with books.desk.reading() as session:
        facts = session.scalars(sa.select(EventRow.facts).where(EventRow.name == "accounting.period_moved")).all()
    assert [(f["state"], f["reason"]) for f in facts] == [("closed", ""), ("open", "a late invoice")]


def test_a_date_outside_every_year_is_refused_with_what_to_do(books):
    with pytest.raises(RuleBroken, match="open the fiscal year first"):
        books.post(("1200", "1.00"), ("4000", "-1.00"), date="2031-01-01")
