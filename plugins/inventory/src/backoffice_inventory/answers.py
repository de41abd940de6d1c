"""Answers to the questions of the products plugin: what is there, set it aside, move it, what it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Available, GoodsDocument, Moved, Movement, Product

from backoffice.core.api import KeyReused, Read, Session, among
from backoffice.core.api import RuleBroken as Refused
from backoffice.hookspecs import messages

from .before import Before, moves_of
from .models import Balance, Item, Move, Place, Worth
from .moving import Mover, move
from .places import Places, asked_for, known
from .policy import books_currency
from .reads import PAPERS
from .shapes import Line, Paper
from .stored import Stored
from .valuing import ZERO

_ = messages("inventory")

COUNTED = Read(sa.select(Product.id).where(among(Product.id, "products"), Product.kind == "storable"))
NOT_COUNTED = Read(
    sa.select(Item.product_id).where(
        Item.company_id == sa.bindparam("company"), among(Item.product_id, "products"), Item.counted.is_(False)
    )
)


def counted(session: Session, product_ids: Collection[int]) -> set[int]:
    """Return those of the products whose stock is counted in the session's company."""
    ids = sorted(set(product_ids))
    storable, left_out = Read.together(
        session, (COUNTED, {"products": ids}), (NOT_COUNTED, {"company": session.company_id, "products": ids})
    )
    return {row[0] for row in storable} - {row[0] for row in left_out}


def is_used(session: Session, product_id: int) -> bool:
    """Tell whether a product ever moved."""
    return session.scalar(sa.select(Move.id).where(Move.product_id == product_id).limit(1)) is not None


def unit_is_used(session: Session, unit_id: int) -> bool:
    """Tell whether goods that are counted in a unit ever moved."""
    found = session.scalar(
        sa.select(Worth.id).join(Product, Product.id == Worth.product_id).where(Product.unit_id == unit_id).limit(1)
    )
    return found is not None


THERE = Read(
    sa.select(Balance.product_id, sa.func.sum(Balance.on_hand), sa.func.sum(Balance.reserved))
    .join(Place, Place.id == Balance.place_id)
    .where(Balance.company_id == sa.bindparam("company"), among(Balance.product_id, "products"), Place.sells)
    .group_by(Balance.product_id)
)
THERE_AT = Read(
    sa.select(Balance.product_id, sa.func.sum(Balance.on_hand), sa.func.sum(Balance.reserved))
    .join(Place, Place.id == Balance.place_id)
    .where(
        Balance.company_id == sa.bindparam("company"),
        among(Balance.product_id, "products"),
        Place.code == sa.bindparam("place"),
    )
    .group_by(Balance.product_id)
)
FAR = date(9999, 12, 31)


def available(session: Session, product_ids: Collection[int], place: str | None = None) -> dict[int, Available]:
    """Return what is there, set aside and on its way of counted products, at a place or where goods are sold."""
    ids = counted(session, product_ids)
    asked: dict[str, Any] = {"company": session.company_id, "products": sorted(ids)}
    rows = THERE.rows(session, **asked) if place is None else THERE_AT.rows(session, **asked, place=place)
    sums = {row[0]: (row[1], row[2]) for row in rows}
    coming = incoming(session, ids, place)
    return {id_: Available(*sums.get(id_, (ZERO, ZERO)), coming.get(id_, ZERO)) for id_ in sorted(ids)}


def incoming(session: Session, product_ids: Collection[int], place: str | None = None) -> dict[int, Decimal]:
    """Return what confirmed orders will bring of products."""
    found: dict[int, Decimal] = {}
    for one in expected(session, product_ids, FAR):
        if one.quantity > 0 and (place is None or one.place in {None, place}):
            found[one.product_id] = found.get(one.product_id, ZERO) + one.quantity
    return found


