"""Reports: what is there, what it is worth, what moved, what lies long, what turns, what expires, what will be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date as Date  # noqa: N812 - the arguments are called date
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from backoffice_products.api import Product

from backoffice.core.api import InvalidInput, Session, format_date, translate
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .models import KINDS, MONEY, QUANTITY, Balance, Document, Layer, Lot, Move, Place, ValueChange, Worth
from .policy import books_currency
from .valuing import ZERO
from .verifying import right_worths

_ = messages("inventory")


def name_in(record: Any, language: str) -> str:
    """Return the name of a record in ``language``, or its plain name where it has none there."""
    return str((record.translations or {}).get(language, {}).get("name") or record.name)


def products_of(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return code and name of products."""
    wanted = sorted(set(ids))
    rows = session.execute(
        sa.select(Product.id, Product.code, Product.name, Product.translations, Product.category_id).where(
            Product.id.in_(wanted)
        )
    )
    return {row.id: row for row in rows}


def places_of(session: Session) -> dict[int, Any]:
    """Return the company's places."""
    rows = session.execute(
        sa.select(
            Place.id, Place.code, Place.name, Place.translations, Place.kind, Place.pool, Place.consigned, Place.sells
        ).where(Place.company_id == session.company_id)
    )
    return {row.id: row for row in rows}


def _sum(column: Any, type_: Any) -> Any:
    return sa.type_coerce(sa.func.sum(column), type_)


def _on(session: Session, day: Date | None) -> str:
    day = day or session.today()
    return format_date(day, language=session.context.language)


# -- what is there -----------------------------------------------------------------------------------------------------


def quantities(
    session: Session, day: Date | None, place_id: int | None = None, product_id: int | None = None
) -> dict[tuple[int, int, int], Decimal]:
    """Return what was there at the end of a day, by product, place of our own and lot.

    It starts from the balances and takes off what moved later, so that a day not long ago costs little.
    """
    statement = sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.on_hand).where(
        Balance.company_id == session.company_id
    )
    if place_id is not None:
        statement = statement.where(Balance.place_id == place_id)
    if product_id is not None:
        statement = statement.where(Balance.product_id == product_id)
    found = {(row.product_id, row.place_id, row.lot): row.on_hand for row in session.execute(statement)}
    if day is None or day >= session.today():
        return found
    ours = {id_ for id_, place in places_of(session).items() if place.kind in {"internal", "transit"}}
    for column, sign in ((Move.to_id, -1), (Move.from_id, 1)):
        later = (
            sa.select(Move.product_id, column, Move.lot_id, _sum(Move.quantity, QUANTITY))
            .where(Move.company_id == session.company_id, Move.date > day)
            .group_by(Move.product_id, column, Move.lot_id)
        )
        if place_id is not None:
            later = later.where(column == place_id)
        if product_id is not None:
            later = later.where(Move.product_id == product_id)
        for product, place, lot, quantity in session.execute(later):
            if place in ours:
                key = (product, place, lot or 0)
                found[key] = found.get(key, ZERO) + sign * quantity
    return found


def on_hand(
    session: Session, *, date: Date | None = None, place_id: int | None = None, product_id: int | None = None
) -> Table:
    """Return what was there at the end of a day, and of today what is set aside and free."""
    now = date is None or date >= session.today()
    found = {key: quantity for key, quantity in quantities(session, date, place_id, product_id).items() if quantity}
    aside: Mapping[tuple[int, int, int], Decimal] = {}
    if now:
        aside = {
            (row.product_id, row.place_id, row.lot): row.reserved
            for row in session.execute(
                sa.select(Balance.product_id, Balance.place_id, Balance.lot, Balance.reserved).where(
                    Balance.company_id == session.company_id, Balance.reserved != 0
                )
            )
        }
    products, places = products_of(session, {key[0] for key in found}), places_of(session)
    lots = _lots(session, {key[2] for key in found if key[2]})
    language = session.context.language
    rows = []
    for key in sorted(found, key=lambda k: (products[k[0]].code, places[k[1]].code, k[2])):
        product, place, quantity = products[key[0]], places[key[1]], found[key]
        cells: tuple[Any, ...] = (
            product.code, name_in(product, language), name_in(place, language),
            lots[key[2]].code if key[2] else None, quantity,
        )  # fmt: skip
        if now:
            cells += (aside.get(key, ZERO), quantity - aside.get(key, ZERO))
        rows.append(Row(cells, link=Link(report="inventory.moves", parameters={"product": product.id})))
    columns = [
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("place", _("Place")),
        Column("lot", _("Lot"), "code"),
        Column("on_hand", _("There"), "quantity"),
    ]
    if now:
        columns += [
            Column("reserved", _("Set aside"), "quantity"),
            Column("free", _("Free"), "quantity"),
        ]
    return Table(columns, rows, title=translate(_("Stock on hand"), language), subtitle=_on(session, date))


