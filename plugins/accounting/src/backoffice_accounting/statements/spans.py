"""Spans of days of a statement, by the company's calendar, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from backoffice_accounting.currencies import company_of
from backoffice_accounting.models import Period
from backoffice_accounting.periods import LATER

from backoffice.core.api import InvalidInput, Session, format_date
from backoffice.hookspecs import messages

_ = messages("accounting")

MOST_COLUMNS = 24
LONGEST_MONTHS = 24
"""Months a span of whole months is looked for in; longer ones are taken by their days."""


def of_period(session: Session, period_id: int | None) -> Mapping[str, date]:
    """Return the days of a period as ``from`` and ``until``, or nothing without one.

    Raises :class:`~backoffice.core.api.InvalidInput` for the period of another company.
    """
    if period_id is None:
        return {}
    period = session.get(Period, period_id)
    if period is None or period.company_id != session.company_id:
        said = _("There is no such period in this company.")
        raise InvalidInput(said, fields={"period": [said]})
    return {"from": period.start_date, "until": period.end_date}


def calendar_of(session: Session) -> str:
    """Return the calendar the company counts its months by."""
    return "hijri" if company_of(session).calendar == "hijri" else "gregorian"


def spans(first: date, until: date, compare: str, columns: int, calendar: str) -> list[tuple[date, date]]:
    """Return the span and those beside it, months counted by ``calendar``.

    A span of whole months is compared with as many whole months before it, any other with as many days.
    """
    columns = max(1, min(columns, MOST_COLUMNS))
    if compare == "previous_year":
        return [_moved(first, until, 12 * n, calendar) for n in range(columns + 1)]
    if compare == "previous_period":
        whole = _whole_months(first, until, calendar)
        if whole:
            return [_moved(first, until, whole * n, calendar) for n in range(columns + 1)]
        length = until - first + timedelta(days=1)
        return [(first - length * n, until - length * n) for n in range(columns + 1)]
    if compare == "months":
        return _months(first, until, calendar)
    return [(first, until)]


def _moved(first: date, until: date, months: int, calendar: str) -> tuple[date, date]:
    """Return the span so many months earlier; one that ends with a month still does."""
    later = LATER[calendar]
    return later(first, -months), later(until + timedelta(days=1), -months) - timedelta(days=1)


def _whole_months(first: date, until: date, calendar: str) -> int:
    """Return how many months the span fills exactly, or nothing."""
    after = until + timedelta(days=1)
    return next((n for n in range(1, LONGEST_MONTHS + 1) if LATER[calendar](first, n) == after), 0)


def _months(first: date, until: date, calendar: str) -> list[tuple[date, date]]:
    begun = month_begins(first, calendar)
    starts = [first]
    while (following := LATER[calendar](begun, len(starts))) <= until and len(starts) < MOST_COLUMNS:
        starts.append(following)
    ends = [*(start - timedelta(days=1) for start in starts[1:]), until]
    return list(zip(starts, ends, strict=True))


def month_begins(day: date, calendar: str) -> date:
    """Return the first day of the month of ``day``."""
    if calendar == "gregorian":
        return day.replace(day=1)
    from backoffice_accounting.periods import hijri

    return day - timedelta(days=hijri(day)[2] - 1)


def written(first: date, until: date, language: str, calendar: str, *, last_alone: bool = False) -> dict[str, Any]:
    """Return both days as the company writes them; in the Hijri calendar ``until`` ends with the Gregorian days."""
    said = {
        name: format_date(day, language=language, calendar="hijri" if calendar == "hijri" else "gregorian")
        for name, day in (("first", first), ("until", until))
    }
    if calendar == "hijri":
        days = [until] if last_alone else [first, until]
        same = " – ".join(format_date(day, language=language) for day in days)
        said["until"] = f"{said['until']} ({same})"
    return said


__all__ = ["calendar_of", "month_begins", "of_period", "spans", "written"]
