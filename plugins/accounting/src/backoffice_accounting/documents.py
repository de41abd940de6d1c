"""The invoice as a page to hand out: the plain values its template shows."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from backoffice.core.api import Company, Session, convert
from backoffice.hookspecs import messages

from .currencies import company_of, policy_of
from .invoicing import SALES
from .models import Invoice, InvoiceLine, InvoiceTax
from .reports import name_in
from .settlement import items

_ = messages("accounting")

TITLES = {
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "bill": _("Bill"),
    "bill_credit": _("Supplier's credit note"),
    "draft": _("Draft of an invoice"),
    "tax_invoice": _("Tax invoice"),
    "simplified": _("Simplified tax invoice"),
    "tax_credit_note": _("Tax credit note"),
}

WORDS = {
    "number": _("Number"),
    "date": _("Date"),
    "supply_date": _("Date of supply"),
    "due": _("Due"),
    "reference": _("Reference"),
    "credits": _("Credits invoice"),
    "bill_to": _("Bill to"),
    "tax_number": _("Tax number"),
    "registration": _("Commercial registration"),
    "item": _("Item"),
    "description": _("Description"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "discount": _("Discount"),
    "rate": _("Tax rate"),
    "tax": _("Tax"),
    "vat": _("Value added tax"),
    "amount": _("Amount"),
    "with_tax": _("With tax"),
    "net": _("Total without taxes"),
    "document_discount": _("Discount on the document"),
    "tax_total": _("Total of taxes"),
    "total_with_tax": _("Total with taxes"),
    "rounding": _("Rounding"),
    "withheld": _("Withheld"),
    "total": _("Total"),
    "in_words": _("{amount} only"),
    "paid": _("Amount paid"),
    "open": _("Amount due"),
    "notes": _("Notes"),
    "reasons": _("Why no tax is charged"),
    "taxes": _("Taxes"),
    "base": _("Base"),
    "terms": _("Terms of payment"),
    "discount_until": _("{amount} less if paid until {day}"),
    "in_books": _("Taxes in {currency}"),
}
"""The words on an invoice, translated where they are shown."""


def invoice_context(session: Session, invoice: Invoice) -> dict[str, Any]:
    """Return what the template of an invoice shows: typed values, and labels for words.

    Names are in the language of the session, the one the page is made in.
    """
    company, language = company_of(session), session.context.language
    taxed = bool(invoice.taxes)
    return {
        "title": TITLES[_title(invoice, taxed)],
        "words": WORDS,
        "number": invoice.number,
        "date": invoice.date,
        "supply_date": invoice.supply_date if invoice.supply_date != invoice.date else None,
        "due_date": invoice.due_date if invoice.kind in ("invoice", "bill") else None,
        "reference": invoice.supplier_number or invoice.reference,
        "credits": invoice.corrects.number if invoice.corrects else None,
        "seller": seller_of(company, language),
        "buyer": _buyer(invoice, language),
        "lines": [_line(line, invoice) for line in invoice.lines],
        "has_items": any(line.item for line in invoice.lines),
        "has_discounts": any(line.discount for line in invoice.lines),
        "taxed": taxed,
        "currency": invoice.currency,
        "discount": invoice.discount,
        "net": invoice.net,
        "taxes": [_tax(row, language) for row in invoice.taxes],
        "tax_total": invoice.tax_total,
        "tax_in_books": _in_books(invoice, company),
        "rounding": invoice.rounding_amount,
        "withheld": invoice.withheld,
        "total": invoice.total,
        "paid": invoice.total - invoice.withheld - invoice.open_amount if invoice.state != "draft" else None,
        "open": invoice.open_amount,
        "instalments": _instalments(session, invoice),
        "offer": _offer(invoice),
        "offer_until": invoice.discount_until,
        "reasons": list(dict.fromkeys(_reason(row, language) for row in invoice.taxes if row.reason)),
        "notes": (invoice.notes or "").splitlines(),
        "parts": _parts(session, invoice),
    }


def _parts(session: Session, invoice: Invoice) -> list[dict[str, Any]]:
    """Return what other plugins put on a posted document: pictures they made themselves, and lines beside them."""
    if invoice.state == "draft":
        return []
    answers = session.hooks.call("accounting_document_parts", session=session, invoice=invoice)
    parts = [part for answer in answers for part in answer or ()]
    return [{"title": part.title, "picture": Markup(part.picture), "lines": part.lines} for part in parts]  # noqa: S704


def _title(invoice: Invoice, taxed: bool) -> str:
    """Return which title a document bears: with taxes a tax invoice, simplified without the number of the buyer."""
    if invoice.state == "draft":
        return "draft"
    if not taxed or invoice.kind not in SALES:
        return invoice.kind
    if invoice.kind == "credit_note":
        return "tax_credit_note"
    return "tax_invoice" if invoice.party_tax_id else "simplified"


def _line(line: InvoiceLine, invoice: Invoice) -> dict[str, Any]:
    codes = (line.taxes or "").split()
    rates = [row.rate for row in invoice.taxes if row.code in codes and not row.withheld]
    return {
        "item": line.item,
        "description": (line.description or "").splitlines(),
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "discount": line.discount,
        "rates": rates,
        "amount": line.amount,
        "tax": line.tax,
        "with_tax": line.amount + line.tax,
    }


def _tax(row: InvoiceTax, language: str) -> dict[str, Any]:
    """Return a tax of the document: value added tax by that name, as invoices have to call it, others by their own."""
    name = WORDS["vat"] if row.tax.family == "vat" else name_in(row.tax, language)
    return {"name": name, "rate": row.rate, "base": row.base, "amount": row.charged}


def _reason(row: InvoiceTax, language: str) -> str:
    said = (row.tax.translations or {}).get(language, {}).get("reason")
    text = str(said or row.reason)
    return f"{text} ({row.reason_code})" if row.reason_code else text


def _in_books(invoice: Invoice, company: Company) -> dict[str, Any] | None:
    """Return the taxes in the company's own currency, which the law asks for on invoices in another."""
    if invoice.currency == company.currency or not invoice.rate or not invoice.tax_total:
        return None
    amount = convert(invoice.tax_total, invoice.rate, company.currency, policy_of(company))
    return {"amount": amount, "currency": company.currency, "rate": invoice.rate}


