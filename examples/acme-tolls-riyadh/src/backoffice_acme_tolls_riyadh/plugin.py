"""The one hook: it answers the road tolls where they are installed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.hookspecs import hookimpl

FRIDAY = 4
FREE, USUAL = Decimal("0.00"), Decimal("8.00")


@hookimpl(optionalhook=True)
def acme_tolls_rate(vehicle: str, day: date) -> Decimal:
    """Give the toll of ``day``; it is the same for every vehicle."""
    return FREE if day.weekday() == FRIDAY else USUAL
