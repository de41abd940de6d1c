"""What moved of a product, and where a lot came from and went."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - the arguments are called date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_inventory.models import KINDS, MONEY, Document, Lot, Move, ValueChange
from backoffice_inventory.policy import books_currency
from backoffice_inventory.valuing import ZERO

from backoffice.core.api import InvalidInput, Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .naming import lots_of, name_in, parties_of, places_of, products_of, summed

_ = messages("inventory")


def moves(
    session: Session,
    *,
    product_id: int,
    date_from: Date | None = None,
    date_until: Date | None = None,
    place_id: int | None = None,
    hide_reversed: bool = False,
) -> Table:
    """Return what moved of a product, in the order of its days, with what was there after each."""
    places, language = places_of(session), session.context.language
    statement = (
        sa.select(
            Move.id, Move.date, Move.from_id, Move.to_id, Move.quantity, Move.value, Move.lot_id, Move.document_id,
            Document.number, Document.kind, Document.state, Document.reverses_id,
        )
        .join(Document, Document.id == Move.document_id)
        .where(Move.company_id == session.company_id, Move.product_id == product_id)
        .order_by(Move.date, Move.id)
    )  # fmt: skip
    changed: dict[int | None, Decimal] = dict(
        session.execute(
            sa.select(ValueChange.move_id, summed(ValueChange.amount, MONEY))
            .where(ValueChange.product_id == product_id, ValueChange.move_id.is_not(None))
            .group_by(ValueChange.move_id)
        ).all()
    )
    lots = lots_of(
        session,
        session.scalars(
            sa.select(Move.lot_id).where(Move.product_id == product_id, Move.lot_id.is_not(None)).distinct()
        ),
    )
    running, rows = ZERO, []
    for row in session.execute(statement):
        change = _change(row, places, place_id)
        if hide_reversed and (row.state == "reversed" or row.reverses_id is not None):
            continue
        if change is None:
            continue
        running += change
        if (date_from is not None and row.date < date_from) or (date_until is not None and row.date > date_until):
            continue
        sign = 1 if change >= 0 else -1
        cells = (
            row.date, row.number, translate(KINDS[row.kind], language), name_in(places[row.from_id], language),
            name_in(places[row.to_id], language), *_lot(lots, row.lot_id), change,
            sign * row.value + changed.get(row.id, ZERO), running,
        )  # fmt: skip
        rows.append(Row(cells, link=Link(resource="inventory.document", id=row.document_id)))
    columns = (
        Column("date", _("Date"), "date"),
        Column("number", _("Number"), "code"),
        Column("kind", _("Kind")),
        Column("from", _("From")),
        Column("to", _("To")),
        *([Column("lot", _("Lot"), "code")] if lots else []),
        Column("quantity", _("Quantity"), "quantity", total=True),
        Column("value", _("Value"), "money", total=True, currency=books_currency(session)),
        Column("after", _("There after it"), "quantity"),
    )
    known = products_of(session, [product_id])
    if product_id not in known:
        raise InvalidInput(_("There is no such product."))
    return Table(columns, rows, title=name_in(known[product_id], language), subtitle=str(known[product_id].code))


def _lot(lots: Mapping[int, Any], lot_id: int | None) -> tuple[str | None, ...]:
    """Return the cell of a lot, none at all where the product has no lots."""
    return (lots[lot_id].code if lot_id is not None else None,) if lots else ()


def _change(row: Any, places: Mapping[int, Any], place_id: int | None) -> Decimal | None:
    """Return by how much a move changed what is ours, or what is at one place; nothing where it did not."""
    if place_id is not None:
        if place_id not in {row.from_id, row.to_id}:
            return None
        return row.quantity if row.to_id == place_id else -row.quantity  # type: ignore[no-any-return]
    ours = {id_ for id_ in (row.from_id, row.to_id) if places[id_].kind in {"internal", "transit"}}
    if len(ours) != 1:
        return None
    return row.quantity if row.to_id in ours else -row.quantity  # type: ignore[no-any-return]


def trace(session: Session, *, lot_id: int) -> Table:
    """Return where a lot came from and where it went, both ways: what is recalled is found by it."""
    places, language = places_of(session), session.context.language
    rows = session.execute(
        sa.select(Move.date, Move.quantity, Move.from_id, Move.to_id, Move.document_id, Document.number, Document.kind,
                  Document.reference, Document.source_key, Document.party_id)
        .join(Document, Document.id == Move.document_id)
        .where(Move.lot_id == lot_id)
        .order_by(Move.date, Move.id)
    ).all()  # fmt: skip
    names = parties_of(session, {row.party_id for row in rows if row.party_id is not None})
    made = [
        Row(
            (
                row.date, row.number, translate(KINDS[row.kind], language), name_in(places[row.from_id], language),
                name_in(places[row.to_id], language), row.quantity, names.get(row.party_id),
                row.reference or row.source_key,
            ),
            link=Link(resource="inventory.document", id=row.document_id),
        )
        for row in rows
        if row.from_id in places
    ]  # fmt: skip
    columns = (
        Column("date", _("Date"), "date"),
        Column("number", _("Number"), "code"),
        Column("kind", _("Kind")),
        Column("from", _("From")),
        Column("to", _("To")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("party", _("Customer or supplier")),
        Column("reference", _("Reference"), "code"),
    )
    lot = session.get(Lot, lot_id)
    return Table(columns, made, title=str(lot.code) if lot is not None else "")