def _lots(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in session.execute(sa.select(Lot.id, Lot.code, Lot.expires).where(Lot.id.in_(wanted)))}


# -- what it is worth --------------------------------------------------------------------------------------------------


def worths(session: Session, day: Date | None) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    """Return quantity and value at the end of a day, by product and by whose cost it shares."""
    rows = session.execute(
        sa.select(Worth.product_id, Worth.pool, Worth.quantity, Worth.value).where(
            Worth.company_id == session.company_id
        )
    )
    found = {(row.product_id, row.pool): (row.quantity, row.value) for row in rows}
    if day is None or day >= session.today():
        return found
    places = places_of(session)

    def valued(id_: int) -> bool:
        return places[id_].kind in {"internal", "transit"} and not places[id_].consigned

    later = session.execute(
        sa.select(
            Move.product_id, Move.from_id, Move.to_id, _sum(Move.quantity, QUANTITY), _sum(Move.value, MONEY),
            _sum(Move.difference, MONEY),
        )
        .where(Move.company_id == session.company_id, Move.date > day)
        .group_by(Move.product_id, Move.from_id, Move.to_id)
    )  # fmt: skip
    for product, from_id, to_id, quantity, value, difference in later:
        leaves, comes = valued(from_id), valued(to_id)
        if leaves and comes and places[from_id].pool == places[to_id].pool:
            continue
        if leaves:
            _add(found, (product, places[from_id].pool), quantity, value)
        if comes:
            _add(found, (product, places[to_id].pool), -quantity, -(value - difference if leaves else value))
    changes = session.execute(
        sa.select(ValueChange.product_id, ValueChange.pool, _sum(ValueChange.amount, MONEY))
        .where(ValueChange.company_id == session.company_id, ValueChange.date > day)
        .group_by(ValueChange.product_id, ValueChange.pool)
    )
    for product, pool, amount in changes:
        _add(found, (product, pool), ZERO, -amount)
    return found


def _add(
    found: dict[tuple[int, int], tuple[Decimal, Decimal]], key: tuple[int, int], quantity: Decimal, value: Decimal
) -> None:
    before = found.get(key, (ZERO, ZERO))
    found[key] = (before[0] + quantity, before[1] + value)


def valuation(session: Session, *, date: Date | None = None, product_id: int | None = None) -> Table:
    """Return what stock was worth at the end of a day."""
    sums: dict[int, tuple[Decimal, Decimal]] = {}
    for (product, _pool), (quantity, value) in worths(session, date).items():
        if product_id in {None, product} and (quantity or value):
            before = sums.get(product, (ZERO, ZERO))
            sums[product] = (before[0] + quantity, before[1] + value)
    products, language = products_of(session, sums), session.context.language
    rows = [
        Row(
            (
                products[id_].code, name_in(products[id_], language), quantity,
                round(value / quantity, 6) if quantity else None, value,
            ),
            link=Link(report="inventory.moves", parameters={"product": id_}),
        )
        for id_, (quantity, value) in sorted(sums.items(), key=lambda item: products[item[0]].code)
    ]  # fmt: skip
    columns = (
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("unit_cost", _("Cost of one"), "quantity"),
        Column("value", _("Value"), "money", total=True, currency=books_currency(session)),
    )
    return Table(columns, rows, title=translate(_("Value of stock"), language), subtitle=_on(session, date))


# -- what moved --------------------------------------------------------------------------------------------------------


