"""Prices and taxes of the lines of an order to a supplier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from backoffice_parties.models import Party
from backoffice_products.api import Category, Prices, Product
from backoffice_taxes.api import (
    Code,
    Computed,
    Determination,
    Facts,
    Line,
    Rounding,
    Tax,
    compute,
    rounding_of,
    taxes_by_code,
)

from backoffice.core.api import Company, InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import SupplierPrice
from .progress import ZERO, Offer, best

_ = messages("purchasing")

NO_TAX: Final = "–"
"""Written instead of tax codes where a line bears none."""


class Terms:
    """What prices and taxes of orders to suppliers follow from, read once for a call."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._taxes: dict[tuple[str, date], Tax] = {}

    @cached_property
    def company(self) -> Company:
        """The session's company."""
        id_ = self.session.company_id
        found: Company | None = self.session.get(Company, id_) if id_ is not None else None
        if found is None:
            raise RuleBroken(_("No company was chosen."), remedy=_("Choose one of your companies and try again."))
        return found

    @cached_property
    def rounding(self) -> Rounding:
        """How the company's documents are rounded."""
        return rounding_of(self.session)

    @cached_property
    def prices(self) -> Prices:
        """Exchange rates and units."""
        return Prices(self.session)

    @cached_property
    def taxed(self) -> bool:
        """Whether any tax code is in use; where none is, nothing bears tax."""
        return self.session.scalar(sa.select(Code.id).where(Code.active).limit(1)) is not None

    @cached_property
    def determination(self) -> Determination:
        """The rules that choose taxes."""
        return Determination(self.session)

    def taxes(self, codes: str | None, day: date) -> tuple[Tax, ...]:
        """Return the taxes that a line's ``codes`` name, in their order."""
        wanted = [code for code in (codes or "").split() if code != NO_TAX]
        missing = [code for code in wanted if (code, day) not in self._taxes]
        if missing:
            found = taxes_by_code(self.session, missing, day)
            self._taxes.update(((code, day), tax) for code, tax in found.items())
        unknown = [code for code in wanted if (code, day) not in self._taxes]
        if unknown:
            said = _("There is no tax code {code}.").with_values(code=unknown[0])
            raise InvalidInput(said, fields={"taxes": [said]})
        return tuple(self._taxes[code, day] for code in wanted)

    def chosen_taxes(self, product: Product | None, party: Party, day: date) -> str:
        """Return the codes the rules choose for a product bought of a party."""
        if not self.taxed:
            return NO_TAX
        category = product.tax_category if product is not None else None
        found = self.determination.determine(Facts.of(party, direction="purchase", day=day, category=category)).taxes
        return " ".join(tax.code for tax in found) or NO_TAX


def offers_of(session: Session, product_ids: Iterable[int], party_id: int | None = None) -> dict[int, list[Any]]:
    """Return the prices of suppliers for products, by product."""
    statement = sa.select(SupplierPrice).where(
        SupplierPrice.company_id == session.company_id, SupplierPrice.product_id.in_(sorted(set(product_ids)))
    )
    if party_id is not None:
        statement = statement.where(SupplierPrice.party_id == party_id)
    found: dict[int, list[Any]] = {}
    for row in session.scalars(statement.order_by(SupplierPrice.id)):
        found.setdefault(row.product_id, []).append(row)
    return found


def picked(rows: Sequence[Any], day: date, quantity: Decimal) -> Any:
    """Return the row among prices of a product that holds, or ``None``."""
    offers = [
        Offer(
            id=row.id, supplier=row.party_id, product=row.product_id, price=row.price, least=row.least,
            valid_from=row.valid_from, valid_until=row.valid_until, sequence=row.sequence, lead_days=row.lead_days,
        )
        for row in rows
    ]  # fmt: skip
    found = best(offers, day, quantity)
    return next((row for row in rows if found is not None and row.id == found.id), None)


def complete(terms: Terms, order: Any, lines: Sequence[Any]) -> None:
    """Fill in what the lines of an order leave open: names, units, the supplier's prices, taxes."""
    session = terms.session
    party = session.get(Party, order.party_id)
    if party is None:
        said = _("There is no such supplier.")
        raise InvalidInput(said, fields={"party": [said]})
    order.currency = (order.currency or party.currency or terms.company.currency).upper()
    offers = offers_of(session, [line.product_id for line in lines if line.product_id is not None], order.party_id)
    longest = 0
    for number, line in enumerate(lines):
        line.quantity = line.quantity if line.quantity is not None else Decimal(1)
        line.discount = line.discount if line.discount is not None else ZERO
        product = session.get(Product, line.product_id) if line.product_id is not None else None
        if product is None and not line.description:
            said = _("Give a product or a description.")
            raise InvalidInput(said, fields={f"lines.{number}.description": [said]})
        if product is not None:
            longest = max(longest, _complete_from(terms, order, line, product, offers.get(product.id, [])))
        if line.unit_price is None:
            said = _("Give a price.")
            raise InvalidInput(said, fields={f"lines.{number}.unit_price": [said]})
        line.taxes = (line.taxes or "").strip() or terms.chosen_taxes(product, party, order.date)
    if order.promised_on is None and longest:
        order.promised_on = order.date + timedelta(days=longest)


def _complete_from(terms: Terms, order: Any, line: Any, product: Product, rows: Sequence[Any]) -> int:
    """Complete a line from its product and the supplier's price; return how many days it takes."""
    line.item = product.code
    line.goods = product.kind != "service"
    if product.category_id is not None:
        category = terms.session.get(Category, product.category_id)
        line.category = category.code if category is not None else None
    row = picked(rows, order.date, line.quantity)
    line.unit_id = line.unit_id or (row.unit_id if row is not None else None) or product.purchase_unit_id
    line.unit_id = line.unit_id or product.unit_id
    line.supplier_code = line.supplier_code or (row.supplier_code if row is not None else None)
    line.description = line.description or (row.supplier_name if row is not None else None) or product.name
    if line.unit_price is None and row is not None:
        line.unit_price = _exchanged(terms, row.price, row.currency, order)
    elif line.unit_price is None and product.cost is not None:
        ratio = terms.prices.ratio(product, line.unit_id)
        own = product.cost * ratio.numerator / ratio.denominator
        line.unit_price = _exchanged(terms, round(own, 6), product.currency, order)
    return row.lead_days if row is not None else 0


def _exchanged(terms: Terms, price: Decimal, source: str | None, order: Any) -> Decimal:
    source = source or terms.company.currency
    if source == order.currency:
        return price
    return round(price * terms.prices.rate(source, order.currency, order.date), 6)


def computed(
    terms: Terms, order: Any, lines: Sequence[Any], said: Mapping[Any, tuple[Decimal, Decimal]] | None = None
) -> Computed:
    """Return lines with their taxes, as ordered, or by quantity and price as a bill says."""
    rounding = Rounding.read(order.rounding) if order.rounding else terms.rounding
    return compute(
        [
            Line(
                quantity=line.quantity if said is None else said[line][0],
                unit_price=line.unit_price if said is None else said[line][1],
                discount=line.discount, taxes=terms.taxes(line.taxes, order.date), key=line,
            )
            for line in lines
        ],
        order.currency, rounding=rounding, direction="purchase",
    )  # fmt: skip


def total_up(terms: Terms, order: Any, lines: Sequence[Any]) -> None:
    """Write what the lines come to, and the order."""
    order.rounding = order.rounding or terms.rounding.written()
    done = computed(terms, order, lines)
    for one in done.lines:
        one.key.net, one.key.tax = one.net, one.total - one.net
    order.net, order.tax, order.total = done.net, done.tax, done.total
