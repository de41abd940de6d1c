"""Goods of orders: set aside, shipped, brought back. Whoever counts goods is asked in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Demand, GoodsDocument, Lot, Moved, Product, exactly, units_of
from backoffice_products.api import Movement as Goods

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import messages

from . import happenings
from .models import Movement, Order, OrderLine, Shipment
from .progress import ZERO, Progress, spread_over
from .standing import locked, progress_of, refresh, require

_ = messages("sales")

SOURCE = "sales"
PATTERNS = {"delivery": "DN/{year}/{n:05}", "return": "RN/{year}/{n:05}"}


def demand_key(order: Order, line: OrderLine) -> str:
    """Return under which key goods are set aside for a line."""
    return f"{order.number}:{line.id}"


def in_own_unit(session: Session, line: Any, quantity: Decimal) -> Decimal:
    """Return a quantity of a line in the unit the product is counted in, exactly or to six decimals."""
    product = session.get(Product, line.product_id)
    if product is None or line.unit_id in (None, product.unit_id):
        return quantity
    units = session.info.setdefault("sales.units", None) or units_of(session)
    session.info["sales.units"] = units
    found = exactly(quantity, units[line.unit_id], units[product.unit_id])
    return round(Decimal(found.numerator) / Decimal(found.denominator), 6)


# -- setting aside ---------------------------------------------------------------------------------------------------


def reserve(session: Session, order: Order, *, until: datetime | None = None) -> bool | None:
    """Set aside what is left to ship of an order; tell whether all of it is, or ``None`` where nobody counts goods.

    Raises :class:`~backoffice.core.api.RuleBroken` naming every short line, where the order says that it is refused
    when goods are missing.
    """
    demands = _demands(session, order)
    if not demands:
        return None
    found = session.hooks.first(
        "products_reserve", session=session, source=SOURCE, demands=demands, partially=True, until=until
    )
    if found is None:
        return None
    short = {one.key: one.short for one in found if one.short > 0}
    if short and order.shortage == "refuse":
        raise short_error(order, short)  # what was set aside is undone with the transaction
    if not short:
        happenings.tell(session, "order_allocated", order)
    return not short


def missing(session: Session, order: Order) -> dict[OrderLine, Decimal]:
    """Return what is missing of each line, in the unit it was ordered in; nothing where nobody counts goods."""
    demands = _demands(session, order)
    found = session.hooks.first(
        "products_reserve", session=session, source=SOURCE, demands=demands, partially=True, until=None
    )
    short = {one.key: one.short for one in found or () if one.short > 0}
    asked = {one.key: one.quantity for one in demands}
    lines = {}
    for line, one in progress_of(session, order).items():
        key = demand_key(order, line)
        if key in short:
            lines[line] = round(one.to_ship * short[key] / asked[key], 6)
    return lines


def _demands(session: Session, order: Order) -> list[Demand]:
    progress = progress_of(session, order)
    return [
        Demand(
            key=demand_key(order, line), product_id=line.product_id,
            quantity=in_own_unit(session, line, one.to_ship), place=order.place,
            needed_on=line.promised_on or order.promised_on,
        )
        for line, one in progress.items()
        if one.to_ship > 0 and line.product_id is not None
    ]  # fmt: skip


def short_error(order: Order, short: Mapping[str, Decimal]) -> RuleBroken:
    """Return the error that names every line of which goods are missing."""
    lines = {demand_key(order, line): line for line in order.lines}
    fields = {
        f"lines.{order.lines.index(lines[key])}.quantity": [
            _("{quantity} of {item} are missing.").with_values(
                quantity=f"{missing.normalize():f}", item=lines[key].item or lines[key].description or ""
            )
        ]
        for key, missing in short.items()
    }
    names = ", ".join(lines[key].item or str(lines[key].description) for key in short)
    return RuleBroken(
        _("Goods are missing: {items}.").with_values(items=names),
        remedy=_("Order less, or let the rest be shipped later."),
        fields=fields,
        short=[{"item": lines[key].item, "short": str(missing)} for key, missing in short.items()],
    )


def release(session: Session, order: Order, lines: Mapping[OrderLine, Decimal]) -> None:
    """Set aside only what is still wanted of lines."""
    progress = progress_of(session, order)
    gone = [demand_key(order, line) for line in lines if line.ships and progress[line].to_ship <= 0]
    if gone:
        session.hooks.first("products_release", session=session, source=SOURCE, keys=gone)
    if any(line.ships and progress[line].to_ship > 0 for line in lines):
        reserve(session, order)


def until_paid(session: Session) -> datetime | None:
    """Return until when goods of an order that is not paid are kept aside."""
    minutes = session.setting("sales", "reservation_minutes")
    return session.now() + timedelta(minutes=int(minutes)) if minutes else None


# -- shipping --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is said of a shipment beside its lines."""

    date: date
    place: str | None = None
    carrier: str | None = None
    tracking: str | None = None
    packages: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """So much of a line that is shipped."""

    line: OrderLine
    quantity: Decimal
    lots: tuple[Lot, ...] = ()
    of: int | None = None
    """The movement it takes back: what comes back was shipped once, what leaves again came back."""
    returns: tuple[str, str] | None = None