def moves(
    session: Session,
    *,
    product_id: int,
    date_from: Date | None = None,
    date_until: Date | None = None,
    place_id: int | None = None,
    hide_reversed: bool = False,
) -> Table:
    """Return what moved of a product, in the order of its days, with what was there after each."""
    places, language = places_of(session), session.context.language
    statement = (
        sa.select(
            Move.id, Move.date, Move.from_id, Move.to_id, Move.quantity, Move.value, Move.lot_id, Move.document_id,
            Document.number, Document.kind, Document.state, Document.reverses_id,
        )
        .join(Document, Document.id == Move.document_id)
        .where(Move.company_id == session.company_id, Move.product_id == product_id)
        .order_by(Move.date, Move.id)
    )  # fmt: skip
    changed: dict[int | None, Decimal] = dict(
        session.execute(
            sa.select(ValueChange.move_id, _sum(ValueChange.amount, MONEY))
            .where(ValueChange.product_id == product_id, ValueChange.move_id.is_not(None))
            .group_by(ValueChange.move_id)
        ).all()
    )
    lots = _lots(
        session,
        session.scalars(
            sa.select(Move.lot_id).where(Move.product_id == product_id, Move.lot_id.is_not(None)).distinct()
        ),
    )
    running, rows = ZERO, []
    for row in session.execute(statement):
        change = _change(row, places, place_id)
        if hide_reversed and (row.state == "reversed" or row.reverses_id is not None):
            continue
        if change is None:
            continue
        running += change
        if (date_from is not None and row.date < date_from) or (date_until is not None and row.date > date_until):
            continue
        sign = 1 if change >= 0 else -1
        cells = (
            row.date, row.number, translate(KINDS[row.kind], language), name_in(places[row.from_id], language),
            name_in(places[row.to_id], language), lots[row.lot_id].code if row.lot_id is not None else None, change,
            sign * row.value + changed.get(row.id, ZERO), running,
        )  # fmt: skip
        rows.append(Row(cells, link=Link(resource="inventory.document", id=row.document_id)))
    columns = (
        Column("date", _("Date"), "date"),
        Column("number", _("Number"), "code"),
        Column("kind", _("Kind")),
        Column("from", _("From")),
        Column("to", _("To")),
        Column("lot", _("Lot"), "code"),
        Column("quantity", _("Quantity"), "quantity", total=True),
        Column("value", _("Value"), "money", total=True, currency=books_currency(session)),
        Column("after", _("There after it"), "quantity"),
    )
    known = products_of(session, [product_id])
    if product_id not in known:
        raise InvalidInput(_("There is no such product."))
    return Table(columns, rows, title=name_in(known[product_id], language), subtitle=str(known[product_id].code))


def _change(row: Any, places: Mapping[int, Any], place_id: int | None) -> Decimal | None:
    """Return by how much a move changed what is ours, or what is at one place; nothing where it did not."""
    if place_id is not None:
        if place_id not in {row.from_id, row.to_id}:
            return None
        return row.quantity if row.to_id == place_id else -row.quantity  # type: ignore[no-any-return]
    ours = {id_ for id_ in (row.from_id, row.to_id) if places[id_].kind in {"internal", "transit"}}
    if len(ours) != 1:
        return None
    return row.quantity if row.to_id in ours else -row.quantity  # type: ignore[no-any-return]


# -- what lies, turns and expires --------------------------------------------------------------------------------------

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
        columns, made, title=translate(_("Age of stock"), language), subtitle=_on(session, date), notes=(note,)
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
    subtitle = f"{_on(session, first)} – {_on(session, until)}"
    return Table(columns, rows, title=translate(_("Turnover of stock"), language), subtitle=subtitle)


