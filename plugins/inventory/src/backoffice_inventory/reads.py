"""The queries goods move by, each compiled once.

Whoever moves goods locks the worth of their products first and their balances after it, each in the order of its key;
whoever only sets goods aside locks balances alone. Nobody can then wait for another in a circle.
"""

from __future__ import annotations

import sqlalchemy as sa
from backoffice_products.api import Category, Product, Unit

from backoffice.core.api import Company, Read, among

from .models import Balance, Document, Item, Lot, Place, Reservation, Worth

PRODUCTS = Read(
    sa.select(Product.id, Product.code, Product.kind, Product.cost, Product.currency, Unit.step, Unit.code)
    .join(Unit, Unit.id == Product.unit_id)
    .where(among(Product.id, "products"))
)
CATEGORIES = Read(
    sa.select(Product.id, Category.code)
    .join(Category, Category.id == Product.category_id)
    .where(among(Product.id, "products"))
)
ITEMS = Read(
    sa.select(Item.product_id, Item.counted, Item.method, Item.tracking, Item.expires, Item.standard_cost).where(
        Item.company_id == sa.bindparam("company"), among(Item.product_id, "products")
    )
)
WORTHS = Read(
    sa.select(
        Worth.id, Worth.product_id, Worth.pool, Worth.method, Worth.quantity, Worth.value, Worth.last_quantity,
        Worth.last_value, Worth.last_date, Worth.since_move,
    )
    .where(Worth.company_id == sa.bindparam("company"), among(Worth.product_id, "products"))
    .order_by(Worth.product_id, Worth.pool)
    .with_for_update()
)  # fmt: skip
BALANCES = Read(
    sa.select(
        Balance.id, Balance.product_id, Balance.place_id, Balance.lot, Balance.on_hand, Balance.reserved,
        Balance.negative, Place.sells, Place.sequence,
    )
    .join(Place, Place.id == Balance.place_id)
    .where(Balance.company_id == sa.bindparam("company"), among(Balance.product_id, "products"))
    .order_by(Balance.product_id, Balance.place_id, Balance.lot)
    .with_for_update(of=Balance)
)  # fmt: skip
LOTS = Read(
    sa.select(Lot.id, Lot.product_id, Lot.code, Lot.expires, Lot.state).where(among(Lot.product_id, "products"),
    among(Lot.code, "codes"))
)  # fmt: skip
LOTS_BY_ID = Read(sa.select(Lot.id, Lot.product_id, Lot.code, Lot.expires, Lot.state).where(among(Lot.id, "ids")))
ASIDE = Read(
    sa.select(
        Reservation.id, Reservation.source, Reservation.key, Reservation.product_id, Reservation.place_id,
        Reservation.lot, Reservation.quantity,
    )
    .where(
        Reservation.company_id == sa.bindparam("company"),
        Reservation.source == sa.bindparam("source"),
        among(Reservation.key, "keys"),
    )
    .order_by(Reservation.source, Reservation.key, Reservation.product_id, Reservation.place_id, Reservation.lot)
)  # fmt: skip
PAPERS = Read(
    sa.select(Document.id, Document.source_key, Document.kind, Document.state).where(
        Document.company_id == sa.bindparam("company"),
        Document.source == sa.bindparam("source"),
        among(Document.source_key, "keys"),
    )
)
CURRENCY = Read(sa.select(Company.currency).where(Company.id == sa.bindparam("company")))
