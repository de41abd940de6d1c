"""Orders and requests for quotation as pages for the supplier: the plain values their template shows."""

from __future__ import annotations

import re
from typing import Any

from backoffice_parties.addresses import written

from backoffice.core.api import Company, Session
from backoffice.hookspecs import messages

from .models import Order, Request

_ = messages("purchasing")

WORDS = {
    "number": _("Number"),
    "to": _("To"),
    "tax_number": _("Tax number"),
    "registration": _("Commercial registration"),
    "item": _("Item"),
    "supplier_code": _("Your code"),
    "description": _("Description"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "unit_price": _("Unit price"),
    "discount": _("Discount, %"),
    "amount": _("Amount"),
    "net": _("Net"),
    "tax": _("Taxes"),
    "total": _("Total"),
}
"""The words on the pages, translated where they are shown."""


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((getattr(record, "translations", None) or {}).get(language, {}).get("name") or record.name)


def _seller(session: Session) -> dict[str, Any]:
    company: Company = session.get(Company, session.company_id)
    return {
        "name": name_in(company, session.context.language),
        "address": (company.address or "").splitlines(),
        "tax_id": company.tax_id,
        "registration": company.registration,
    }


def _facts(*facts: tuple[str, Any, str]) -> list[dict[str, Any]]:
    return [{"label": label, "value": value, "kind": kind} for label, value, kind in facts if value]


def order(session: Session, record: Order) -> dict[str, Any]:
    """Return what the page of an order shows."""
    language = session.context.language
    lines = [
        {
            "item": line.item,
            "supplier_code": line.supplier_code,
            "description": _described(line, language),
            "quantity": line.quantity,
            "unit": line.unit.code if line.unit is not None else "",
            "unit_price": line.unit_price,
            "discount": line.discount or None,
            "amount": line.net,
        }
        for line in record.lines
    ]
    return {
        "title": _("Purchase order"),
        "words": WORDS,
        "number": record.number,
        "seller": _seller(session),
        "buyer": {
            "name": name_in(record.party, language),
            "address": written(record.party, "main").splitlines(),
            "tax_id": record.party.tax_id,
        },
        "facts": _facts(
            (_("Date"), record.date, "day"),
            (_("Delivery by"), record.promised_on, "day"),
            (_("Terms of delivery"), record.delivery_terms, ""),
            (_("Terms of payment"), record.terms, ""),
        ),
        "lines": lines,
        "has_codes": any(line["supplier_code"] for line in lines),
        "has_discounts": any(line["discount"] for line in lines),
        "currency": record.currency,
        "net": record.net,
        "tax": record.tax,
        "total": record.total,
        "priced": True,
        "notes": (record.notes or "").splitlines(),
    }


def request(session: Session, record: Request) -> dict[str, Any]:
    """Return what the page of a request for quotation shows: goods without prices."""
    language = session.context.language
    return {
        "title": _("Request for quotation"),
        "words": WORDS,
        "number": record.number,
        "seller": _seller(session),
        "buyer": None,
        "facts": _facts(
            (_("Date"), record.date, "day"),
            (_("Answer by"), record.answer_by, "day"),
            (_("Needed on"), record.needed_on, "day"),
        ),
        "lines": [
            {
                "item": line.product.code,
                "description": name_in(line.product, language),
                "quantity": line.quantity,
                "unit": line.product.unit.code,
            }
            for line in record.lines
        ],
        "priced": False,
        "has_codes": False,
        "has_discounts": False,
        "notes": (record.notes or "").splitlines(),
    }


def _described(line: Any, language: str) -> str:
    product = line.product
    if product is not None and line.description in (None, "", product.name):
        return name_in(product, language)
    return line.description or ""


def language(session: Session, record: Order) -> str:
    """Return the language an order is written in unless another is asked for: the supplier's."""
    company = session.get(Company, session.company_id)
    return str(record.party.language or company.language)


def filename(record: Any) -> str:
    """Return the name of a page as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", record.number or f"draft-{record.id}").strip("-")
