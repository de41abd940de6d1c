"""The sub-ledger against its control accounts: open items of an account add up to its balance, on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.accounts import SETTLED
from backoffice_accounting.models import Account, Allocation, Entry, Invoice, Line, OpenItem, Settlement
from backoffice_accounting.posting import ZERO

from backoffice.core.api import Session


@dataclass(frozen=True, slots=True)
class Off:
    """An account whose open items are not its balance, or a document that is not what its items say."""

    what: str
    items: Decimal
    books: Decimal

    def answer(self) -> dict[str, Any]:
        """Return it as an action tells it."""
        return {"what": self.what, "items": self.items, "books": self.books, "difference": self.items - self.books}


def differences(session: Session, until: date | None = None) -> list[Off]:
    """Return the accounts whose items and balance differ at the end of ``until``, by default of all time.

    Without a day documents are compared with their items as well.
    """
    accounts = session.execute(
        sa.select(Account.id, Account.code)
        .where(
            Account.company_id == session.company_id,
            Account.heading.is_(False),
            sa.or_(Account.reconcile, Account.subtype.in_(SETTLED)),
        )
        .order_by(Account.code)
    ).all()
    open_items, ledger = open_by_account(session, until), _balances(session, until)
    found = [
        Off(code, open_items.get(id_, ZERO), ledger.get(id_, ZERO))
        for id_, code in accounts
        if open_items.get(id_, ZERO) != ledger.get(id_, ZERO)
    ]
    return found if until is not None else found + _documents(session)


def open_by_account(session: Session, until: date | None = None) -> dict[int, Decimal]:
    """Return what is open on each account in the books, at the end of ``until`` or now."""
    own = OpenItem.company_id == session.company_id
    if until is None:
        rows = session.execute(
            sa.select(OpenItem.account_id, sa.func.sum(OpenItem.open_in_books)).where(own).group_by(OpenItem.account_id)
        )
        return {id_: amount or ZERO for id_, amount in rows}
    opened = session.execute(
        sa.select(OpenItem.account_id, sa.func.sum(OpenItem.in_books))
        .where(own, OpenItem.date <= until)
        .group_by(OpenItem.account_id)
    )
    sums = {id_: amount or ZERO for id_, amount in opened}
    taken = session.execute(
        sa.select(OpenItem.account_id, sa.func.sum(Allocation.in_books))
        .join(OpenItem, OpenItem.id == Allocation.item_id)
        .join(Settlement, Settlement.id == Allocation.settlement_id)
        .where(own, held_on(until))
        .group_by(OpenItem.account_id)
    )
    for id_, amount in taken:
        sums[id_] = sums.get(id_, ZERO) - (amount or ZERO)
    return sums


def held_on(day: date) -> Any:
    """Return the condition that a settlement held at the end of ``day``."""
    return sa.and_(Settlement.date <= day, sa.or_(Settlement.undone_on.is_(None), Settlement.undone_on > day))


def _balances(session: Session, until: date | None) -> dict[int, Decimal]:
    query = (
        sa.select(Line.account_id, sa.func.sum(Line.amount))
        .join(Entry, Entry.id == Line.entry_id)
        .join(Account, Account.id == Line.account_id)
        .where(
            Entry.company_id == session.company_id,
            Entry.state == "posted",
            sa.or_(Account.reconcile, Account.subtype.in_(SETTLED)),
        )
        .group_by(Line.account_id)
    )
    if until is not None:
        query = query.where(Line.date <= until)
    return {id_: amount or ZERO for id_, amount in session.execute(query)}


def _documents(session: Session) -> list[Off]:
    side = sa.case((Invoice.kind.in_(("invoice", "bill_credit")), 1), else_=-1)
    total = sa.func.coalesce(sa.func.sum(OpenItem.open_in_books), 0)
    rows = session.execute(
        sa.select(Invoice.number, Invoice.open_in_books * side, total)
        .outerjoin(OpenItem, OpenItem.invoice_id == Invoice.id)
        .where(Invoice.company_id == session.company_id, Invoice.state != "draft")
        .group_by(Invoice.id, Invoice.number, Invoice.open_in_books, Invoice.kind)
        .having(total != Invoice.open_in_books * side)
    )
    return [Off(str(number), _money(items), _money(said)) for number, said, items in rows]


def _money(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value or 0)
