"""Products as they are stored, read for other plugins: units, barcodes, prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from backoffice.core.api import ExchangeRate, InvalidInput, NotFound, RuleBroken, Session
from backoffice.hookspecs import messages

from . import gtin, pricing, units
from .models import Barcode, Category, PriceList, Product, Unit

_ = messages("products")


def units_of(session: Session) -> dict[int, units.Unit]:
    """Return every unit as a plain value, by id."""
    rows = session.scalars(sa.select(Unit).options(joinedload(Unit.category)))
    return {row.id: plain_unit(row) for row in rows}


def plain_unit(row: Unit) -> units.Unit:
    """Return a stored unit as a plain value."""
    return units.Unit(
        id=row.id, code=row.code, category=row.category.code, numerator=row.numerator, denominator=row.denominator,
        step=row.step, mode=row.mode,  # type: ignore[arg-type]
    )  # fmt: skip


def product_of(session: Session, product_id: int) -> Product:
    """Return a product. Raises :class:`~backoffice.core.api.InvalidInput` when there is none."""
    product: Product | None = session.get(Product, product_id)
    if product is None:
        said = _("There is no such product.")
        raise InvalidInput(said, fields={"product": [said]})
    return product


def by_barcode(session: Session, code: str) -> tuple[Product, int]:
    """Return the product a barcode stands for and the id of the unit it counts.

    Raises :class:`~backoffice.core.api.NotFound` when no product has it.
    """
    found = session.scalars(
        sa.select(Barcode).where(Barcode.same == gtin.same(gtin.compact(code))).options(joinedload(Barcode.product))
    ).one_or_none()
    if found is None:
        raise NotFound(
            _("No product has the barcode {code}.").with_values(code=code), remedy=_("Add it to the product it is on.")
        )
    return found.product, found.unit_id if found.unit_id is not None else found.product.unit_id


def categories_above(session: Session, category_id: int | None) -> tuple[int, ...]:
    """Return a category and those it lies within, the nearest first."""
    parents = session.info.setdefault("products.categories", {})
    if not parents:
        parents.update(dict(session.execute(sa.select(Category.id, Category.parent_id)).all()))
    found: list[int] = []
    while category_id is not None and category_id not in found:
        found.append(category_id)
        category_id = parents.get(category_id)
    return tuple(found)


class Prices:
    """Price lists, read once for a document: :meth:`price` says what one unit costs, and why."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.units = units_of(session)
        rows = session.scalars(sa.select(PriceList).where(PriceList.active).options(selectinload(PriceList.rules)))
        self.lists = {row.id: _plain_list(row) for row in rows}

    def price(
        self,
        product: Product,
        *,
        day: date,
        quantity: Decimal = Decimal(1),
        unit_id: int | None = None,
        list_id: int | None = None,
    ) -> pricing.Picked:
        """Return the price of one ``unit_id`` (by default the product's unit) of ``product``, and why it holds.

        Raises :class:`~backoffice.core.api.NotFound` when there is no price, and
        :class:`~backoffice.core.api.InvalidInput` for a unit or list that does not fit.
        """
        if list_id is not None and list_id not in self.lists:
            said = _("There is no such price list in use.")
            raise InvalidInput(said, fields={"list": [said]})
        wanted = pricing.Wanted(
            product=product.id, template=product.template_id, day=day, quantity=quantity,
            categories=categories_above(self.session, product.category_id),
            unit=unit_id if unit_id is not None else product.unit_id, ratio=self.ratio(product, unit_id),
            list_price=product.list_price, cost=product.cost, currency=product.currency or "",
        )  # fmt: skip
        return pricing.pick(wanted, list_id, self.lists, self.rate)

    def ratio(self, product: Product, unit_id: int | None) -> Fraction:
        """Return how many of the product's unit one ``unit_id`` is."""
        if unit_id is None or unit_id == product.unit_id:
            return Fraction(1)
        if unit_id not in self.units:
            said = _("There is no such unit.")
            raise InvalidInput(said, fields={"unit": [said]})
        return units.ratio(self.units[unit_id], self.units[product.unit_id])

    def rate(self, source: str, target: str, day: date) -> Decimal:
        """Return what one unit of a currency costs in another on ``day``."""
        return rate_on(self.session, source, target, day)


def _plain_list(row: PriceList) -> pricing.PriceList:
    return pricing.PriceList(
        id=row.id, code=row.code, currency=row.currency, inclusive=row.inclusive, valid_from=row.valid_from,
        valid_until=row.valid_until,
        rules=tuple(
            pricing.Rule(
                id=rule.id, product=rule.product_id, template=rule.template_id, category=rule.category_id,
                unit=rule.unit_id, least=rule.least, valid_from=rule.valid_from, valid_until=rule.valid_until,
                kind=rule.kind,  # type: ignore[arg-type]
                price=rule.price, base_list=rule.base_list_id, percent=rule.percent, plus=rule.plus, step=rule.step,
                ending=rule.ending,
            )
            for rule in row.rules
        ),
    )  # fmt: skip


def rate_on(session: Session, source: str, target: str, day: date) -> Decimal:
    """Return what one unit of ``source`` costs in ``target`` on ``day``: the newest rate not after it, either way.

    Raises :class:`~backoffice.core.api.RuleBroken` when there is none.
    """
    rows = session.scalars(
        sa.select(ExchangeRate)
        .where(
            sa.or_(
                sa.and_(ExchangeRate.base == source, ExchangeRate.currency == target),
                sa.and_(ExchangeRate.base == target, ExchangeRate.currency == source),
            ),
            ExchangeRate.date <= day,
        )
        .order_by(ExchangeRate.date.desc())
        .limit(2)
    ).all()
    if not rows:
        raise RuleBroken(
            _("There is no rate of {source} in {target}.").with_values(source=source, target=target),
            remedy=_("Enter the rate of exchange."),
        )
    newest = next((row for row in rows if row.date == rows[0].date and row.base == source), rows[0])
    return newest.rate if newest.base == source else round(1 / newest.rate, 10)


def convert(session: Session, quantity: Decimal, source_id: int, target_id: int, mode: str | None = None) -> Decimal:
    """Return a quantity of one stored unit in another, rounded to its step."""
    known: Mapping[int, units.Unit] = units_of(session)
    if source_id not in known or target_id not in known:
        said = _("There is no such unit.")
        raise InvalidInput(said, fields={"unit": [said]})
    return units.convert(quantity, known[source_id], known[target_id], mode=mode)