def _delivered(session: Session, first: Date, until: Date) -> dict[int, tuple[Decimal, Decimal]]:
    found: dict[int, tuple[Decimal, Decimal]] = {}
    for column, sign in ((Move.to_id, 1), (Move.from_id, -1)):
        rows = session.execute(
            sa.select(Move.product_id, _sum(Move.quantity, QUANTITY), _sum(Move.value, MONEY))
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
    return Table(columns, made, title=translate(_("What expires"), language), subtitle=_on(session, day))


def trace(session: Session, *, lot_id: int) -> Table:
    """Return where a lot came from and where it went, both ways: what is recalled is found by it."""
    places, language = places_of(session), session.context.language
    rows = session.execute(
        sa.select(Move.date, Move.quantity, Move.from_id, Move.to_id, Move.document_id, Document.number, Document.kind,
                  Document.reference, Document.source_key, Document.party_id)
        .join(Document, Document.id == Move.document_id)
        .where(Move.lot_id == lot_id)
        .order_by(Move.date, Move.id)
    ).all()  # fmt: skip
    names = _parties(session, {row.party_id for row in rows if row.party_id is not None})
    made = [
        Row(
            (
                row.date, row.number, translate(KINDS[row.kind], language), name_in(places[row.from_id], language),
                name_in(places[row.to_id], language), row.quantity, names.get(row.party_id),
                row.reference or row.source_key,
            ),
            link=Link(resource="inventory.document", id=row.document_id),
        )
        for row in rows
        if row.from_id in places
    ]  # fmt: skip
    columns = (
        Column("date", _("Date"), "date"),
        Column("number", _("Number"), "code"),
        Column("kind", _("Kind")),
        Column("from", _("From")),
        Column("to", _("To")),
        Column("quantity", _("Quantity"), "quantity"),
        Column("party", _("Customer or supplier")),
        Column("reference", _("Reference"), "code"),
    )
    lot = session.get(Lot, lot_id)
    return Table(columns, made, title=str(lot.code) if lot is not None else "")


def _parties(session: Session, ids: Iterable[int]) -> dict[int | None, str]:
    from backoffice_parties.models import Party

    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session.execute(sa.select(Party.id, Party.name, Party.translations).where(Party.id.in_(wanted)))
    return {row.id: name_in(row, session.context.language) for row in rows}


def forecast(session: Session, *, until: Date | None = None, place_id: int | None = None) -> Table:
    """Return what there will be of each product when confirmed orders have come and gone."""
    from .reordering import forecasts

    day = until or session.today() + timedelta(days=30)
    place = session.get(Place, place_id) if place_id is not None else None
    found = {
        id_: one for id_, one in forecasts(session, None, place, day).items() if one.on_hand or one.coming or one.going
    }
    products, language = products_of(session, found), session.context.language
    rows = [
        Row(
            (
                products[id_].code, name_in(products[id_], language), one.on_hand, one.reserved, one.coming, one.going,
                one.projected,
            ),
            link=Link(report="inventory.moves", parameters={"product": id_}),
        )
        for id_, one in sorted(found.items(), key=lambda item: products[item[0]].code)
    ]  # fmt: skip
    columns = (
        Column("product", _("Product"), "code"),
        Column("name", _("Name")),
        Column("on_hand", _("There"), "quantity"),
        Column("reserved", _("Set aside"), "quantity"),
        Column("coming", _("Will come"), "quantity"),
        Column("going", _("Will go"), "quantity"),
        Column("projected", _("Will be there"), "quantity"),
    )
    return Table(columns, rows, title=translate(_("Forecast of stock"), language), subtitle=_on(session, day))


def drift(session: Session) -> Table:
    """Return where what follows from the moves differs from them; an empty table is right."""
    from .verifying import check

    rows = [
        Row((one["kind"], one["product"], one["where"], one["stored"], one["right"])) for one in check(session)["drift"]
    ]
    columns = (
        Column("kind", _("What"), "code"),
        Column("product", _("Product"), "code"),
        Column("where", _("Where"), "code"),
        Column("stored", _("Stored"), "quantity"),
        Column("right", _("By the moves"), "quantity"),
    )
    return Table(columns, rows, title=translate(_("Check of the stock"), session.context.language))


def sums_to_nothing(session: Session) -> Iterator[tuple[int, Decimal]]:
    """Yield products whose moves do not add up to nothing over all places; there are none."""
    places: dict[tuple[int, int], Decimal] = {}
    for column, sign in ((Move.to_id, 1), (Move.from_id, -1)):
        for product, place, quantity in session.execute(
            sa.select(Move.product_id, column, _sum(Move.quantity, QUANTITY)).group_by(Move.product_id, column)
        ):
            places[product, place] = places.get((product, place), ZERO) + sign * quantity
    for product in sorted({key[0] for key in places}):
        total = sum((quantity for key, quantity in places.items() if key[0] == product), ZERO)
        if total:
            yield product, total


__all__ = [
    "ageing", "drift", "expiring", "forecast", "moves", "on_hand", "quantities", "right_worths", "sums_to_nothing",
    "trace", "turnover", "valuation", "worths",
]  # fmt: skip
