"""Quotations: complete, send, revise, accept into an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from backoffice.core.api import Conflict, RuleBroken, Session
from backoffice.hookspecs import messages

from . import orders
from .models import Order, OrderLine, Quotation, QuotationLine
from .pricing import Terms, complete, total_up

_ = messages("sales")

PATTERN = "QU/{year}/{n:05}"
HEAD = ("party_id", "reference", "currency", "price_list_id", "discount", "delivery_terms", "terms", "notes")
LINE = (*orders.COPIED, "quantity")


def before_save(session: Session, quotation: Quotation, values: Mapping[str, Any]) -> None:
    """Complete a draft before it is saved."""
    if quotation.valid_until is None:
        days = int(session.setting("sales", "quotation_days") or 30)
        quotation.valid_until = quotation.date + timedelta(days=days)
    terms = Terms(session)
    complete(terms, quotation, quotation.lines)
    total_up(terms, quotation, quotation.lines)


def send(session: Session, quotation: Quotation) -> None:
    """Give a draft its number; from now on it is changed by another version alone."""
    _require(quotation, "draft")
    if not quotation.lines:
        raise RuleBroken(_("A quotation needs a line."), fields={"lines": [_("Give at least one line.")]})
    quotation.state = "sent"
    if quotation.number is None:
        session.number(
            series="sales.quotation", company_id=quotation.company_id, year=quotation.date.year, pattern=PATTERN,
            assign=lambda text: setattr(quotation, "number", text),
        )  # fmt: skip
    session.flush()


def revise(session: Session, quotation: Quotation) -> Quotation:
    """Return the next version of a quotation that was sent: a draft with the same number and lines."""
    _require(quotation, "sent", "rejected")
    quotation.state = "replaced"
    session.flush()
    made = Quotation(
        number=quotation.number, revision=quotation.revision + 1, date=session.today(), replaces_id=quotation.id,
        rounding=quotation.rounding, net=quotation.net, tax=quotation.tax, total=quotation.total,
        valid_until=max(quotation.valid_until or session.today(), session.today()),
        **{name: getattr(quotation, name) for name in HEAD},
    )  # fmt: skip
    made.lines = [
        QuotationLine(net=line.net, tax=line.tax, **{name: getattr(line, name) for name in LINE})
        for line in quotation.lines
    ]
    session.add(made)
    session.flush()
    return made


def accept(session: Session, quotation: Quotation, reference: str | None = None) -> Order:
    """Return the order a customer placed by accepting a quotation, with its prices.

    Raises :class:`~backoffice.core.api.RuleBroken` when its days are over.
    """
    _require(quotation, "sent")
    if quotation.valid_until is not None and quotation.valid_until < session.today():
        raise RuleBroken(
            _("This quotation was valid until {day}.").with_values(day=quotation.valid_until),
            remedy=_("Make another version of it."),
        )
    order = Order(
        date=session.today(), kind="order", **{name: getattr(quotation, name) for name in HEAD},
        source="sales.quotation", source_key=f"{quotation.number}/{quotation.revision}",
    )  # fmt: skip
    order.reference = reference or order.reference
    order.lines = [OrderLine(**{name: getattr(line, name) for name in LINE}) for line in quotation.lines]
    with session.no_autoflush:
        orders.before_save(session, order, {})
    session.add(order)
    session.flush()
    orders.confirm(session, order)
    quotation.state, quotation.order_id = "accepted", order.id
    session.flush()
    return order


def reject(session: Session, quotation: Quotation) -> None:
    """Note that a customer did not want it."""
    _require(quotation, "sent")
    quotation.state = "rejected"
    session.flush()


def _require(quotation: Quotation, *states: str) -> None:
    if quotation.state not in states:
        raise Conflict(_("This does not go with the state of the quotation."), remedy=_("Look at it again."))
