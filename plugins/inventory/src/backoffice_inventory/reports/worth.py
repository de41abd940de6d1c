"""What stock is worth at the end of any day."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - the arguments are called date
from decimal import Decimal

import sqlalchemy as sa
from backoffice_inventory.models import MONEY, QUANTITY, Move, ValueChange, Worth
from backoffice_inventory.policy import books_currency
from backoffice_inventory.valuing import ZERO

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .naming import name_in, on_day, places_of, products_of, summed

_ = messages("inventory")


def worths(session: Session, day: Date | None) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """Return quantity and value at the end of a day, by product and by whose cost it shares."""
    rows = session.execute(
        sa.select(Worth.product_id, Worth.pool, Worth.quantity, Worth.value).where(
            Worth.company_id == session.company_id
        )
    )
    found = {(row.product_id, row.pool): (row.quantity, row.value) for row in rows}
    if day is None or day >= session.today():
        return found
    places = places_of(session)

    def valued(id_: int) -> bool:
        return places[id_].kind in {"internal", "transit"} and not places[id_].consigned

    later = session.execute(
        sa.select(
            Move.product_id, Move.from_id, Move.to_id, summed(Move.quantity, QUANTITY), summed(Move.value, MONEY),
            summed(Move.difference, MONEY),
        )
        .where(Move.company_id == session.company_id, Move.date > day)
        .group_by(Move.product_id, Move.from_id, Move.to_id)
    )  # fmt: skip
    for product, from_id, to_id, quantity, value, difference in later:
        leaves, comes = valued(from_id), valued(to_id)
        if leaves and comes and places[from_id].pool == places[to_id].pool:
            continue
        if leaves:
            _add(found, (product, places[from_id].pool), quantity, value)
        if comes:
            _add(found, (product, places[to_id].pool), -quantity, -(value - difference if leaves else value))
    changes = session.execute(
        sa.select(ValueChange.product_id, ValueChange.pool, summed(ValueChange.amount, MONEY))
        .where(ValueChange.company_id == session.company_id, ValueChange.date > day)
        .group_by(ValueChange.product_id, ValueChange.pool)
    )
    for product, pool, amount in changes:
        _add(found, (product, pool), ZERO, -amount)
    return found


def _add(
    found: dict[tuple[int, int], tuple[Decimal, Decimal]], key: tuple[int, int], quantity: Decimal, value: Decimal
) -> None:
    before = found.get(key, (ZERO, ZERO))
    found[key] = (before[0] + quantity, before[1] + value)


def valuation(session: Session, *, date: Date | None = None, product_id: int | None = None) -> Table:
    """Return what stock was worth at the end of a day."""
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for (product, _pool), (quantity, value) in worths(session, date).items():
        if product_id in {None, product} and (quantity or value):
            before = sums.get(product, (ZERO, ZERO))
            sums[product] = (before[0] + quantity, before[1] + value)
    products, language, books = products_of(session, sums), session.context.language, books_currency(session)
    rows = [
        Row(
            (
                products[id_].code, name_in(products[id_], language), quantity,
                round(value / quantity, 6) if quantity else None, value,
            ),
            link=Link(report="inventory.moves", parameters={"product": id_}),
        )
        for id_, (quantity, value) in sorted(sums.items(), key=lambda item: products[item[0]].code)
    ]  # fmt: skip
    columns = (
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("unit_cost", _("Cost of one"), "price", currency=books),
        Column("value", _("Value"), "money", total=True, currency=books),
    )
    return Table(columns, rows, title=translate(_("Value of stock"), language), subtitle=on_day(session, date))
