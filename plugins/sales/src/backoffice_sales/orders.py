"""Orders: complete a draft, place it, change what is wanted, cancel, split off a back-order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from backoffice_parties.models import Party

from backoffice.core.api import Conflict, InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from . import goods, happenings
from .models import Milestone, Movement, Order, OrderLine
from .pricing import Terms, complete, total_up
from .progress import ZERO, Progress, spread_over
from .standing import locked, progress_of, refresh, require

_ = messages("sales")

PATTERN = "SO/{year}/{n:05}"
COPIED = (
    "product_id", "item", "description", "unit_id", "unit_price", "unit_discount", "discount", "inclusive", "taxes",
    "ships", "category", "purpose",
)  # fmt: skip
"""What a line hands on to a back-order, a quotation to its order."""


def before_save(session: Session, order: Order, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved."""
    if "invoicing" not in values and order.id is None:
        order.invoicing = session.setting("sales", "invoicing") or "shipment"
    if "shortage" not in values and order.id is None:
        order.shortage = session.setting("sales", "shortage") or "backorder"
    shares = sum((one.share or ZERO for one in order.milestones), ZERO)
    if order.milestones and shares != 100:
        said = _("The shares of the milestones come to {sum} %.").with_values(sum=f"{shares.normalize():f}")
        raise InvalidInput(said, remedy=_("Let them come to 100 %."), fields={"milestones": [said]})
    terms = Terms(session)
    complete(terms, order, order.lines)
    _complete_order(session, order)
    total_up(terms, order, order.lines)


def _complete_order(session: Session, order: Order) -> None:
    party = session.get(Party, order.party_id)
    if party is None:
        said = _("There is no such customer.")
        raise InvalidInput(said, fields={"party": [said]})
    order.country = order.delivery_country or party.country


def confirm(session: Session, order: Order) -> None:
    """Place an order: number it, set goods aside, and begin its chain.

    Raises :class:`~backoffice.core.api.RuleBroken` for one without lines, and for one whose goods are missing where
    the order says that it is refused then.
    """
    require(order, "draft")
    if not order.lines:
        raise RuleBroken(_("An order needs a line."), fields={"lines": [_("Give at least one line.")]})
    number(session, order)
    order.correlation = order.correlation or session.context.request_id[:64] or uuid4().hex
    order.waiting_since = session.now()
    session.flush()
    happenings.tell(session, "order_placed", order)
    reserved = goods.reserve(session, order)
    refresh(session, order, reserved=reserved)
    _follow_up(session, order)


def number(session: Session, order: Order) -> None:
    """Give an order its number now: what is asked for of others bears it."""

    def assign(text: str) -> None:
        order.number, order.state = text, "confirmed"

    session.flush()
    session.number(
        series="sales.order", company_id=order.company_id, year=order.date.year, pattern=PATTERN, assign=assign
    )
    session.settle()


def _follow_up(session: Session, order: Order) -> None:
    from . import billing, payments

    payments.take_waiting(session, order)
    if order.invoicing == "order" and session.setting("sales", "invoice_automatically") is not False:
        billing.invoice(session, order)


# -- changing --------------------------------------------------------------------------------------------------------


def change_quantity(session: Session, order: Order, line: OrderLine, quantity: Decimal) -> None:
    """Let the customer want ``quantity`` of a line in all.

    What was cancelled stays cancelled, and what came back is not shipped again by itself. Raises
    :class:`~backoffice.core.api.RuleBroken` for less than was shipped.
    """
    locked(session, order)
    require(order, "confirmed", "done")
    now = progress_of(session, order)[line]
    if quantity > now.wanted:
        line.quantity = quantity + now.cancelled
        session.flush()
        reserved = goods.reserve(session, order)
        refresh(session, order, reserved=reserved)
    elif quantity < now.wanted:
        cancel_lines(session, order, {line: now.wanted - quantity})


def cancel_lines(session: Session, order: Order, wanted: Mapping[OrderLine, Decimal], reason: str = "") -> None:
    """Cancel so much of lines that is not shipped yet; what was invoiced of it is credited.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than is left to ship.
    """
    progress = progress_of(session, order)
    _require_unshipped(wanted, progress)
    cancelled = {line: quantity for line, quantity in wanted.items() if quantity > 0}
    for line, quantity in cancelled.items():
        session.add(
            Movement(order_id=order.id, line_id=line.id, kind="cancelled", quantity=quantity, date=session.today())
        )
    session.flush()
    goods.release(session, order, cancelled)
    refresh(session, order)
    happenings.tell(session, "order_changed", order, reason=reason or None)
    if order.invoice_state == "to_invoice":
        _credit_less(session, order, reason)


