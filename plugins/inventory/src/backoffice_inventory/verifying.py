"""Compare everything that follows from the moves with the moves, name what drifted, and write it anew."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Product

from backoffice.core.api import ReadingSession, Session
from backoffice.hookspecs import messages

from . import replaying
from .models import MONEY, QUANTITY, Balance, Consumption, Document, Layer, Move, Place, Reservation, ValueChange, Worth
from .stored import Stored
from .valuing import ZERO

_ = messages("inventory")

Drift = dict[str, Any]


def check(session: Session) -> dict[str, Any]:
    """Compare balances, what is set aside, layers, worth, what was asked of the books and the books with the moves."""
    _hold(session)
    found = [
        *_balances(session),
        *_reserved(session),
        *_worths(session),
        *_layers(session),
        *_consumptions(session),
        *_postings(session),
    ]
    codes = dict(session.execute(sa.select(Product.id, Product.code)).all()) if found else {}
    for one in found:
        one["product"] = codes.get(one.pop("product_id"), "")
    return {"right": not found, "drift": found}


def _hold(session: Session) -> None:
    """Keep others from moving goods while it is compared; on SQLite nobody else writes meanwhile."""
    if session.dialect == "postgresql" and not isinstance(session, ReadingSession):
        statement = sa.select(Worth.id).where(Worth.company_id == session.company_id)
        session.execute(statement.order_by(Worth.product_id, Worth.pool).with_for_update()).all()
        held = sa.select(Balance.id).where(Balance.company_id == session.company_id)
        order = (Balance.product_id, Balance.place_id, Balance.lot)
        session.execute(held.order_by(*order).with_for_update()).all()


def _drift(kind: str, product_id: int, where: Any, stored: Decimal, right: Decimal) -> Drift:
    return {"kind": kind, "product_id": product_id, "where": str(where), "stored": stored, "right": right}


def _summed(column: Any, type_: Any) -> Any:
    return sa.type_coerce(sa.func.sum(column), type_)


def right_balances(session: Session) -> dict[tuple[int, int, int], Decimal]:
    """Return what the moves add up to, by product, place of our own, and lot."""
    ours = set(
        session.scalars(
            sa.select(Place.id).where(Place.company_id == session.company_id, Place.kind.in_(["internal", "transit"]))
        )
    )
    found: dict[tuple[int, int, int], Decimal] = {}
    for column, sign in ((Move.to_id, 1), (Move.from_id, -1)):
        rows = session.execute(
            sa.select(Move.product_id, column, Move.lot_id, _summed(Move.quantity, QUANTITY))
            .where(Move.company_id == session.company_id)
            .group_by(Move.product_id, column, Move.lot_id)
        )
        for product, place, lot, quantity in rows:
            if place in ours:
                key = (product, place, lot or 0)
                found[key] = found.get(key, ZERO) + sign * quantity
    return found


def _balances(session: Session) -> Iterator[Drift]:
    right = right_balances(session)
    stored = {
        (row.product_id, row.place_id, row.lot): row.on_hand
        for row in session.execute(
            sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.on_hand).where(
                Balance.company_id == session.company_id
            )
        )
    }
    names = dict(session.execute(sa.select(Place.id, Place.code)).all())
    for key in sorted(right.keys() | stored.keys()):
        there, should = stored.get(key, ZERO), right.get(key, ZERO)
        if there != should:
            yield _drift("balance", key[0], names[key[1]], there, should)


def right_reserved(session: Session) -> dict[tuple[int, int, int], Decimal]:
    """Return what the reservations add up to, by product, place and lot."""
    rows = session.execute(
        sa.select(
            Reservation.product_id, Reservation.place_id, Reservation.lot, _summed(Reservation.quantity, QUANTITY)
        )
        .where(Reservation.company_id == session.company_id)
        .group_by(Reservation.product_id, Reservation.place_id, Reservation.lot)
    )
    return {(product, place, lot): quantity for product, place, lot, quantity in rows}


def _reserved(session: Session) -> Iterator[Drift]:
    right = right_reserved(session)
    rows = session.execute(
        sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.reserved).where(
            Balance.company_id == session.company_id
        )
    ).all()
    stored = {(row.product_id, row.place_id, row.lot): row.reserved for row in rows}
    names = dict(session.execute(sa.select(Place.id, Place.code)).all())
    for key in sorted(right.keys() | stored.keys()):
        if stored.get(key, ZERO) != right.get(key, ZERO):
            yield _drift("reserved", key[0], names[key[1]], stored.get(key, ZERO), right.get(key, ZERO))


def right_worths(session: Session) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """Return quantity and value by product and by whose cost it shares, from the moves and changes of value."""
    places = {
        row.id: row
        for row in session.execute(
            sa.select(Place.id, Place.kind, Place.pool, Place.consigned).where(Place.company_id == session.company_id)
        )
    }
    sums: dict[tuple[int, int], list[Decimal]] = {}
    rows = session.execute(
        sa.select(
            Move.product_id, Move.from_id, Move.to_id, _summed(Move.quantity, QUANTITY), _summed(Move.value, MONEY),
            _summed(Move.difference, MONEY),
        )
        .where(Move.company_id == session.company_id)
        .group_by(Move.product_id, Move.from_id, Move.to_id)
    )  # fmt: skip
    for product, from_id, to_id, quantity, value, difference in rows:
        origin, target = places[from_id], places[to_id]
        leaves = origin.kind in {"internal", "transit"} and not origin.consigned
        comes = target.kind in {"internal", "transit"} and not target.consigned
        if leaves and comes and origin.pool == target.pool:
            continue
        if leaves:
            _add(sums, (product, origin.pool), -quantity, -value)
        if comes:
            _add(sums, (product, target.pool), quantity, value - difference if leaves else value)
    changes = session.execute(
        sa.select(ValueChange.product_id, ValueChange.pool, _summed(ValueChange.amount, MONEY))
        .where(ValueChange.company_id == session.company_id)
        .group_by(ValueChange.product_id, ValueChange.pool)
    )
    for product, pool, amount in changes:
        _add(sums, (product, pool), ZERO, amount)
    return {key: (quantity, value) for key, (quantity, value) in sums.items()}


def _add(sums: dict[tuple[int, int], list[Decimal]], key: tuple[int, int], quantity: Decimal, value: Decimal) -> None:
    pair = sums.setdefault(key, [ZERO, ZERO])
    pair[0] += quantity
    pair[1] += value


def _worths(session: Session) -> Iterator[Drift]:
    right = right_worths(session)
    rows = session.execute(
        sa.select(Worth.product_id, Worth.pool, Worth.quantity, Worth.value).where(
            Worth.company_id == session.company_id
        )
    ).all()
    stored = {(row.product_id, row.pool): (row.quantity, row.value) for row in rows}
    for key in sorted(right.keys() | stored.keys()):
        there, should = stored.get(key, (ZERO, ZERO)), right.get(key, (ZERO, ZERO))
        if there[0] != should[0]:
            yield _drift("quantity", key[0], key[1] or "", there[0], should[0])
        if there[1] != should[1]:
            yield _drift("value", key[0], key[1] or "", there[1], should[1])


def _layers(session: Session) -> Iterator[Drift]:
    rows = session.execute(
        sa.select(
            Layer.product_id, Layer.pool, _summed(Layer.left_quantity, QUANTITY).label("quantity"),
            _summed(Layer.left_value, MONEY).label("value"),
        )
        .where(Layer.company_id == session.company_id)
        .group_by(Layer.product_id, Layer.pool)
    )  # fmt: skip
    layers = {(row.product_id, row.pool): (row.quantity, row.value) for row in rows}
    worths = session.execute(
        sa.select(Worth.product_id, Worth.pool, Worth.quantity, Worth.value).where(
            Worth.company_id == session.company_id, Worth.method.in_(["fifo", "lifo"])
        )
    )
    for product, pool, quantity, value in worths:
        there = layers.get((product, pool), (ZERO, ZERO))
        if there[0] != quantity:
            yield _drift("layers", product, pool or "", there[0], quantity)
        if there[1] != value:
            yield _drift("layer values", product, pool or "", there[1], value)


def _consumptions(session: Session) -> Iterator[Drift]:
    """Compare what was taken of layers with what is left of them."""
    taken = (
        sa.select(Consumption.layer_id, _summed(Consumption.quantity, QUANTITY).label("used"))
        .where(Consumption.company_id == session.company_id)
        .group_by(Consumption.layer_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Layer.product_id, Layer.id, Layer.quantity, Layer.left_quantity, taken.c.used)
        .join(taken, taken.c.layer_id == Layer.id)
        .where(
            Layer.company_id == session.company_id,
            Layer.quantity > 0,
            Layer.quantity - Layer.left_quantity != taken.c.used,
        )
    )
    for product, layer, quantity, left, used in rows:
        yield _drift("consumption", product, layer, quantity - left, used)


def _postings(session: Session) -> Iterator[Drift]:
    """Compare what the books were asked to hold as stock, and what they hold, with what it is worth."""
    asked = session.scalar(sa.select(_summed(Document.asked, MONEY)).where(Document.company_id == session.company_id))
    right = sum((value for _quantity, value in right_worths(session).values()), ZERO)
    if (asked or ZERO) != right:
        yield _drift("books", 0, "inventory", asked or ZERO, right)
    for held in session.hooks.call("accounting_stands_at", session=session, purpose="inventory"):
        if held != right:
            yield _drift("ledger", 0, "inventory", held, right)


# -- writing anew ------------------------------------------------------------------------------------------------------


def rebuild(session: Session) -> dict[str, Any]:
    """Write balances, what is set aside, worth and layers again from the moves and the reservations."""
    _hold(session)
    before = len(check(session)["drift"])
    _rebuild_balances(session)
    products = sorted({product for product, _pool in right_worths(session)})
    stored = Stored.read(session, products)
    stored.make_worths(right_worths(session))
    for product in products:
        if any(v.method != "standard" for (one, _pool), v in stored.worths.items() if one == product):
            replaying.keep(session, stored, product, replaying.Replay(session, product, stored).run())
    _rebuild_worths(session, stored)
    after = check(session)
    return {"drift_before": before, "drift_after": len(after["drift"])}


def _rebuild_balances(session: Session) -> None:
    right, reserved = right_balances(session), right_reserved(session)
    rows = session.scalars(sa.select(Balance).where(Balance.company_id == session.company_id)).all()
    known = {(row.product_id, row.place_id, row.lot): row for row in rows}
    negative = dict(session.execute(sa.select(Place.id, Place.negative_allowed)).all())
    for key in sorted(right.keys() | known.keys() | reserved.keys()):
        row = known.get(key)
        if row is None:
            row = Balance(
                product_id=key[0], place_id=key[1], lot=key[2], negative=negative[key[1]],
                company_id=session.company_id,
            )  # fmt: skip
            session.add(row)
        row.on_hand, row.reserved = right.get(key, ZERO), reserved.get(key, ZERO)
    session.flush()


def _rebuild_worths(session: Session, stored: Stored) -> None:
    rows = []
    for key, (quantity, value) in sorted(right_worths(session).items()):
        rows.append({"id": stored.worths[key].id, "quantity": quantity, "value": value})
    session.change_rows(Worth, rows)
