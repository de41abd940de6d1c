"""Delivery notes, receipts and count sheets as pages to hand out: the plain values their templates show."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Company, Session
from backoffice.hookspecs import messages

from .models import KINDS, Count, Document, Place
from .models.moves import Move
from .reports import name_in

_ = messages("inventory")

TITLES = {**KINDS, "delivery": _("Delivery note"), "receipt": _("Goods received")}

WORDS = {
    "number": _("Number"),
    "date": _("Date"),
    "reference": _("Reference"),
    "order": _("Order"),
    "party": _("Customer or supplier"),
    "product": _("Product"),
    "name": _("Name"),
    "lot": _("Lot"),
    "expires": _("Expires on"),
    "quantity": _("Quantity"),
    "unit": _("Unit"),
    "from": _("From"),
    "to": _("To"),
    "place": _("Place"),
    "expected": _("There by the books"),
    "counted": _("Counted"),
    "received_by": _("Received by"),
    "counted_by": _("Counted by"),
    "signature": _("Signature"),
}
"""The words on the papers, translated where they are shown."""


def _company(session: Session, language: str) -> dict[str, Any]:
    company = session.get(Company, session.company_id)
    return {"name": name_in(company, language), "address": (company.address or "").splitlines()}


def paper_context(session: Session, document: Document) -> dict[str, Any]:
    """Return what the page of a document shows: typed values, and labels for words. Values of stock are not on it."""
    language = session.context.language
    moves = list(document.moves)
    return {
        "title": TITLES[document.kind],
        "words": WORDS,
        "number": document.number,
        "date": document.date,
        "reference": document.reference,
        "order": document.source_key if document.source != "inventory" else None,
        "company": _company(session, language),
        "party": name_in(document.party, language) if document.party is not None else None,
        "internal": document.kind in {"transfer", "scrap", "count", "production"},
        "has_lots": any(one.lot_id is not None for one in moves),
        "lines": [_moved(one, language) for one in moves],
    }


def _moved(one: Move, language: str) -> dict[str, Any]:
    return {
        "product": one.product.code,
        "name": name_in(one.product, language),
        "lot": one.lot.code if one.lot is not None else None,
        "expires": one.lot.expires if one.lot is not None else None,
        "quantity": one.quantity,
        "unit": one.product.unit.code,
        "from": name_in(one.source, language),
        "to": name_in(one.target, language),
    }


def paper_filename(document: Document) -> str:
    """Return the name of a document as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", document.number or f"document-{document.id}").strip("-")


def count_context(session: Session, count: Count) -> dict[str, Any]:
    """Return what a count sheet shows; a blind one does not say what should be there."""
    language = session.context.language
    ids = {line.place_id for line in count.lines}
    places = {one.id: one for one in session.scalars(sa.select(Place).where(Place.id.in_(ids)))} if ids else {}
    return {
        "title": _("Count sheet"),
        "words": WORDS,
        "number": count.number,
        "date": count.date,
        "company": _company(session, language),
        "place": name_in(count.place, language),
        "blind": count.blind,
        "has_lots": any(line.lot_id is not None for line in count.lines),
        "lines": [
            {
                "place": name_in(places[line.place_id], language),
                "product": line.product.code,
                "name": name_in(line.product, language),
                "lot": line.lot.code if line.lot is not None else None,
                "expected": None if count.blind else line.expected,
                "unit": line.product.unit.code,
                "counted": line.counted,
            }
            for line in count.lines
        ],
    }


def count_filename(count: Count) -> str:
    """Return the name of a count sheet as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", count.number or f"count-{count.id}").strip("-")
