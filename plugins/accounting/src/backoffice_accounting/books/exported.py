"""What of a company's books leaves the house, as plain values: accounts, entries in their order, rates, balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from backoffice_accounting.currencies import company_name
from backoffice_accounting.models import Account, BookEntry, Entry, Journal, Line
from backoffice_parties.models import Party

from backoffice.core.api import ExchangeRate, Session, currency
from backoffice.hookspecs import messages

from .planning import Chart

_ = messages("accounting")

CHUNK: Final = 500

Kind = tuple[str, str]
"""What an amount is of: ``("", "")`` for the books' currency, ``("currency", code)``, ``("commodity", name)``."""


@dataclass(frozen=True, slots=True)
class AccountOut:
    """An account; ``path`` is its whole name and the only one that is so called."""

    path: str
    code: str
    name: str
    type: str | None
    subtype: str | None
    heading: bool
    currency: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class LineOut:
    """A line of an entry."""

    account: str
    amount: Decimal
    currency: str | None = None
    amount_currency: Decimal | None = None
    commodity: str | None = None
    quantity: Decimal | None = None
    text: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class EntryOut:
    """A posted entry."""

    number: str
    date: date
    journal: str
    description: str
    reference: str
    lines: tuple[LineOut, ...]
    status: str = ""
    remarks: str = ""


@dataclass(slots=True)
class BooksOut:
    """The books of a company, or a span of days of them: then the first entry brings the balances forward."""

    company: str
    currency: str
    accounts: list[AccountOut] = field(default_factory=list)
    entries: list[EntryOut] = field(default_factory=list)
    rates: list[tuple[date, str, str, Decimal]] = field(default_factory=list)

    @property
    def places(self) -> int:
        """The decimals of the books' currency."""
        return currency(self.currency).places

    def balances(self) -> dict[str, dict[Kind, Decimal]]:
        """Return what every account holds of everything at the end."""
        held: dict[str, dict[Kind, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for entry in self.entries:
            for line in entry.lines:
                kind, quantity = kind_of(line)
                held[line.account][kind] += quantity
        return held


def kind_of(line: LineOut) -> tuple[Kind, Decimal]:
    """Return what a line is of, and how much."""
    if line.commodity is not None and line.quantity:
        return ("commodity", line.commodity), line.quantity
    if line.currency is not None and line.amount_currency:
        return ("currency", line.currency), line.amount_currency
    return ("", ""), line.amount


def books_out(session: Session, *, since: date | None = None, until: date | None = None) -> BooksOut:
    """Return the books of the session's company, from ``since`` to ``until`` where they are given."""
    named = company_name(session)
    out = BooksOut(named.name, named.currency)
    paths = _accounts(session, out)
    before = list(_entries(session, paths, None, since)) if since is not None else []
    if before and since is not None:
        out.entries.append(_opening(before, since))
    out.entries += _entries(session, paths, since, until, inclusive=True)
    _rates(session, out, until)
    return out


def _accounts(session: Session, out: BooksOut) -> dict[int, str]:
    paths, taken = dict(Chart(session).paths), set()
    rows = session.scalars(
        sa.select(Account).where(Account.company_id == session.company_id).order_by(Account.code)
    ).all()
    for row in rows:
        if paths[row.id] in taken:
            paths[row.id] = f"{paths[row.id]} ({row.code.replace(':', '-')})"
        taken.add(paths[row.id])
        out.accounts.append(
            AccountOut(paths[row.id], row.code, row.name, row.type, row.subtype, row.heading, row.currency, row.active)
        )
    return paths


def _entries(
    session: Session, paths: Mapping[int, str], since: date | None, until: date | None, *, inclusive: bool = False
) -> Iterator[EntryOut]:
    wanted = sa.select(Entry.id).where(Entry.company_id == session.company_id, Entry.state == "posted")
    if since is not None:
        wanted = wanted.where(Entry.date >= since)
    if until is not None:
        wanted = wanted.where(Entry.date <= until if inclusive else Entry.date < until)
    ids = list(session.scalars(wanted.order_by(Entry.date, Entry.id)))
    journals = {row.id: row.code for row in session.execute(sa.select(Journal.id, Journal.code))}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        lines = _lines(session, some, paths)
        rows = session.execute(
            sa.select(
                Entry.id, Entry.number, Entry.date, Entry.journal_id, Entry.description, Entry.reference,
                BookEntry.status, BookEntry.remarks,
            )
            .outerjoin(BookEntry, BookEntry.entry_id == Entry.id)
            .where(Entry.id.in_(some))
            .order_by(Entry.date, Entry.id)
        )  # fmt: skip
        for row in rows:
            yield EntryOut(
                row.number or "", row.date, journals[row.journal_id], row.description or "", row.reference or "",
                tuple(lines[row.id]), row.status or "", row.remarks or "",
            )  # fmt: skip


def _lines(session: Session, ids: list[int], paths: Mapping[int, str]) -> Mapping[int, list[LineOut]]:
    found: dict[int, list[LineOut]] = defaultdict(list)
    rows = session.execute(
        sa.select(
            Line.entry_id, Line.account_id, Line.amount, Line.currency, Line.amount_currency, Line.commodity,
            Line.quantity, Line.description, Party.code,
        )
        .outerjoin(Party, Party.id == Line.party_id)
        .where(Line.entry_id.in_(ids))
        .order_by(Line.id)
    )  # fmt: skip
    for entry, account, amount, code, foreign, commodity, quantity, text, party in rows:
        found[entry].append(
            LineOut(paths[account], amount, code, foreign, commodity, quantity, text or "", party or "")
        )
    return found


def _opening(before: list[EntryOut], since: date) -> EntryOut:
    """Return one entry that brings forward what every account held before ``since``."""
    worth: dict[tuple[str, Kind], Decimal] = defaultdict(Decimal)
    held: dict[tuple[str, Kind], Decimal] = defaultdict(Decimal)
    for entry in before:
        for line in entry.lines:
            kind, quantity = kind_of(line)
            worth[line.account, kind] += line.amount
            held[line.account, kind] += quantity
    lines = []
    for (account, kind), amount in worth.items():
        made = LineOut(account, amount)
        if kind[0] == "currency":
            made = LineOut(account, amount, kind[1], held[account, kind])
        elif kind[0] == "commodity":
            made = LineOut(account, amount, None, None, kind[1], held[account, kind])
        if amount or held[account, kind]:
            lines.append(made)
    return EntryOut("", since, "", "Opening balances", "", tuple(lines))


def _rates(session: Session, out: BooksOut, until: date | None) -> None:
    wanted = sa.select(ExchangeRate.date, ExchangeRate.base, ExchangeRate.currency, ExchangeRate.rate)
    if until is not None:
        wanted = wanted.where(ExchangeRate.date <= until)
    rows: Any = session.execute(wanted.order_by(ExchangeRate.date, ExchangeRate.base, ExchangeRate.currency))
    out.rates = [(day, base, other, rate) for day, base, other, rate in rows]


__all__ = ["AccountOut", "BooksOut", "EntryOut", "LineOut", "books_out", "kind_of"]
