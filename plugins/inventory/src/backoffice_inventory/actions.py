"""What people and programs do with stock; the rules are in the modules these functions call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812 - the arguments are called date
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Demand

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from . import papers, places, replaying, reserving
from .models import Document, Period, Place
from .moving import move as move_papers
from .shapes import Paper
from .valuing import ZERO

_ = messages("inventory")

Lines = Sequence[Mapping[str, Any]]


def _said(paper: Paper) -> dict[str, Any]:
    value = sum((one.value for one in paper.moves), ZERO)
    return {"id": paper.id, "number": paper.number, "value": value, "moves": [one.id for one in paper.moves]}


def _settled(session: Session, paper: Paper) -> dict[str, Any]:
    session.settle()
    return _said(paper)


def install_places(session: Session) -> dict[str, int]:
    """Add the usual places that are missing."""
    return {"places": places.install(session)}


def receive(session: Session, *, lines: Lines, date: Date | None = None, to_id: int | None = None, **head: Any) -> Any:
    """Write down goods that arrived."""
    return _settled(session, papers.write(session, "receipt", lines, day=date, target_id=to_id, **head))


def deliver(
    session: Session, *, lines: Lines, date: Date | None = None, from_id: int | None = None, **head: Any
) -> Any:
    """Write down goods that left."""
    return _settled(session, papers.write(session, "delivery", lines, day=date, origin_id=from_id, **head))


def receive_many(session: Session, many: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write down what arrived under many papers, with few statements."""
    return _many(session, "receipt", many, "to_id")


