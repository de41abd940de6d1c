"""Open items: what each posted line on a settled account leaves open.

A line on an account of customers or suppliers, or on any other that is reconciled, is an open item from the moment it
is posted. What settles it is a settlement (:mod:`.settling`); what it comes to in the end stays on the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from backoffice_accounting.models import OpenItem
from backoffice_accounting.posting import EntryDraft, LineDraft

from backoffice.core.api import Session

if TYPE_CHECKING:
    from backoffice_accounting.ledger import Books


def open_any(books: Books) -> bool:
    """Tell whether lines on the accounts of ``books`` open items."""
    return any(account.settled for account in books.accounts.values())


def open_for(session: Session, entries: Iterable[tuple[int, EntryDraft]], books: Books) -> None:
    """Open the items of entries that are being posted, and settle those that bear the same words as others."""
    settled = {account.id for account in books.accounts.values() if account.settled}
    if not settled:
        return
    rows, keys = [], dict[str, Any]()
    for entry_id, draft in entries:
        for line in draft.lines:
            if line.opens and line.account_id in settled:
                rows.append(_row(entry_id, draft, line, books.currency))
                if line.match_key:
                    keys[line.match_key] = draft.date
    session.write_rows(OpenItem, rows, open=True)
    if keys:
        from .matching import settle_matches

        settle_matches(session, keys)


def _row(entry_id: int, draft: EntryDraft, line: LineDraft, books: str) -> dict[str, Any]:
    amount = line.amount if line.amount_currency is None else line.amount_currency
    return {
        "entry_id": entry_id,
        "account_id": line.account_id,
        "party_id": line.party_id,
        "invoice_id": line.invoice_id,
        "payment_id": line.payment_id,
        "date": draft.date,
        "due_date": line.due_date,
        "currency": line.currency or books,
        "amount": amount,
        "in_books": line.amount,
        "open_amount": amount,
        "open_in_books": line.amount,
        "match_key": line.match_key,
    }


def of_entry(session: Session, entry_id: int) -> Sequence[OpenItem]:
    """Return the items of an entry, in the order of its lines."""
    return session.scalars(sa.select(OpenItem).where(OpenItem.entry_id == entry_id).order_by(OpenItem.id)).all()


def of_invoice(session: Session, invoice_id: int, *, open_only: bool = True) -> Sequence[OpenItem]:
    """Return the items of a document, what is due first first."""
    query = sa.select(OpenItem).where(OpenItem.invoice_id == invoice_id)
    if open_only:
        query = query.where(OpenItem.open)
    return session.scalars(query.order_by(OpenItem.due_date, OpenItem.id)).all()


def of_party(
    session: Session, party_id: int, *, accounts: Iterable[int] = (), currency: str | None = None
) -> Sequence[OpenItem]:
    """Return what is open with a party, on ``accounts`` and in ``currency`` when they are given, oldest first."""
    query = sa.select(OpenItem).where(
        OpenItem.company_id == session.company_id, OpenItem.party_id == party_id, OpenItem.open
    )
    wanted = list(accounts)
    if wanted:
        query = query.where(OpenItem.account_id.in_(wanted))
    if currency is not None:
        query = query.where(OpenItem.currency == currency)
    return session.scalars(query.order_by(sa.func.coalesce(OpenItem.due_date, OpenItem.date), OpenItem.id)).all()


def locked(session: Session, ids: Iterable[int]) -> list[OpenItem]:
    """Return items by id, as they are now and kept from others until the transaction ends."""
    wanted = sorted(set(ids))
    rows = session.scalars(
        sa.select(OpenItem)
        .where(OpenItem.company_id == session.company_id, OpenItem.id.in_(wanted))
        .order_by(OpenItem.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)
