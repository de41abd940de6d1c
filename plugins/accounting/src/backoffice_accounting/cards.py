"""What the dashboard and a customer's page say about the books: money owed, this month's income, open invoices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import Session
from backoffice.hookspecs import Card, Column, Link, Row, Table, TableChart, messages

from .balances import NOTHING, as_of
from .currencies import company_of
from .models import Account, Entry, Invoice, Line
from .posting import ZERO

_ = messages("accounting")

SEEN_BY = "accounting.trial_balance"
"""The permission of those who see figures of the books."""

MOST_INVOICES = 5


def cards(place: str, session: Session, subject: Any) -> Sequence[Card]:
    """Return the cards for ``place``."""
    if session.company_id is None:
        return ()
    if place == "dashboard":
        return list(dashboard(session))
    if place == "parties.party" and isinstance(subject, Party) and subject.customer:
        return list(of_customer(session, subject))
    return ()


def dashboard(session: Session) -> Iterator[Card]:
    """Yield what customers owe, the income of the month, and a chart of it by day.

    While nothing was posted this month, the last month with postings is shown instead.
    """
    today = session.today()
    last = _last_posting(session, today)
    if last is None:
        return
    books = company_of(session).currency
    month = last.replace(day=1)
    yield _receivables(session, today, books)
    income = _income_by_day(session, month, last)
    total = sum((amount for _day, amount in income), ZERO)
    span = {"from": month, "until": last}
    link = Link(report="accounting.trial_balance", parameters=span)
    is_now = (last.year, last.month) == (today.year, today.month)
    title = _("Income this month") if is_now else _("Income of {month}").with_values(month=f"{last:%Y-%m}")
    yield Card(title, value=total, kind="money", currency=books, link=link, permission=SEEN_BY, order=20)
    yield Card(
        _("Income by day"), table=_chart(income, month, last, books), link=link, permission=SEEN_BY, order=30, wide=True
    )


def _last_posting(session: Session, today: date) -> date | None:
    found: date | None = session.scalar(
        sa.select(Entry.date)
        .where(Entry.company_id == session.company_id, Entry.state == "posted", Entry.date <= today)
        .order_by(Entry.date.desc())
        .limit(1)
    )
    return found


def _receivables(session: Session, today: date, books: str) -> Card:
    ids = session.scalars(
        sa.select(Account.id)
        .where(Account.company_id == session.company_id, Account.subtype == "receivable")
        .order_by(Account.code)
    ).all()
    sums = as_of(session, today)
    owed = sum((sums.get(id_, NOTHING).balance for id_ in ids), ZERO)
    link = Link(report="accounting.general_ledger", parameters={"account": ids[0], "until": today}) if ids else None
    return Card(_("Customers owe"), value=owed, kind="money", currency=books, link=link, permission=SEEN_BY, order=10)


def _income_by_day(session: Session, first: date, last: date) -> list[tuple[date, Decimal]]:
    """Return what was earned each day with postings, returns and discounts taken off."""
    rows = session.execute(
        sa.select(Entry.date, sa.func.sum(Line.amount))
        .join(Line, Line.entry_id == Entry.id)
        .join(Account, Account.id == Line.account_id)
        .where(
            Entry.company_id == session.company_id,
            Entry.state == "posted",
            Entry.date.between(first, last),
            Account.type == "income",
        )
        .group_by(Entry.date)
        .order_by(Entry.date)
    )
    return [(day, -amount) for day, amount in rows]


def _chart(income: Sequence[tuple[date, Decimal]], first: date, last: date, books: str) -> Table:
    known = dict(income)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Table(
        (Column("day", _("Date"), "date"), Column("income", _("Income"), "money", total=True, currency=books)),
        [Row((day, known.get(day, ZERO))) for day in days],
        chart=TableChart("bar", x="day", y=("income",), label=_("Income by day")),
    )


def of_customer(session: Session, party: Party) -> Iterator[Card]:
    """Yield what a customer owes in the books, and their oldest open invoices."""
    books = company_of(session).currency
    own = (Invoice.company_id == session.company_id, Invoice.party_id == party.id, Invoice.state == "posted")
    sign = sa.case((Invoice.kind == "invoice", 1), else_=-1)
    owed = session.scalar(
        sa.select(sa.type_coerce(sa.func.sum(Invoice.open_in_books * sign), Invoice.__table__.c.total.type)).where(*own)
    )
    yield Card(
        _("Owes"), value=owed or ZERO, kind="money", currency=books, permission="accounting.invoice.read", order=10
    )
    rows = session.execute(
        sa.select(
            Invoice.id,
            Invoice.number,
            Invoice.date,
            Invoice.due_date,
            Invoice.currency,
            Invoice.open_amount,
            Invoice.kind,
        )
        .where(*own)
        .order_by(Invoice.due_date, Invoice.id)
        .limit(MOST_INVOICES)
    ).all()
    if rows:
        yield Card(
            _("Oldest open invoices"),
            table=_open_invoices(rows),
            permission="accounting.invoice.read",
            order=20,
            wide=True,
        )


def _open_invoices(rows: Sequence[Any]) -> Table:
    columns = (
        Column("number", _("Number"), "code"),
        Column("date", _("Date"), "date"),
        Column("due", _("Due"), "date"),
        Column("currency", _("Currency"), "code"),
        Column("open", _("Open amount"), "money"),
    )
    return Table(
        columns,
        [
            Row(
                (
                    row.number,
                    row.date,
                    row.due_date,
                    row.currency,
                    row.open_amount * (1 if row.kind == "invoice" else -1),
                ),
                link=Link(resource="accounting.invoice", id=row.id),
            )
            for row in rows
        ],
    )
