"""What people and programs do with purchasing. The rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice_products.api import Lot

from backoffice.core.api import InvalidInput, Session
from backoffice.hookspecs import messages

from . import billing, orders, receiving
from .models import Bill, Order, OrderLine, Request

_ = messages("purchasing")

Answer = Callable[[], dict[str, Any]]


def _said(order: Order, **more: Any) -> Answer:
    return lambda: {
        "id": order.id, "number": order.number, "state": order.state, "receipt": order.receipt_state,
        "bills": order.bill_state, "total": order.total, **more,
    }  # fmt: skip


def send_request(session: Session, request: Request) -> Answer:
    """Give a request for quotation its number."""
    orders.send_request(session, request)
    return lambda: {"id": request.id, "number": request.number}


def record_offer(session: Session, request: Request, **offer: Any) -> dict[str, Any]:
    """Note what a supplier offers."""
    made = orders.record_offer(session, request, **offer)
    return {"id": made.id, "request": request.id}


def award_request(
    session: Session, request: Request, *, chosen: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Make draft orders of offers."""
    made = orders.award(session, request, chosen)
    return {"id": request.id, "orders": [order.id for order in made]}


def confirm_order(session: Session, order: Order) -> Answer:
    """Place an order, or ask a second person."""
    orders.confirm(session, order)
    return _said(order)


def approve_order(session: Session, order: Order) -> Answer:
    """Agree to an order as a second person."""
    orders.approve(session, order)
    return _said(order)


def refuse_order(session: Session, order: Order) -> Answer:
    """Give an order back as a draft."""
    orders.refuse(session, order)
    return _said(order)


def cancel_order(session: Session, order: Order, *, reason: str) -> Answer:
    """Cancel what did not arrive."""
    orders.cancel(session, order, reason)
    return _said(order)


def _chosen(
    order: Order, lines: Sequence[Mapping[str, Any]]
) -> tuple[dict[OrderLine, Decimal], dict[OrderLine, tuple[Lot, ...]]]:
    wanted: dict[OrderLine, Decimal] = {}
    lots: dict[OrderLine, tuple[Lot, ...]] = {}
    for one in lines:
        line = orders.line_of(order, one["line"])
        if one["quantity"] <= 0:
            said = _("Give a quantity above zero.")
            raise InvalidInput(said, fields={"lines": [said]})
        wanted[line] = wanted.get(line, Decimal(0)) + one["quantity"]
        if one.get("lot"):
            lots[line] = (*lots.get(line, ()), Lot(one["lot"], one["quantity"], one.get("expires")))
    return wanted, lots


def receive_goods(
    session: Session, order: Order, *, lines: Sequence[Mapping[str, Any]] | None = None, date: date | None = None,
    place: str | None = None, reference: str | None = None,
) -> Answer:  # fmt: skip
    """Take in what arrives."""
    wanted, lots = _chosen(order, lines) if lines else (None, {})
    arrival = receiving.Arrival(date=date or session.today(), place=place, reference=reference)
    made = receiving.receive(session, order, wanted, arrival, lots)
    return _said(order, receipt_number=made.number, receipt_id=made.id)


def return_goods(
    session: Session, order: Order, *, lines: Sequence[Mapping[str, Any]], reason: str, date: date | None = None,
    place: str | None = None,
) -> Answer:  # fmt: skip
    """Send goods back to the supplier."""
    wanted, _lots = _chosen(order, lines)
    arrival = receiving.Arrival(date=date or session.today(), place=place, reason=reason)
    made = receiving.send_back(session, order, wanted, arrival)
    return _said(order, receipt_number=made.number, receipt_id=made.id)


def record_bill(
    session: Session, order: Order, *, number: str, date: date, total: Decimal, kind: str = "bill",
    due_date: date | None = None, lines: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Record a bill or credit note of the supplier; its lines are, left out, all that may be billed."""
    said = _billed(session, order, lines, kind)
    made = billing.record(session, order, number=number, on=date, total=total, said=said, kind=kind, due=due_date)
    return {"id": made.id, "state": made.state, "differences": made.differences or [], "order": order.bill_state}


def _billed(
    session: Session, order: Order, lines: Sequence[Mapping[str, Any]] | None, kind: str
) -> dict[OrderLine, tuple[Decimal, Decimal]]:
    if not lines:
        sign = -1 if kind == "bill_credit" else 1
        left = {line: sign * one.to_bill for line, one in orders.progress_of(session, order).items()}
        return {line: (quantity, line.unit_price or Decimal(0)) for line, quantity in left.items() if quantity > 0}
    said: dict[OrderLine, tuple[Decimal, Decimal]] = {}
    for one in lines:
        line = orders.line_of(order, one["line"])
        price = one.get("unit_price")
        said[line] = (one["quantity"], price if price is not None else line.unit_price or Decimal(0))
    return said


def accept_bill(session: Session, bill: Bill, *, reason: str) -> dict[str, Any]:
    """Hand a bill that differs to the books all the same."""
    billing.accept(session, bill, reason)
    return {"id": bill.id, "state": bill.state}


def refuse_bill(session: Session, bill: Bill, *, reason: str) -> dict[str, Any]:
    """Refuse a bill that differs."""
    billing.refuse(session, bill, reason)
    return {"id": bill.id, "state": bill.state}
