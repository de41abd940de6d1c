"""Goods that arrive and go back: receipts with their cost, handed to whoever counts goods in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import GoodsDocument, Lot, Product, exactly, units_of
from backoffice_products.api import Movement as Goods
from backoffice_taxes.api import Line, compute

from backoffice.core.api import Company, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Movement, Order, OrderLine, Receipt
from .orders import locked, progress_of, refresh, require, tell
from .pricing import Terms
from .progress import ZERO

_ = messages("purchasing")

SOURCE = "purchasing"
PATTERNS = {"receipt": "GR/{year}/{n:05}", "return": "RS/{year}/{n:05}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What is said of a receipt beside its lines."""

    date: date
    place: str | None = None
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a line that arrives or goes back."""

    line: OrderLine
    quantity: Decimal
    lots: tuple[Lot, ...] = ()
    of: int | None = None
    returns: tuple[str, str] | None = None


def receive(
    session: Session, order: Order, wanted: Mapping[OrderLine, Decimal] | None, arrival: Arrival,
    lots: Mapping[OrderLine, tuple[Lot, ...]],
) -> Receipt:  # fmt: skip
    """Take in what arrives of an order, or all that is left.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than was ordered, beyond what the company accepts.
    """
    locked(session, order)
    require(order, "confirmed")
    progress = progress_of(session, order)
    chosen = wanted if wanted is not None else {line: one.to_receive for line, one in progress.items()}
    over = Decimal(str(session.setting("purchasing", "over_receipt") or 0))
    fields = {
        f"lines.{n}.quantity": [
            _("{left} of {item} are expected, {quantity} arrived.").with_values(
                left=f"{progress[line].to_receive.normalize():f}", item=line.item or "",
                quantity=f"{quantity.normalize():f}",
            )
        ]
        for n, (line, quantity) in enumerate(chosen.items())
        if quantity > progress[line].to_receive + progress[line].wanted * over / 100 or not line.goods
    }  # fmt: skip
    fields = {name: said for name, said in fields.items() if said} if wanted is not None else {}
    if fields:
        raise RuleBroken(
            _("More arrived than was ordered."), remedy=_("Raise the order, or send the rest back."), fields=fields
        )
    parts = [Part(line, quantity, lots.get(line, ())) for line, quantity in chosen.items() if quantity > 0]
    made = _move(session, order, "receipt", parts, arrival)
    tell(session, "goods_received", order, receipt=made.number, complete=order.receipt_state == "received")
    return made


def send_back(session: Session, order: Order, wanted: Mapping[OrderLine, Decimal], arrival: Arrival) -> Receipt:
    """Send goods back to the supplier, at the cost they came at.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than arrived.
    """
    locked(session, order)
    require(order, "confirmed", "done")
    progress = progress_of(session, order)
    if any(quantity > progress[line].kept or not line.goods for line, quantity in wanted.items()):
        raise RuleBroken(_("More than arrived is not sent back."), remedy=_("Look at the receipts of the order."))
    parts = [part for line, quantity in wanted.items() for part in _from_receipts(session, line, quantity)]
    made = _move(session, order, "return", parts, arrival)
    tell(session, "goods_returned", order, receipt=made.number)
    return made


def _from_receipts(session: Session, line: OrderLine, quantity: Decimal) -> list[Part]:
    """Share what goes back out over what arrived, the last receipts first."""
    rows = session.execute(
        sa.select(Movement.id, Movement.quantity, Movement.place_in_receipt, Receipt.number)
        .join(Receipt, Receipt.id == Movement.receipt_id)
        .where(Movement.line_id == line.id, Movement.kind == "received")
        .order_by(Movement.id.desc())
    ).all()
    back: dict[int | None, Decimal] = dict(
        session.execute(
            sa.select(Movement.of_id, sa.func.sum(Movement.quantity))
            .where(Movement.line_id == line.id, Movement.kind == "returned")
            .group_by(Movement.of_id)
        ).all()
    )
    parts = []
    for id_, received, place, number in rows:
        part = min(received - (back.get(id_) or ZERO), quantity)
        if part > 0:
            parts.append(Part(line, part, of=id_, returns=(number, str(place))))
            quantity -= part
    return parts


def _move(session: Session, order: Order, kind: str, parts: Sequence[Part], arrival: Arrival) -> Receipt:
    if not parts:
        raise RuleBroken(_("Nothing is left to move."), remedy=_("Look at the order again."))
    receipt = Receipt(
        kind=kind, order_id=order.id, party_id=order.party_id, company_id=order.company_id, date=arrival.date,
        place=arrival.place or order.place, reference=arrival.reference, reason=arrival.reason, number="",
    )  # fmt: skip
    session.number(
        series=f"purchasing.{kind}", company_id=order.company_id, year=arrival.date.year, pattern=PATTERNS[kind],
        assign=lambda text: setattr(receipt, "number", text),
    )  # fmt: skip
    session.settle()
    session.add(receipt)
    session.flush()
    _counted(session, order, receipt, parts)
    for place, part in enumerate(parts):
        session.add(
            Movement(
                order_id=order.id, company_id=order.company_id, line_id=part.line.id, quantity=part.quantity,
                kind="received" if kind == "receipt" else "returned", date=receipt.date, receipt_id=receipt.id,
                of_id=part.of, lots=", ".join(lot.code for lot in part.lots)[:400] or None, place_in_receipt=place,
            )
        )  # fmt: skip
    refresh(session, order)
    return receipt


def _counted(session: Session, order: Order, receipt: Receipt, parts: Sequence[Part]) -> None:
    """Let whoever counts goods move them, at what they cost in the company's currency."""
    terms = Terms(session)
    movements = []
    for place, part in enumerate(parts):
        if part.line.product_id is None or not part.line.goods:
            continue
        own = in_own_unit(session, part.line, part.quantity)
        cost = unit_cost(terms, order, part.line, own / part.quantity) if receipt.kind == "receipt" else None
        movements.append(
            Goods(
                key=str(place), product_id=part.line.product_id, quantity=own, place=receipt.place, lots=part.lots,
                unit_cost=cost, returns=part.returns,
            )
        )  # fmt: skip
    if not movements:
        return
    direction: Any = "receipt" if receipt.kind == "receipt" else "supplier_return"
    document = GoodsDocument(SOURCE, receipt.number, direction, receipt.date, receipt.party_id, order.number)
    session.hooks.first("products_move", session=session, document=document, movements=movements)


def in_own_unit(session: Session, line: Any, quantity: Decimal) -> Decimal:
    """Return a quantity of a line in the unit its product is counted in."""
    product = session.get(Product, line.product_id)
    if product is None or line.unit_id in (None, product.unit_id):
        return quantity
    units = units_of(session)
    found = exactly(quantity, units[line.unit_id], units[product.unit_id])
    return round(Decimal(found.numerator) / Decimal(found.denominator), 6)


def unit_cost(terms: Terms, order: Order, line: OrderLine, per: Decimal) -> Decimal:
    """Return what one unit of the product costs: the net price, and the tax that is not recovered, in the books."""
    done = compute(
        [Line(unit_price=line.unit_price or ZERO, quantity=line.quantity, discount=line.discount,
              taxes=terms.taxes(line.taxes, order.date))],
        order.currency, rounding=terms.rounding, direction="purchase",
    )  # fmt: skip
    cost = done.lines[0].cost / line.quantity / per
    company: Company = terms.company
    if order.currency != company.currency:
        cost *= terms.prices.rate(order.currency, company.currency, order.date)
    return round(cost, 6)