def deliver_many(session: Session, many: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write down what left under many papers, with few statements."""
    return _many(session, "delivery", many, "from_id")


def _many(session: Session, kind: str, many: Sequence[Mapping[str, Any]], side: str) -> list[dict[str, Any]]:
    known = places.needed(session, ids=[one[side] for one in many if one.get(side) is not None])
    made = [
        papers.draft(
            session, kind, given["lines"], known, day=given.get("date"),
            **{"target_id" if side == "to_id" else "origin_id": given.get(side)},
            **{name: value for name, value in given.items() if name not in {"lines", "date", side}},
        )
        for given in many
    ]  # fmt: skip
    move_papers(session, made, known)
    session.settle()
    return [_said(paper) for paper in made]


def transfer(
    session: Session,
    *,
    from_id: int,
    to_id: int,
    lines: Lines,
    date: Date | None = None,
    on_the_way: bool = False,
    **head: Any,
) -> Any:
    """Move goods from one of our places to another."""
    known = places.needed(session, ids=[from_id, to_id])
    for name, id_ in (("from", from_id), ("to", to_id)):
        if id_ not in known.by_id or not known.by_id[id_].ours:
            said = _("This is no place of our own.")
            raise InvalidInput(said, fields={name: [said]})
    if from_id == to_id:
        said = _("Goods that stay where they are do not move.")
        raise InvalidInput(said, fields={"to": [said]})
    if on_the_way:
        head |= {"state": "sent", "bound_for_id": to_id}
        to_id = known.of_kind("transit").id
    paper = papers.write(session, "transfer", lines, day=date, origin_id=from_id, target_id=to_id, **head)
    return _settled(session, paper)


def arrive(session: Session, document: Document, *, date: Date | None = None, to_id: int | None = None) -> Any:
    """Put what was on the way where it was sent."""
    return _settled(session, papers.arrive(session, document, day=date, target_id=to_id))


def move(
    session: Session, *, from_id: int, to_id: int, lines: Lines, date: Date | None = None, reference: str | None = None
) -> Any:
    """Move goods between any places."""
    known = places.needed(session, ids=[from_id, to_id])
    kinds = [known.by_id[id_].kind for id_ in (from_id, to_id) if id_ in known.by_id]
    straight = set(kinds) == {"supplier", "customer"}
    kind = "drop_shipment" if straight else "production" if "production" in kinds else "transfer"
    paper = papers.write(session, kind, lines, day=date, origin_id=from_id, target_id=to_id, reference=reference)
    return _settled(session, paper)


def scrap(session: Session, *, from_id: int, lines: Lines, reason: str, date: Date | None = None) -> Any:
    """Take goods out of stock."""
    return _settled(session, papers.write(session, "scrap", lines, day=date, origin_id=from_id, reason=reason))


def return_goods(
    session: Session,
    document: Document,
    *,
    lines: Lines | None = None,
    date: Date | None = None,
    to_id: int | None = None,
) -> Any:
    """Let goods of a document come back."""
    return _settled(session, papers.give_back(session, document, lines or (), day=date, target_id=to_id))


def reverse(session: Session, document: Document, *, reason: str, date: Date | None = None) -> Any:
    """Take a document back."""
    return _settled(session, papers.take_back(session, document, day=date, reason=reason))


def correct_quantity(session: Session, *, move: int, quantity: Decimal, date: Date | None = None) -> Any:
    """Write the difference between what was moved and what should have been."""
    paper = papers.correct(session, move, quantity, day=date)
    return _settled(session, paper) if paper is not None else {"id": None, "number": None, "value": ZERO, "moves": []}


def open_stock(session: Session, *, lines: Lines, date: Date | None = None, to_id: int | None = None) -> Any:
    """Write down what is there when one begins."""
    return _settled(session, papers.write(session, "opening", lines, day=date, target_id=to_id))


def preview(
    session: Session,
    *,
    kind: str,
    date: Date,
    product_id: int,
    quantity: Decimal,
    unit_cost: Decimal | None = None,
    place_id: int | None = None,
) -> dict[str, Any]:
    """Tell which later moves would come out at another value, and write nothing."""
    known = places.needed(session, ids=[place_id] if place_id is not None else [])
    ours = known.by_id[place_id] if place_id is not None else known.receiving()
    stored = replaying.stored_of(session, [product_id])
    if (product_id, ours.pool) not in stored.worths:
        return {"open": papers.open_day(session, date) == date, "changes": [], "total": ZERO}
    stock = stored.worths[product_id, ours.pool].stock
    value = stock.money((unit_cost if unit_cost is not None else stock.unit_cost) * quantity)
    other = known.of_kind("supplier" if kind == "receipt" else "customer")
    ends = (other.id, ours.id) if kind == "receipt" else (ours.id, other.id)
    event = replaying.Event(2**62, date, *ends, quantity, value, ZERO, None, None, kind)
    changes = replaying.preview(session, product_id, [event], date)
    return {
        "open": papers.open_day(session, date) == date,
        "changes": changes,
        "total": sum((one["amount"] for one in changes), ZERO),
    }


# -- setting aside -----------------------------------------------------------------------------------------------------


def reserve(
    session: Session,
    *,
    order: str,
    lines: Lines,
    partially: bool = False,
    until: datetime | None = None,
    place_id: int | None = None,
) -> dict[str, Any]:
    """Set goods aside for an order."""
    code = None
    if place_id is not None:
        code = session.scalar(sa.select(Place.code).where(Place.id == place_id))
    made = papers.in_own_units(session, lines)
    demands = [
        Demand(f"{order}:{n + 1}", one["product_id"], one["quantity"], code, line.get("lot"))
        for n, (one, line) in enumerate(zip(made, lines, strict=True))
    ]
    answers = reserving.reserve(session, "inventory", demands, partially, until)
    return {"lines": [{"key": one.key, "quantity": one.quantity, "short": one.short} for one in answers]}


def release(session: Session, *, order: str, source: str = "inventory") -> dict[str, Any]:
    """Give back what was set aside for an order, or for one line of it."""
    from .models import Reservation

    keys = session.scalars(
        sa.select(Reservation.key)
        .where(
            Reservation.company_id == session.company_id,
            Reservation.source == source,
            sa.or_(Reservation.key == order, Reservation.key.startswith(f"{order}:", autoescape=True)),
        )
        .distinct()
    ).all()
    reserving.release(session, source, keys)
    return {"released": len(keys)}


def release_expired(session: Session) -> dict[str, int]:
    """Give back what was set aside until an instant that has passed."""
    return {"released": reserving.release_expired(session)}


# -- periods -----------------------------------------------------------------------------------------------------------


def close_period(session: Session, period: Period) -> dict[str, Any]:
    """Close a period of stock."""
    return _set_state(session, period, "closed")


def open_period(session: Session, period: Period) -> dict[str, Any]:
    """Open a period of stock again."""
    return _set_state(session, period, "open")


def _set_state(session: Session, period: Period, state: str) -> dict[str, Any]:
    locked = session.scalars(sa.select(Period).where(Period.id == period.id).with_for_update()).one()
    if state == "closed" and locked.end_date > session.today():
        raise RuleBroken(_("This period has not ended."), remedy=_("Close it when its last day has passed."))
    locked.state = state
    session.flush()
    return {"id": locked.id, "state": state}
