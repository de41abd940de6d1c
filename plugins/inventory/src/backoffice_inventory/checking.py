"""What must be right before places, items, lots, rules and counts are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Balance, Count, Item, Lot, Move, Place, Rule, Worth

_ = messages("inventory")


def _refuse(name: str, said: str) -> None:
    raise InvalidInput(said, remedy=_("Correct the values marked below."), fields={name: [said]})


def _changed(record: Any, *names: str) -> bool:
    attributes = sa.inspect(record).attrs
    return any(attributes[name].history.has_changes() for name in names)


def place(session: Session, record: Place, values: Mapping[str, Any]) -> None:
    """Check a place; one that goods lie in keeps its kind and whose value it shares."""
    if record.sells and record.kind not in {"internal", "group"}:
        _refuse("sells", _("Goods are sold from places of our own."))
    if record.own_value and record.consigned:
        _refuse("own_value", _("Goods of others have no value for us."))
    above = _above(session, record)
    if record.id is not None and record.id in above:
        _refuse("parent", _("A place does not lie within itself."))
    fixed, pool = _changed(record, "kind", "consigned"), record.pool
    followed = fixed or _changed(record, "negative_allowed")
    _set_pool(session, record, above)
    fixed = fixed or record.pool != (pool or 0)
    if (fixed or followed) and _has_stock(session, record.id):
        _keep_or_follow(session, record, fixed)


def _above(session: Session, record: Place) -> list[int]:
    parents = dict(session.execute(sa.select(Place.id, Place.parent_id)).all())
    found: list[int] = []
    above = record.parent_id
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return found


def _set_pool(session: Session, record: Place, above: list[int]) -> None:
    if record.id is None:
        session.add(record)
        session.flush()
    if record.own_value:
        wanted = record.id
    else:
        owners = set(session.scalars(sa.select(Place.id).where(Place.id.in_(above), Place.own_value)))
        wanted = next((id_ for id_ in above if id_ in owners), 0)
    if record.pool != wanted:
        record.pool = wanted


def _has_stock(session: Session, place_id: int) -> bool:
    moved = sa.select(Move.id).where(sa.or_(Move.from_id == place_id, Move.to_id == place_id)).limit(1)
    return session.scalar(moved) is not None


def _keep_or_follow(session: Session, record: Place, fixed: bool) -> None:
    if fixed:
        said = _("Goods moved here; what the place is stays.")
        raise RuleBroken(said, remedy=_("Make another place and transfer the goods."), fields={"kind": [said]})
    rows = session.execute(
        sa.select(Balance.id, Balance.reserved, Balance.on_hand).where(Balance.place_id == record.id)
    ).all()
    if not record.negative_allowed and any(row.reserved > row.on_hand for row in rows):
        _refuse("negative_allowed", _("Something here is below zero; settle it first."))
    session.change_rows(Balance, [{"id": row.id, "negative": bool(record.negative_allowed)} for row in rows])


def item(session: Session, record: Item, values: Mapping[str, Any]) -> None:
    """Check how a product is kept; what it is valued and followed by stays once it moved."""
    if record.method == "standard" and record.standard_cost is None:
        _refuse("standard_cost", _("Give the cost of one unit."))
    if record.id is None:
        moved = session.scalar(
            sa.select(Worth.id).where(Worth.product_id == record.product_id, Worth.company_id == session.company_id)
        )
        wrong = moved is not None and (record.method is not None or record.tracking != "none")
    else:
        moved = session.scalar(
            sa.select(Worth.id).where(Worth.product_id == record.product_id, Worth.company_id == record.company_id)
        )
        wrong = moved is not None and _changed(record, "method", "tracking", "standard_cost", "product_id", "counted")
    if wrong and not session.info.get("inventory.changing"):
        said = _("It moved already; how it is valued and followed is changed by an action.")
        raise RuleBroken(
            said, remedy=_("Use “Change the method” or “Set the standard cost”."), fields={"method": [said]}
        )


def lot(session: Session, record: Lot, values: Mapping[str, Any]) -> None:
    """Keep the product of a lot that moved."""
    if record.id is not None and _changed(record, "product_id"):
        moved = session.scalar(sa.select(Move.id).where(Move.lot_id == record.id).limit(1))
        if moved is not None:
            _refuse("product", _("This lot moved; its product stays."))


def rule(session: Session, record: Rule, values: Mapping[str, Any]) -> None:
    """Check a reorder rule."""
    if record.target is not None and record.target < (record.minimum or 0):
        _refuse("target", _("Stock is filled up to the least, or more."))
    if record.maximum is not None and record.maximum < (record.target or record.minimum or 0):
        _refuse("maximum", _("The most is not below what stock is filled up to."))
    if record.multiple is not None and record.multiple <= 0:
        _refuse("multiple", _("Give a quantity above zero."))


def count(session: Session, record: Count, values: Mapping[str, Any]) -> None:
    """Keep the lines of a count: what was found there and not expected is added by an action."""
    for line in record.lines:
        if line.id is None:
            _refuse("lines", _("Use “Write down what was counted” for what was not on the sheet."))