def expected(session: Session, product_ids: Collection[int], until: date) -> list[Any]:
    """Return what confirmed orders will bring or take until a day, of every plugin that knows."""
    answers = session.hooks.call("products_expected", session=session, product_ids=tuple(product_ids), until=until)
    return [one for some in answers if some for one in some]


COSTS = Read(
    sa.select(
        Worth.product_id, Worth.method, sa.func.sum(Worth.quantity), sa.func.sum(Worth.value),
        sa.func.max(Worth.last_quantity), sa.func.max(Worth.last_value),
    )
    .where(Worth.company_id == sa.bindparam("company"), among(Worth.product_id, "products"))
    .group_by(Worth.product_id, Worth.method)
)  # fmt: skip


def cost(session: Session, product_ids: Collection[int], on: date) -> dict[int, Decimal]:
    """Return what one unit of products is worth: of what is there, else what it cost last, else its usual cost."""
    ids = counted(session, product_ids)
    found: dict[int, Decimal] = {}
    for id_, _method, quantity, value, last_quantity, last_value in COSTS.rows(
        session, company=session.company_id, products=sorted(ids)
    ):
        if quantity > 0:
            found[id_] = round(value / quantity, 6)
        elif last_quantity:
            found[id_] = round(last_value / last_quantity, 6)
    missing = ids - found.keys()
    if missing:
        rows = session.execute(sa.select(Product.id, Product.cost, Product.currency).where(Product.id.in_(missing)))
        books = books_currency(session)
        found.update({row.id: row.cost for row in rows if row.cost is not None and row.currency in {None, books}})
    return found


# -- moving ------------------------------------------------------------------------------------------------------------

WAYS = {
    "delivery": (None, "customer"),
    "customer_return": ("customer", None),
    "receipt": ("supplier", None),
    "supplier_return": (None, "supplier"),
    "scrap": (None, "loss"),
    "count": ("loss", None),
}
"""From and to which kind of place a document moves goods; nothing stands for our own."""


def move_goods(session: Session, document: GoodsDocument, movements: Sequence[Movement]) -> list[Moved]:
    """Move goods under a document; see the hook ``products_move``."""
    return move_many(session, [(document, movements)])[0]


def move_many(session: Session, documents: Sequence[tuple[GoodsDocument, Sequence[Movement]]]) -> list[list[Moved]]:
    """Move the goods of many documents of one source with few statements, in their order; all of them or none.

    A document that moved before moves nothing again and gets the same answer.
    """
    if not documents:
        return []
    [source] = {document.source for document, _movements in documents}
    everything = [one for _document, movements in documents for one in movements]
    before = _returned(session, source, everything)
    stored, places = _read(session, source, documents, everything, before)
    papers_known = {(row[1], row[2]) for row in stored.beside[0]}
    fresh = [(d, ms) for d, ms in documents if (d.key, d.kind) not in papers_known]
    answers = _move(session, fresh, stored, places, before) if fresh else {}
    for document, movements in documents:
        if (document.key, document.kind) in papers_known:
            answers[document.key, document.kind] = _same(session, document, movements)
    return [answers[document.key, document.kind] for document, _movements in documents]


def _read(
    session: Session,
    source: str,
    documents: Sequence[tuple[GoodsDocument, Sequence[Movement]]],
    movements: Sequence[Movement],
    before: Mapping[tuple[str, str], list[Before]],
) -> tuple[Stored, Places]:
    """Return all that moving the goods of documents needs, read at once: products, places, documents that moved."""
    keys = sorted({document.key for document, _movements in documents})
    ends = [place for ones in before.values() for one in ones for place in (one.from_id, one.to_id)]
    needs, asked = asked_for(session, [one.place for one in movements if one.place], ends)
    stored = Stored.read(
        session,
        {one.product_id for one in movements},
        source=source,
        demands=[one.demand for one in movements if one.demand],
        beside=((PAPERS, {"company": session.company_id, "source": source, "keys": keys}), (needs, asked)),
    )
    return stored, known(session, asked, stored.beside[1])


