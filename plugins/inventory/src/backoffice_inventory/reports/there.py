"""What is there, at any place on any day, and what will be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - the arguments are called date
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_inventory.models import QUANTITY, Balance, Move, Place
from backoffice_inventory.valuing import ZERO

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .naming import lots_of, name_in, on_day, places_of, products_of, summed

_ = messages("inventory")


def quantities(
    session: Session, day: Date | None, place_id: int | None = None, product_id: int | None = None
) -> dict[tuple[int, int, int], Decimal]:
    """Return what was there at the end of a day, by product, place of our own and lot.

    It starts from the balances and takes off what moved later, so that a day not long ago costs little.
    """
    statement = sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.on_hand).where(
        Balance.company_id == session.company_id
    )
    if place_id is not None:
        statement = statement.where(Balance.place_id == place_id)
    if product_id is not None:
        statement = statement.where(Balance.product_id == product_id)
    found = {(row.product_id, row.place_id, row.lot): row.on_hand for row in session.execute(statement)}
    if day is None or day >= session.today():
        return found
    ours = {id_ for id_, place in places_of(session).items() if place.kind in {"internal", "transit"}}
    for column, sign in ((Move.to_id, -1), (Move.from_id, 1)):
        later = (
            sa.select(Move.product_id, column, Move.lot_id, summed(Move.quantity, QUANTITY))
            .where(Move.company_id == session.company_id, Move.date > day)
            .group_by(Move.product_id, column, Move.lot_id)
        )
        if place_id is not None:
            later = later.where(column == place_id)
        if product_id is not None:
            later = later.where(Move.product_id == product_id)
        for product, place, lot, quantity in session.execute(later):
            if place in ours:
                key = (product, place, lot or 0)
                found[key] = found.get(key, ZERO) + sign * quantity
    return found


def on_hand(
    session: Session, *, date: Date | None = None, place_id: int | None = None, product_id: int | None = None
) -> Table:
    """Return what was there at the end of a day, and of today what is set aside and free."""
    now = date is None or date >= session.today()
    found = {key: quantity for key, quantity in quantities(session, date, place_id, product_id).items() if quantity}
    aside: Mapping[tuple[int, int, int], Decimal] = {}
    if now:
        aside = {
            (row.product_id, row.place_id, row.lot): row.reserved
            for row in session.execute(
                sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.reserved).where(
                    Balance.company_id == session.company_id, Balance.reserved != 0
                )
            )
        }
    products, places = products_of(session, {key[0] for key in found}), places_of(session)
    lots = lots_of(session, {key[2] for key in found if key[2]})
    language = session.context.language
    rows = []
    for key in sorted(found, key=lambda k: (products[k[0]].code, places[k[1]].code, k[2])):
        product, place, quantity = products[key[0]], places[key[1]], found[key]
        cells: tuple[Any, ...] = (product.code, name_in(product, language), name_in(place, language))
        if lots:
            cells += (lots[key[2]].code if key[2] else None,)
        cells += (quantity,)
        if now:
            cells += (aside.get(key, ZERO), quantity - aside.get(key, ZERO))
        rows.append(Row(cells, link=Link(report="inventory.moves", parameters={"product": product.id})))
    columns = [
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("place", _("Place")),
        *([Column("lot", _("Lot"), "code")] if lots else []),
        Column("on_hand", _("There"), "quantity"),
    ]
    if now:
        columns += [
            Column("reserved", _("Set aside"), "quantity"),
            Column("free", _("Free"), "quantity"),
        ]
    return Table(columns, rows, title=translate(_("Stock on hand"), language), subtitle=on_day(session, date))


def forecast(session: Session, *, until: Date | None = None, place_id: int | None = None) -> Table:
    """Return what there will be of each product when confirmed orders have come and gone."""
    from backoffice_inventory.reordering import forecasts

    day = until or session.today() + timedelta(days=30)
    place = session.get(Place, place_id) if place_id is not None else None
    found = {
        id_: one for id_, one in forecasts(session, None, place, day).items() if one.on_hand or one.coming or one.going
    }
    products, language = products_of(session, found), session.context.language
    rows = [
        Row(
            (
                products[id_].code, name_in(products[id_], language), one.on_hand, one.reserved, one.coming, one.going,
                one.projected,
            ),
            link=Link(report="inventory.moves", parameters={"product": id_}),
        )
        for id_, one in sorted(found.items(), key=lambda item: products[item[0]].code)
    ]  # fmt: skip
    columns = (
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("on_hand", _("There"), "quantity"),
        Column("reserved", _("Set aside"), "quantity"),
        Column("coming", _("Will come"), "quantity"),
        Column("going", _("Will go"), "quantity"),
        Column("projected", _("Will be there"), "quantity"),
    )
    return Table(columns, rows, title=translate(_("Forecast of stock"), language), subtitle=on_day(session, day))
