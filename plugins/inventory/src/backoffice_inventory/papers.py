"""Papers people and programs write themselves: receipts, deliveries, transfers, scrap; and taking them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Lot as LotTaken
from backoffice_products.api import Unit, convert, convert_price, plain_unit

from backoffice.core.api import InvalidInput, RuleBroken, Session, round_amount
from backoffice.hookspecs import messages

from .before import Before, moves_of_documents
from .models import Document, Lot, Move, Period
from .moving import move
from .places import Places, needed
from .policy import books_currency
from .reads import PRODUCTS
from .shapes import Line, Paper
from .valuing import ZERO

_ = messages("inventory")

WAYS: Mapping[str, tuple[str, str]] = {
    "receipt": ("supplier", ""),
    "delivery": ("", "customer"),
    "scrap": ("", "loss"),
    "opening": ("loss", ""),
    "transfer": ("", ""),
    "drop_shipment": ("supplier", "customer"),
}


def write(
    session: Session,
    kind: str,
    lines: Sequence[Mapping[str, Any]],
    *,
    day: date | None = None,
    origin_id: int | None = None,
    target_id: int | None = None,
    **head: Any,
) -> Paper:
    """Move goods under a paper of our own and return it; ``lines`` are as the actions take them."""
    places = needed(session, ids=[one for one in (origin_id, target_id) if one is not None])
    paper = draft(session, kind, lines, places, day=day, origin_id=origin_id, target_id=target_id, **head)
    move(session, [paper], places)
    return paper


def draft(
    session: Session,
    kind: str,
    lines: Sequence[Mapping[str, Any]],
    places: Places,
    *,
    day: date | None = None,
    origin_id: int | None = None,
    target_id: int | None = None,
    order: str | None = None,
    **head: Any,
) -> Paper:
    """Return a paper to be moved; it uses up what is set aside for the lines of ``order``."""
    if not lines:
        said = _("Give at least one line.")
        raise InvalidInput(said, fields={"lines": [said]})
    ways = WAYS.get(kind, ("", ""))
    origin = _place(places, origin_id, ways[0], "origin")
    target = _place(places, target_id, ways[1], "target") or places.receiving()
    any_lot = kind in {"scrap", "transfer", "supplier_return"}
    made = [
        Line(
            origin=origin, target=target, any_lot=any_lot, key=str(n + 1),
            demand=f"{order}:{n + 1}" if order else None, **values
        )
        for n, values in enumerate(in_own_units(session, lines))
    ]  # fmt: skip
    return Paper(kind=kind, date=day or session.today(), lines=made, **head)


def _place(places: Places, id_: int | None, kind: str, name: str) -> Any:
    if id_ is None:
        return places.of_kind(kind) if kind else None
    place = places.by_id.get(id_)
    if place is None or place.kind == "group" or not place.active:
        said = _("This is no place for goods.")
        raise InvalidInput(said, fields={name: [said]})
    return place


def in_own_units(session: Session, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return lines with quantities and costs in the products' own units."""
    rows = PRODUCTS.rows(session, products=sorted({line["product_id"] for line in lines}))
    units = {row[0]: row[6] for row in rows}
    stored = {unit.code: unit for unit in session.scalars(sa.select(Unit))} if _other(lines) else {}
    books, found = books_currency(session), []
    for n, line in enumerate(lines):
        quantity, unit_id, cost = line["quantity"], line.get("unit_id"), line.get("unit_cost")
        value = round_amount(cost * quantity, books) if cost is not None else None
        made: dict[str, Any] = {"product_id": line["product_id"], "quantity": quantity, "value": value}
        own = stored.get(units.get(line["product_id"], ""))
        if unit_id is not None and own is not None and unit_id != own.id:
            made["quantity"] = convert(session, quantity, unit_id, own.id)
            if cost is not None:
                named = session.get(Unit, unit_id)
                cost = convert_price(cost, plain_unit(named), plain_unit(own))
            made |= {"entered": quantity, "unit_id": unit_id}
        made["unit_cost"] = cost
        if line.get("value") is not None:
            made["value"] = round_amount(line["value"], books)
        if line.get("lot"):
            made["lots"] = (LotTaken(line["lot"], made["quantity"], line.get("expires")),)
        if made["quantity"] <= 0:
            said = _("Give a quantity above zero.")
            raise InvalidInput(said, fields={f"lines.{n}.quantity": [said]})
        found.append(made)
    return found


def _other(lines: Sequence[Mapping[str, Any]]) -> bool:
    return any(line.get("unit_id") is not None for line in lines)


# -- what moved before -------------------------------------------------------------------------------------------------


def moves_of(session: Session, document_id: int) -> list[Before]:
    """Return the moves of a document."""
    return moves_of_documents(session, [document_id])


def take_back(session: Session, document: Document, *, day: date | None = None, reason: str) -> Paper:
    """Reverse a document: the same goods the other way, at the same value, on its day while that is open.

    Raises :class:`~backoffice.core.api.RuleBroken` when it was reversed before, or its goods are gone.
    """
    locked = session.scalars(sa.select(Document).where(Document.id == document.id).with_for_update()).one()
    session.refresh(locked)
    if locked.state == "reversed" or locked.reverses_id is not None:
        raise RuleBroken(_("This document was taken back already."))
    before = moves_of(session, document.id)
    if not before:
        raise RuleBroken(
            _("This document moved no goods."), remedy=_("Cancel the landed cost, or change the value once more.")
        )
    places = needed(session, ids=[place for one in before for place in (one.from_id, one.to_id)])
    lines = [
        Line(
            product_id=one.product_id, quantity=one.quantity, key=one.line or "", of=[one], back=True,
            origin=places.by_id[one.to_id], target=places.by_id[one.from_id], any_lot=True,
        )
        for one in before
    ]  # fmt: skip
    on = day or open_day(session, document.date)
    paper = Paper(
        kind=document.kind, date=on, lines=lines, party_id=document.party_id, reference=document.reference,
        reverses_id=document.id, reason=reason,
    )  # fmt: skip
    locked.state = "reversed"
    session.flush()
    move(session, [paper], places)
    return paper


