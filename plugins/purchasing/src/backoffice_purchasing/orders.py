"""Orders to suppliers: complete, confirm, approve by a second person, cancel; requests for quotation before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Conflict, Forbidden, InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Movement, Offered, Order, OrderLine, Request
from .pricing import Terms, complete, total_up
from .progress import ZERO, Progress, bill_state, receipt_state

_ = messages("purchasing")

PATTERN = "PO/{year}/{n:05}"
REQUEST_PATTERN = "RQ/{year}/{n:05}"


def before_save(session: Session, order: Order, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved."""
    terms = Terms(session)
    complete(terms, order, order.lines)
    total_up(terms, order, order.lines)


def locked(session: Session, order: Order) -> None:
    """Hold ``order`` as it is now until the end of the transaction."""
    session.flush()
    session.refresh(order, with_for_update=True)


def require(order: Order, *states: str) -> None:
    """Raise :class:`~backoffice.core.api.Conflict` unless the order is in one of ``states``."""
    if order.state not in states:
        raise Conflict(_("This does not go with the state of the order."), remedy=_("Look at the order again."))


def confirm(session: Session, order: Order) -> None:
    """Place an order, or ask a second person where it comes to more than one may order alone."""
    require(order, "draft")
    if not order.lines:
        raise RuleBroken(_("An order needs a line."), fields={"lines": [_("Give at least one line.")]})
    order.asked_by = session.context.actor_id
    limit = session.setting("purchasing", "approval_above")
    if limit is not None and order.total > Decimal(str(limit)):
        order.state = "to_approve"
        session.flush()
        _tell(session, "approval_needed", order)
        return
    _place(session, order)


def approve(session: Session, order: Order) -> None:
    """Agree to an order as a second person.

    Raises :class:`~backoffice.core.api.Forbidden` for whoever asked for it.
    """
    require(order, "to_approve")
    if session.context.actor_id is None or session.context.actor_id == order.asked_by:
        raise Forbidden(
            _("A second person must approve this order."),
            why=_("Whoever asks for an order above the limit does not approve it."),
            remedy=_("Ask a colleague who may do it."),
        )
    order.approved_by = session.context.actor_id
    _place(session, order)


def refuse(session: Session, order: Order) -> None:
    """Give an order that waits for approval back as a draft."""
    require(order, "to_approve")
    order.state = "draft"
    session.flush()


def _place(session: Session, order: Order) -> None:
    def assign(text: str) -> None:
        order.number, order.state = text, "confirmed"

    order.proposed = False
    session.flush()
    session.number(
        series="purchasing.order", company_id=order.company_id, year=order.date.year, pattern=PATTERN, assign=assign
    )
    session.settle()
    refresh(session, order)
    _tell(session, "order_placed", order)


def _tell(session: Session, name: str, order: Order, **more: Any) -> None:
    session.emit(
        f"purchasing.{name}", order, number=order.number, party=order.party_id, date=order.date,
        currency=order.currency, total=order.total, **more,
    )  # fmt: skip


tell = _tell


# -- progress --------------------------------------------------------------------------------------------------------


def progress_of(session: Session, order: Order) -> dict[OrderLine, Progress]:
    """Return how far each line of an order is."""
    session.flush()
    rows = session.execute(
        sa.select(Movement.line_id, Movement.kind, sa.func.sum(Movement.quantity))
        .where(Movement.order_id == order.id)
        .group_by(Movement.line_id, Movement.kind)
    )
    sums: dict[int, dict[str, Decimal]] = {}
    for line_id, kind, quantity in rows:
        sums.setdefault(line_id, {})[kind] = quantity
    return {line: Progress.of(line.quantity, line.goods, sums.get(line.id, {})) for line in order.lines}


def refresh(session: Session, order: Order) -> None:
    """Write where the order stands now, so that lists can be asked for it."""
    lines = list(progress_of(session, order).values())
    order.receipt_state, order.bill_state = receipt_state(lines), bill_state(lines)
    if order.state in {"confirmed", "done"}:
        if not any(line.wanted or line.received for line in lines):
            order.state = "cancelled"
        elif order.receipt_state in {"none", "received"} and order.bill_state == "billed":
            order.state = "done"
        else:
            order.state = "confirmed"
    session.flush()


