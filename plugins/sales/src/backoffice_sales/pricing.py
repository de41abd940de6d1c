"""Prices and taxes of the lines of a quotation or order, computed as every other document is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from backoffice_parties.models import Party
from backoffice_products.api import Category, Prices, Product, units_of
from backoffice_taxes.api import (
    Code,
    Computed,
    Determination,
    Facts,
    Line,
    Rounding,
    Tax,
    compute,
    net_price,
    rounding_of,
    taxes_by_code,
)

from backoffice.core.api import Company, InvalidInput, NotFound, RuleBroken, Session
from backoffice.hookspecs import messages

from .progress import ZERO

_ = messages("sales")

NO_TAX: Final = "–"
"""Written instead of tax codes where a line bears none."""
PERCENT: Final = Decimal("0.000001")


class Terms:
    """What prices and taxes of documents follow from, read once for a call."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._taxes: dict[tuple[str, date], Tax] = {}
        self._products: dict[int, Product] = {}
        self._categories: dict[int, str] = {}

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
        """The price lists."""
        return Prices(self.session)

    @cached_property
    def units(self) -> Mapping[int, Any]:
        """The units of measure."""
        return units_of(self.session)

    @cached_property
    def taxed(self) -> bool:
        """Whether any tax code is in use; where none is, nothing bears tax."""
        return self.session.scalar(sa.select(Code.id).where(Code.active).limit(1)) is not None

    @cached_property
    def determination(self) -> Determination:
        """The rules that choose taxes."""
        return Determination(self.session)

    def product(self, id_: int) -> Product:
        """Return a product. Raises :class:`~backoffice.core.api.InvalidInput` when there is none."""
        found = self._products.get(id_) or self.session.get(Product, id_)
        if found is None:
            said = _("There is no such product.")
            raise InvalidInput(said, fields={"product": [said]})
        self._products[id_] = found
        return found

    def read_products(self, ids: Iterable[int | None]) -> None:
        """Read products by few statements."""
        wanted = sorted({id_ for id_ in ids if id_ is not None} - self._products.keys())
        for start in range(0, len(wanted), 400):
            rows = self.session.scalars(sa.select(Product).where(Product.id.in_(wanted[start : start + 400])))
            self._products.update((row.id, row) for row in rows)

    def category(self, product: Product) -> str | None:
        """Return the code of the category of a product."""
        if product.category_id is None:
            return None
        if product.category_id not in self._categories:
            found = self.session.get(Category, product.category_id)
            self._categories[product.category_id] = found.code if found is not None else ""
        return self._categories[product.category_id] or None

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

    def chosen_taxes(self, product: Product | None, party: Party, country: str | None, day: date) -> str:
        """Return the codes the rules choose for a product sold to a party."""
        if not self.taxed:
            return NO_TAX
        facts = Facts(
            direction="sale", day=day, category=product.tax_category if product is not None else None,
            position=party.tax_position, country=country or party.country or "", registered=bool(party.tax_id),
        )  # fmt: skip
        found = self.determination.determine(facts).taxes
        return " ".join(tax.code for tax in found) or NO_TAX


def complete(terms: Terms, document: Any, lines: Sequence[Any]) -> None:
    """Fill in what the lines of a quotation or order leave open: names, units, prices, taxes."""
    document.currency = (document.currency or _list_currency(terms, document) or terms.company.currency).upper()
    party = terms.session.get(Party, document.party_id)
    terms.read_products(line.product_id for line in lines)
    for number, line in enumerate(lines):
        line.quantity = line.quantity if line.quantity is not None else Decimal(1)
        line.discount = line.discount if line.discount is not None else ZERO
        product = terms.product(line.product_id) if line.product_id is not None else None
        if product is None and not line.description:
            said = _("Give a product or a description.")
            raise InvalidInput(said, fields={f"lines.{number}.description": [said]})
        if product is not None:
            _complete_from(terms, document, line, product)
        if line.unit_price is None:
            said = _("Give a price.")
            raise InvalidInput(said, fields={f"lines.{number}.unit_price": [said]})
        if line.unit_discount and line.unit_discount > line.unit_price:
            said = _("More is taken off than it costs.")
            raise InvalidInput(said, fields={f"lines.{number}.unit_discount": [said]})
        if not (line.taxes or "").strip():
            country = getattr(document, "delivery_country", None)
            line.taxes = terms.chosen_taxes(product, party, country, document.date)


def _list_currency(terms: Terms, document: Any) -> str | None:
    chosen = terms.prices.lists.get(document.price_list_id) if document.price_list_id is not None else None
    return chosen.currency if chosen is not None else None


def _complete_from(terms: Terms, document: Any, line: Any, product: Product) -> None:
    line.item = product.code
    line.description = line.description or product.name
    line.unit_id = line.unit_id or product.sale_unit_id or product.unit_id
    line.ships = product.kind != "service"
    line.category = terms.category(product)
    line.purpose = line.purpose or "revenue"
    if line.unit_price is not None:
        return
    picked = terms.prices.price(
        product, day=document.date, quantity=line.quantity, unit_id=line.unit_id, list_id=document.price_list_id
    )
    if picked.currency and picked.currency != document.currency:
        rate = terms.prices.rate(picked.currency, document.currency, document.date)
        line.unit_price = round(picked.price * rate, 6)
    else:
        line.unit_price = picked.price
    line.inclusive = picked.inclusive


def price_of(line: Any) -> Decimal:
    """Return what one unit of a line costs, the amount off each taken off; a percentage comes off that."""
    price: Decimal = line.unit_price or ZERO
    return price - (line.unit_discount or ZERO)


def discount_of(line: Any, document: Any) -> Decimal:
    """Return the percentage off a line: its own, and the document's off the rest."""
    own, whole = line.discount or ZERO, document.discount or ZERO
    if not own or not whole:
        return own or whole
    return (100 - (100 - own) * (100 - whole) / 100).quantize(PERCENT)


def computed(
    terms: Terms, document: Any, lines: Sequence[Any], quantities: Mapping[Any, Decimal] | None = None
) -> Computed:
    """Return ``lines`` of a document with their taxes, of all that is ordered or of ``quantities`` by line."""
    rounding = Rounding.read(document.rounding) if document.rounding else terms.rounding
    return compute(
        [
            Line(
                unit_price=price_of(line),
                quantity=line.quantity if quantities is None else quantities[line],
                discount=discount_of(line, document),
                taxes=terms.taxes(line.taxes, document.date),
                inclusive=bool(line.inclusive),
                key=line,
            )
            for line in lines
        ],
        document.currency,
        rounding=rounding,
    )


def total_up(
    terms: Terms, document: Any, lines: Sequence[Any], quantities: Mapping[Any, Decimal] | None = None
) -> None:
    """Write what the lines come to, and the document."""
    document.rounding = document.rounding or terms.rounding.written()
    done = computed(terms, document, lines, quantities)
    for one in done.lines:
        one.key.net, one.key.tax = one.net, one.total - one.net
    document.net, document.tax, document.total = done.net, done.tax, done.total


def price_of_nothing(error: NotFound) -> InvalidInput:
    """Return the error for a line without a price."""
    return InvalidInput(error.what, why=error.why, remedy=error.remedy, fields={"unit_price": [str(error.what)]})


__all__ = ["NO_TAX", "Terms", "complete", "computed", "discount_of", "net_price", "price_of", "total_up"]
