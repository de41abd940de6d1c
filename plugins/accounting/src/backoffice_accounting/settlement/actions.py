"""What people do with open items; the rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice_accounting.models import Settlement

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from . import checking, items, revaluation, settling

_ = messages("accounting")


def settle_items(
    session: Session,
    *,
    items: Sequence[Mapping[str, Any]],
    date: date | None = None,
    write_off: str | None = None,
    rate: Decimal | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Settle open items against each other."""
    session.settle()
    if not items:
        said = _("Choose the items to settle.")
        raise InvalidInput(said, fields={"items": [said]})
    ids = [one["item"] for one in items]
    settling.require(session, ids)
    amounts = {one["item"]: one["amount"] for one in items if one.get("amount") is not None}
    made = settling.settle(session, ids, on=date, amounts=amounts, write_off=write_off, rate=rate, reason=reason)
    if made is None:
        said = _("There is nothing on the other side to settle these items with.")
        raise RuleBroken(said, remedy=_("Choose items of both sides."), fields={"items": [said]})
    return _told(made)


def settle_party(session: Session, *, party_id: int, date: date | None = None) -> list[dict[str, Any]]:
    """Settle what is open with a party, each currency and account by itself, what is due first first."""
    session.settle()
    together: dict[tuple[int, str], list[int]] = {}
    for item in items.of_party(session, party_id):
        together.setdefault((item.account_id, item.currency), []).append(item.id)
    made = [settling.settle(session, ids, on=date) for ids in together.values()]
    return [_told(one) for one in made if one is not None]


def _told(made: Settlement) -> dict[str, Any]:
    return {"id": made.id, "date": made.date, "entry": made.entry_id, "state": made.state}


def undo_settlement(
    session: Session, settlement: Settlement, *, reason: str, date: date | None = None
) -> dict[str, Any]:
    """Undo a settlement."""
    session.settle()
    return _told(settling.undo(session, settlement, reason=reason, on=date))


def revalue(session: Session, *, date: date) -> dict[str, Any]:
    """Value what is open in foreign currencies at the rates of a day."""
    session.settle()
    made = revaluation.revalue(session, date)
    return {"id": made.id, "difference": made.difference, "entry": made.entry_id, "lines": len(made.lines)}


def verify_items(session: Session, *, until: date | None = None) -> dict[str, Any]:
    """Compare open items with the accounts they are on."""
    found = checking.differences(session, until)
    return {"right": not found, "differences": [one.answer() for one in found]}
