"""Periods and days: which period of the year one is, which days count, and for how much of it somebody is paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from backoffice.hookspecs import messages

_ = messages("payroll")

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)

FREQUENCIES = {
    "month": _("Every month"),
    "half_month": _("Twice a month"),
    "four_weeks": _("Every four weeks"),
    "two_weeks": _("Every two weeks"),
    "week": _("Every week"),
}
PER_YEAR = {"month": 12, "half_month": 24, "four_weeks": 13, "two_weeks": 26, "week": 52}
DAYS = {"four_weeks": 28, "two_weeks": 14, "week": 7}

BASES = {
    "working": _("Working days, without days of rest and holidays"),
    "calendar": _("All days"),
    "thirty": _("Thirty days for each whole period"),
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Days:
    """Days of a period for one person: those that count, those paid, those employed and not paid, and all of them."""

    working: Decimal
    paid: Decimal
    unpaid: Decimal = ZERO
    calendar: Decimal = ZERO

    @property
    def share(self) -> Decimal:
        """The part of the period that is paid, between nothing and one."""
        return self.paid / self.working if self.working else ZERO


@dataclass(frozen=True)
class Absence:
    """Days on which only a part is paid: ``unpaid`` is what is missing of each, 1 for the whole of it."""

    start: date
    end: date
    unpaid: Decimal = Decimal(1)


def each_day(start: date, end: date) -> Iterator[date]:
    """Yield every day from ``start`` to ``end``, both included."""
    for n in range((end - start).days + 1):
        yield start + timedelta(days=n)


def within(start: date, end: date, first: date, last: date | None) -> tuple[date, date] | None:
    """Return what ``start`` to ``end`` and ``first`` to ``last`` have in common, or None. No ``last`` is no end."""
    begins, ends = max(start, first), end if last is None else min(end, last)
    return (begins, ends) if begins <= ends else None


def days_of(
    start: date,
    end: date,
    employed: Iterable[tuple[date, date | None]],
    absences: Iterable[Absence] = (),
    *,
    basis: str = "working",
    rest: Collection[int] = (),
    holidays: Collection[date] = (),
) -> Days:
    """Return the days of a period that count and that are paid.

    Args:
        start: first day of the period.
        end: last day of the period.
        employed: spans of employment, which do not overlap; one without an end goes on.
        absences: days that are not paid, or not wholly; several on one day make it unpaid at most once.
        basis: ``working`` counts neither days of rest nor holidays, ``calendar`` counts all days, ``thirty`` takes any
            whole period as thirty days: days not employed are left out of it, and never more than thirty are paid.
        rest: weekdays of rest, Monday 0.
        holidays: public holidays.

    An absence on a day of rest or a holiday takes nothing away unless every day counts.
    """

    def counts(day: date) -> bool:
        return basis != "working" or (day.weekday() not in rest and day not in holidays)

    spans = [common for span in employed if (common := within(start, end, *span))]
    covered = {day for first, last in spans for day in each_day(first, last) if counts(day)}
    missing: dict[date, Decimal] = {}
    for absence in absences:
        common = within(start, end, absence.start, absence.end)
        for day in each_day(*common) if common else ():
            if day in covered:
                missing[day] = min(missing.get(day, ZERO) + absence.unpaid, Decimal(1))
    unpaid = sum(missing.values(), ZERO)
    in_all = sum(1 for day in each_day(start, end) if counts(day))
    working, there = Decimal(in_all), Decimal(len(covered))
    if basis == "thirty":
        there = Decimal(30) if there == working else min(there, Decimal(30))
        working = Decimal(30)
        unpaid = min(unpaid, there) if unpaid < len(covered) else there
    return Days(working, there - unpaid, unpaid, Decimal((end - start).days + 1))


def end_of(frequency: str, start: date) -> date:
    """Return the last day of the period that begins with ``start``."""
    if frequency in DAYS:
        return start + timedelta(days=DAYS[frequency] - 1)
    if frequency == "half_month":
        return start.replace(day=15) if start.day <= 15 else _plus_months(start.replace(day=1), 1) - ONE_DAY
    return _plus_months(start, 1) - ONE_DAY


def _plus_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - ONE_DAY).day
    return date(year, month + 1, min(day.day, last))


def year_of(day: date, month: int = 1, first: int = 1) -> date:
    """Return the first day of the payroll year ``day`` lies in; years begin with day ``first`` of ``month``."""
    this = date(day.year, month, first)
    return this if this <= day else date(day.year - 1, month, first)


def number_of(frequency: str, year_start: date, start: date, end: date) -> int:
    """Return which period of its year one is, from 1 on: the one its middle lies in.

    A day more or less at either end then counts no period twice, which frappe/hrms#4542 shows to happen otherwise.
    """
    middle = start + (end - start) // 2
    if frequency in DAYS:
        return (middle - year_start).days // DAYS[frequency] + 1
    months = (middle.year - year_start.year) * 12 + middle.month - year_start.month
    if middle < _plus_months(year_start, months):
        months -= 1
    if frequency == "month":
        return months + 1
    return months * 2 + (1 if (middle - _plus_months(year_start, months)).days < 15 else 2)
