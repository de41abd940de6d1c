"""Orders that are not done: what is open, late, split off; and payments by provider."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_sales.kinds import GOODS_STATES, INVOICE_STATES, PAYMENT_KINDS, PAYMENT_STATES
from backoffice_sales.models import Movement, Order, OrderLine, Payment
from backoffice_sales.progress import ZERO

from backoffice.core.api import Session
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

from .selling import books_currency, names_of

_ = messages("sales")

SHOWN: Final = {"open": _("All that are open"), "late": _("Late"), "backorders": _("Back-orders")}


def order_book(session: Session, *, show: str = "open", until: date | None = None) -> Table:
    """Return the orders that are not done, with what is left to ship of each and how late it is."""
    today = session.today()
    left = _left(session)
    orders = session.scalars(sa.select(Order).where(*_open(session)).order_by(Order.date, Order.id)).all()
    split = _split(session) if show == "backorders" else frozenset()
    names = names_of(session, [order.party_id for order in orders])
    rows = []
    for order in orders:
        late = (today - order.promised_on).days if order.promised_on and left.get(order.id) else 0
        if (show == "late" and late <= 0) or (show == "backorders" and order.id not in split):
            continue
        if until is None or (order.promised_on or order.date) <= until:
            rows.append(_row(order, names[order.party_id], left.get(order.id, ZERO), max(late, 0)))
    columns = (
        Column("number", _("Number"), "code"),
        Column("date", _("Date"), "date"),
        Column("customer", _("Customer")),
        Column("promised", _("Promised for"), "date"),
        Column("late", _("Days late"), "integer"),
        Column("total", _("Total"), "money", total=True),
        Column("currency", _("Currency"), "code"),
        Column("left", _("Left to ship, net"), "money", total=True),
        Column("goods", _("Goods")),
        Column("invoice", _("Invoice")),
        Column("payment", _("Payment")),
    )
    return Table(columns, rows)


def _open(session: Session) -> tuple[Any, ...]:
    """Return the conditions on orders of which something is left to ship or to invoice."""
    return (
        Order.company_id == session.company_id,
        Order.state == "confirmed",
        sa.or_(Order.goods_state.not_in(("none", "shipped")), Order.invoice_state == "to_invoice"),
    )


def _row(order: Order, customer: str, left: Decimal, late: int) -> Row:
    cells = (
        order.number, order.date, customer, order.promised_on, late or None, order.total, order.currency, left,
        GOODS_STATES[order.goods_state], INVOICE_STATES[order.invoice_state], PAYMENT_STATES[order.payment_state],
    )  # fmt: skip
    return Row(cells, link=Link(resource="sales.order", id=order.id))


def _left(session: Session) -> dict[int, Decimal]:
    """Return what is left to ship of orders that are not done, at net prices, from sums over movements."""
    gone = dict(
        session.execute(
            sa.select(Movement.line_id, sa.func.sum(Movement.quantity))
            .join(Order, Order.id == Movement.order_id)
            .where(*_open(session), Movement.kind == "shipped")
            .group_by(Movement.line_id)
        ).all()
    )
    dropped = dict(
        session.execute(
            sa.select(Movement.line_id, sa.func.sum(Movement.quantity))
            .join(Order, Order.id == Movement.order_id)
            .where(*_open(session), Movement.kind == "cancelled")
            .group_by(Movement.line_id)
        ).all()
    )
    lines = session.execute(
        sa.select(OrderLine.id, OrderLine.order_id, OrderLine.quantity, OrderLine.net)
        .join(Order, Order.id == OrderLine.order_id)
        .where(*_open(session), OrderLine.ships)
    )
    found: dict[int, Decimal] = {}
    for line_id, order_id, quantity, net in lines:
        wanted = quantity - (dropped.get(line_id) or ZERO)
        open_ = wanted - (gone.get(line_id) or ZERO)
        if open_ > 0 and wanted:
            found[order_id] = found.get(order_id, ZERO) + round(net * open_ / wanted, 2)
    return found


def _split(session: Session) -> frozenset[int]:
    return frozenset(session.scalars(sa.select(OrderLine.order_id).where(OrderLine.split_of_id.is_not(None))))


def payments(session: Session, **days: Any) -> Table:
    """Return what providers told of, by provider and kind: how often, how much, what they kept."""
    start, end = days.get("from"), days.get("until")
    conditions = [Payment.company_id == session.company_id, Payment.state == "applied"]
    conditions += [Payment.date >= start] if start else []
    conditions += [Payment.date <= end] if end else []
    rows = session.execute(
        sa.select(
            Payment.provider, Payment.kind, Payment.currency, sa.func.count(Payment.id), sa.func.sum(Payment.amount),
            sa.func.sum(Payment.fee),
        )
        .where(*conditions)
        .group_by(Payment.provider, Payment.kind, Payment.currency)
        .order_by(Payment.provider, Payment.kind, Payment.currency)
    )  # fmt: skip
    columns = (
        Column("provider", _("Provider"), "code"),
        Column("kind", _("Kind")),
        Column("currency", _("Currency"), "code"),
        Column("count", _("Payments"), "integer", total=True),
        Column("amount", _("Amount"), "money"),
        Column("fee", _("Fee"), "money"),
    )
    return Table(
        columns,
        [
            Row((provider, PAYMENT_KINDS[kind], code, count, amount, fee or ZERO))
            for provider, kind, code, count, amount, fee in rows
        ],
        chart=TableChart("bar", x="kind", y=("amount",)),
    )


__all__ = ["books_currency", "order_book", "payments"]
