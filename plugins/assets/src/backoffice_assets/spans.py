"""Spans of time as assets count them: months, ends of posting periods in a fiscal year, and shares of a period.

Pure functions over dates; no amounts here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

MONTHS: Final = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""How many months lie between two postings."""

ONE_DAY: Final = timedelta(days=1)


def plus_months(day: date, months: int, *, anchor: int = 0) -> date:
    """Return ``day`` so many months later; the last of a month stays the last of a month.

    ``anchor`` is the day of the month to keep where ``day`` was cut short by February.
    """
    of_month = anchor or (31 if day.day == monthrange(day.year, day.month)[1] else day.day)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(of_month, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    """Return the last day of the month ``day`` is in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def period_end(day: date, months: int, year_start: int = 1) -> date:
    """Return the last day of the posting period ``day`` is in; fiscal years begin with month ``year_start``."""
    left = (months - 1) - (day.month - year_start) % months
    return month_end(plus_months(day.replace(day=1), left))


def fiscal_year(day: date, year_start: int = 1) -> date:
    """Return the first day of the fiscal year ``day`` is in."""
    return date(day.year if day.month >= year_start else day.year - 1, year_start, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """A posting period of a schedule: its date, and which share of a full period belongs to it."""

    date: date
    share: Fraction


def days_share(start: date, end: date, months: int) -> Fraction:
    """Return which share of the ``months`` that end with ``end`` the days from ``start`` are, both included."""
    before = plus_months(end, -months)
    return Fraction((end - start).days + 1, (end - before).days)


def first_share(start: date, end: date, months: int, convention: str) -> Fraction:
    """Return the share of the first period under a convention: days, months, half_month, half_year or full."""
    if convention == "days":
        return days_share(start, end, months)
    if convention == "full":
        return Fraction(1)
    if convention == "half_year":
        return Fraction(1, 2)
    begun = start if convention == "months" or start.day <= 15 else plus_months(start.replace(day=1), 1)
    left = (end.year - begun.year) * 12 + end.month - begun.month + 1
    return Fraction(max(left, 0), months)


def spans(
    start: date, *, life: int, months: int = 1, first: date | None = None, convention: str = "days", year_start: int = 1
) -> list[Span]:
    """Return the posting periods of something used for ``life`` months from ``start``, posted every ``months`` months.

    ``first`` is the day of the first posting, by default the end of the period ``start`` is in. What the first period
    lacks stands in one more period at the end. The shares always add up to ``life / months``.
    """
    ends = _ends(first or period_end(start, months, year_start), months)
    whole = Fraction(life, months)
    if convention == "half_year":
        return _half_years(ends, whole, months)
    found: list[Span] = []
    used = Fraction(0)
    for n, end in enumerate(ends):
        share = first_share(start, end, months, convention) if n == 0 else Fraction(1)
        if used + share >= whole:
            found.append(Span(_last(start, end, life, convention, full=not n or used + share == whole), whole - used))
            return found
        if share:
            found.append(Span(end, share))
            used += share
    raise AssertionError("ends never end")


def _half_years(ends: Iterator[date], whole: Fraction, months: int) -> list[Span]:
    """Return periods of which the first year counts as a half, and half a year stands at the end."""
    first, found, used = next(ends), [], Fraction(0)
    share = min(Fraction(6, months), Fraction(1)) if months > 6 else Fraction(1)
    found.append(Span(first, min(share, whole)))
    used = found[0].share
    for end in ends:
        if used >= whole:
            break
        found.append(Span(end, min(Fraction(1), whole - used)))
        used += found[-1].share
    return found


def _last(start: date, end: date, life: int, convention: str, *, full: bool) -> date:
    if full or convention != "days":
        return end
    return min(end, plus_months(start, life, anchor=start.day))


def _ends(first: date, months: int) -> Iterator[date]:
    last_of_month = first == month_end(first)
    n = 0
    while True:
        later = plus_months(first, n * months, anchor=31 if last_of_month else first.day)
        yield later
        n += 1


def by_days(start: date, end: date, months: int = 1, year_start: int = 1) -> list[Span]:
    """Return the periods of a service from ``start`` until ``end``, both included, weighed by their days."""
    found, begun = [], start
    while begun <= end:
        until = min(period_end(begun, months, year_start), end)
        found.append(Span(until, Fraction((until - begun).days + 1)))
        begun = until + ONE_DAY
    return found


def by_months(start: date, end: date, months: int = 1, year_start: int = 1) -> list[Span]:
    """Return the periods of a service weighed by months: each month begun with ``start`` counts alike."""
    count = months_between(start, end)
    found: dict[date, int] = {}
    for n in range(count):
        until = period_end(plus_months(start.replace(day=1), n), months, year_start)
        found[until] = found.get(until, 0) + 1
    return [Span(until, Fraction(weight)) for until, weight in found.items()]


def months_between(start: date, end: date) -> int:
    """Return how many months a service from ``start`` until ``end`` lasts, at least one.

    A day more or less makes no month: until the first of August from the first of May is three months, as until the
    last of July is. Half a month and more counts as one.
    """
    whole = (end.year - start.year) * 12 + end.month - start.month
    days = (end + ONE_DAY - plus_months(start, whole, anchor=start.day)).days
    if days < 0:
        whole -= 1
        days = (end + ONE_DAY - plus_months(start, whole, anchor=start.day)).days
    return max(1, whole + (1 if days >= 15 else 0))