@dataclass(slots=True)
class _Move:
    """A shipment on its way."""

    order: Order
    kind: str
    direction: Any
    movement: str
    leaving: Sequence[Leaving]
    parcel: Parcel
    costs: dict[str, Moved] = field(default_factory=dict)


def ship(
    session: Session, order: Order, wanted: Mapping[OrderLine, Decimal] | None, parcel: Parcel, *,
    remainder: str = "open", lots: Mapping[OrderLine, tuple[Lot, ...]] | None = None,
) -> Shipment:  # fmt: skip
    """Ship ``wanted`` of the lines, or all that is left; what remains stays open, is split off, or is cancelled.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than is left, or where goods are missing.
    """
    from . import orders

    locked(session, order)
    require(order, "confirmed")
    progress = progress_of(session, order)
    chosen = wanted if wanted is not None else {line: one.to_ship for line, one in progress.items()}
    leaving = [Leaving(line, quantity, (lots or {}).get(line, ())) for line, quantity in chosen.items() if quantity > 0]
    _require_left(leaving, progress)
    made = _move(session, _Move(order, "delivery", "delivery", "shipped", leaving, parcel))
    _deal_with_rest(session, order, [one.line for one in leaving], remainder, orders)
    refresh(session, order)
    happenings.tell(session, "order_shipped", order, shipment=made.number, complete=order.goods_state == "shipped")
    return made


def _deal_with_rest(session: Session, order: Order, lines: Sequence[OrderLine], remainder: str, orders: Any) -> None:
    if remainder == "backorder":
        made = orders.split(session, order, lines)
        if made:
            keys = [demand_key(order, one.line) for one in made]
            session.hooks.first("products_release", session=session, source=SOURCE, keys=keys)
            reserve(session, order)
    elif remainder == "cancel":
        left = {line: one.to_ship for line, one in progress_of(session, order).items() if line in lines}
        orders.cancel_lines(session, order, {line: quantity for line, quantity in left.items() if quantity > 0})


def _require_left(leaving: Sequence[Leaving], progress: Mapping[OrderLine, Progress]) -> None:
    if not leaving:
        raise RuleBroken(_("Nothing is left to ship."), remedy=_("Look at the order again."))
    fields = {}
    for number, one in enumerate(leaving):
        left = progress[one.line].to_ship
        if one.quantity > left:
            said = _("{left} of {item} are left to ship, {quantity} were asked for.")
            fields[f"lines.{number}.quantity"] = [
                said.with_values(
                    left=f"{left.normalize():f}", item=one.line.item or "", quantity=f"{one.quantity.normalize():f}"
                )
            ]
    if fields:
        raise RuleBroken(
            _("More than was ordered is not shipped."), remedy=_("Raise the quantity of the line."), fields=fields
        )


def _move(session: Session, move: _Move) -> Shipment:
    """Write the shipment and let the goods move."""
    order, parcel = move.order, move.parcel
    shipment = Shipment(
        kind=move.kind, order_id=order.id, party_id=order.party_id, date=parcel.date, place=parcel.place or order.place,
        carrier=parcel.carrier, tracking=parcel.tracking, packages=parcel.packages, reason=parcel.reason, number="",
        company_id=order.company_id,
    )  # fmt: skip
    session.number(
        series=f"sales.{move.kind}", company_id=order.company_id, year=parcel.date.year, pattern=PATTERNS[move.kind],
        assign=lambda text: setattr(shipment, "number", text),
    )  # fmt: skip
    session.settle()
    session.add(shipment)
    session.flush()
    move.costs = _counted(session, move, shipment)
    for number, one in enumerate(move.leaving):
        session.add(_movement(shipment, move, one, move.costs.get(str(number))))
    session.flush()
    return shipment


def _movement(shipment: Shipment, move: _Move, one: Leaving, moved: Moved | None) -> Movement:
    lots = moved.lots if moved is not None and moved.lots else one.lots
    return Movement(
        order_id=move.order.id, company_id=move.order.company_id, line_id=one.line.id, kind=move.movement,
        quantity=one.quantity, date=shipment.date, shipment_id=shipment.id, of_id=one.of,
        cost=moved.cost if moved is not None else None,
        lots=", ".join(lot.code for lot in lots)[:400] or None,
    )  # fmt: skip


def _counted(session: Session, move: _Move, shipment: Shipment) -> dict[str, Moved]:
    """Let whoever counts goods move them; what they cost by line, nothing where nobody counts."""
    movements = [
        Goods(
            key=str(number), product_id=one.line.product_id, quantity=in_own_unit(session, one.line, one.quantity),
            place=shipment.place, lots=one.lots, returns=one.returns,
            demand=demand_key(move.order, one.line) if move.movement == "shipped" else None,
        )
        for number, one in enumerate(move.leaving)
        if one.line.product_id is not None and one.line.ships
    ]  # fmt: skip
    if not movements:
        return {}
    document = GoodsDocument(
        source=SOURCE, key=shipment.number, kind=move.direction, date=shipment.date, party_id=shipment.party_id,
        reference=move.order.number,
    )  # fmt: skip
    found = session.hooks.first("products_move", session=session, document=document, movements=movements)
    return {one.key: one for one in found or ()}


