"""The invoice as a page to hand out: the plain values its template shows."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

from backoffice.core.api import Company, Session
from backoffice.hookspecs import messages

from .currencies import company_of
from .models import Invoice
from .reports import name_in

_ = messages("accounting")

TITLES = {"invoice": _("Invoice"), "credit_note": _("Credit note"), "draft": _("Draft of an invoice")}

WORDS = {
    "number": _("Number"),
    "date": _("Date"),
    "due": _("Due"),
    "reference": _("Reference"),
    "bill_to": _("Bill to"),
    "tax_number": _("Tax number"),
    "registration": _("Commercial registration"),
    "item": _("Item"),
    "description": _("Description"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "amount": _("Amount"),
    "total": _("Total"),
    "in_words": _("{amount} only"),
    "paid": _("Amount paid"),
    "open": _("Amount due"),
    "notes": _("Notes"),
}
"""The words on an invoice, translated where they are shown."""


def invoice_context(session: Session, invoice: Invoice) -> dict[str, Any]:
    """Return what the template of an invoice shows: typed values, and labels for words.

    Names are in the language of the session, the one the page is made in.
    """
    return {
        "title": TITLES["draft" if invoice.state == "draft" else invoice.kind],
        "words": WORDS,
        "number": invoice.number,
        "date": invoice.date,
        "due_date": invoice.due_date if invoice.kind == "invoice" else None,
        "reference": invoice.reference,
        "seller": _seller(company_of(session), session.context.language),
        "buyer": _buyer(invoice, session.context.language),
        "lines": [
            {
                "item": line.item,
                "description": line.description,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "amount": line.amount,
            }
            for line in invoice.lines
        ],
        "has_items": any(line.item for line in invoice.lines),
        "currency": invoice.currency,
        "total": invoice.total,
        "paid": invoice.total - invoice.open_amount if invoice.state != "draft" else None,
        "open": invoice.open_amount,
        "notes": (invoice.notes or "").splitlines(),
        "parts": _parts(session, invoice),
    }


def _parts(session: Session, invoice: Invoice) -> list[dict[str, Any]]:
    """Return what other plugins put on a posted document: pictures they made themselves."""
    if invoice.state == "draft":
        return []
    answers = session.hooks.call("accounting_document_parts", session=session, invoice=invoice)
    parts = [part for answer in answers for part in answer or ()]
    return [{"title": part.title, "picture": Markup(part.picture)} for part in parts]  # noqa: S704


def _seller(company: Company, language: str) -> dict[str, Any]:
    return {
        "name": name_in(company, language),
        "address": (company.address or "").splitlines(),
        "tax_id": company.tax_id,
        "registration": company.registration,
    }


def _buyer(invoice: Invoice, language: str) -> dict[str, Any]:
    """Return the customer as the document keeps them; a draft still shows the party as it is now."""
    party = invoice.party
    if invoice.state == "draft":
        return {"name": name_in(party, language), "address": [], "tax_id": party.tax_id}
    return {
        "name": invoice.party_name or party.name,
        "address": (invoice.party_address or "").splitlines(),
        "tax_id": invoice.party_tax_id,
    }


def invoice_language(session: Session, invoice: Invoice) -> str:
    """Return the language an invoice is written in unless another is asked for: the customer's."""
    return str(invoice.party.language or company_of(session).language)


def invoice_filename(invoice: Invoice) -> str:
    """Return the name of the invoice as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", invoice.number or f"draft-{invoice.id}").strip("-")