def give_back(
    session: Session,
    document: Document,
    lines: Sequence[Mapping[str, Any]],
    *,
    day: date | None = None,
    target_id: int | None = None,
) -> Paper:
    """Return goods of a receipt, a delivery or a return; without lines all that did not come back yet."""
    kinds = {
        "receipt": "supplier_return", "delivery": "customer_return", "customer_return": "delivery",
        "supplier_return": "receipt",
    }  # fmt: skip
    if document.kind not in kinds or document.state == "reversed":
        raise RuleBroken(_("Goods of this document do not come back."))
    before = moves_of(session, document.id)
    ids = [place for one in before for place in (one.from_id, one.to_id)]
    places = needed(session, ids=[*ids, *([target_id] if target_id is not None else [])])
    wanted = [(line["product_id"], line["quantity"]) for line in lines]
    if not wanted:
        from .returning import Returned

        left = Returned(session, before).quantity
        wanted = [(one.product_id, left[one.id]) for one in before if left[one.id] > 0]
    made = [
        Line(
            product_id=product, quantity=quantity, key=str(n + 1),
            of=[one for one in before if one.product_id == product],
            target=_place(places, target_id, "", "target") if document.kind != "receipt" else None, any_lot=True,
        )
        for n, (product, quantity) in enumerate(_joined(wanted))
    ]  # fmt: skip
    if any(not line.of for line in made) or not made:
        said = _("Nothing of it moved under this document, or all of it came back.")
        raise InvalidInput(said, fields={"lines": [said]})
    paper = Paper(
        kind=kinds[document.kind], date=day or session.today(), lines=made, party_id=document.party_id,
        reference=document.number,
    )  # fmt: skip
    move(session, [paper], places)
    return paper


def _joined(wanted: Sequence[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
    sums: dict[int, Decimal] = {}
    for product, quantity in wanted:
        sums[product] = sums.get(product, ZERO) + quantity
    return list(sums.items())


def correct(session: Session, move_id: int, quantity: Decimal, *, day: date | None = None) -> Paper | None:
    """Write the difference between what was moved and what should have been; return its paper, if there is one."""
    found = session.get(Move, move_id)
    if found is None:
        raise InvalidInput(_("There is no such move."))
    before = next(one for one in moves_of(session, found.document_id) if one.id == move_id)
    more = quantity - before.quantity
    if not more:
        return None
    document = session.get(Document, found.document_id)
    on = day or open_day(session, before.date)
    places = needed(session, ids=[before.from_id, before.to_id])
    origin, target = places.by_id[before.from_id], places.by_id[before.to_id]
    lot = session.get(Lot, before.lot_id) if before.lot_id is not None else None
    if more > 0:
        cost = (before.value + before.difference) / before.quantity if not origin.ours else None
        value = round_amount(cost * more, books_currency(session)) if cost is not None else None
        line = Line(
            product_id=before.product_id, quantity=more, origin=origin, target=target, value=value,
            lots=(LotTaken(lot.code, more, lot.expires),) if lot is not None else (), any_lot=True,
        )  # fmt: skip
    else:
        line = Line(
            product_id=before.product_id, quantity=-more, origin=target, target=origin, of=[before], any_lot=True
        )
    line.key, line.demand = before.line or "", before.demand if more > 0 else None
    paper = Paper(kind="correction", date=on, lines=[line], party_id=document.party_id, reference=document.number)
    move(session, [paper], places)
    return paper


def arrive(session: Session, document: Document, *, day: date | None = None, target_id: int | None = None) -> Paper:
    """Let goods that are on the way arrive where they were sent."""
    if document.state != "sent":
        raise RuleBroken(_("Nothing of this document is on the way."))
    before = moves_of(session, document.id)
    wanted = target_id if target_id is not None else document.bound_for_id or 0
    places = needed(session, ids=[wanted, *(one.to_id for one in before)])
    ids = {one.lot_id for one in before if one.lot_id is not None}
    lots = {lot.id: lot for lot in session.scalars(sa.select(Lot).where(Lot.id.in_(ids)))} if ids else {}
    lines = [
        Line(
            product_id=one.product_id, quantity=one.quantity, key=one.line or "", any_lot=True,
            origin=places.by_id[one.to_id], target=_place(places, wanted, "", "target"),
            lots=(LotTaken(lots[one.lot_id].code, one.quantity),) if one.lot_id is not None else (),
        )
        for one in before
    ]  # fmt: skip
    document.state = "done"
    paper = Paper(kind="transfer", date=day or session.today(), lines=lines, reference=document.number)
    move(session, [paper], places)
    return paper


def open_day(session: Session, day: date) -> date:
    """Return ``day`` while its period is open, else the first day after it that is."""
    rows = session.execute(
        sa.select(Period.start_date, Period.end_date)
        .where(Period.company_id == session.company_id, Period.state == "closed", Period.end_date >= day)
        .order_by(Period.start_date)
    )
    for start, end in rows:
        if start <= day <= end:
            day = date.fromordinal(end.toordinal() + 1)
    return day
