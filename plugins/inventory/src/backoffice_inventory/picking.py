"""Choose what leaves: what was set aside for the line, then what expires first, then the places in their order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from .facts import Aside, Held
from .loading import LAST
from .models import Place, Reservation
from .places import COLUMNS, PlaceFacts
from .shapes import Line, Paper
from .stored import Stored
from .valuing import ZERO

if TYPE_CHECKING:
    from .moving import Mover

Pick = tuple[PlaceFacts, int, Decimal]
"""A place, a lot (0 for none) and how much of it."""


def fefo(held: Held) -> tuple[date, int, int, int]:
    """Return the order in which balances are used: what expires first, then by place, then by lot."""
    return (held.expires or LAST, held.sequence, held.place_id, held.lot)


def candidates(stored: Stored, line: Line, today: date) -> list[Held]:
    """Return the balances a line may be taken from, in their order."""
    codes = {lot.code for lot in line.lots}
    found = []
    for held in stored.balances.get(line.product_id, ()):
        if held.place_id != line.origin.id if line.origin is not None else not held.sells:
            continue
        if codes and (held.lot not in stored.lots or stored.lots[held.lot][2] not in codes):
            continue
        if not codes and not line.any_lot and (held.blocked or (held.expires is not None and held.expires < today)):
            continue
        found.append(held)
    return sorted(found, key=fefo)


def pick(mover: Mover, paper: Paper, line: Line) -> tuple[list[Pick], Decimal]:
    """Take ``line`` off the balances and return where from, and what is short."""
    stored = mover.stored
    found = candidates(stored, line, mover.session.today())
    _know(mover, found)
    picks: dict[tuple[int, int], Decimal] = {}
    left = line.quantity
    limits = {lot.code: lot.quantity for lot in line.lots}
    for held, own in [*_own(stored, line, found), *((held, None) for held in found)]:
        some = min(left, own.quantity if own is not None else max(held.free, ZERO))
        if held.lot and limits:
            some = min(some, limits[stored.lots[held.lot][2]])
        if some <= 0:
            continue
        _take(held, some, own, picks)
        if held.lot and limits:
            limits[stored.lots[held.lot][2]] -= some
        left -= some
    if left and not line.lots:
        left = _below_zero(mover, line, found, left, picks)
    if left and stored.policy.taking_reserved == "take":
        left = _take_reserved(mover, line, found, left, picks)
    _use_up(stored, line)
    return [(mover.places.by_id[place], lot, quantity) for (place, lot), quantity in picks.items()], left


def _know(mover: Mover, found: Iterable[Held]) -> None:
    """Learn of places that were not read with the usual ones."""
    missing = sorted({held.place_id for held in found} - mover.places.by_id.keys())
    if missing:
        for row in mover.session.execute(sa.select(*COLUMNS).where(Place.id.in_(missing))):
            mover.places.by_id[row[0]] = PlaceFacts(*tuple(row))


def _own(stored: Stored, line: Line, found: list[Held]) -> list[tuple[Held, Aside | None]]:
    """Return what was set aside for the line, with its balances."""
    allowed = {(held.place_id, held.lot): held for held in found}
    return [
        (allowed[one.place_id, one.lot], one)
        for one in stored.aside.get(line.demand or "", ())
        if one.product_id == line.product_id and (one.place_id, one.lot) in allowed
    ]


def _take(held: Held, some: Decimal, own: Aside | None, picks: dict[tuple[int, int], Decimal]) -> None:
    held.on_hand -= some
    held.changed = True
    if own is not None:
        held.reserved -= some
        own.quantity -= some
    picks[held.place_id, held.lot] = picks.get((held.place_id, held.lot), ZERO) + some


def _below_zero(
    mover: Mover, line: Line, found: list[Held], left: Decimal, picks: dict[tuple[int, int], Decimal]
) -> Decimal:
    """Take what is not there from a place that may go below zero."""
    if mover.stored.item(line.product_id).tracking != "none":
        return left
    held = next((one for one in found if one.negative), None)
    if held is None:
        place = line.origin or next((p for p in mover.places.by_id.values() if p.receives and p.sells), None)
        if place is None or not place.negative_allowed or not place.ours:
            return left
        held = mover.stored.balance(line.product_id, place, 0)
    _take(held, left, None, picks)
    return ZERO


def _take_reserved(
    mover: Mover, line: Line, found: list[Held], left: Decimal, picks: dict[tuple[int, int], Decimal]
) -> Decimal:
    """Take goods that are there but set aside for others, the youngest first; those lose them."""
    for held in found:
        if not left or held.reserved <= 0:
            continue
        rows = mover.session.scalars(
            sa.select(Reservation)
            .where(
                Reservation.product_id == held.product_id,
                Reservation.place_id == held.place_id,
                Reservation.lot == held.lot,
            )
            .order_by(Reservation.id.desc())
        ).all()
        own = {one.id for ones in mover.stored.aside.values() for one in ones}
        for row in rows:
            if row.id in own or not left:
                continue
            some = min(left, row.quantity)
            row.quantity -= some
            if not row.quantity:
                mover.session.delete(row)
            held.reserved -= some
            _take(held, some, None, picks)
            left -= some
    return left


def _use_up(stored: Stored, line: Line) -> None:
    """Give back what was set aside for the line and taken from elsewhere."""
    if not line.demand:
        return
    rows = [one for one in stored.aside.get(line.demand, ()) if one.product_id == line.product_id]
    key = (line.demand, line.product_id)
    stored.fulfilled[key] = stored.fulfilled.get(key, ZERO) + line.quantity
    kept = max(sum((one.before for one in rows), ZERO) - stored.fulfilled[key], ZERO)
    more = sum((one.quantity for one in rows), ZERO) - kept
    for one in rows:
        some = min(one.quantity, more)
        if some <= 0:
            continue
        one.quantity -= some
        more -= some
        held = stored.by_key[one.product_id, one.place_id, one.lot]
        held.reserved -= some
        held.changed = True


def write_aside(mover: Mover) -> None:
    """Write what is left of reservations that were used."""
    rows = [one for ones in mover.stored.aside.values() for one in ones if one.id is not None]
    gone = [one.id for one in rows if one.quantity <= 0]
    session = mover.session
    if gone:
        session.execute(sa.delete(Reservation).where(Reservation.id.in_(gone)))
    session.change_rows(
        Reservation, [{"id": one.id, "quantity": one.quantity} for one in rows if ZERO < one.quantity != one.before]
    )
