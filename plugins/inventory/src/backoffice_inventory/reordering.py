"""Reorder rules: what should be ordered now, from what is there, set aside, expected and on its way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Product, Proposal, Unit, to_step

from backoffice.core.api import RuleBroken, Session, translate
from backoffice.hookspecs import messages

from .answers import expected
from .models import Balance, Place, Reservation, Rule
from .valuing import ZERO

_ = messages("inventory")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What there will be of a product at a place."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    coming: Decimal = ZERO
    going: Decimal = ZERO

    @property
    def projected(self) -> Decimal:
        """What is left when everything expected has come and gone."""
        return self.on_hand + self.coming - self.going


def needed_quantity(
    projected: Decimal,
    *,
    minimum: Decimal,
    target: Decimal | None = None,
    at_least: Decimal | None = None,
    multiple: Decimal | None = None,
    trigger: str = "below",
    step: Decimal = Decimal(1),
) -> Decimal:
    """Return what a rule orders when ``projected`` will be there: nothing, or up to the target in whole multiples."""
    if projected > minimum or (projected == minimum and trigger == "below"):
        return ZERO
    wanted = max((target if target is not None else minimum) - projected, at_least or ZERO)
    if wanted <= 0:
        return ZERO
    return to_step(wanted, multiple or step, "up")


def forecasts(
    session: Session, products: Collection[int] | None, place: Place | None, until: date
) -> dict[int, Forecast]:
    """Return what there will be of products by ``until``, at a place or where goods are sold.

    What is set aside for an order counts once: orders that plugins expect to go are taken as they say, and what is set
    aside beyond them as well.
    """
    here = Balance.place_id == place.id if place is not None else Place.sells
    statement = (
        sa.select(
            Balance.product_id,
            sa.func.sum(Balance.on_hand).label("there"),
            sa.func.sum(Balance.reserved).label("aside"),
        )
        .join(Place, Place.id == Balance.place_id)
        .where(Balance.company_id == session.company_id, here)
        .group_by(Balance.product_id)
    )
    if products is not None:
        statement = statement.where(Balance.product_id.in_(sorted(products)))
    there = {row.product_id: (row.there, row.aside) for row in session.execute(statement)}
    ids = set(products) if products is not None else set(there)
    coming: dict[int, Decimal] = {}
    going: dict[int, Decimal] = {}
    named: dict[int, set[tuple[str, str]]] = {}
    for one in expected(session, ids, until):
        if place is not None and one.place not in {None, place.code}:
            continue
        side = coming if one.quantity > 0 else going
        side[one.product_id] = side.get(one.product_id, ZERO) + abs(one.quantity)
        if one.quantity < 0:
            named.setdefault(one.product_id, set()).add((one.source, one.key))
    for product_id, quantity in _set_aside(session, ids, place, until, named).items():
        going[product_id] = going.get(product_id, ZERO) + quantity
    return {
        id_: Forecast(*there.get(id_, (ZERO, ZERO)), coming.get(id_, ZERO), going.get(id_, ZERO)) for id_ in sorted(ids)
    }


def _set_aside(
    session: Session, ids: Collection[int], place: Place | None, until: date, named: dict[int, set[tuple[str, str]]]
) -> dict[int, Decimal]:
    """Return what is set aside for demands nobody expects to go otherwise."""
    statement = sa.select(
        Reservation.product_id, Reservation.source, Reservation.key, Reservation.quantity, Reservation.needed_on
    ).where(Reservation.company_id == session.company_id, Reservation.product_id.in_(sorted(ids)))
    if place is not None:
        statement = statement.where(Reservation.place_id == place.id)
    found: dict[int, Decimal] = {}
    for row in session.execute(statement):
        known = (row.source, row.key) in named.get(row.product_id, ())
        if not known and (row.needed_on is None or row.needed_on <= until):
            found[row.product_id] = found.get(row.product_id, ZERO) + row.quantity
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A proposal with what it rests on."""

    product_id: int
    product: str
    place: str | None
    quantity: Decimal
    projected: Decimal
    needed_on: date
    overflow: tuple[str, Decimal] | None = None


