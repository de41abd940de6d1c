"""Invoices that are stored already: drafts to be completed and posted, posted ones to be credited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice.core.api import Conflict, RoundingPolicy, Session
from backoffice.hookspecs import messages

from .currencies import company_of, policy_of
from .invoices import Issued, Issuer, completed, into_books, issue_many, row_of
from .invoicing import line_amounts
from .models import Invoice
from .posting import ZERO
from .stored import settled

_ = messages("accounting")


def _values_of(invoice: Invoice) -> dict[str, Any]:
    names = (
        "kind",
        "party_id",
        "date",
        "due_date",
        "reference",
        "currency",
        "rate",
        "journal_id",
        "account_id",
        "notes",
    )
    lines = [
        {
            "quantity": line.quantity if line.quantity is not None else Decimal(1),
            "unit_price": line.unit_price,
            "account_id": line.account_id,
            "purpose": line.purpose,
        }
        for line in invoice.lines
    ]
    return {**{name: getattr(invoice, name) for name in names}, "lines": lines}


def before_save(session: Session, invoice: Invoice, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved: currency, amounts and total."""
    company = company_of(session)
    policy = policy_of(company)
    invoice.currency = invoice.currency or company.currency
    products = [(line.quantity if line.quantity is not None else Decimal(1), line.unit_price) for line in invoice.lines]
    for line, amount in zip(invoice.lines, line_amounts(products, invoice.currency, policy), strict=True):
        line.amount = amount
    invoice.total = sum((line.amount for line in invoice.lines), ZERO)
    invoice.open_amount = invoice.total
    invoice.rounding_mode, invoice.rounding_level = policy.mode, policy.level


def post_stored(session: Session, invoice: Invoice) -> Issued:
    """Post an invoice that was kept as a draft, under the rounding it was calculated with."""
    if invoice.state != "draft":
        raise Conflict(_("This invoice is posted already."), remedy=_("Credit it if it is wrong."))
    values = _values_of(invoice)
    policy = RoundingPolicy(mode=invoice.rounding_mode, level=invoice.rounding_level)  # type: ignore[arg-type]
    issuer = replace(Issuer.read(session, [values]), policy=policy)
    one = completed(issuer, values)
    for line, amount, (account_id, _amount) in zip(invoice.lines, one.amounts, one.facts.charges, strict=True):
        line.amount, line.account_id = amount, account_id
    row = row_of(issuer, one)
    for name in ("due_date", "currency", "rate", "total", "open_amount", "open_in_books", "journal_id", "account_id",
                 "party_name", "party_address", "party_tax_id"):  # fmt: skip
        setattr(invoice, name, row[name])
    session.flush()
    issued = Issued(invoice.id, one.facts.total)
    into_books(issuer, [(issued, one)])
    session.late(("accounting", "invoice"), lambda late: _post_record(late, invoice, issued))
    return issued


def _post_record(session: Session, invoice: Invoice, issued: Issued) -> None:
    invoice.number, invoice.entry_id = issued.number, issued.entry_id
    invoice.state = "posted" if issued.total else "paid"
    session.flush()


def credit(session: Session, invoice: Invoice, *, on: date) -> Issued:
    """Issue the credit note that takes back a posted invoice, line by line, and return it.

    It refers to the invoice by its number. Raises :class:`~backoffice.core.api.Conflict` for a draft or a credit note.
    """
    settled(session, invoice)
    if invoice.kind != "invoice" or invoice.state == "draft":
        raise Conflict(_("Only a posted invoice is credited."), remedy=_("Change or delete the draft."))
    names = ("party_id", "currency", "rate", "journal_id", "account_id")
    details = ("item", "description", "quantity", "unit_price", "account_id", "purpose")
    values = {
        **{name: getattr(invoice, name) for name in names},
        "kind": "credit_note",
        "date": on,
        "due_date": on,
        "reference": invoice.number,
        "source": "accounting",
        "source_key": f"credit/{invoice.id}",
        "lines": [{name: getattr(line, name) for name in details} for line in invoice.lines],
    }
    return issue_many(session, [values])[0]
