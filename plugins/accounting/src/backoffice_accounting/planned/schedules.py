"""When what recurs is due, as pure functions."""

from __future__ import annotations

import calendar
from datetime import date


def last_of_month(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def following(day: date, every: int, *, month_end: bool) -> date:
    """Return when what was due on ``day`` is due again, ``every`` so many months."""
    year, month = divmod(day.month - 1 + every, 12)
    length = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, length if month_end else min(day.day, length))
