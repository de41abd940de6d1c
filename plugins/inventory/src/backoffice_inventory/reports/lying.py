"""What lies long, what turns, and what expires."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - the arguments are called date
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from backoffice_inventory.models import MONEY, QUANTITY, Balance, Layer, Lot, Move, Place
from backoffice_inventory.policy import books_currency
from backoffice_inventory.valuing import ZERO
from backoffice_products.api import Product

from backoffice.core.api import Session, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .naming import name_in, on_day, products_of, summed
from .worth import worths

_ = messages("inventory")


AGES = (30, 60, 90, 180)


def ageing(session: Session, *, date: Date | None = None) -> Table:
    """Return how long what is there has lain, by the layers it came in."""
    day = date or session.today()
    sums: dict[int, list[Decimal]] = {}
    rows = session.execute(
        sa.select(Layer.product_id, Layer.date, Layer.left_value).where(
            Layer.company_id == session.company_id, Layer.left_quantity > 0
        )
    )
    for product, came, value in rows:
        cells = sums.setdefault(product, [ZERO] * (len(AGES) + 1))
        days = (day - came).days
        cells[next((n for n, age in enumerate(AGES) if days <= age), len(AGES))] += value
    products, language, books = products_of(session, sums), session.context.language, books_currency(session)
    spans = [f"{first}–{last}" for first, last in zip((0, *(age + 1 for age in AGES)), AGES, strict=False)]
    columns = [Column("product", _("Product"), "code"), Column("name", _("Name"))]
    for n, span in enumerate([*spans, f"> {AGES[-1]}"]):
        columns.append(
            Column(f"days_{n}", _("{days} days").with_values(days=span), "money", total=True, currency=books)
        )
    made = [
        Row((products[id_].code, name_in(products[id_], language), *cells))
        for id_, cells in sorted(sums.items(), key=lambda item: products[item[0]].code)
    ]
    note = _("Goods valued by their average or a standard have no layers and are left out.")
    return Table(
        columns, made, title=translate(_("Age of stock"), language), subtitle=on_day(session, date), notes=(note,)
    )


def turnover(session: Session, *, date_from: Date | None = None, date_until: Date | None = None) -> Table:
    """Return what left at which cost, how often the stock was turned, and the class that follows from it."""
    until = date_until or session.today()
    first = date_from or until - timedelta(days=365)
    cost = _delivered(session, first, until)
    before, after = worths(session, first - timedelta(days=1)), worths(session, until)
    total, passed = sum((value for _quantity, value in cost.values()), ZERO), ZERO
    products, language, books = products_of(session, cost), session.context.language, books_currency(session)
    rows = []
    for id_, (quantity, value) in sorted(cost.items(), key=lambda item: (-item[1][1], item[0])):
        share = passed / total if total else ZERO
        passed += value
        stock = sum((pair[1] for some in (before, after) for key, pair in some.items() if key[0] == id_), ZERO) / 2
        name = "A" if share < Decimal("0.8") else "B" if share < Decimal("0.95") else "C"
        rows.append(
            Row(
                (
                    products[id_].code, name_in(products[id_], language), quantity, value, round(stock, 2),
                    round(value / stock, 2) if stock else None, name,
                ),
                link=Link(report="inventory.moves", parameters={"product": id_}),
            )
        )  # fmt: skip
    columns = (
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("quantity", _("Delivered"), "quantity"),
        Column("cost", _("At cost"), "money", total=True, currency=books),
        Column("stock", _("Stock on average"), "money", currency=books),
        Column("turns", _("Turns"), "quantity"),
        Column("class", _("Class"), "code"),
    )
    subtitle = f"{on_day(session, first)} – {on_day(session, until)}"
    return Table(columns, rows, title=translate(_("Turnover of stock"), language), subtitle=subtitle)


def _delivered(session: Session, first: Date, until: Date) -> dict[int, tuple[Decimal, Decimal]]:
    found: dict[int, tuple[Decimal, Decimal]] = {}
    for column, sign in ((Move.to_id, 1), (Move.from_id, -1)):
        rows = session.execute(
            sa.select(Move.product_id, summed(Move.quantity, QUANTITY), summed(Move.value, MONEY))
            .join(Place, Place.id == column)
            .where(Move.company_id == session.company_id, Move.date.between(first, until), Place.kind == "customer")
            .group_by(Move.product_id)
        )
        for product, quantity, value in rows:
            before = found.get(product, (ZERO, ZERO))
            found[product] = (before[0] + sign * quantity, before[1] + sign * value)
    return found


def expiring(session: Session, *, until: Date | None = None) -> Table:
    """Return the lots in stock that expire until a day, those that expired among them."""
    day = until or session.today() + timedelta(days=30)
    language = session.context.language
    rows = session.execute(
        sa.select(Lot.id, Lot.code, Lot.expires, Lot.state, Product.code.label("product"), Product.name,
                  Product.translations, Place.code.label("place"), Balance.on_hand, Balance.reserved)
        .join(Balance, Balance.lot == Lot.id)
        .join(Product, Product.id == Lot.product_id)
        .join(Place, Place.id == Balance.place_id)
        .where(Balance.company_id == session.company_id, Lot.expires <= day, Balance.on_hand > 0)
        .order_by(Lot.expires, Lot.code)
    )  # fmt: skip
    made = [
        Row(
            (row.expires, row.product, name_in(row, language), row.code, row.place, row.on_hand, row.reserved),
            link=Link(resource="inventory.lot", id=row.id),
        )
        for row in rows
    ]
    columns = (
        Column("expires", _("Expires on"), "date"),
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("lot", _("Lot"), "code"),
        Column("place", _("Place"), "code"),
        Column("on_hand", _("There"), "quantity"),
        Column("reserved", _("Set aside"), "quantity"),
    )
    return Table(columns, made, title=translate(_("What expires"), language), subtitle=on_day(session, day))
