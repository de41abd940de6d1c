"""Counts: the sheet of what should be at a place, what was found, and the adjustment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812 - the arguments are called date
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Lot as LotTaken
from backoffice_products.api import Product

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Balance, Count, CountLine, Item, Lot, Move, Place
from .moving import move
from .places import needed
from .shapes import Line, Paper
from .valuing import ZERO

_ = messages("inventory")

EVERY = {"A": 30, "B": 91, "C": 365}
"""Days after which goods of a class are due to be counted again."""


def within(session: Session, place_id: int) -> list[int]:
    """Return the ids of a place and of those within it that goods lie in."""
    rows = session.execute(
        sa.select(Place.id, Place.parent_id, Place.kind).where(Place.company_id == session.company_id)
    ).all()
    found, waiting = [], [place_id]
    while waiting:
        here = waiting.pop()
        found += [row.id for row in rows if row.id == here and row.kind in {"internal", "transit"}]
        waiting += [row.id for row in rows if row.parent_id == here]
    return sorted(found)


def begin(
    session: Session,
    *,
    place_id: int,
    date: Date | None = None,
    abc: str | None = None,
    due: bool = False,
    blind: bool = False,
) -> dict[str, Any]:
    """Make the sheet of what should be at a place and within."""
    places = within(session, place_id)
    if not places:
        said = _("This is no place for goods.")
        raise InvalidInput(said, fields={"place": [said]})
    count = Count(place_id=place_id, date=date or session.today(), abc=abc, blind=blind, company_id=session.company_id)
    chosen = _chosen(session, abc, due, places)
    rows = session.execute(
        sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.on_hand)
        .join(Product, Product.id == Balance.product_id)
        .where(Balance.company_id == session.company_id, Balance.place_id.in_(places), Balance.on_hand != 0)
        .order_by(Balance.place_id, Product.code, Balance.lot)
    )
    for row in rows:
        if chosen is None or row.product_id in chosen:
            count.lines.append(
                CountLine(
                    place_id=row.place_id, product_id=row.product_id, lot_id=row.lot or None, expected=row.on_hand
                )
            )
    session.add(count)
    session.flush()

    def assign(number: str) -> None:
        count.number = number

    session.number(
        series="inventory.count_sheet", company_id=session.company_id, year=count.date.year,
        pattern="SHEET/{year}/{n:05}", assign=assign,
    )  # fmt: skip
    session.settle()
    return {"id": count.id, "number": count.number, "lines": len(count.lines)}


def _chosen(session: Session, abc: str | None, due: bool, places: Sequence[int]) -> set[int] | None:
    """Return the products to be counted, or nothing for all."""
    if abc is None and not due:
        return None
    classes = dict(
        session.execute(
            sa.select(Item.product_id, Item.abc).where(Item.company_id == session.company_id, Item.abc.is_not(None))
        ).all()
    )
    everything = set(session.scalars(sa.select(Balance.product_id).where(Balance.place_id.in_(places))))
    chosen = {one for one in everything if abc is None or classes.get(one, "C") == abc}
    if due:
        last = dict(
            session.execute(
                sa.select(CountLine.product_id, sa.func.max(Count.date))
                .join(Count, Count.id == CountLine.count_id)
                .where(Count.state == "done", CountLine.place_id.in_(places), CountLine.counted.is_not(None))
                .group_by(CountLine.product_id)
            ).all()
        )
        today = session.today()
        chosen = {
            one
            for one in chosen
            if one not in last or last[one] + timedelta(days=EVERY[classes.get(one) or "C"]) <= today
        }
    return chosen


def _open(count: Count) -> None:
    if count.state != "open":
        raise RuleBroken(_("This count has ended."))


def write(session: Session, count: Count, *, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Write down what was counted, also of goods that were not on the sheet."""
    _open(count)
    codes = {line.lot_id or 0: line.lot.code for line in count.lines if line.lot is not None}
    for given in lines:
        own = [
            line
            for line in count.lines
            if line.product_id == given["product_id"] and codes.get(line.lot_id or 0) == (given.get("lot") or None)
        ]
        if own:
            own[0].counted = given["counted"]
            continue
        lot = _lot(session, given) if given.get("lot") else None
        count.lines.append(
            CountLine(
                place_id=count.place_id, product_id=given["product_id"], lot_id=lot, expected=ZERO,
                counted=given["counted"],
            )
        )  # fmt: skip
    session.flush()
    return {"id": count.id, "counted": sum(line.counted is not None for line in count.lines)}


