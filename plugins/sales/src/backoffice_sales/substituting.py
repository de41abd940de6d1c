"""Other products in the place of goods that are missing, at the price that was agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa
from backoffice_products.api import Product, available
from sqlalchemy.orm import aliased

from backoffice.core.api import Session

from . import goods
from .models import Order, OrderLine, Substitute
from .pricing import Terms, complete
from .standing import refresh


def substitute(session: Session, order: Order, old: OrderLine, product: int, quantity: Decimal) -> OrderLine:
    """Put so much of another product in the place of a line; return the line that was added."""
    from . import orders

    orders.cancel_lines(session, order, {old: quantity}, reason="substituted")
    made = OrderLine(
        product_id=product, quantity=quantity, unit_price=old.unit_price, unit_discount=old.unit_discount,
        discount=old.discount, inclusive=old.inclusive, taxes=old.taxes, promised_on=old.promised_on,
        unit_id=old.unit_id if _counted_alike(session, old.product_id, product) else None,
    )  # fmt: skip
    with session.no_autoflush:
        complete(Terms(session), order, [made])
    order.lines.append(made)
    session.flush()
    refresh(session, order, reserved=goods.reserve(session, order))
    return made


def _counted_alike(session: Session, one: int | None, other: int) -> bool:
    known, new = session.get(Product, one), session.get(Product, other)
    return known is not None and new is not None and known.unit_id == new.unit_id


def substitute_missing(session: Session, order: Order) -> bool:
    """Put what may be shipped instead in the place of what is missing of an order; tell whether nothing is missing now.

    Of each product the first substitute is taken of which enough is free, counted in the same unit. Where there is
    none the line stays as it is.
    """
    missing = {line: quantity for line, quantity in goods.missing(session, order).items() if quantity > 0}
    choices = _choices(session, list(missing))
    free = _free(session, {id_ for ids in choices.values() for id_ in ids}, order.place)
    left = False
    for line, quantity in missing.items():
        wanted = goods.in_own_unit(session, line, quantity)
        chosen = next((id_ for id_ in choices.get(line, ()) if free.get(id_, Decimal(0)) >= wanted), None)
        if chosen is None:
            left = True
        else:
            free[chosen] -= wanted
            substitute(session, order, line, chosen, quantity)
    return not left


def _choices(session: Session, lines: Sequence[OrderLine]) -> Mapping[OrderLine, list[int]]:
    wanted = {line.product_id for line in lines if line.product_id is not None}
    other = aliased(Product)
    rows = session.execute(
        sa.select(Substitute.product_id, Substitute.substitute_id)
        .join(Product, Product.id == Substitute.product_id)
        .join(other, other.id == Substitute.substitute_id)
        .where(Substitute.product_id.in_(wanted), other.active, other.sold, other.unit_id == Product.unit_id)
        .order_by(Substitute.product_id, Substitute.sequence, Substitute.id)
    ).all()
    return {line: [other_id for id_, other_id in rows if id_ == line.product_id] for line in lines}


def _free(session: Session, ids: set[int], place: str | None) -> dict[int, Decimal]:
    found = available(session, tuple(sorted(ids)), place) if ids else None
    return {id_: one.free for id_, one in (found or {}).items()}