def _move(
    session: Session,
    documents: Sequence[tuple[GoodsDocument, Sequence[Movement]]],
    stored: Stored,
    places: Places,
    before: Mapping[tuple[str, str], list[Before]],
) -> dict[tuple[str, str], list[Moved]]:
    papers = [
        Paper(
            kind=document.kind, date=document.date, source=document.source, key=document.key,
            party_id=document.party_id, reference=document.reference,
            lines=[_line(document, one, places, before) for one in movements if stored.is_counted(one.product_id)],
        )
        for document, movements in documents
    ]  # fmt: skip
    moved = [paper for paper in papers if paper.lines]
    mover = move(session, moved, places, stored) if moved else None
    return {
        (document.key, document.kind): _answer(mover, paper, movements, stored)
        for (document, movements), paper in zip(documents, papers, strict=True)
    }


def _answer(mover: Mover | None, paper: Paper, movements: Sequence[Movement], stored: Stored) -> list[Moved]:
    done = iter(mover.answer(paper) if mover is not None and paper.lines else ())
    return [
        next(done) if stored.is_counted(one.product_id) else Moved(one.key, one.quantity, ZERO) for one in movements
    ]


def _line(
    document: GoodsDocument, one: Movement, places: Places, before: Mapping[tuple[str, str], list[Before]]
) -> Line:
    origin, target = WAYS[document.kind]
    named = places.named(one.place) if one.place else None
    of = _of(one, before)
    return Line(
        key=one.key, product_id=one.product_id, quantity=one.quantity, lots=one.lots, demand=one.demand, of=of,
        origin=places.of_kind(origin) if origin else named,
        target=places.of_kind(target) if target else named or (None if of else places.receiving()),
        unit_cost=one.unit_cost if document.kind == "receipt" else None,
    )  # fmt: skip


def _of(one: Movement, before: Mapping[tuple[str, str], list[Before]]) -> list[Before]:
    if one.returns is None:
        return []
    found = [each for each in before.get(one.returns, ()) if each.product_id == one.product_id]
    if not found:
        raise Refused(
            _("{document} {line} did not move, so nothing of it comes back.").with_values(
                document=one.returns[0], line=one.returns[1]
            )
        )
    return found


def _returned(session: Session, source: str, movements: Iterable[Movement]) -> dict[tuple[str, str], list[Before]]:
    wanted = {one.returns for one in movements if one.returns is not None}
    found: dict[tuple[str, str], list[Before]] = {}
    if wanted:
        for before in moves_of(session, source, {document for document, _line in wanted}):
            found.setdefault((before.source_key or "", before.line or ""), []).append(before)
    return found


def _same(session: Session, document: GoodsDocument, movements: Sequence[Movement]) -> list[Moved]:
    """Return what a document moved when it moved."""
    from backoffice_products.api import Lot as LotTaken

    from .models import Lot

    rows = [one for one in moves_of(session, document.source, [document.key]) if one.kind == document.kind]
    ids = {row.lot_id for row in rows if row.lot_id is not None}
    lots = {lot.id: lot for lot in session.scalars(sa.select(Lot).where(Lot.id.in_(ids)))} if ids else {}
    found = []
    for one in movements:
        own = [row for row in rows if row.line == one.key]
        quantity = sum((row.quantity for row in own), ZERO)
        if own and (quantity != one.quantity or own[0].product_id != one.product_id):
            raise KeyReused(
                _("{document} moved already, with other goods.").with_values(document=document.key),
                remedy=_("Move the difference under another key."),
            )
        cost = sum((abs(row.value + (row.difference if document.kind == "receipt" else ZERO)) for row in own), ZERO)
        taken = tuple(
            LotTaken(lots[row.lot_id].code, row.quantity, lots[row.lot_id].expires)
            for row in own
            if row.lot_id is not None
        )
        found.append(Moved(one.key, quantity or one.quantity, cost, taken))
    return found
