"""Documents as they are stored, with their lines and taxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backoffice_accounting.invoicing import owed_in_books
from backoffice_accounting.posting import ZERO
from backoffice_accounting.taxing import tax_rows
from backoffice_accounting.taxing import written as written_codes

from backoffice.hookspecs import messages

from .completing import Completed, snapshot
from .issuer import Issuer

_ = messages("accounting")


PLAIN = (
    "reference", "supplier_number", "supply_date", "notes", "source", "source_key", "corrects_id", "tax_country",
    "match_key",
)  # fmt: skip
"""What is kept of a document as it was given."""


def row_of(issuer: Issuer, one: Completed) -> dict[str, Any]:
    """Return a document as it is stored: a draft still, with everything decided."""
    values, facts, figures = one.values, one.facts, one.figures
    payable = facts.payable
    return {
        **{name: values.get(name) for name in PLAIN},
        "number": None,
        "kind": facts.kind,
        "party_id": facts.party_id,
        "date": values["date"],
        "due_date": one.due,
        "terms_id": one.terms_id,
        "currency": facts.currency,
        "rate": facts.rate if facts.currency != issuer.books else None,
        "discount": values.get("discount") or ZERO,
        "net": figures.net,
        "tax_total": figures.tax,
        "rounding_amount": one.rounding_amount,
        "total": one.total,
        "withheld": figures.withheld,
        "discount_until": one.discount_until,
        "discount_offer": one.discount_offer,
        "open_amount": payable,
        "open_in_books": owed_in_books(facts, issuer.books, issuer.policy),
        "journal_id": one.journal.id,
        "account_id": facts.receivable_id,
        "entry_id": None,
        "rounding": figures.rounding.written(),
        **snapshot(issuer.parties[facts.party_id]),
    }


def line_rows(invoice_id: int, one: Completed) -> Iterable[dict[str, Any]]:
    """Return the lines of a document as they are stored."""
    figures = one.figures
    for line, taxes, net, tax, account in zip(
        one.values["lines"], one.taxes, figures.nets, figures.line_taxes, one.accounts, strict=True
    ):
        yield {
            "invoice_id": invoice_id,
            "item": line.get("item"),
            "description": line.get("description") or "",
            "quantity": line["quantity"],
            "unit_price": line["unit_price"],
            "discount": line.get("discount") or ZERO,
            "taxes": written_codes(taxes) if taxes or line.get("taxes") else None,
            "inclusive": bool(line.get("inclusive")),
            "category": line.get("category"),
            "amount": net,
            "tax": tax,
            "account_id": account,
            "purpose": line.get("purpose"),
            "corrects_line": line.get("corrects_line"),
        }


def tax_rows_of(issuer: Issuer, invoice_id: int, one: Completed) -> Iterable[dict[str, Any]]:
    """Return the taxes of a document as they are stored."""
    party = issuer.parties[one.facts.party_id]
    for row in tax_rows(one.figures.computed, party.language or issuer.language):
        yield {"invoice_id": invoice_id, **row}