def cancel(session: Session, order: Order, reason: str) -> None:
    """Cancel all of an order that did not arrive and was not billed."""
    locked(session, order)
    require(order, "confirmed")
    for line, one in progress_of(session, order).items():
        left = one.to_receive if one.goods else one.to_bill
        if left > 0:
            movement = Movement(
                order_id=order.id, line_id=line.id, kind="cancelled", quantity=left, date=session.today()
            )
            session.add(movement)
    refresh(session, order)
    _tell(session, "order_cancelled", order, reason=reason)


def line_of(order: Order, place: int) -> OrderLine:
    """Return a line of an order by its place, 1 for the first.

    Raises :class:`~backoffice.core.api.InvalidInput` when it is not there.
    """
    if 1 <= place <= len(order.lines):
        return order.lines[place - 1]
    said = _("The order has no such line.")
    raise InvalidInput(said, fields={"lines": [said]})


# -- requests for quotation ------------------------------------------------------------------------------------------


def send_request(session: Session, request: Request) -> None:
    """Give a request its number."""
    if request.state != "draft":
        raise Conflict(_("This request was sent already."), remedy=_("Look at it again."))
    request.state = "sent"
    session.flush()
    session.number(
        series="purchasing.request", company_id=request.company_id, year=request.date.year, pattern=REQUEST_PATTERN,
        assign=lambda text: setattr(request, "number", text),
    )  # fmt: skip


def record_offer(session: Session, request: Request, **offer: Any) -> Offered:
    """Note what a supplier offers for a product of a request; a second offer takes the place of the first."""
    if request.state != "sent":
        raise Conflict(_("Offers come to a request that was sent."), remedy=_("Send it first."))
    if offer["product_id"] not in {line.product_id for line in request.lines}:
        said = _("The request is not for this product.")
        raise InvalidInput(said, fields={"product": [said]})
    for one in request.offers:
        if (one.party_id, one.product_id) == (offer["party_id"], offer["product_id"]):
            made = one
            break
    else:
        made = Offered(request_id=request.id, party_id=offer["party_id"], product_id=offer["product_id"])
        request.offers.append(made)
    made.unit_price = offer["unit_price"]
    made.lead_days = offer.get("lead_days") or 0
    made.valid_until = offer.get("valid_until")
    session.flush()
    return made


def award(session: Session, request: Request, chosen: Sequence[Mapping[str, Any]] | None) -> list[Order]:
    """Make draft orders of the chosen offers, by default the cheapest for each product, one order for each supplier."""
    if request.state != "sent":
        raise Conflict(_("This request is not open."), remedy=_("Look at it again."))
    picks = [_pick(session, request, line.product_id, chosen) for line in request.lines]
    by_supplier: dict[int, list[Offered]] = {}
    for offer in picks:
        offer.chosen = True
        by_supplier.setdefault(offer.party_id, []).append(offer)
    wanted = {line.product_id: line.quantity for line in request.lines}
    orders = [_order_of(session, request, party, offers, wanted) for party, offers in by_supplier.items()]
    request.state = "closed"
    session.flush()
    return orders


def _pick(session: Session, request: Request, product_id: int, chosen: Sequence[Mapping[str, Any]] | None) -> Offered:
    parties = {one["product_id"]: one["party_id"] for one in chosen or ()}
    offers = [
        one
        for one in request.offers
        if one.product_id == product_id
        and one.unit_price is not None
        and (one.valid_until is None or one.valid_until >= session.today())
        and parties.get(product_id) in (None, one.party_id)
    ]
    if not offers:
        raise RuleBroken(
            _("There is no offer for every product."), remedy=_("Record the offers, or take products out.")
        )
    return min(offers, key=lambda one: (one.unit_price or ZERO, one.lead_days, one.id))


def _order_of(
    session: Session, request: Request, party_id: int, offers: Sequence[Offered], wanted: Mapping[int, Decimal]
) -> Order:
    order = Order(
        party_id=party_id, date=session.today(), place=request.place, promised_on=request.needed_on,
        request_id=request.id, reference=request.number,
    )  # fmt: skip
    order.lines = [
        OrderLine(product_id=one.product_id, quantity=wanted[one.product_id], unit_price=one.unit_price)
        for one in offers
    ]
    with session.no_autoflush:
        before_save(session, order, {})
    session.add(order)
    session.flush()
    return order