def _require_unshipped(wanted: Mapping[OrderLine, Decimal], progress: Mapping[OrderLine, Progress]) -> None:
    fields = {}
    for line, quantity in wanted.items():
        one = progress[line]
        left = one.to_ship if one.ships else one.wanted
        if quantity > left:
            fields[f"line {line.item or line.id}"] = [
                _("{left} are left to cancel, {quantity} were asked for.").with_values(
                    left=plain(left), quantity=plain(quantity)
                )
            ]
    if fields:
        raise RuleBroken(
            _("What was shipped is not cancelled."), remedy=_("Let the customer return it."), fields=fields
        )


def _credit_less(session: Session, order: Order, reason: str) -> None:
    from . import billing

    billing.credit(session, order, reason=reason)


def cancel(session: Session, order: Order, reason: str = "") -> None:
    """Cancel all of an order that is not shipped."""
    if order.state == "draft":
        raise Conflict(_("A draft is not cancelled."), remedy=_("Delete it."))
    locked(session, order)
    require(order, "confirmed", "done")
    progress = progress_of(session, order)
    left = {line: one.to_ship if one.ships else one.wanted - one.billed for line, one in progress.items()}
    if not any(one.shipped for one in progress.values()):
        left = {line: one.wanted for line, one in progress.items()}
    cancel_lines(session, order, left, reason)
    happenings.tell(session, "order_cancelled", order, reason=reason or None)


# -- back-orders -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Split:
    """A line and the back-order that was split off it."""

    line: OrderLine
    rest: OrderLine


def split(session: Session, order: Order, lines: Iterable[OrderLine]) -> list[Split]:
    """Split what is left to ship of lines off into lines of their own; what was invoiced of it goes along."""
    progress = progress_of(session, order)
    made = []
    for line in lines:
        left = progress[line].to_ship
        if ZERO < left < progress[line].wanted:
            made.append(Split(line, _split_off(session, order, line, left, progress[line])))
    session.flush()
    return made


def _split_off(session: Session, order: Order, line: OrderLine, left: Decimal, now: Progress) -> OrderLine:
    rest = OrderLine(
        order_id=order.id, quantity=left, split_of_id=line.id, promised_on=line.promised_on,
        **{name: getattr(line, name) for name in COPIED},
    )  # fmt: skip
    line.quantity -= left
    order.lines.append(rest)
    session.flush()
    _hand_over_invoiced(session, order, line, rest, now.billed - line.quantity + now.cancelled)
    return rest


def _hand_over_invoiced(session: Session, order: Order, line: OrderLine, rest: OrderLine, ahead: Decimal) -> None:
    """Let what was invoiced ahead of shipping belong to the back-order: taken off the line, added to the rest."""
    if ahead <= 0:
        return
    from .billing import unbilled_sources

    for source, part in spread_over(ahead, unbilled_sources(session, order, line)):
        was = session.get(Movement, source)
        amount = None if was.amount is None else round(was.amount * part / was.quantity, 4)
        same = {"order_id": order.id, "kind": "invoiced", "date": was.date, "billing_id": was.billing_id}
        session.add(
            Movement(line_id=line.id, quantity=-part, amount=None if amount is None else -amount, of_id=was.id, **same)
        )
        session.add(Movement(line_id=rest.id, quantity=part, amount=amount, **same))
    session.flush()


def line_of(order: Order, place: int) -> OrderLine:
    """Return a line of an order by its place, 1 for the first.

    Raises :class:`~backoffice.core.api.InvalidInput` when it is not there.
    """
    if 1 <= place <= len(order.lines):
        return order.lines[place - 1]
    said = _("The order has no such line.")
    raise InvalidInput(said, fields={"lines": [said]})


def plain(quantity: Decimal) -> str:
    """Return a quantity as it is said in a sentence."""
    return f"{quantity.normalize():f}"


def reach_milestone(session: Session, order: Order, milestone: Milestone) -> None:
    """Mark a milestone as reached and ask for its invoice."""
    from . import billing

    locked(session, order)
    require(order, "confirmed")
    if milestone.reached_on is not None:
        raise Conflict(_("This milestone was reached already."), remedy=_("Look at the order again."))
    milestone.reached_on = session.today()
    session.flush()
    refresh(session, order)
    billing.invoice(session, order)
