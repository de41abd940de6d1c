"""Where an order stands, read from what happened to its lines and written on it, so that lists can be asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import sqlalchemy as sa

from backoffice.core.api import Conflict, Session
from backoffice.hookspecs import messages

from .models import Movement, Order, OrderLine, Payment
from .pricing import Terms, computed, total_up
from .progress import ZERO, Progress, goods_state, invoice_state, is_done, payment_state

_ = messages("sales")


def locked(session: Session, order: Order) -> Order:
    """Return ``order`` as it is now, held until the end of the transaction: two people who ship it take turns."""
    session.flush()
    session.refresh(order, with_for_update=True)
    return order


def require(order: Order, *states: str) -> None:
    """Raise :class:`~backoffice.core.api.Conflict` unless the order is in one of ``states``."""
    if order.state not in states:
        raise Conflict(
            _("This does not go with an order that is {state}.").with_values(
                state=Order.__table__.c.state.info["backoffice.field"].choices[order.state]
            ),
            remedy=_("Look at the order again."),
        )


def progress_of(session: Session, order: Order) -> dict[OrderLine, Progress]:
    """Return how far each line of an order is."""
    session.flush()
    rows = session.execute(
        sa.select(Movement.line_id, Movement.kind, sa.func.sum(Movement.quantity))
        .where(Movement.order_id == order.id)
        .group_by(Movement.line_id, Movement.kind)
    )
    sums: dict[int, dict[str, Decimal]] = {}
    for line_id, kind, quantity in rows:
        sums.setdefault(line_id, {})[kind] = quantity
    return {line: Progress.of(line.quantity, line.ships, sums.get(line.id, {})) for line in order.lines}


def reached(order: Order) -> Decimal:
    """Return the percentage of the milestones that were reached."""
    return sum((one.share for one in order.milestones if one.reached_on is not None), ZERO)


def paid_sums(session: Session, order: Order) -> dict[str, Decimal]:
    """Return what was charged, refunded and authorised for an order."""
    rows = session.execute(
        sa.select(Payment.kind, sa.func.sum(Payment.amount))
        .where(Payment.order_id == order.id, Payment.state == "applied")
        .group_by(Payment.kind)
    )
    return {kind: amount or ZERO for kind, amount in rows}


def refresh(session: Session, order: Order, *, reserved: bool | None = None, terms: Terms | None = None) -> None:
    """Write where the order stands now; ``reserved`` where it was just asked whether goods are set aside."""
    lines = progress_of(session, order)
    some = list(lines.values())
    if order.kind == "order":
        total_up(terms or Terms(session), order, list(lines), {line: one.wanted for line, one in lines.items()})
    sums = paid_sums(session, order)
    charged, refunded = sums.get("charge", ZERO), sums.get("refund", ZERO)
    if reserved is None and order.goods_state in {"short", "reserved"}:
        reserved = order.goods_state == "reserved"
    before = (order.goods_state, order.invoice_state, order.payment_state, order.state)
    order.paid = charged - refunded
    order.goods_state = goods_state(some, reserved=reserved)
    order.invoice_state = invoice_state(some, order.invoicing, reached(order))
    due = _due(session, order, lines, terms)
    order.payment_state = payment_state(due, charged, refunded, sums.get("authorisation", ZERO))
    _end(order, some, due)
    if before != (order.goods_state, order.invoice_state, order.payment_state, order.state):
        order.waiting_since = session.now()
        order.problem = None
    session.flush()


def refresh_paid(session: Session, orders: Sequence[Order]) -> None:
    """Write where orders stand after payments, which change nothing about their lines: few statements for many."""
    ids = [order.id for order in orders]
    sums = _paid_by_order(session, ids)
    returned = _with_returns(session, ids)
    for order in orders:
        if order.id in returned:
            refresh(session, order)
        else:
            _write_paid(session, order, sums.get(order.id, {}))
    session.flush()


def _write_paid(session: Session, order: Order, sums: Mapping[str, Decimal]) -> None:
    charged, refunded = sums.get("charge", ZERO), sums.get("refund", ZERO)
    due = order.total if order.kind == "order" else -order.total
    before = (order.payment_state, order.state)
    order.paid = charged - refunded
    order.payment_state = payment_state(due, charged, refunded, sums.get("authorisation", ZERO))
    if order.state in {"confirmed", "done"}:
        done = is_done(order.goods_state, order.invoice_state, order.payment_state, due)
        order.state = "done" if done else "confirmed"
    if before != (order.payment_state, order.state):
        order.waiting_since = session.now()
        order.problem = None


CHUNK = 400


def _paid_by_order(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Decimal]]:
    found: dict[int, dict[str, Decimal]] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(
            sa.select(Payment.order_id, Payment.kind, sa.func.sum(Payment.amount))
            .where(Payment.order_id.in_(ids[start : start + CHUNK]), Payment.state == "applied")
            .group_by(Payment.order_id, Payment.kind)
        )
        for id_, kind, amount in rows:
            found.setdefault(id_ or 0, {})[kind] = amount or ZERO
    return found


def _with_returns(session: Session, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        found.update(
            session.scalars(
                sa.select(Movement.order_id)
                .where(Movement.order_id.in_(ids[start : start + CHUNK]), Movement.kind == "returned")
                .distinct()
            )
        )
    return found


def _due(session: Session, order: Order, lines: Mapping[OrderLine, Progress], terms: Terms | None) -> Decimal:
    """Return what is to be paid for an order: all that is wanted, less what came back."""
    if order.kind != "order":
        return -order.total
    if not any(one.away for one in lines.values()):
        return order.total
    kept = {line: one.wanted - one.away for line, one in lines.items()}
    return computed(terms or Terms(session), order, list(lines), kept).total


def _end(order: Order, lines: Iterable[Progress], due: Decimal) -> None:
    if order.state not in {"confirmed", "done"}:
        return
    nothing_left = not any(line.wanted or line.shipped or line.billed for line in lines)
    if nothing_left and order.lines:
        order.state = "cancelled"
    elif is_done(order.goods_state, order.invoice_state, order.payment_state, due):
        order.state = "done"
    else:
        order.state = "confirmed"


def due_of(session: Session, order: Order) -> Decimal:
    """Return what is to be paid for an order in all."""
    return _due(session, order, progress_of(session, order), None)


__all__ = ["due_of", "locked", "paid_sums", "progress_of", "reached", "refresh", "refresh_paid", "require"]
