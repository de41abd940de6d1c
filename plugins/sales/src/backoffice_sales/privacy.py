"""What orders know about a person: where goods were brought. The order itself is kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from backoffice_parties.privacy import party_of

from backoffice.core.api import Session
from backoffice.hookspecs import PersonalRecord, messages

from .models import Order

_ = messages("sales")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the orders of ``subject``, a party or a user who is one."""
    party = party_of(session, subject)
    if party is None:
        return ()
    rows = session.scalars(sa.select(Order).where(Order.party_id == party.id).order_by(Order.id))
    return [
        PersonalRecord(
            "sales.order",
            order.id,
            {
                "number": order.number,
                "date": order.date,
                "total": order.total,
                "currency": order.currency,
                "delivery_name": order.delivery_name,
                "delivery_address": order.delivery_address,
            },
            erase=partial(_forget, order.id) if order.delivery_name or order.delivery_address else None,
            reason="" if order.delivery_name or order.delivery_address else _("Orders are kept as they were."),
        )
        for order in rows
    ]


def _forget(order_id: int, session: Session) -> None:
    order = session.get(Order, order_id)
    order.delivery_name = order.delivery_address = None
    session.flush()
