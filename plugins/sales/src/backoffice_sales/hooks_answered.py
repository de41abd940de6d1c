"""What sales answers to others: goods that confirmed orders will take."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Expected

from .models import Movement, Order, OrderLine


def expected(session: Any, product_ids: Collection[int], until: date) -> list[Expected]:
    """Return what is left to ship of products by confirmed orders until a day."""
    from .goods import demand_key, in_own_unit

    gone = (
        sa.select(Movement.line_id, sa.func.sum(Movement.quantity).label("gone"))
        .where(Movement.kind.in_(("shipped", "cancelled")))
        .group_by(Movement.line_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(OrderLine, Order, gone.c.gone)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(gone, gone.c.line_id == OrderLine.id)
        .where(
            Order.company_id == session.company_id, Order.state == "confirmed", Order.kind == "order",
            OrderLine.ships, OrderLine.product_id.in_(sorted(product_ids)),
        )
    )  # fmt: skip
    found = []
    for line, order, quantity in rows:
        left = line.quantity - (quantity or 0)
        day = line.promised_on or order.promised_on or order.date
        if left > 0 and day <= until:
            own = in_own_unit(session, line, left)
            found.append(Expected(line.product_id, -own, day, order.place, "sales", demand_key(order, line)))
    return found
