"""Reports of products: what everything costs in a price list on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, NotFound, Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .catalogue import Prices, categories_above
from .models import PriceList, Product

_ = messages("products")


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((record.translations or {}).get(language, {}).get("name") or record.name)


def prices(
    session: Session,
    *,
    list_id: int,
    date: date | None = None,
    category_id: int | None = None,
) -> Table:
    """Return what one unit of every product that is sold costs in a price list on a day, and why."""
    chosen: PriceList | None = session.get(PriceList, list_id)
    if chosen is None:
        said = _("There is no such price list in use.")
        raise InvalidInput(said, fields={"list": [said]})
    day = date or session.today()
    language = session.context.language
    known = Prices(session)
    rows = []
    for product in session.scalars(
        sa.select(Product).where(Product.active, Product.sold).order_by(Product.code, Product.id)
    ):
        if category_id is not None and category_id not in categories_above(session, product.category_id):
            continue
        rows.append(_row(known, product, list_id, day, language))
    columns = (
        Column("code", _("Code"), "code"),
        Column("name", _("Name")),
        Column("unit", _("Unit"), "code"),
        Column("price", _("Price"), "quantity"),
        Column("why", _("Why")),
    )
    subtitle = translate(
        _("{currency}, on {day}").with_values(currency=chosen.currency, day=format_date(day, language=language)),
        language,
    )
    return Table(columns, rows, title=name_in(chosen, language), subtitle=subtitle)


def _row(known: Prices, product: Product, list_id: int, day: date, language: str) -> Row:
    unit_id = product.sale_unit_id if product.sale_unit_id is not None else product.unit_id
    try:
        picked = known.price(product, day=day, unit_id=unit_id, list_id=list_id)
        price, why = picked.price, translate(picked.why[-1], language)
    except NotFound as error:
        price, why = None, translate(error.what, language)
    return Row(
        (product.code, name_in(product, language), known.units[unit_id].code, price, why),
        link=Link(resource="products.product", id=product.id),
    )
