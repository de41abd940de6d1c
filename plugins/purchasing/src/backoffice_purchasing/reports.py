"""Open orders, and how suppliers keep their word."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import Session
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

from .kinds import BILL_STATES, RECEIPT_STATES
from .models import Bill, Movement, Order, OrderLine, Receipt
from .progress import ZERO

_ = messages("purchasing")


def names_of(session: Session) -> dict[int, str]:
    """Return what suppliers are called in the language of the session."""
    rows = session.execute(sa.select(Party.id, Party.name, Party.translations).where(Party.supplier))
    language = session.context.language
    return {id_: (said or {}).get(language, {}).get("name") or name for id_, name, said in rows}


def open_orders(session: Session, *, party_id: int | None = None, late: bool = False) -> Table:
    """Return the orders that are not done, with what is expected yet and how late it is."""
    today = session.today()
    conditions = [Order.company_id == session.company_id, Order.state == "confirmed"]
    conditions += [Order.party_id == party_id] if party_id is not None else []
    left = _left(session)
    names = names_of(session)
    rows = []
    for order in session.scalars(sa.select(Order).where(*conditions).order_by(Order.promised_on, Order.id)):
        over = (today - order.promised_on).days if order.promised_on and left.get(order.id) else 0
        if late and over <= 0:
            continue
        cells = (
            order.number, order.date, names.get(order.party_id, "–"), order.promised_on, over if over > 0 else None,
            order.total, order.currency, left.get(order.id, ZERO), RECEIPT_STATES[order.receipt_state],
            BILL_STATES[order.bill_state],
        )  # fmt: skip
        rows.append(Row(cells, link=Link(resource="purchasing.order", id=order.id)))
    columns = (
        Column("number", _("Number"), "code"),
        Column("date", _("Date"), "date"),
        Column("supplier", _("Supplier")),
        Column("promised", _("Promised for"), "date"),
        Column("late", _("Days late"), "integer"),
        Column("total", _("Total"), "money"),
        Column("currency", _("Currency"), "code"),
        Column("left", _("Expected, net"), "money"),
        Column("goods", _("Goods")),
        Column("bills", _("Bills")),
    )
    return Table(columns, rows)


def _left(session: Session) -> dict[int, Decimal]:
    """Return what is expected yet of confirmed orders, at net prices, from sums over movements."""
    gone = dict(
        session.execute(
            sa.select(Movement.line_id, sa.func.sum(Movement.quantity))
            .join(Order, Order.id == Movement.order_id)
            .where(Order.state == "confirmed", Movement.kind.in_(("received", "cancelled")))
            .group_by(Movement.line_id)
        ).all()
    )
    lines = session.execute(
        sa.select(OrderLine.id, OrderLine.order_id, OrderLine.quantity, OrderLine.net)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.company_id == session.company_id, Order.state == "confirmed", OrderLine.goods)
    )
    found: dict[int, Decimal] = {}
    for id_, order_id, quantity, net in lines:
        open_ = quantity - (gone.get(id_) or ZERO)
        if open_ > 0:
            found[order_id] = found.get(order_id, ZERO) + round(net * open_ / quantity, 2)
    return found


@dataclass(slots=True)
class Kept:
    """How one supplier keeps their word."""

    orders: set[int] = field(default_factory=set)
    receipts: int = 0
    on_time: int = 0
    days: int = 0
    received: Decimal = ZERO
    returned: Decimal = ZERO
    bills: int = 0
    differing: int = 0


def supplier_performance(session: Session, **days: Any) -> Table:
    """Return how often suppliers deliver in time, how long they take, what goes back and which bills differ."""
    start, end = days.get("from"), days.get("until")
    found: dict[int, Kept] = {}
    _receipts(session, found, start, end)
    _quantities(session, found, start, end)
    _bills(session, found, start, end)
    names = names_of(session)
    columns = (
        Column("supplier", _("Supplier")),
        Column("orders", _("Orders"), "integer", total=True),
        Column("receipts", _("Receipts"), "integer", total=True),
        Column("on_time", _("In time, %"), "percent"),
        Column("days", _("Days on average"), "quantity"),
        Column("returned", _("Sent back, %"), "percent"),
        Column("differing", _("Bills that differ, %"), "percent"),
    )
    rows = [
        Row(
            (
                names.get(party, "–"), len(one.orders), one.receipts, _percent(one.on_time, one.receipts),
                round(Decimal(one.days) / one.receipts, 1) if one.receipts else None,
                _percent(one.returned, one.received), _percent(one.differing, one.bills),
            ),
            link=Link(report="purchasing.open_orders", parameters={"party": party}),
        )
        for party, one in sorted(found.items(), key=lambda item: names.get(item[0], ""))
    ]  # fmt: skip
    return Table(columns, rows, chart=TableChart("bar", x="supplier", y=("on_time",)))


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    return round(100 * Decimal(part) / Decimal(whole), 1) if whole else None


def _between(column: Any, start: date | None, end: date | None) -> list[Any]:
    return [*([column >= start] if start else []), *([column <= end] if end else [])]


def _receipts(session: Session, found: dict[int, Kept], start: date | None, end: date | None) -> None:
    rows = session.execute(
        sa.select(Receipt.party_id, Receipt.order_id, Receipt.date, Order.date, Order.promised_on)
        .join(Order, Order.id == Receipt.order_id)
        .where(Receipt.company_id == session.company_id, Receipt.kind == "receipt", *_between(Receipt.date, start, end))
    )
    for party, order, day, ordered, promised in rows:
        one = found.setdefault(party, Kept())
        one.orders.add(order)
        one.receipts += 1
        one.on_time += promised is None or day <= promised
        one.days += (day - ordered).days


def _quantities(session: Session, found: dict[int, Kept], start: date | None, end: date | None) -> None:
    rows = session.execute(
        sa.select(Order.party_id, Movement.kind, sa.func.sum(Movement.quantity))
        .join(Order, Order.id == Movement.order_id)
        .where(
            Movement.company_id == session.company_id, Movement.kind.in_(("received", "returned")),
            *_between(Movement.date, start, end),
        )
        .group_by(Order.party_id, Movement.kind)
    )  # fmt: skip
    for party, kind, quantity in rows:
        one = found.setdefault(party, Kept())
        if kind == "received":
            one.received += quantity
        else:
            one.returned += quantity


def _bills(session: Session, found: dict[int, Kept], start: date | None, end: date | None) -> None:
    rows = session.scalars(
        sa.select(Bill).where(Bill.company_id == session.company_id, *_between(Bill.date, start, end))
    )
    for bill in rows:
        one = found.setdefault(bill.party_id, Kept())
        one.bills += 1
        one.differing += bool(bill.differences)
