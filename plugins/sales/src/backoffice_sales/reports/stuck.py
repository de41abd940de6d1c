"""The work list: every order, payment and message that waits longer than it should, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from backoffice_sales.models import Billing, Message, Order, Payment

from backoffice.core.api import Session
from backoffice.hookspecs import Column, Link, Row, Table, messages

_ = messages("sales")

FLAGGED = {
    "other figures": _("The provider told of it before with other figures."),
    "other currency": _("It is in another currency than the order."),
}
SHORT = {
    "backorder": _("Paid, but goods are missing: they are shipped later."),
    "refuse": _("Paid, but goods are missing: they are shipped later."),
    "substitute": _("Paid, but goods are missing: put something else in their place."),
    "refund": _("Paid, but goods are missing: it is paid back."),
}


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something that waits: what, since when, and why."""

    what: str
    since: datetime
    why: str
    link: Link


def stuck(session: Session, minutes: int | None = None) -> list[Stuck]:
    """Return what waits longer than so many minutes, the oldest first."""
    longest = minutes if minutes is not None else int(session.setting("sales", "stuck_minutes") or 60)
    before = session.now() - timedelta(minutes=longest)
    found = [*_orders(session, before), *_unposted(session, before), *_payments(session, before)]
    return sorted([*found, *_messages(session)], key=lambda one: (one.since, one.what))


def _orders(session: Session, before: datetime) -> Iterator[Stuck]:
    rows = session.scalars(
        sa.select(Order).where(
            Order.company_id == session.company_id, Order.state == "confirmed", Order.waiting_since <= before
        )
    )
    for order in rows:
        why = why_stuck(order, session)
        if why:
            link = Link(resource="sales.order", id=order.id)
            yield Stuck(order.number or "", order.waiting_since or before, why, link)


def why_stuck(order: Order, session: Session) -> str:
    """Return why an order waits, or nothing when it only takes its time."""
    paid = order.payment_state in {"paid", "over"}
    if order.goods_state == "short":
        return SHORT[order.shortage] if paid else _("Goods are missing.")
    if order.invoice_state == "to_invoice":
        return _("It is to be invoiced.")
    if order.payment_state == "over":
        return _("It was paid too much.")
    if paid and order.goods_state == "waiting":
        return _("Paid, and not shipped.")
    if paid and order.goods_state in {"reserved", "part"}:
        return _("Paid and set aside, and not shipped.")
    late = order.promised_on is not None and order.promised_on < session.today()
    if late and order.goods_state in {"waiting", "reserved", "part"}:
        return _("Promised for {day}, and not shipped.").with_values(day=order.promised_on)
    return ""


def _unposted(session: Session, before: datetime) -> Iterator[Stuck]:
    """Yield invoices that are not in the books, where anybody keeps books."""
    own = Billing.company_id == session.company_id
    if session.scalar(sa.select(Billing.id).where(own, Billing.state == "posted").limit(1)) is None:
        return
    rows = session.scalars(sa.select(Billing).where(own, Billing.state == "asked", Billing.created_at <= before))
    for row in rows:
        why = _("The invoice was asked for and is not in the books.")
        yield Stuck(row.key, row.created_at, why, Link(resource="sales.billing", id=row.id))


def _payments(session: Session, before: datetime) -> Iterator[Stuck]:
    rows = session.scalars(
        sa.select(Payment).where(
            Payment.company_id == session.company_id, Payment.state != "applied", Payment.created_at <= before
        )
    )
    for row in rows:
        unknown = _("No order is known by {named}.").with_values(named=row.named or "–")
        why = unknown if row.state == "waiting" else FLAGGED.get(row.problem or "", unknown)
        yield Stuck(row.reference, row.created_at, why, Link(resource="sales.payment", id=row.id))


def _messages(session: Session) -> Iterator[Stuck]:
    rows = session.scalars(
        sa.select(Message).where(Message.company_id == session.company_id, Message.state == "flagged")
    )
    for row in rows:
        why = _("The same number came again with another body.")
        yield Stuck(row.external_id, row.received_at, why, Link(resource="sales.message", id=row.id))


def work_list(session: Session, *, minutes: int | None = None) -> Table:
    """Return what is stuck as a table."""
    now = session.now()
    columns = (
        Column("what", _("What"), "code"),
        Column("since", _("Waiting since"), "instant"),
        Column("minutes", _("Minutes"), "integer"),
        Column("why", _("Why")),
    )
    rows = [
        Row((one.what, one.since, int((now - one.since).total_seconds() // 60), one.why), link=one.link)
        for one in stuck(session, minutes)
    ]
    return Table(columns, rows)
