"""What is open with whom, by how long it is overdue: of customers and of suppliers, on any day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.currencies import company_name
from backoffice_accounting.models import OpenItem
from backoffice_accounting.posting import ZERO
from backoffice_accounting.reports import name_in, party_names
from sqlalchemy.orm import selectinload

from backoffice.core.api import Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, TableChart, messages

from .standing import STEPS, bucket, left_by_age, left_of_items

_ = messages("accounting")

CHUNK = 400

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
    left = left_of_items(session, day, subtypes, party_id)
    items: list[OpenItem] = []
    wanted = sorted(left)
    for start in range(0, len(wanted), CHUNK):
        query = sa.select(OpenItem).where(OpenItem.id.in_(wanted[start : start + CHUNK]))
        items += session.scalars(query.options(selectinload(OpenItem.invoice)))
    items.sort(key=lambda item: (item.due_date or item.date, item.id))
    return [Left(item, *left[item.id]) for item in items]


def receivables(session: Session, *, until: date | None = None) -> Table:
    """Return what customers owe, by how long it is overdue."""
    return _aged(session, until or session.today(), "receivable", 1, _("What customers owe, by age"))


def payables(session: Session, *, until: date | None = None) -> Table:
    """Return what suppliers are owed, by how long it is overdue."""
    return _aged(session, until or session.today(), "payable", -1, _("What suppliers are owed, by age"))


def _aged(session: Session, day: date, subtype: str, sign: int, title: str) -> Table:
    company = company_name(session)
    language = session.context.language
    sums = left_by_age(session, day, subtype)
    names, nobody = party_names(session, sums, language), translate(_("Without a party"), language)
    rows = [
        Row(
            (names.get(party, nobody), *(sign * one for one in amounts), sign * sum(amounts, ZERO)),
            link=Link(report="accounting.open_items", parameters={"party": party, "until": day}) if party else None,
        )
        for party, amounts in sums.items()
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


def open_items(session: Session, *, party_id: int | None = None, until: date | None = None) -> Table:
    """Return every open item with a party, or with all of them, as it was at the end of a day."""
    day = until or session.today()
    language = session.context.language
    lefts = open_on(session, day, party_id=party_id)
    names = party_names(session, {left.item.party_id for left in lefts}, language)
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
