"""Quotation, order confirmation and delivery note as pages to hand out: the plain values their template shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from backoffice_parties.addresses import written
from backoffice_parties.models import Party

from backoffice.core.api import Company, Session
from backoffice.hookspecs import messages

from .models import Order, Quotation, Shipment
from .pricing import discount_of, price_of

_ = messages("sales")

WORDS = {
    "number": _("Number"),
    "version": _("Version"),
    "date": _("Date"),
    "valid_until": _("Valid until"),
    "reference": _("Reference"),
    "order": _("Order"),
    "promised": _("Promised for"),
    "delivery_terms": _("Terms of delivery"),
    "terms": _("Terms of payment"),
    "carrier": _("Carrier"),
    "tracking": _("Tracking number"),
    "packages": _("Packages"),
    "to": _("To"),
    "delivered_to": _("Delivered to"),
    "tax_number": _("Tax number"),
    "registration": _("Commercial registration"),
    "item": _("Item"),
    "description": _("Description"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "unit_price": _("Unit price"),
    "discount": _("Discount, %"),
    "amount": _("Amount"),
    "lots": _("Lots"),
    "net": _("Net"),
    "tax": _("Taxes"),
    "total": _("Total"),
    "received": _("Received in good order: name, date, signature"),
}
"""The words on the pages, translated where they are shown."""


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((getattr(record, "translations", None) or {}).get(language, {}).get("name") or record.name)


def quotation(session: Session, record: Quotation) -> dict[str, Any]:
    """Return what the page of a quotation shows."""
    facts: list[tuple[str, Any, str]] = [
        ("date", record.date, "day"),
        ("valid_until", record.valid_until, "day"),
        ("reference", record.reference, ""),
    ]
    if record.revision > 1:
        facts.insert(0, ("version", record.revision, ""))
    facts += [("delivery_terms", record.delivery_terms, ""), ("terms", record.terms, "")]
    return {**_priced(session, record), "title": _("Quotation"), "facts": _facts(facts)}


def confirmation(session: Session, record: Order) -> dict[str, Any]:
    """Return what the page of an order confirmation shows."""
    facts = [
        ("date", record.date, "day"), ("reference", record.reference, ""), ("promised", record.promised_on, "day"),
        ("delivery_terms", record.delivery_terms, ""), ("terms", record.terms, ""),
    ]  # fmt: skip
    shown = _priced(session, record)
    delivery = [record.delivery_name, *(record.delivery_address or "").splitlines()]
    return {
        **shown,
        "title": _("Order confirmation"),
        "facts": _facts(facts),
        "delivery": [line for line in delivery if line],
    }


def delivery_note(session: Session, record: Shipment) -> dict[str, Any]:
    """Return what the page of a delivery note shows: goods without prices, and room for a signature."""
    order = record.order
    language = session.context.language
    facts = [
        ("date", record.date, "day"), ("order", order.number, ""), ("reference", order.reference, ""),
        ("carrier", record.carrier, ""), ("tracking", record.tracking, ""), ("packages", record.packages, ""),
    ]  # fmt: skip
    delivery = [order.delivery_name, *(order.delivery_address or "").splitlines()]
    lines = [
        {
            "item": one.line.item,
            "description": _described(one.line, language),
            "quantity": one.quantity,
            "unit": one.line.unit.code if one.line.unit is not None else "",
            "lots": one.lots or "",
        }
        for one in record.lines
    ]
    return {
        **_head(session, record.number, record.party),
        "title": _("Delivery note") if record.kind == "delivery" else _("Return note"),
        "facts": _facts(facts),
        "delivery": [line for line in delivery if line],
        "lines": lines,
        "priced": False,
        "has_lots": any(line["lots"] for line in lines),
        "signed": True,
        "notes": [],
    }


def _head(session: Session, number: str | None, party: Party) -> dict[str, Any]:
    language = session.context.language
    company: Company = session.get(Company, session.company_id)
    return {
        "words": WORDS,
        "number": number,
        "seller": {
            "name": name_in(company, language),
            "address": (company.address or "").splitlines(),
            "tax_id": company.tax_id,
            "registration": company.registration,
        },
        "buyer": {
            "name": name_in(party, language),
            "address": written(party, "billing").splitlines(),
            "tax_id": party.tax_id,
        },
        "delivery": [],
        "signed": False,
        "has_lots": False,
    }


def _priced(session: Session, record: Quotation | Order) -> dict[str, Any]:
    language = session.context.language
    lines = [
        {
            "item": line.item,
            "description": _described(line, language),
            "quantity": line.quantity,
            "unit": line.unit.code if line.unit is not None else "",
            "unit_price": price_of(line),
            "discount": discount_of(line, record) or None,
            "amount": line.net,
        }
        for line in record.lines
    ]
    return {
        **_head(session, record.number, record.party),
        "lines": lines,
        "priced": True,
        "has_discounts": any(line["discount"] for line in lines),
        "currency": record.currency,
        "net": record.net,
        "tax": record.tax,
        "total": record.total,
        "notes": (record.notes or "").splitlines(),
    }


def _described(line: Any, language: str) -> str:
    """Return what a line is called in a language: the product's name there, unless someone wrote something else."""
    product = line.product
    if product is not None and line.description in (None, "", product.name):
        return name_in(product, language)
    return line.description or ""


def _facts(facts: Sequence[tuple[str, Any, str]]) -> list[dict[str, Any]]:
    return [
        {"label": WORDS[name], "value": value, "kind": kind}
        for name, value, kind in facts
        if value is not None and value != ""
    ]


def language(session: Session, record: Any) -> str:
    """Return the language a page is written in unless another is asked for: the customer's."""
    company = session.get(Company, session.company_id)
    return str(record.party.language or company.language)


def filename(record: Any) -> str:
    """Return the name of a page as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", record.number or f"draft-{record.id}").strip("-")
