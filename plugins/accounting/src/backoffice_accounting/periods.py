"""Fiscal years and periods: which one a date belongs to, and whether anything may still be written there."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from hijridate import Gregorian, Hijri

from backoffice.core.api import InvalidInput, Read, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import FiscalYear, Period

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """A period as rules see it; ``year`` is the year that stands in numbers."""

    id: int
    code: str
    start: date
    end: date
    state: str
    year: int
    kind: str = "regular"


class Calendar:
    """The periods of a company between two dates, read once and asked often."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.periods = [PeriodFacts(*row) for row in rows]
        self._by_date: dict[tuple[date, str], PeriodFacts | None] = {}

    @classmethod
    def read(cls, session: Session, first: date, last: date) -> Calendar:
        """Return the periods of the session's company."""
        return cls(BETWEEN.rows(session, company=session.company_id, first=first, last=last))

    def find(self, day: date, kind: str = "regular") -> PeriodFacts | None:
        """Return the period of this ``kind`` that ``day`` belongs to, or nothing."""
        key = (day, kind)
        if key not in self._by_date:
            self._by_date[key] = next((p for p in self.periods if p.start <= day <= p.end and p.kind == kind), None)
        return self._by_date[key]

    def assert_open(self, *, date: date, journal: object, kind: str, period_kind: str = "regular") -> PeriodFacts:
        """Return the open period of ``date``; see :func:`assert_open`."""
        return check_open(self.find(date, period_kind), date=date, journal=journal, kind=kind)


BETWEEN = Read(
    sa.select(Period.id, Period.code, Period.start_date, Period.end_date, Period.state, FiscalYear.year, Period.kind)
    .join(FiscalYear, FiscalYear.id == Period.fiscal_year_id)
    .where(
        Period.company_id == sa.bindparam("company"),
        Period.end_date >= sa.bindparam("first"),
        Period.start_date <= sa.bindparam("last"),
    )
    .order_by(Period.start_date)
)
"""The periods of ``company`` that share days with those from ``first`` to ``last``."""

KINDS = {
    "post": _("Nothing can be posted on {date}."),
    "reverse": _("Nothing can be reversed on {date}."),
    "pay": _("No payment can be recorded on {date}."),
}
"""What was tried, by kind."""


def assert_open(session: Session, *, date: date, journal: object, kind: str) -> PeriodFacts:
    """Return the open period of ``date`` in the session's company.

    ``kind`` says what is about to happen there: ``"post"``, ``"reverse"`` or ``"pay"``; ``journal`` is where, if it is
    known. Everything that writes into the books asks this, so that no way in forgets a lock. Raises
    :class:`~backoffice.core.api.RuleBroken` when there is no such period or it is not open.
    """
    return Calendar.read(session, date, date).assert_open(date=date, journal=journal, kind=kind)


def is_open(session: Session, day: date) -> bool:
    """Tell whether ``day`` is in an open period."""
    found = Calendar.read(session, day, day).find(day)
    return found is not None and found.state == "open"


def check_open(period: PeriodFacts | None, *, date: date, journal: object, kind: str) -> PeriodFacts:
    """Return ``period`` when it is open, else raise :class:`~backoffice.core.api.RuleBroken`."""
    what = KINDS[kind].with_values(date=date)
    if period is None:
        raise RuleBroken(
            what,
            why=_("No fiscal year of this company contains that date."),
            remedy=_("Correct the date, or open the fiscal year first."),
        )
    if period.state == "closed":
        raise RuleBroken(
            what,
            why=_("The period {code} is closed.").with_values(code=period.code),
            remedy=_("Choose a date in an open period, or ask an accountant to reopen it."),
        )
    if period.state == "locked":
        raise RuleBroken(
            what,
            why=_("The period {code} is locked for good.").with_values(code=period.code),
            remedy=_("Choose a date in an open period."),
        )
    return period


@dataclass(frozen=True, slots=True)
class Span:
    """A named stretch of days, both ends included."""

    code: str
    start: date
    end: date


def end_of_year(start: date, calendar: str = "gregorian") -> date:
    """Return the last day of the twelve months that begin on ``start``, months of the Umm al-Qura for ``hijri``."""
    return LATER[calendar](start, 12) - timedelta(days=1)


def months(start: date, end: date, *, calendar: str = "gregorian", each: int = 1) -> list[Span]:
    """Return the months from ``start`` to ``end``, which they fill exactly; the first and last may be shorter.

    A fiscal year may begin on any day: then its months do too. ``each`` makes spans of so many months, such as
    quarters. Raises :class:`~backoffice.core.api.InvalidInput` when ``end`` is not after ``start`` or more than two
    years later.
    """
    later = LATER[calendar]
    if not start < end <= later(start, 24):
        raise InvalidInput(
            _("A fiscal year cannot last from {start} to {end}.").with_values(start=start, end=end),
            remedy=_("Give an end after the start, at most two years later."),
            fields={"end": [_("Give an end after the start, at most two years later.")]},
        )
    starts = [start]
    while (following := later(start, len(starts) * each)) <= end:
        starts.append(following)
    ends = [following - timedelta(days=1) for following in starts[1:]] + [end]
    return [Span(_code(first, calendar), first, last) for first, last in zip(starts, ends, strict=True)]


def _code(first: date, calendar: str) -> str:
    if calendar == "gregorian":
        return f"{first:%Y-%m}"
    year, month, _day = hijri(first)
    return f"{year}-{month:02}"


def hijri(day: date) -> tuple[int, int, int]:
    """Return year, month and day of ``day`` in the calendar of Umm al-Qura.

    Raises :class:`~backoffice.core.api.InvalidInput` outside its tables, 1343 to 1500.
    """
    try:
        found = Gregorian.fromdate(day).to_hijri()
    except OverflowError as error:
        raise InvalidInput(
            _("{day} is outside the calendar of Umm al-Qura.").with_values(day=day),
            remedy=_("Choose a date from 1924 to 2077."),
        ) from error
    return found.year, found.month, found.day


def _hijri_months_later(start: date, count: int) -> date:
    year, month, day = hijri(start)
    ahead, month = divmod(month - 1 + count, 12)
    length = Hijri(year + ahead, month + 1, 1).month_length()
    found = Hijri(year + ahead, month + 1, min(day, length)).to_gregorian()
    return date(found.year, found.month, found.day)


def _months_later(start: date, count: int) -> date:
    year, month = divmod(start.month - 1 + count, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


LATER: Mapping[str, Callable[[date, int], date]] = {"gregorian": _months_later, "hijri": _hijri_months_later}
"""By calendar: the day so many months after another."""


def overlapping(session: Session, spans: Iterable[Span]) -> str | None:
    """Return the code of a stored period that shares days with ``spans``, or nothing."""
    spans = list(spans)
    found: str | None = session.scalar(
        sa.select(Period.code)
        .where(
            Period.company_id == session.company_id,
            Period.end_date >= min(span.start for span in spans),
            Period.start_date <= max(span.end for span in spans),
        )
        .limit(1)
    )
    return found
