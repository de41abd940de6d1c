"""What this plugin asks of others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from backoffice.hookspecs import hookspec


@hookspec(firstresult=True)
def acme_tolls_rate(vehicle: str, day: date) -> Decimal | None:
    """Give what a passage of ``vehicle``, a number plate, costs on ``day``, in the company's currency, or nothing.

    Called for each charge, inside its transaction. The first answer that is not ``None`` counts. Strict: an exception
    refuses the charge.
    """