def proposals(session: Session, *, place_id: int | None = None, product_id: int | None = None) -> list[Wanted]:
    """Return what should be ordered now: by the rules, and what is short of goods without one."""
    statement = sa.select(Rule).where(Rule.company_id == session.company_id, Rule.active).order_by(Rule.id)
    if place_id is not None:
        statement = statement.where(Rule.place_id == place_id)
    if product_id is not None:
        statement = statement.where(Rule.product_id == product_id)
    rules = session.scalars(statement).all()
    facts = _facts(session, product_id)
    found = [one for rule in rules if (one := _by_rule(session, rule, facts)) is not None]
    if place_id is None:
        found += _without_rule(session, {rule.product_id for rule in rules}, facts, product_id)
    return found


def _facts(session: Session, product_id: int | None) -> dict[int, tuple[str, Decimal]]:
    statement = (
        sa.select(Product.id, Product.code, Unit.step)
        .join(Unit, Unit.id == Product.unit_id)
        .where(Product.kind == "storable", Product.active)
    )
    if product_id is not None:
        statement = statement.where(Product.id == product_id)
    return {row.id: (row.code, row.step) for row in session.execute(statement)}


def _by_rule(session: Session, rule: Rule, facts: dict[int, tuple[str, Decimal]]) -> Wanted | None:
    if rule.product_id not in facts:
        return None
    code, step = facts[rule.product_id]
    by = session.today() + timedelta(days=rule.lead_days)
    forecast = forecasts(session, [rule.product_id], rule.place, by).get(rule.product_id, Forecast())
    quantity = needed_quantity(
        forecast.projected, minimum=rule.minimum, target=rule.target, at_least=rule.at_least, multiple=rule.multiple,
        trigger=rule.trigger, step=step,
    )  # fmt: skip
    overflow = None
    if rule.maximum is not None and rule.overflow_id is not None and forecast.on_hand > rule.maximum:
        there = session.get(Place, rule.overflow_id)
        overflow = (there.code, forecast.on_hand - (rule.target if rule.target is not None else rule.maximum))
    if not quantity and overflow is None:
        return None
    return Wanted(rule.product_id, code, rule.place.code, quantity, forecast.projected, by, overflow)


def _without_rule(
    session: Session, ruled: Collection[int], facts: dict[int, tuple[str, Decimal]], product_id: int | None
) -> list[Wanted]:
    far = session.today() + timedelta(days=365)
    ids = [id_ for id_ in facts if id_ not in ruled]
    if not ids:
        return []
    found = []
    for id_, forecast in forecasts(session, ids, None, far).items():
        if forecast.projected < 0:
            code, step = facts[id_]
            quantity = to_step(-forecast.projected, step, "up")
            found.append(Wanted(id_, code, None, quantity, forecast.projected, session.today()))
    return found


def _plain(one: Wanted) -> dict[str, Any]:
    return {
        "product": one.product,
        "product_id": one.product_id,
        "place": one.place,
        "quantity": one.quantity,
        "projected": one.projected,
        "needed_on": one.needed_on,
        "overflow_to": one.overflow[0] if one.overflow else None,
        "overflow": one.overflow[1] if one.overflow else None,
    }


def propose(session: Session, *, place_id: int | None = None, product_id: int | None = None) -> dict[str, Any]:
    """Tell what should be ordered by the rules."""
    return {"proposals": [_plain(one) for one in proposals(session, place_id=place_id, product_id=product_id)]}


def order(session: Session, *, place_id: int | None = None, product_id: int | None = None) -> dict[str, Any]:
    """Hand the proposals to whoever buys, as draft orders."""
    wanted: Sequence[Wanted] = [
        one for one in proposals(session, place_id=place_id, product_id=product_id) if one.quantity
    ]
    if not wanted:
        return {"orders": [], "proposals": 0}
    said = translate(_("By the reorder rules"), session.context.language)
    asked = [Proposal(one.product_id, one.quantity, one.place, one.needed_on, said) for one in wanted]
    orders = session.hooks.first("products_order", session=session, proposals=tuple(asked))
    if orders is None:
        raise RuleBroken(
            _("Nobody here orders goods."),
            remedy=_("Install the plugin that buys, or order what is proposed yourself."),
        )
    return {"orders": list(orders), "proposals": len(wanted)}