def _lot(session: Session, given: Mapping[str, Any]) -> int:
    found = session.scalars(
        sa.select(Lot).where(Lot.product_id == given["product_id"], Lot.code == given["lot"])
    ).one_or_none()
    if found is None:
        found = Lot(product_id=given["product_id"], code=given["lot"], expires=given.get("expires"))
        session.add(found)
        session.flush()
    return int(found.id)


def refresh(session: Session, count: Count) -> dict[str, Any]:
    """Take in what moved while it was counted."""
    _open(count)
    there = _there(session, count)
    for line in count.lines:
        line.expected = there.pop((line.place_id, line.product_id, line.lot_id or 0), ZERO)
    products = {line.product_id for line in count.lines}
    for (place, product, lot), quantity in there.items():
        if quantity and (count.abc is None or product in products):
            count.lines.append(CountLine(place_id=place, product_id=product, lot_id=lot or None, expected=quantity))
    session.flush()
    return {"id": count.id, "lines": len(count.lines)}


def _there(session: Session, count: Count) -> dict[tuple[int, int, int], Decimal]:
    rows = session.execute(
        sa.select(Balance.place_id, Balance.product_id, Balance.lot, Balance.on_hand).where(
            Balance.company_id == session.company_id, Balance.place_id.in_(within(session, count.place_id))
        )
    )
    return {(row.place_id, row.product_id, row.lot): row.on_hand for row in rows}


def post(session: Session, count: Count) -> dict[str, Any]:
    """Move what is too much or missing by what was expected when the sheet was made or read again."""
    _open(count)
    places = needed(session, ids=[line.place_id for line in count.lines])
    loss = places.of_kind("loss")
    lines = []
    for line in count.lines:
        if line.counted is None or line.counted == line.expected:
            continue
        more = line.counted - line.expected
        here = places.by_id[line.place_id]
        lot = (LotTaken(line.lot.code, abs(more), line.lot.expires),) if line.lot is not None else ()
        lines.append(
            Line(
                product_id=line.product_id, quantity=abs(more), key=str(line.id), lots=lot, any_lot=True,
                origin=loss if more > 0 else here, target=here if more > 0 else loss,
            )
        )  # fmt: skip
    count.state = "done"
    if not lines:
        session.flush()
        return {"id": None, "number": None, "adjusted": 0}
    paper = Paper(kind="count", date=count.date, lines=lines, reference=count.number)
    move(session, [paper], places)
    count.document_id = paper.id
    session.settle()
    return {"id": paper.id, "number": paper.number, "adjusted": len(lines)}


def cancel(session: Session, count: Count) -> dict[str, Any]:
    """End a count without adjusting anything."""
    _open(count)
    count.state = "cancelled"
    session.flush()
    return {"id": count.id}


def set_classes(session: Session) -> dict[str, int]:
    """Sort goods into classes by what a year's deliveries cost."""
    since = session.today() - timedelta(days=365)
    rows = session.execute(
        sa.select(Move.product_id, sa.func.sum(Move.value).label("cost"))
        .join(Place, Place.id == Move.to_id)
        .where(Move.company_id == session.company_id, Move.date > since, Place.kind == "customer")
        .group_by(Move.product_id)
        .order_by(sa.desc("cost"), Move.product_id)
    ).all()
    total, before = sum((row.cost for row in rows), ZERO), ZERO
    items = {
        one.product_id: one for one in session.scalars(sa.select(Item).where(Item.company_id == session.company_id))
    }
    found = {"A": 0, "B": 0, "C": 0}
    for row in rows:
        share = before / total if total else ZERO
        name = "A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C"
        before += row.cost
        found[name] += 1
        item = items.get(row.product_id)
        if item is None:
            item = Item(product_id=row.product_id, company_id=session.company_id)
            session.add(item)
        item.abc = name
    session.flush()
    return {"a": found["A"], "b": found["B"], "c": found["C"]}
