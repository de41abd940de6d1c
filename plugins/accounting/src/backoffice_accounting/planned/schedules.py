"""When what recurs is due, and how an amount is spread over a span of time, as pure functions."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("accounting")


def last_of_month(day: date) -> date:
    """Return the last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def following(day: date, every: int, *, month_end: bool) -> date:
    """Return when what was due on ``day`` is due again, ``every`` so many months."""
    year, month = divmod(day.month - 1 + every, 12)
    length = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, length if month_end else min(day.day, length))


def spread(amount: Decimal, first: date, until: date, basis: str, places: int) -> list[tuple[date, Decimal]]:
    """Return the parts of ``amount`` for the service from ``first`` to ``until``: a date and an amount each.

    By ``days`` each month gets its share of the days, both ends included, dated on its last day of service. By
    ``months`` each month gets the same, ``until`` being the day the service has ended by. What rounding leaves over
    is in the last part. Raises :class:`~backoffice.core.api.InvalidInput` for a span that ends before it begins.
    """
    if until <= first:
        said = _("The service ends after it begins.")
        raise InvalidInput(said, fields={"until": [said]})
    weights = list(_days(first, until) if basis == "days" else _months(first, until))
    total = sum(weight for _day, weight in weights)
    unit = Decimal(1).scaleb(-places)
    parts = [(day, (amount * weight / total).quantize(unit, ROUND_HALF_UP)) for day, weight in weights[:-1]]
    rest = amount - sum((part for _day, part in parts), Decimal(0))
    return [(day, part) for day, part in [*parts, (weights[-1][0], rest)] if part]


def _days(first: date, until: date) -> Iterator[tuple[date, int]]:
    day = first
    while day <= until:
        end = min(last_of_month(day), until)
        yield end, (end - day).days + 1
        day = end + timedelta(days=1)


def _months(first: date, until: date) -> Iterator[tuple[date, int]]:
    count = max(1, (until.year - first.year) * 12 + until.month - first.month + (until.day > first.day))
    for number in range(count):
        yield last_of_month(following(first, number, month_end=False)), 1
