"""Set goods aside: never more than are there, all lines or none, with every balance locked in the order of its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Demand, Reserved

from backoffice.core.api import InvalidInput, Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

from . import announcing
from .facts import Aside, Held
from .models import Reservation
from .picking import fefo
from .places import PlaceFacts, needed
from .shapes import Short
from .shortage import not_enough
from .stored import Stored
from .valuing import ZERO

_ = messages("inventory")


@dataclass(slots=True)
class _Wanted:
    """A demand while it is looked after."""

    demand: Demand
    place: PlaceFacts | None
    has: list[Aside]
    short: Decimal = ZERO

    @property
    def quantity(self) -> Decimal:
        return sum((one.quantity for one in self.has), ZERO)


def reserve(
    session: Session, source: str, demands: Sequence[Demand], partially: bool = False, until: datetime | None = None
) -> list[Reserved]:
    """Set goods aside for the demands of ``source``; see the hook ``products_reserve``."""
    if not demands:
        return []
    stored, places = _locked(session, source, demands)
    found = [_look_after(session, stored, places, source, demand) for demand in demands]
    if not partially and any(one.short for one in found):
        raise _not_enough(stored, found)
    _write(session, stored, source, found, until)
    announcing.say_changed(session, stored, sorted({d.product_id for d in demands if stored.is_counted(d.product_id)}))
    return [Reserved(one.demand.key, _answered(stored, one), one.short) for one in found]


def _locked(session: Session, source: str, demands: Sequence[Demand]) -> tuple[Stored, Any]:
    codes = [demand.place for demand in demands if demand.place]
    places = needed(session, codes)
    products = {demand.product_id for demand in demands}
    stored = Stored.read(session, products, source=source, demands=[d.key for d in demands], worths=False)
    missing = products - stored.products.keys()
    if missing:
        said = _("There is no such product.")
        raise InvalidInput(said, fields={"product": [said]})
    return stored, places


def _answered(stored: Stored, one: _Wanted) -> Decimal:
    return one.quantity if stored.is_counted(one.demand.product_id) else one.demand.quantity


def _look_after(session: Session, stored: Stored, places: Any, source: str, demand: Demand) -> _Wanted:
    has = stored.aside.setdefault(demand.key, [])
    wanted = _Wanted(demand, places.named(demand.place) if demand.place else None, has)
    if not stored.is_counted(demand.product_id):
        return wanted
    for other in [one for one in has if one.product_id != demand.product_id]:
        _less(stored, other, other.quantity)
    own = [one for one in has if one.product_id == demand.product_id]
    more = demand.quantity - sum((one.quantity for one in own), ZERO)
    for one in reversed(own):
        if more < 0:
            some = min(one.quantity, -more)
            _less(stored, one, some)
            more += some
    if more > 0:
        wanted.short = _set_aside(session, stored, wanted, source, more)
    return wanted


def _less(stored: Stored, one: Aside, quantity: Decimal) -> None:
    one.quantity -= quantity
    held = stored.by_key[one.product_id, one.place_id, one.lot]
    held.reserved -= quantity
    held.changed = True


def _set_aside(session: Session, stored: Stored, wanted: _Wanted, source: str, more: Decimal) -> Decimal:
    """Set ``more`` aside where it is free, and return what is short."""
    today = session.today()
    for held in _open_to(stored, wanted, today):
        some = min(more, max(held.free, ZERO))
        if some > 0:
            _more(wanted, held, source, some)
            more -= some
    if more:
        below = next((held for held in _open_to(stored, wanted, today) if held.negative and not held.lot), None)
        if below is None and wanted.place is not None and wanted.place.negative_allowed:
            below = stored.balance(wanted.demand.product_id, wanted.place, 0)
        if below is not None:
            _more(wanted, below, source, more)
            return ZERO
    return more


def _open_to(stored: Stored, wanted: _Wanted, today: date) -> list[Held]:
    demand, found = wanted.demand, []
    for held in stored.balances.get(demand.product_id, ()):
        if held.place_id != wanted.place.id if wanted.place is not None else not held.sells:
            continue
        if held.blocked or (held.expires is not None and held.expires < (demand.needed_on or today)):
            continue
        if demand.lot and (not held.lot or stored.lots[held.lot][2] != demand.lot):
            continue
        found.append(held)
    return sorted(found, key=fefo)


def _more(wanted: _Wanted, held: Held, source: str, quantity: Decimal) -> None:
    held.reserved += quantity
    held.changed = True
    for one in wanted.has:
        if (one.product_id, one.place_id, one.lot) == (held.product_id, held.place_id, held.lot):
            one.quantity += quantity
            return
    wanted.has.append(Aside(None, source, wanted.demand.key, held.product_id, held.place_id, held.lot, quantity))


def _write(session: Session, stored: Stored, source: str, found: Iterable[_Wanted], until: datetime | None) -> None:
    stored.write_balances()
    rows = [(one, wanted.demand) for wanted in {id(w.has): w for w in found}.values() for one in wanted.has]
    gone = [one.id for one, _demand in rows if one.id is not None and one.quantity <= 0]
    if gone:
        session.execute(sa.delete(Reservation).where(Reservation.id.in_(gone)))
    session.change_rows(
        Reservation,
        [
            {"id": one.id, "quantity": one.quantity, "until": until}
            for one, _demand in rows
            if one.id is not None and one.quantity > 0
        ],
    )
    session.write_rows(
        Reservation,
        [
            {
                "source": source, "key": one.key, "product_id": one.product_id, "place_id": one.place_id,
                "lot": one.lot, "quantity": one.quantity, "until": until, "needed_on": demand.needed_on,
            }
            for one, demand in rows
            if one.id is None and one.quantity > 0
        ],
        company_id=stored.company,
    )  # fmt: skip


def _not_enough(stored: Stored, found: Iterable[_Wanted]) -> RuleBroken:
    return not_enough(
        stored,
        [
            Short(one.demand.key, one.demand.product_id, one.demand.quantity, one.demand.quantity - one.short)
            for one in found
            if one.short
        ],
        why=_("Nothing was set aside; lines that are short are named below."),
        remedy=_("Ask for less, for a part, or for another place."),
    )


# -- giving back -------------------------------------------------------------------------------------------------------

OF_KEYS = Read(
    sa.select(Reservation.product_id).where(
        Reservation.company_id == sa.bindparam("company"),
        Reservation.source == sa.bindparam("source"),
        among(Reservation.key, "keys"),
    )
)


def release(session: Session, source: str, keys: Collection[str]) -> bool:
    """Give back what is set aside for the demands ``keys`` of ``source``."""
    asked = {"company": session.company_id, "source": source, "keys": sorted(set(keys))}
    products = {row[0] for row in OF_KEYS.rows(session, **asked)}
    if not products:
        return True
    stored = Stored.read(session, products, source=source, demands=keys, worths=False)
    rows = [one for ones in stored.aside.values() for one in ones]
    for one in rows:
        _less(stored, one, one.quantity)
    stored.write_balances()
    if rows:
        session.execute(sa.delete(Reservation).where(Reservation.id.in_([one.id for one in rows])))
        announcing.say_changed(session, stored, sorted(products))
    return True


def release_expired(session: Session, most: int = 500) -> int:
    """Give back what was set aside until an instant that has passed; return how many demands had it."""
    rows = session.execute(
        sa.select(Reservation.source, Reservation.key)
        .where(Reservation.company_id == session.company_id, Reservation.until <= session.now())
        .order_by(Reservation.id)
        .limit(most)
    ).all()
    by_source: dict[str, set[str]] = {}
    for source, key in rows:
        by_source.setdefault(source, set()).add(key)
    for source, keys in sorted(by_source.items()):
        release(session, source, keys)
    return sum(len(keys) for keys in by_source.values())
