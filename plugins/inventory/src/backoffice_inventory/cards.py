"""Cards: what stock is worth, what is short, what expires; and what is there of a product on its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Product

from backoffice.core.api import Session
from backoffice.hookspecs import Card, Column, Link, Row, Table, messages

from .announcing import key_of
from .models import MONEY, Balance, Document, Lot, Place, Rule, Worth
from .policy import books_currency
from .reports import name_in
from .valuing import ZERO

_ = messages("inventory")

MOST = 8
SOON = 30
"""Days ahead in which what expires is shown."""


def cards(place: str, session: Session, subject: Any) -> Sequence[Card]:
    """Return the cards for ``place``."""
    if session.company_id is None:
        return ()
    if place == "dashboard":
        return list(_dashboard(session))
    if place == "products.product" and isinstance(subject, Product) and subject.kind == "storable":
        return list(_of_product(session, subject))
    if place == "inventory.document" and isinstance(subject, Document):
        return list(_of_document(session, subject))
    return ()


def _dashboard(session: Session) -> Iterator[Card]:
    value = session.scalar(
        sa.select(sa.type_coerce(sa.func.sum(Worth.value), MONEY)).where(Worth.company_id == session.company_id)
    )
    if value is None:
        return
    yield Card(
        _("Value of stock"), value=value, kind="money", currency=books_currency(session),
        link=Link(report="inventory.valuation"), permission="inventory.valuation", order=60,
    )  # fmt: skip
    expiring = _expiring(session)
    if expiring:
        yield Card(
            _("Lots that expire soon"), value=expiring, link=Link(report="inventory.expiring"),
            permission="inventory.expiring", order=62,
        )  # fmt: skip
    short = _short(session)
    if short:
        yield Card(_("What is short"), table=_table(session, short), permission="inventory.on_hand", order=64)


def _expiring(session: Session) -> int:
    found: int | None = session.scalar(
        sa.select(sa.func.count(sa.distinct(Lot.id)))
        .join(Balance, Balance.lot == Lot.id)
        .where(
            Balance.company_id == session.company_id,
            Balance.on_hand > 0,
            Lot.expires <= session.today() + timedelta(days=SOON),
        )
    )
    return found or 0


def _short(session: Session) -> list[Any]:
    """Return rules whose place has less than the least, the shortest first."""
    free = sa.func.coalesce(sa.func.sum(Balance.on_hand - Balance.reserved), 0)
    there = sa.and_(Balance.product_id == Rule.product_id, Balance.place_id == Rule.place_id)
    rows = session.execute(
        sa.select(
            Rule.id, Rule.product_id, Rule.minimum, sa.type_coerce(free, Rule.__table__.c.minimum.type).label("free")
        )
        .join(Balance, there, isouter=True)
        .where(Rule.company_id == session.company_id, Rule.active)
        .group_by(Rule.id, Rule.product_id, Rule.minimum)
        .having(free < Rule.minimum)
        .order_by((free - Rule.minimum), Rule.id)
        .limit(MOST)
    )
    return list(rows)


def _table(session: Session, short: Sequence[Any]) -> Table:
    ids = {row.product_id for row in short}
    products = {row.id: row for row in session.scalars(sa.select(Product).where(Product.id.in_(ids)))}
    language = session.context.language
    return Table(
        (
            Column("product", _("Product")),
            Column("free", _("Free"), "quantity"),
            Column("minimum", _("Least"), "quantity"),
        ),
        [
            Row(
                (name_in(products[row.product_id], language), row.free, row.minimum),
                link=Link(report="inventory.moves", parameters={"product": row.product_id}),
            )
            for row in short
        ],
    )


def _of_product(session: Session, product: Product) -> Iterator[Card]:
    row = session.execute(
        sa.select(sa.func.sum(Balance.on_hand), sa.func.sum(Balance.reserved))
        .join(Place, Place.id == Balance.place_id)
        .where(Balance.company_id == session.company_id, Balance.product_id == product.id, Place.sells)
    ).one()
    there, aside = (_exact(value) for value in row)
    link = Link(report="inventory.moves", parameters={"product": product.id})
    yield Card(_("There"), value=there, kind="quantity", link=link, permission="inventory.on_hand", order=10)
    yield Card(_("Free"), value=there - aside, kind="quantity", permission="inventory.on_hand", order=12)


def _of_document(session: Session, document: Document) -> Iterator[Card]:
    """Yield the entries the books made of a document, each with its page."""
    key = key_of(document.source, document.source_key, document.kind, document.id)
    rows = [
        Row((one.number,), link=Link(resource="accounting.entry", id=one.id))
        for some in session.hooks.call("accounting_entries_of", session=session, source="inventory", key=key)
        for one in some
    ]
    columns = (Column("number", _("Number"), "code"),)
    if rows:
        yield Card(_("Entries in the books"), table=Table(columns, rows), permission="accounting.entry.read", order=10)


def _exact(value: Any) -> Decimal:
    return ZERO if value is None else Decimal(value)
