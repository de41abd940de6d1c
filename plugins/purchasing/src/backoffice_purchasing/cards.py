"""Cards of purchasing: what waits for a decision or is late."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session
from backoffice.hookspecs import Card, Link, messages

from .models import Bill, Order

_ = messages("purchasing")


def cards(place: str, session: Session, subject: Any) -> Sequence[Card]:
    """Return the cards for ``place``."""
    if place != "dashboard" or session.company_id is None:
        return ()
    own = Order.company_id == session.company_id
    late = _count(session, Order.id, own, Order.state == "confirmed", Order.promised_on < session.today(),
                  Order.receipt_state.in_(("waiting", "part")))  # fmt: skip
    approve = _count(session, Order.id, own, Order.state == "to_approve")
    differing = _count(session, Bill.id, Bill.company_id == session.company_id, Bill.state == "differs")
    link = Link(report="purchasing.open_orders", parameters={"late": True})
    found = [
        Card(_("Goods that are late"), value=late, link=link, permission="purchasing.open_orders", order=16),
        Card(_("Orders to approve"), value=approve, permission="purchasing.approve_order", order=17),
        Card(_("Bills that differ"), value=differing, permission="purchasing.bill.read", order=18),
    ]
    return [card for card in found if card.value]


def _count(session: Session, column: Any, *conditions: Any) -> int:
    found: int | None = session.scalar(sa.select(sa.func.count(column)).where(*conditions))
    return found or 0
