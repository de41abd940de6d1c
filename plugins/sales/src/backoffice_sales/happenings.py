"""What sales tells others: events, each with the order's chain, so that one order is followed from end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.core.api import Session

from .models import Order


def facts_of(order: Any, **more: Any) -> dict[str, Any]:
    """Return the facts all events of an order have."""
    return {
        "number": order.number,
        "party": order.party_id,
        "date": order.date,
        "currency": order.currency,
        "total": order.total,
        "source": order.source,
        "source_key": order.source_key,
        "chain": order.correlation,
        **more,
    }


def tell(session: Session, name: str, order: Any, **more: Any) -> None:
    """Say that something happened to an order."""
    tell_many(session, name, [(order, more)])


def tell_many(session: Session, name: str, said: Sequence[tuple[Any, dict[str, Any]]]) -> None:
    """Say it of many orders in few statements."""
    if said:
        pairs = [((Order, order.id), facts_of(order, **more)) for order, more in said]
        session.emit_many(f"sales.{name}", pairs, ids=False)
