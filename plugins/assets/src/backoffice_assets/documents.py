"""The card of an asset as a page to hand out: the plain values its template shows."""

from __future__ import annotations

import re
from typing import Any

from backoffice.core.api import Session
from backoffice.hookspecs import messages

from .assets import company_of
from .models import LINE_STATES, MOVEMENTS, STATES, Asset
from .reports import name_in
from .schedules import CONVENTIONS, FREQUENCIES, METHODS

_ = messages("assets")

WORDS = {
    "title": _("Asset card"),
    "schedule": _("Schedule"),
    "moved": _("What happened"),
    "date": _("Date"),
    "amount": _("Amount"),
    "accumulated": _("Depreciated in all"),
    "left": _("Book value"),
    "state": _("State"),
    "cost": _("Cost"),
    "depreciation": _("Depreciation"),
    "note": _("Note"),
}
"""The words on a card, translated where they are shown."""


def card_context(session: Session, asset: Asset) -> dict[str, Any]:
    """Return what the template of a card shows: typed values, and labels for words."""
    language = session.context.language
    facts = [
        (_("Category"), name_in(asset.category, language), "text"),
        (_("State"), STATES[asset.state], "text"),
        (_("Acquired on"), asset.acquired_on, "day"),
        (_("In use since"), asset.in_service, "day"),
        (_("Cost"), asset.cost, "amount"),
        (_("Residual value"), asset.residual, "amount"),
        (_("Depreciated"), asset.accumulated, "amount"),
        (_("Book value"), asset.cost - asset.accumulated, "amount"),
        (_("Method"), METHODS.get(asset.method or ""), "text"),
        (_("Life in months"), asset.life, "text"),
        (_("Posted"), FREQUENCIES.get(asset.frequency or ""), "text"),
        (_("First period"), CONVENTIONS.get(asset.convention or ""), "text"),
        (_("Serial number"), asset.serial, "code"),
        (_("Location"), asset.location, "text"),
        (_("In the hands of"), asset.custodian, "text"),
        (_("Dimensions"), asset.dimensions, "code"),
        (_("Disposed of on"), asset.disposed_on, "day"),
    ]
    return {
        "words": WORDS,
        "company": name_in(company_of(session), language),
        "number": asset.number,
        "name": asset.name,
        "currency": asset.currency,
        "facts": [fact for fact in facts if fact[1] not in (None, "")],
        "lines": [
            {"date": line.date, "amount": line.amount, "accumulated": line.accumulated,
             "left": asset.cost - line.accumulated, "state": LINE_STATES[line.state]}
            for line in sorted(asset.lines, key=lambda line: (line.date, line.id))
        ],
        "movements": [
            {"date": one.date, "kind": MOVEMENTS[one.kind], "cost": one.cost, "depreciation": one.depreciation,
             "note": one.note}
            for one in sorted(asset.movements, key=lambda one: (one.date, one.id))
        ],
    }  # fmt: skip


def card_filename(asset: Asset) -> str:
    """Return the name of the card as a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", asset.number or f"asset-{asset.id}").strip("-")
