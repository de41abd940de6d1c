"""What people and programs do with sales. The rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice_products.api import Lot

from backoffice.core.api import InvalidInput, JobRun, Session
from backoffice.hookspecs import messages

from . import billing, door, goods, orders, payments, quotations, substituting
from .models import Message, Order, OrderLine, Quotation
from .pricing import Terms, complete, total_up
from .providers import PaymentEvent
from .standing import locked, refresh, require

_ = messages("sales")

Answer = Callable[[], dict[str, Any]]


def _said(order: Order, **more: Any) -> Answer:
    return lambda: {
        "id": order.id, "number": order.number, "state": order.state, "goods": order.goods_state,
        "invoice": order.invoice_state, "payment": order.payment_state, "total": order.total, **more,
    }  # fmt: skip


def send_quotation(session: Session, quotation: Quotation) -> Answer:
    """Give a quotation its number."""
    quotations.send(session, quotation)
    return lambda: {"id": quotation.id, "number": quotation.number, "revision": quotation.revision}


def revise_quotation(session: Session, quotation: Quotation) -> dict[str, Any]:
    """Make the next version of a quotation."""
    made = quotations.revise(session, quotation)
    return {"id": made.id, "number": made.number, "revision": made.revision}


def accept_quotation(session: Session, quotation: Quotation, *, reference: str | None = None) -> Answer:
    """Make the order a customer placed by accepting a quotation."""
    return _said(quotations.accept(session, quotation, reference))


def reject_quotation(session: Session, quotation: Quotation) -> dict[str, Any]:
    """Note that a customer did not want it."""
    quotations.reject(session, quotation)
    return {"id": quotation.id, "state": quotation.state}


def place_order(session: Session, **values: Any) -> dict[str, Any]:
    """Place the order of a shop; see the fields of ``sales.place_order``."""
    return door.place_order(session, values)


def confirm_order(session: Session, order: Order) -> Answer:
    """Place an order that was kept as a draft."""
    orders.confirm(session, order)
    return _said(order)


def change_line(session: Session, order: Order, *, line: int, quantity: Decimal) -> Answer:
    """Change what is wanted of a line of a confirmed order."""
    orders.change_quantity(session, order, orders.line_of(order, line), quantity)
    return _said(order)


def add_line(
    session: Session, order: Order, *, product_id: int, quantity: Decimal, unit_price: Decimal | None = None
) -> Answer:
    """Add a line to a confirmed order."""
    locked(session, order)
    require(order, "confirmed", "done")
    line = OrderLine(product_id=product_id, quantity=quantity, unit_price=unit_price)
    with session.no_autoflush:
        complete(Terms(session), order, [line])
    order.lines.append(line)
    with session.no_autoflush:
        total_up(Terms(session), order, order.lines)
    session.flush()
    reserved = goods.reserve(session, order)
    refresh(session, order, reserved=reserved)
    return _said(order, line=order.lines.index(line) + 1)


def substitute_line(session: Session, order: Order, *, line: int, product_id: int) -> Answer:
    """Put another product in the place of what is left to ship of a line, at the same price."""
    from .standing import progress_of

    locked(session, order)
    require(order, "confirmed")
    old = orders.line_of(order, line)
    left = progress_of(session, order)[old].to_ship
    made = substituting.substitute(session, order, old, product_id, left)
    return _said(order, line=order.lines.index(made) + 1)


def cancel_order(session: Session, order: Order, *, reason: str) -> Answer:
    """Cancel all of an order that is not shipped."""
    orders.cancel(session, order, reason)
    return _said(order)


def cancel_line(session: Session, order: Order, *, line: int, reason: str, quantity: Decimal | None = None) -> Answer:
    """Cancel what is not shipped of a line."""
    from .standing import progress_of

    locked(session, order)
    require(order, "confirmed", "done")
    chosen = orders.line_of(order, line)
    one = progress_of(session, order)[chosen]
    left = one.to_ship if one.ships else one.wanted - one.billed
    orders.cancel_lines(session, order, {chosen: quantity if quantity is not None else left}, reason)
    return _said(order)


def reserve_goods(session: Session, order: Order) -> Answer:
    """Try again to set the goods of an order aside."""
    locked(session, order)
    require(order, "confirmed")
    refresh(session, order, reserved=goods.reserve(session, order))
    return _said(order)


def split_order(session: Session, order: Order) -> Answer:
    """Split what is left to ship of every line off into lines of their own."""
    locked(session, order)
    require(order, "confirmed")
    made = orders.split(session, order, list(order.lines))
    refresh(session, order)
    return _said(order, split=[order.lines.index(one.rest) + 1 for one in made])


def ship_order(
    session: Session, order: Order, *, lines: Sequence[Mapping[str, Any]] | None = None, date: date | None = None,
    remainder: str = "open", place: str | None = None, carrier: str | None = None, tracking: str | None = None,
    packages: int | None = None, invoice: bool | None = None,
) -> Answer:  # fmt: skip
    """Ship an order, all that is left or some of it, and ask for its invoice where the company invoices so."""
    parcel = goods.Parcel(
        date=date or session.today(), place=place, carrier=carrier, tracking=tracking, packages=packages
    )
    wanted, lots = _chosen(order, lines)
    made = goods.ship(session, order, wanted, parcel, remainder=remainder, lots=lots)
    asked = None
    if order.invoicing == "shipment" and _automatically(session, invoice):
        asked = billing.invoice(session, order, on=parcel.date)
    return _said(order, shipment=made.number, shipment_id=made.id, invoice_key=asked.key if asked else None)


def _automatically(session: Session, said: bool | None) -> bool:
    return said if said is not None else session.setting("sales", "invoice_automatically") is not False


def _chosen(
    order: Order, lines: Sequence[Mapping[str, Any]] | None
) -> tuple[dict[OrderLine, Decimal] | None, dict[OrderLine, tuple[Lot, ...]]]:
    """Return how much of which lines, and of which lots; the same line may be named for several lots."""
    if not lines:
        return None, {}
    wanted: dict[OrderLine, Decimal] = {}
    lots: dict[OrderLine, tuple[Lot, ...]] = {}
    for one in lines:
        line = orders.line_of(order, one["line"])
        if one["quantity"] <= 0:
            said = _("Give a quantity above zero.")
            raise InvalidInput(said, fields={"lines": [said]})
        wanted[line] = wanted.get(line, Decimal(0)) + one["quantity"]
        if one.get("lot"):
            lots[line] = (*lots.get(line, ()), Lot(one["lot"], one["quantity"]))
    return wanted, lots


def return_goods(
    session: Session, order: Order, *, lines: Sequence[Mapping[str, Any]], reason: str, refund: str = "credit",
    date: date | None = None, place: str | None = None,
) -> Answer:  # fmt: skip
    """Take goods back, at the cost they left at, and credit them at the price and tax they were invoiced at."""
    wanted, _lots = _chosen(order, lines)
    parcel = goods.Parcel(date=date or session.today(), place=place, reason=reason)
    made = goods.bring_back(session, order, wanted or {}, parcel)
    credits_ = billing.credit(session, order, on=parcel.date, reason=reason) if refund == "credit" else []
    return _said(order, shipment=made.number, shipment_id=made.id, credit_notes=[one.key for one in credits_])


def ship_again(
    session: Session, order: Order, *, lines: Sequence[Mapping[str, Any]], date: date | None = None,
    invoice: bool | None = None,
) -> Answer:  # fmt: skip
    """Ship again what came back: a return that was a mistake, or goods that were exchanged."""
    wanted, _lots = _chosen(order, lines)
    made = goods.send_again(session, order, wanted or {}, goods.Parcel(date=date or session.today()))
    asked = billing.invoice(session, order) if _automatically(session, invoice) else None
    return _said(order, shipment=made.number, shipment_id=made.id, invoice_key=asked.key if asked else None)


def invoice_order(session: Session, order: Order, *, date: date | None = None) -> Answer:
    """Ask for the invoice of what is to be invoiced, and for credit notes of what is to be credited."""
    locked(session, order)
    credited = billing.credit(session, order, on=date)
    made = billing.invoice(session, order, on=date)
    keys = [one.key for one in (*credited, *((made,) if made else ()))]
    return _said(order, asked=keys)


def ask_deposit(
    session: Session, order: Order, *, percent: Decimal | None = None, amount: Decimal | None = None
) -> Answer:
    """Ask for a deposit invoice."""
    if (percent is None) == (amount is None):
        said = _("Give a percentage or an amount.")
        raise InvalidInput(said, fields={"percent": [said]})
    made = billing.ask_deposit(session, order, percent=percent, amount=amount)
    return _said(order, invoice_key=made.key, net=made.net, tax=made.tax)


def reach_milestone(session: Session, order: Order, *, name: str) -> Answer:
    """Mark a milestone as reached and ask for its invoice."""
    found = next((one for one in order.milestones if one.name == name), None)
    if found is None:
        said = _("There is no such milestone.")
        raise InvalidInput(said, fields={"name": [said]})
    orders.reach_milestone(session, order, found)
    return _said(order)


def record_payment(
    session: Session, *, provider: str, kind: str, reference: str, amount: Decimal, currency: str,
    date: date | None = None, order: str | None = None, fee: Decimal | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Record a payment; see the fields of ``sales.record_payment``."""
    return record_payments(session, [{
        "provider": provider, "kind": kind, "reference": reference, "amount": amount, "currency": currency,
        "date": date, "order": order, "fee": fee,
    }])[0]  # fmt: skip


def record_payments(session: Session, many: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Record many payments in few statements."""
    events = [
        PaymentEvent(
            provider=one["provider"], kind=one["kind"], reference=one["reference"], amount=one["amount"],
            currency=one["currency"], date=one.get("date") or session.today(), named=one.get("order"),
            fee=one.get("fee") or Decimal(0),
        )
        for one in many
    ]  # fmt: skip
    return [done.answer() for done in payments.record_many(session, events)]


def refund_order(session: Session, order: Order, *, amount: Decimal | None = None) -> Answer:
    """Ask the provider to pay back what was paid too much, or an amount."""
    return _said(order, asked=payments.ask_refund(session, order, amount))


def resolve_message(session: Session, message: Message) -> dict[str, Any]:
    """Put a flagged message aside."""
    door.resolve(session, message)
    return {"id": message.id, "state": message.state}


def match_payments(job: JobRun) -> dict[str, Any]:
    """Look again for the orders of payments that wait."""
    found = job.office.run(payments.match_waiting)
    return {"found": found}