def _offer(invoice: Invoice) -> Decimal | None:
    """Return what may still be deducted for paying early: nothing once a part was paid."""
    untouched = invoice.state == "posted" and invoice.open_amount == invoice.total - invoice.withheld
    return invoice.discount_offer if untouched and invoice.discount_until else None


def _instalments(session: Session, invoice: Invoice) -> list[dict[str, Any]]:
    """Return what falls due when, where it is more than one amount."""
    if invoice.state == "draft":
        return []
    found = items.of_invoice(session, invoice.id, open_only=False)
    return [{"due": item.due_date, "amount": abs(item.amount)} for item in found] if len(found) > 1 else []


def seller_of(company: Company, language: str) -> dict[str, Any]:
    """Return the company as it stands on paper."""
    return {
        "name": name_in(company, language),
        "address": (company.address or "").splitlines(),
        "tax_id": company.tax_id,
        "registration": company.registration,
    }


def _buyer(invoice: Invoice, language: str) -> dict[str, Any]:
    """Return the customer as the document keeps them; a draft still shows the party as it is now.

    The name is in the language asked for as long as the party is still called what the document keeps.
    """
    party = invoice.party
    if invoice.state == "draft":
        return {"name": name_in(party, language), "address": [], "tax_id": party.tax_id}
    names = {party.name, *(said.get("name") for said in (party.translations or {}).values())}
    same = not invoice.party_name or invoice.party_name in names
    return {
        "name": name_in(party, language) if same else invoice.party_name,
        "address": (invoice.party_address or "").splitlines(),
        "tax_id": invoice.party_tax_id,
    }


def invoice_language(session: Session, invoice: Invoice) -> str:
    """Return the language an invoice is written in unless another is asked for: the customer's."""
    return str(invoice.party.language or company_of(session).language)


def invoice_filename(invoice: Invoice) -> str:
    """Return the name of the invoice as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", invoice.number or f"draft-{invoice.id}").strip("-")
