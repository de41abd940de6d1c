"""What the dashboard and a customer's page say about the books: money owed, this month's income, what is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import Session, format_date
from backoffice.hookspecs import Card, Column, Link, Row, Table, TableChart, messages

from .balances import NOTHING, as_of
from .currencies import company_of
from .models import Account, Entry, Invoice, Line
from .posting import ZERO
from .reports import name_in

_ = messages("accounting")

SEEN_BY = "accounting.trial_balance"
"""The permission of those who see figures of the books."""

INVOICES = "accounting.invoice.read"
"""The permission of those who see invoices."""

MOST_DEBTORS = 8


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
    """Yield what customers owe and what of it is overdue, the month's income and invoices, by day, and who owes most.

    While nothing was posted this month, the last month with postings is shown instead.
    """
    today = session.today()
    last = _last_posting(session, today)
    if last is None:
        return
    books = company_of(session).currency
    yield _receivables(session, today, books)
    yield Card(
        _("Overdue"), value=_overdue(session, today), kind="money", currency=books, permission=INVOICES, order=12
    )
    yield from _month(session, last, today, books)
    yield Card(_("Who owes most"), table=_debtors(session, books), permission=INVOICES, order=40)


def _month(session: Session, last: date, today: date, books: str) -> Iterator[Card]:
    """Yield the cards of the month that ends with the day ``last``."""
    first = last.replace(day=1)
    income = _income_by_day(session, first, last)
    total = sum((amount for _day, amount in income), ZERO)
    link = Link(report="accounting.trial_balance", parameters={"from": first, "until": last})
    titles = (_("Income this month"), _("Invoices this month"))
    if (last.year, last.month) != (today.year, today.month):
        month = format_date(last, language=session.context.language, style="month")
        titles = (_("Income of {month}").with_values(month=month), _("Invoices of {month}").with_values(month=month))
    yield Card(titles[0], value=total, kind="money", currency=books, link=link, permission=SEEN_BY, order=20)
    yield Card(titles[1], value=_invoices(session, first, last), permission=INVOICES, order=22)
    chart = _chart(income, first, last, books)
    yield Card(_("Income by day"), table=chart, link=link, permission=SEEN_BY, order=30, wide=True)


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


def _invoices(session: Session, first: date, last: date) -> int:
    found: int | None = session.scalar(
        sa.select(sa.func.count(Invoice.id)).where(
            Invoice.company_id == session.company_id,
            Invoice.date.between(first, last),
            Invoice.kind == "invoice",
            Invoice.state != "draft",
        )
    )
    return found or 0


def _overdue(session: Session, today: date, party_id: int | None = None) -> Decimal:
    """Return what is open of documents that were due before ``today``, of one customer or of all."""
    statement = sa.select(_open_sum()).where(
        Invoice.company_id == session.company_id, Invoice.state == "posted", Invoice.due_date < today
    )
    if party_id is not None:
        statement = statement.where(Invoice.party_id == party_id)
    found: Decimal | None = session.scalar(statement)
    return found or ZERO


def _open_sum() -> Any:
    """Return the SQL sum of what is open, credit notes taken off."""
    signed = Invoice.open_in_books * sa.case((Invoice.kind == "invoice", 1), else_=-1)
    return sa.type_coerce(sa.func.sum(signed), Invoice.__table__.c.open_in_books.type)


def _debtors(session: Session, books: str) -> Table:
    owed = _open_sum()
    rows = session.execute(
        sa.select(Party.id, Party.name, Party.translations, owed.label("owed"))
        .join(Invoice, Invoice.party_id == Party.id)
        .where(Invoice.company_id == session.company_id, Invoice.state == "posted")
        .group_by(Party.id, Party.name, Party.translations)
        .order_by(owed.desc(), Party.id)
        .limit(MOST_DEBTORS)
    )
    language = session.context.language
    return Table(
        (Column("party", _("Customer")), Column("owed", _("Open amount"), "money", currency=books)),
        [Row((name_in(row, language), row.owed), link=Link(resource="parties.party", id=row.id)) for row in rows],
    )


def of_customer(session: Session, party: Party) -> Iterator[Card]:
    """Yield what a customer owes in the books, and what of it is overdue."""
    books = company_of(session).currency
    owed = session.scalar(
        sa.select(_open_sum()).where(
            Invoice.company_id == session.company_id, Invoice.party_id == party.id, Invoice.state == "posted"
        )
    )
    overdue = _overdue(session, session.today(), party.id)
    yield Card(_("Owes"), value=owed or ZERO, kind="money", currency=books, permission=INVOICES, order=10)
    yield Card(_("Overdue"), value=overdue, kind="money", currency=books, permission=INVOICES, order=12)
