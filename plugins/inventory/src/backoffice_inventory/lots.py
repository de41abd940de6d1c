"""Lots and serial numbers of goods that move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from backoffice.core.api import InvalidInput, Session, fold
from backoffice.hookspecs import messages

from .models import Lot
from .reads import LOTS
from .shapes import Line, Paper, Pending
from .stored import Stored
from .valuing import ZERO

if TYPE_CHECKING:
    from .moving import Mover

_ = messages("inventory")


def learn(session: Session, stored: Stored, pairs: Sequence[tuple[Paper, Line]]) -> None:
    """Learn the lots that lines name, and make those that arrive for the first time."""
    named = [(line, lot) for _paper, line in pairs if _followed(stored, line) for lot in line.lots]
    if not named:
        return
    asked = {
        "products": sorted({line.product_id for line, _lot in named}),
        "codes": sorted({lot.code for _l, lot in named}),
    }
    stored.lots.update({row[0]: row for row in LOTS.rows(session, **asked)})
    known = {(row[1], row[2]) for row in stored.lots.values()}
    fresh = {}
    for line, lot in named:
        if line.origin is not None and not line.origin.ours and (line.product_id, lot.code) not in known:
            fresh[line.product_id, lot.code] = lot.expires
    rows = [
        {"product_id": product, "code": code, "expires": expires, "search_key": fold(code)}
        for (product, code), expires in fresh.items()
    ]
    for id_, row in zip(session.insert_rows(Lot, rows), rows, strict=True):
        stored.lots[id_] = (id_, row["product_id"], row["code"], row["expires"], "free")


def _followed(stored: Stored, line: Line) -> bool:
    return stored.item(line.product_id).tracking != "none"


def arriving(mover: Mover, paper: Paper, line: Line) -> Iterable[Pending]:
    """Yield the moves of goods that come in: one for each lot."""
    assert line.origin is not None
    target = line.target or mover.places.receiving()
    if not target.ours:
        yield Pending(paper, line, line.origin, target, line.quantity)
        return
    if not _followed(mover.stored, line):
        yield Pending(paper, line, line.origin, target, line.quantity)
        return
    _check(mover, line)
    ids = {(row[1], row[2]): row[0] for row in mover.stored.lots.values()}
    for lot in line.lots:
        yield Pending(paper, line, line.origin, target, lot.quantity, ids[line.product_id, lot.code])


def _check(mover: Mover, line: Line) -> None:
    product, item = mover.stored.products[line.product_id], mover.stored.item(line.product_id)
    if sum((lot.quantity for lot in line.lots), ZERO) != line.quantity:
        said = _("{product} is followed by lot; name the lots of all of it.").with_values(product=product.code)
        raise InvalidInput(said, fields={f"lines.{line.key or line.product_id}": [said]})
    known = {(row[1], row[2]): row for row in mover.stored.lots.values()}
    for lot in line.lots:
        wrong: str = ""
        if item.tracking == "serial" and lot.quantity != 1:
            wrong = _("The serial number {code} is of one piece.").with_values(code=lot.code)
        elif item.tracking == "serial" and _is_there(mover, known[line.product_id, lot.code][0]):
            wrong = _("The serial number {code} is in stock already.").with_values(code=lot.code)
        elif item.expires and known[line.product_id, lot.code][3] is None:
            wrong = _("Give the day on which {code} expires.").with_values(code=lot.code)
        if wrong:
            raise InvalidInput(wrong, fields={f"lines.{line.key or line.product_id}": [wrong]})


def _is_there(mover: Mover, lot: int) -> bool:
    return any(held.on_hand > 0 for held in mover.stored.by_key.values() if held.lot == lot)
