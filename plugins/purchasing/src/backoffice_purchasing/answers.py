"""What purchasing answers to others: goods on their way, and draft orders of what should be bought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Expected, Product, Proposal, exactly, to_step, units_of

from .models import Movement, Order, OrderLine
from .orders import before_save
from .pricing import offers_of, picked
from .receiving import in_own_unit


def expected(session: Any, product_ids: Collection[int], until: date) -> list[Expected]:
    """Return what confirmed orders will bring of products until a day."""
    gone = (
        sa.select(Movement.line_id, sa.func.sum(Movement.quantity).label("gone"))
        .where(Movement.kind.in_(("received", "cancelled")))
        .group_by(Movement.line_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(OrderLine, Order, gone.c.gone)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(gone, gone.c.line_id == OrderLine.id)
        .where(
            Order.company_id == session.company_id, Order.state == "confirmed", OrderLine.goods,
            OrderLine.product_id.in_(sorted(product_ids)),
        )
    )  # fmt: skip
    found = []
    for line, order, quantity in rows:
        left = line.quantity - (quantity or 0)
        day = order.promised_on or order.date
        if left > 0 and day <= until:
            own = in_own_unit(session, line, left)
            found.append(Expected(line.product_id, own, day, order.place, "purchasing", f"{order.number}:{line.id}"))
    return found


def order(session: Any, proposals: Sequence[Proposal]) -> list[str]:
    """Make draft orders of proposals, one for each supplier and place; say which, an empty word where nobody sells it.

    What was proposed before for the same product and place is proposed anew: there is one draft of it, never two.
    """
    offers = offers_of(session, [one.product_id for one in proposals])
    _forget(session, {(one.product_id, one.place) for one in proposals})
    drafts: dict[tuple[int, str | None], Order] = {}
    keys = []
    for one in proposals:
        row = picked(offers.get(one.product_id, []), session.today(), one.quantity)
        if row is None:
            keys.append("")
            continue
        draft = drafts.get((row.party_id, one.place)) or _draft(session, row.party_id, one.place)
        drafts[row.party_id, one.place] = draft
        draft.lines.append(_line(session, one, row))
        draft.promised_on = min(filter(None, (draft.promised_on, one.needed_on)), default=None)
        keys.append(f"draft:{draft.id}")
    for draft in drafts.values():
        with session.no_autoflush:
            before_save(session, draft, {})
    session.flush()
    return keys


def _forget(session: Any, wanted: set[tuple[int, str | None]]) -> None:
    """Take lines that were proposed before for the same product and place out of their drafts."""
    drafts = session.scalars(
        sa.select(Order).where(Order.company_id == session.company_id, Order.state == "draft", Order.proposed)
    ).all()
    for draft in drafts:
        draft.lines = [line for line in draft.lines if (line.product_id, draft.place) not in wanted]
        if draft.lines:
            with session.no_autoflush:
                before_save(session, draft, {})
        else:
            session.delete(draft)
    session.flush()


def _draft(session: Any, party_id: int, place: str | None) -> Order:
    found: Order | None = session.scalars(
        sa.select(Order)
        .where(
            Order.company_id == session.company_id, Order.state == "draft", Order.proposed,
            Order.party_id == party_id, Order.place == place if place is not None else Order.place.is_(None),
        )
        .limit(1)
    ).first()  # fmt: skip
    if found is not None:
        return found
    draft = Order(party_id=party_id, date=session.today(), place=place, proposed=True, currency="")
    with session.no_autoflush:
        before_save(session, draft, {})
    session.add(draft)
    session.flush()
    return draft


def _line(session: Any, one: Proposal, row: Any) -> OrderLine:
    """Return the line for a proposal, in the unit it is bought by, rounded up to what is sold."""
    product = session.get(Product, one.product_id)
    unit_id = row.unit_id or product.purchase_unit_id or product.unit_id
    quantity: Decimal = one.quantity
    units = units_of(session)
    if unit_id != product.unit_id:
        quantity = to_step(exactly(one.quantity, units[product.unit_id], units[unit_id]), units[unit_id].step, "up")
    return OrderLine(product_id=one.product_id, quantity=quantity, unit_id=unit_id)