# -- coming back -----------------------------------------------------------------------------------------------------


def bring_back(session: Session, order: Order, wanted: Mapping[OrderLine, Decimal], parcel: Parcel) -> Shipment:
    """Take goods back that were shipped; they bear the cost they left at.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than the customer has.
    """
    locked(session, order)
    require(order, "confirmed", "done", "cancelled")
    progress = progress_of(session, order)
    fields = {
        f"lines.{n}.quantity": [
            _("The customer has {left} of {item}.").with_values(
                left=f"{progress[line].delivered.normalize():f}", item=line.item or ""
            )
        ]
        for n, (line, quantity) in enumerate(wanted.items())
        if quantity > progress[line].delivered or not line.ships
    }
    if fields:
        raise RuleBroken(_("More than was shipped does not come back."), fields=fields)
    leaving = [one for line, quantity in wanted.items() for one in _from_shipments(session, line, quantity)]
    if not leaving:
        raise RuleBroken(_("Nothing comes back."), remedy=_("Say which lines, and how much."))
    made = _move(session, _Move(order, "return", "customer_return", "returned", leaving, parcel))
    refresh(session, order)
    happenings.tell(session, "order_returned", order, shipment=made.number)
    return made


def _from_shipments(session: Session, line: OrderLine, quantity: Decimal) -> list[Leaving]:
    """Share what comes back out over what was shipped, the first shipments first."""
    rows = _left_of(session, line, ("shipped", "reshipped"), ("returned",))
    numbers = {row.id: (row.shipment_number, row.id) for row in rows}
    places = _places(session, [row.shipment_id for row in rows])
    parts = spread_over(quantity, [(row.id, row.left) for row in rows])
    return [Leaving(line, part, of=id_, returns=(numbers[id_][0], places.get(id_, "0"))) for id_, part in parts]


@dataclass(frozen=True, slots=True)
class _Left:
    id: int
    shipment_id: int | None
    shipment_number: str
    left: Decimal


def _left_of(session: Session, line: OrderLine, kinds: Sequence[str], against: Sequence[str]) -> list[_Left]:
    """Return movements of a line with what is not taken back of each."""
    rows = session.execute(
        sa.select(Movement.id, Movement.shipment_id, Shipment.number, Movement.quantity)
        .join(Shipment, Shipment.id == Movement.shipment_id)
        .where(Movement.line_id == line.id, Movement.kind.in_(kinds))
        .order_by(Movement.id)
    ).all()
    back = dict(
        session.execute(
            sa.select(Movement.of_id, sa.func.sum(Movement.quantity))
            .where(Movement.line_id == line.id, Movement.kind.in_(against), Movement.of_id.is_not(None))
            .group_by(Movement.of_id)
        ).all()
    )
    return [
        _Left(id_, shipment, number, quantity - (back.get(id_) or ZERO)) for id_, shipment, number, quantity in rows
    ]


def _places(session: Session, shipments: Sequence[int | None]) -> dict[int, str]:
    """Return under which key each movement of some shipments moved: its place among the lines."""
    wanted = sorted({id_ for id_ in shipments if id_ is not None})
    rows = session.execute(
        sa.select(Movement.id, Movement.shipment_id).where(Movement.shipment_id.in_(wanted)).order_by(Movement.id)
    )
    seen: dict[int, int] = {}
    found = {}
    for id_, shipment in rows:
        place = seen.get(shipment or 0, 0)
        found[id_] = str(place)
        seen[shipment or 0] = place + 1
    return found


def send_again(session: Session, order: Order, wanted: Mapping[OrderLine, Decimal], parcel: Parcel) -> Shipment:
    """Ship again what came back: a return that is taken back, or goods that were exchanged."""
    locked(session, order)
    require(order, "confirmed", "done", "cancelled")
    progress = progress_of(session, order)
    if any(quantity > progress[line].away for line, quantity in wanted.items()):
        raise RuleBroken(_("Only what came back is shipped again."), remedy=_("Ship the rest as usual."))
    leaving = []
    for line, quantity in wanted.items():
        rows = _left_of(session, line, ("returned",), ("reshipped",))
        leaving += [Leaving(line, part, of=id_) for id_, part in spread_over(quantity, [(r.id, r.left) for r in rows])]
    if not leaving:
        raise RuleBroken(_("Nothing is left to ship."), remedy=_("Look at the order again."))
    made = _move(session, _Move(order, "delivery", "delivery", "reshipped", leaving, parcel))
    refresh(session, order)
    happenings.tell(session, "order_shipped", order, shipment=made.number, complete=order.goods_state == "shipped")
    return made
