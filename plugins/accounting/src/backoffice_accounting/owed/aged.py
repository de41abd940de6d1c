"""What is open with whom, by how long it is overdue: of customers and of suppliers, on any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.currencies import company_name
from backoffice_accounting.models import Account, Allocation, OpenItem, Settlement
from backoffice_accounting.posting import ZERO
from backoffice_accounting.reports import name_in
from backoffice_accounting.settlement.checking import held_on
from backoffice_parties.models import Party

from backoffice.core.api import Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

_ = messages("accounting")

STEPS: Final = (0, 30, 60, 90)
"""Days overdue at which the columns end; what is not due yet stands before them, the rest behind."""

AGES: Final = (_("Not due"), _("1 to 30 days"), _("31 to 60 days"), _("61 to 90 days"), _("Over 90 days"))
"""What the columns are called."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was open of an item at the end of a day."""

    item: OpenItem
    amount: Decimal
    in_books: Decimal

    def days(self, day: date) -> int:
        """Return how long it was overdue on ``day``; below one while it was not."""
        return (day - (self.item.due_date or self.item.date)).days


def open_on(
    session: Session, day: date, *, subtypes: Sequence[str] = ("receivable", "payable"), party_id: int | None = None
) -> list[Left]:
    """Return what was open at the end of ``day`` on accounts of these kinds, with whom it was, oldest first."""
    taken = (
        sa.select(
            Allocation.item_id,
            sa.func.sum(Allocation.amount).label("amount"),
            sa.func.sum(Allocation.in_books).label("in_books"),
        )
        .join(Settlement, Settlement.id == Allocation.settlement_id)
        .where(Settlement.company_id == session.company_id, held_on(day))
        .group_by(Allocation.item_id)
        .subquery()
    )
    query = (
        sa.select(OpenItem, taken.c.amount, taken.c.in_books)
        .join(Account, Account.id == OpenItem.account_id)
        .outerjoin(taken, taken.c.item_id == OpenItem.id)
        .where(OpenItem.company_id == session.company_id, OpenItem.date <= day, Account.subtype.in_(subtypes))
        .order_by(sa.func.coalesce(OpenItem.due_date, OpenItem.date), OpenItem.id)
    )
    if party_id is not None:
        query = query.where(OpenItem.party_id == party_id)
    rows = [
        Left(item, item.amount - (amount or ZERO), item.in_books - (books or ZERO))
        for item, amount, books in session.execute(query)
    ]
    return [row for row in rows if row.amount or row.in_books]


def bucket(days: int) -> int:
    """Return the column of what is ``days`` overdue: 0 while it is not due.

    >>> bucket(-3), bucket(0), bucket(1), bucket(30), bucket(31), bucket(400)
    (0, 0, 1, 1, 2, 4)
    """
    return sum(days > step for step in STEPS)


def receivables(session: Session, *, until: date | None = None) -> Table:
    """Return what customers owe, by how long it is overdue."""
    return _aged(session, until or session.today(), "receivable", 1, _("What customers owe, by age"))


def payables(session: Session, *, until: date | None = None) -> Table:
    """Return what suppliers are owed, by how long it is overdue."""
    return _aged(session, until or session.today(), "payable", -1, _("What suppliers are owed, by age"))


def _aged(session: Session, day: date, subtype: str, sign: int, title: str) -> Table:
    company = company_name(session)
    language = session.context.language
    sums: dict[int | None, list[Decimal]] = {}
    for left in open_on(session, day, subtypes=(subtype,)):
        row = sums.setdefault(left.item.party_id, [ZERO] * (len(STEPS) + 1))
        row[bucket(left.days(day))] += left.in_books * sign
    names = _names(session, sums, language)
    rows = [
        Row(
            (names.get(party, translate(_("Without a party"), language)), *amounts, sum(amounts, ZERO)),
            link=Link(report="accounting.open_items", parameters={"party": party, "until": day}) if party else None,
        )
        for party, amounts in sums.items()
        if any(amounts)
    ]
    rows.sort(key=lambda row: (-row.cells[-1], str(row.cells[0])))
    places = [Column(f"age{n}", label, "money", total=True, currency=company.currency) for n, label in enumerate(AGES)]
    total = Column("total", _("Total"), "money", total=True, currency=company.currency)
    said = _("{company}, until {until}").with_values(
        company=name_in(company, language), until=format_date(day, language=language)
    )
    return Table(
        (Column("party", _("Party")), *places, total),
        rows,
        title=title,
        subtitle=translate(said, language),
        chart=TableChart("bar", "party", ("total",), label=title),
    )


def _names(session: Session, ids: Iterable[int | None], language: str) -> dict[int | None, str]:
    wanted = [id_ for id_ in ids if id_ is not None]
    found: dict[int | None, str] = {}
    for start in range(0, len(wanted), 400):
        rows = session.scalars(sa.select(Party).where(Party.id.in_(wanted[start : start + 400])))
        found.update((party.id, name_in(party, language)) for party in rows)
    return found


def open_items(session: Session, *, party_id: int | None = None, until: date | None = None) -> Table:
    """Return every open item with a party, or with all of them, as it was at the end of a day."""
    day = until or session.today()
    language = session.context.language
    lefts = open_on(session, day, party_id=party_id)
    names = _names(session, {left.item.party_id for left in lefts}, language)
    currency = company_name(session).currency
    rows = [
        Row(
            (
                left.item.date,
                names.get(left.item.party_id, ""),
                left.item.invoice.number if left.item.invoice else None,
                left.item.due_date,
                max(left.days(day), 0),
                left.item.currency,
                left.amount,
                left.in_books,
            ),
            link=_link(left.item),
        )
        for left in lefts
    ]
    columns: tuple[Column, ...] = (
        Column("date", _("Date"), "date"),
        Column("party", _("Party")),
        Column("invoice", _("Invoice"), "code"),
        Column("due", _("Due"), "date"),
        Column("days", _("Days overdue"), "integer"),
        Column("currency", _("Currency"), "code"),
        Column("open", _("Open amount"), "money"),
        Column("in_books", _("In the books"), "money", total=True, currency=currency),
    )
    return Table(columns, rows, title=_("Open items"))


def _link(item: OpenItem) -> Link:
    if item.invoice_id is not None:
        return Link(resource="accounting.invoice", id=item.invoice_id)
    return Link(resource="accounting.entry", id=item.entry_id)


def by_age(lefts: Iterable[Left], day: date) -> dict[str, list[Decimal]]:
    """Return what is open by currency and age, in the currencies themselves."""
    sums: dict[str, list[Decimal]] = {}
    for left in lefts:
        row: Any = sums.setdefault(left.item.currency, [ZERO] * (len(STEPS) + 1))
        row[bucket(left.days(day))] += left.amount
    return sums
