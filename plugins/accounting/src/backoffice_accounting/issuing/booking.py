"""Documents in the books: their entries, their numbers, their tax lines, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice_accounting import ledger
from backoffice_accounting.invoicing import entry_lines
from backoffice_accounting.kinds import INVOICE_KINDS
from backoffice_accounting.models import Invoice
from backoffice_accounting.posting import ZERO, EntryDraft, Source
from backoffice_accounting.taxing import declared

from backoffice.core.api import Session, translate
from backoffice.hookspecs import messages

from .completing import Completed
from .issuer import Issuer

_ = messages("accounting")


PATTERNS = {
    "invoice": "INV/{year}/{n:05}",
    "credit_note": "CRN/{year}/{n:05}",
    "bill": "BILL/{year}/{n:05}",
    "bill_credit": "BCR/{year}/{n:05}",
}


@dataclass(slots=True)
class Issued:
    """An invoice on its way: its id at once, its number when the transaction is about to commit."""

    id: int
    total: Decimal
    number: str | None = None
    payable: Decimal = ZERO
    entry_id: int | None = None
    existed: bool = False

    def answer(self) -> dict[str, Any]:
        """Return what an action tells."""
        return {
            "id": self.id, "number": self.number, "total": self.total, "entry": self.entry_id, "existed": self.existed
        }  # fmt: skip


def into_books(issuer: Issuer, pairs: Sequence[tuple[Issued, Completed]]) -> None:
    """Post the entries of invoices, ask for their numbers, and say what happened."""
    session = issuer.session
    drafts = [(issued, _entry(issuer, issued, one)) for issued, one in pairs]
    worth = [(issued, draft) for issued, draft in drafts if draft.lines]
    posted = dict(
        zip((i.id for i, _draft in worth), ledger.post_many(session, [d for _i, d in worth], new=True), strict=True)
    )
    for issued, one in pairs:
        entry = posted.get(issued.id)
        issued.entry_id = entry.id if entry else None
        _ask_number(session, issued, one, entry)
    session.emit_many("accounting.invoice_posted", [_said(issued, one) for issued, one in pairs], ids=False)


def _entry(issuer: Issuer, issued: Issued, one: Completed) -> EntryDraft:
    return EntryDraft(
        date=one.values["date"],
        journal_id=one.journal.id,
        lines=entry_lines(
            one.facts,
            issuer.books,
            issuer.policy,
            opening={"invoice_id": issued.id, "match_key": one.values.get("match_key")},
        ),
        description=translate(INVOICE_KINDS[one.facts.kind], issuer.language),
        reference=one.values.get("supplier_number") or one.values.get("reference"),
        source=Source(plugin="accounting", key=f"invoice/{issued.id}", purpose="invoice"),
    )


def _ask_number(session: Session, issued: Issued, one: Completed, entry: ledger.Posted | None) -> None:
    def assign(number: str) -> None:
        issued.number = number
        if entry is not None:
            entry.reference = number

    kind = one.facts.kind
    session.number(
        series=f"accounting.{kind}",
        company_id=one.journal.company_id,
        year=one.period.year,
        pattern=PATTERNS[kind],
        assign=assign,
    )


def _said(issued: Issued, one: Completed) -> tuple[Any, dict[str, Any]]:
    return (Invoice, issued.id), {
        "kind": one.facts.kind,
        "party": one.facts.party_id,
        "date": one.values["date"],
        "total": one.total,
        "tax": one.figures.tax,
        "currency": one.facts.currency,
        "entry": issued.entry_id,
        "source": one.values.get("source"),
        "source_key": one.values.get("source_key"),
    }


def declare(session: Session, pairs: Sequence[tuple[Issued, Completed]]) -> None:
    """Write the tax lines of documents that have just got their numbers."""
    taxed = [
        (one.values, issued.id, issued.number, one.figures.computed, one.facts.currency, one.facts.rate)
        for issued, one in pairs
        if one.figures.computed is not None
    ]
    if taxed:
        declared(session, taxed)
