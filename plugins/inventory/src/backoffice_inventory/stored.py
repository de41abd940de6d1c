"""What moving goods needs to know, read once for all the papers of a transaction, and locked in one order.

Whoever moves goods locks the worth of their products first and their balances after it, each in the order of its key;
whoever only sets goods aside locks balances alone. Nobody can then wait for another in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from backoffice_products.api import Category, Product, Unit
from sqlalchemy.dialects.postgresql import insert as insert_postgresql

from backoffice.core.api import Company, Read, RuleBroken, Session, among, currency
from backoffice.hookspecs import messages

from .models import Balance, Document, Item, Layer, Lot, Move, Place, Reservation, Worth
from .valuing import ZERO, Stock
from .valuing import Layer as OpenLayer

_ = messages("inventory")

FEW, MANY = 3, 100
"""Open layers read for a product at first, and each time more are needed."""


class ProductFacts(NamedTuple):
    """A product as stock needs it."""

    id: int
    code: str
    kind: str
    cost: Decimal | None
    currency: str | None
    step: Decimal
    unit: str
    category: str | None = None


class ItemFacts(NamedTuple):
    """How a product is kept in a company."""

    product_id: int
    counted: bool = True
    method: str | None = None
    tracking: str = "none"
    expires: bool = False
    standard_cost: Decimal | None = None


@dataclass(slots=True, eq=False)
class Held:
    """A balance: what is at a place, of a lot, and set aside of it."""

    id: int | None
    product_id: int
    place_id: int
    lot: int
    on_hand: Decimal
    reserved: Decimal
    negative: bool
    sells: bool = False
    sequence: int = 0
    expires: date | None = None
    blocked: bool = False
    changed: bool = False

    @property
    def free(self) -> Decimal:
        """What may still be promised."""
        return self.on_hand - self.reserved


@dataclass(slots=True, eq=False)
class Aside:
    """A reservation."""

    id: int | None
    source: str
    key: str
    product_id: int
    place_id: int
    lot: int
    quantity: Decimal
    before: Decimal = ZERO


@dataclass(slots=True, eq=False)
class Valued:
    """The worth of a product where its goods share one cost."""

    id: int
    stock: Stock
    method: str
    last_date: date | None
    since_move: int


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
_LAYER = (
    Layer.id, Layer.move_id, Layer.date, Layer.quantity, Layer.value, Layer.left_quantity, Layer.left_value,
)  # fmt: skip
_OF = (
    Layer.company_id == sa.bindparam("company"),
    Layer.product_id == sa.bindparam("product"),
    Layer.pool == sa.bindparam("pool"),
    Layer.left_quantity != sa.literal_column("0"),
)
_OLDEST = (
    sa.select(*_LAYER)
    .where(
        *_OF,
        Layer.date >= sa.bindparam("day"),
        sa.or_(Layer.date > sa.bindparam("day"), Layer.id > sa.bindparam("last")),
    )
    .order_by(Layer.company_id, Layer.product_id, Layer.pool, Layer.date, Layer.id)
)
_NEWEST = (
    sa.select(*_LAYER)
    .where(
        *_OF,
        Layer.date <= sa.bindparam("day"),
        sa.or_(Layer.date < sa.bindparam("day"), Layer.id < sa.bindparam("last")),
    )
    .order_by(Layer.company_id.desc(), Layer.product_id.desc(), Layer.pool.desc(), Layer.date.desc(), Layer.id.desc())
)
READS = {
    "lifo": (Read(_NEWEST.limit(FEW)), Read(_NEWEST.limit(MANY))),
    "fifo": (Read(_OLDEST.limit(FEW)), Read(_OLDEST.limit(MANY))),
}
PAPERS = Read(
    sa.select(Document.id, Document.source_key, Document.kind, Document.state).where(
        Document.company_id == sa.bindparam("company"),
        Document.source == sa.bindparam("source"),
        among(Document.source_key, "keys"),
    )
)
CURRENCY = Read(sa.select(Company.currency).where(Company.id == sa.bindparam("company")))
FIRST, LAST = date(1, 1, 1), date(9999, 12, 31)


@dataclass(slots=True)
class Policy:
    """What a company chose."""

    method: str = "fifo"
    cost_places: int | None = None
    backdating: str = "replay"
    taking_reserved: str = "refuse"

    @classmethod
    def of(cls, session: Session) -> Policy:
        """Return the choices of the session's company."""
        known: Policy | None = session.info.get("inventory.policy")
        if known is None:
            asked = ("method", "cost_places", "backdating", "taking_reserved")
            method, places, backdating, taking = (session.setting("inventory", name) for name in asked)
            known = cls(method, None if places == "exact" else int(places), backdating, taking)
            session.info["inventory.policy"] = known
        return known


def books_currency(session: Session) -> str:
    """Return the currency of the session's company. Raises :class:`~backoffice.core.api.RuleBroken` without one."""
    known: str | None = session.info.get("inventory.currency")
    if known is None:
        found = CURRENCY.first(session, company=session.company_id) if session.company_id is not None else None
        if found is None:
            raise RuleBroken(_("No company was chosen."), remedy=_("Choose one of your companies and try again."))
        session.info["inventory.currency"] = known = found[0]
    return str(known)


class Loader:
    """Reads the open layers of a product in the order they are used, a few first."""

    def __init__(self, session: Session, company: int, product_id: int, pool: int, method: str) -> None:
        self.session = session
        self.reads = READS["lifo" if method == "lifo" else "fifo"]
        first = (LAST, 2**62) if method == "lifo" else (FIRST, 0)
        self.values: dict[str, Any] = {
            "company": company, "product": product_id, "pool": pool, "day": first[0], "last": first[1]
        }  # fmt: skip
        self.read = 0
        self.ended = False

    def asked(self) -> tuple[Read, dict[str, Any]]:
        """Return what is read next."""
        return self.reads[min(self.read, 1)], dict(self.values)

    def taken(self, rows: list[tuple[Any, ...]]) -> list[OpenLayer]:
        """Return rows that were read as layers, and remember where to go on."""
        self.ended = len(rows) < (FEW if not self.read else MANY)
        self.read += 1
        if rows:
            self.values |= {"day": rows[-1][2], "last": rows[-1][0]}
        return [
            OpenLayer(move, day, quantity, value, left, left_value, id_)
            for id_, move, day, quantity, value, left, left_value in rows
        ]

    def __call__(self) -> list[OpenLayer]:
        """Return the next layers, none when there are no more."""
        if self.ended:
            return []
        read, values = self.asked()
        return self.taken(read.rows(self.session, **values))


@dataclass(slots=True)
class Stored:
    """The state of some products, held until the transaction ends."""

    session: Session
    company: int
    currency: str
    policy: Policy
    products: dict[int, ProductFacts] = field(default_factory=dict)
    items: dict[int, ItemFacts] = field(default_factory=dict)
    worths: dict[tuple[int, int], Valued] = field(default_factory=dict)
    balances: dict[int, list[Held]] = field(default_factory=dict)
    by_key: dict[tuple[int, int, int], Held] = field(default_factory=dict)
    aside: dict[str, list[Aside]] = field(default_factory=dict)
    lots: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    fulfilled: dict[tuple[str, int], Decimal] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        session: Session,
        products: Collection[int],
        *,
        source: str = "",
        demands: Iterable[str] = (),
        worths: bool = True,
    ) -> Stored:
        """Return the state of ``products``, locked, with what is set aside for ``demands`` of ``source``.

        Without ``worths`` only balances are read and locked, as setting aside needs them.
        """
        self = cls(session, session.company_id or 0, books_currency(session), Policy.of(session))
        ids = sorted(products)
        asked: dict[str, Any] = {"company": self.company, "products": ids}
        rows = Read.together(
            session, (WORTHS, asked if worths else {**asked, "products": []}), (BALANCES, asked),
            (ASIDE, {"company": self.company, "source": source, "keys": sorted(set(demands))}),
            (PRODUCTS, {"products": ids}), (CATEGORIES, {"products": ids}),
            (ITEMS, asked),
        )  # fmt: skip
        found, balances, aside, facts, categories, items = rows
        of_category = dict(categories)
        self.products = {row[0]: ProductFacts(*(*row, of_category.get(row[0]))) for row in facts}
        self.items = {row[0]: ItemFacts(*row) for row in items}
        self._take_worths(found)
        self.take_balances(balances)
        for row in aside:
            one = Aside(*(*row, row[6]))
            self.aside.setdefault(one.key, []).append(one)
        return self

    def item(self, product_id: int) -> ItemFacts:
        """Return how a product is kept."""
        return self.items.get(product_id) or ItemFacts(product_id)

    def is_counted(self, product_id: int) -> bool:
        """Tell whether the stock of a product is counted."""
        product = self.products.get(product_id)
        return product is not None and product.kind == "storable" and self.item(product_id).counted

    # -- balances --------------------------------------------------------------------------------------------------

    def take_balances(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Keep balances as they were read."""
        lots = set()
        for row in rows:
            held = Held(*row)
            self._keep(held)
            if held.lot:
                lots.add(held.lot)
        self.know_lots(lots)

    def _keep(self, held: Held) -> None:
        self.balances.setdefault(held.product_id, []).append(held)
        self.by_key[held.product_id, held.place_id, held.lot] = held

    def know_lots(self, ids: Iterable[int]) -> None:
        """Learn when lots expire, and whether they may leave."""
        wanted = sorted(set(ids) - self.lots.keys())
        if wanted:
            self.lots.update({row[0]: row for row in LOTS_BY_ID.rows(self.session, ids=wanted)})
        for held in self.by_key.values():
            if held.lot in self.lots:
                _id, _product, _code, held.expires, state = self.lots[held.lot]
                held.blocked = state != "free"

    def balance(self, product_id: int, place: Any, lot: int) -> Held:
        """Return a balance, made where there is none."""
        found = self.by_key.get((product_id, place.id, lot))
        if found is None:
            found = Held(
                None, product_id, place.id, lot, ZERO, ZERO, place.negative_allowed, place.sells, place.sequence
            )
            self._keep(found)
        return found

    def write_balances(self) -> None:
        """Write the balances that changed."""
        changed = [held for held in self.by_key.values() if held.changed]
        changed.sort(key=lambda held: (held.product_id, held.place_id, held.lot))
        self.session.change_rows(
            Balance,
            [
                {"id": held.id, "on_hand": held.on_hand, "reserved": held.reserved}
                for held in changed
                if held.id is not None
            ],
        )
        fresh = [held for held in changed if held.id is None]
        ids = self.session.insert_rows(
            Balance,
            [
                {
                    "product_id": held.product_id, "place_id": held.place_id, "lot": held.lot,
                    "on_hand": held.on_hand, "reserved": held.reserved, "negative": held.negative,
                }
                for held in fresh
            ],
            company_id=self.company,
        )  # fmt: skip
        for held, id_ in zip(fresh, ids, strict=True):
            held.id = id_
        for held in changed:
            held.changed = False

    # -- worth -----------------------------------------------------------------------------------------------------

    def _take_worths(self, rows: Iterable[tuple[Any, ...]]) -> None:
        places = currency(self.currency).places
        for id_, product_id, pool, method, quantity, value, last_quantity, last_value, last_date, since in rows:
            stock = Stock(
                method, places, quantity, value, last_quantity, last_value, self.item(product_id).standard_cost,
                self.policy.cost_places,
            )  # fmt: skip
            stock.load = Loader(self.session, self.company, product_id, pool, method)
            if method == "standard" and stock.standard is None:
                stock.standard = self._usual_cost(product_id)
            self.worths[product_id, pool] = Valued(id_, stock, method, last_date, since)

    def worth(self, product_id: int, pool: int) -> Valued:
        """Return the worth of a product, whose row is made and locked where there was none."""
        if (product_id, pool) not in self.worths:
            self.make_worths([(product_id, pool)])
        return self.worths[product_id, pool]

    def make_worths(self, wanted: Iterable[tuple[int, int]]) -> None:
        """Make the rows of those that have none, each with the method of the day it first moved."""
        missing = sorted(set(wanted) - self.worths.keys())
        if not missing:
            return
        rows = [self._first_worth(product_id, pool) for product_id, pool in missing]
        if self.session.dialect == "postgresql":
            self.session.execute(insert_postgresql(Worth).on_conflict_do_nothing(), rows)
        else:
            self.session.write_rows(Worth, rows)
        ids = sorted({product_id for product_id, _pool in missing})
        again = WORTHS.rows(self.session, company=self.company, products=ids)
        self._take_worths(row for row in again if (row[1], row[2]) in missing)
        if self.session.dialect == "postgresql":
            self._again(ids)

    def _again(self, ids: list[int]) -> None:
        """Read balances that another transaction made while this one waited for the row of the worth."""
        rows = BALANCES.rows(self.session, company=self.company, products=ids)
        for row in rows:
            known = self.by_key.get((row[1], row[2], row[3]))
            if known is None:
                self.take_balances([row])
            elif not known.changed:
                known.id, known.on_hand, known.reserved = row[0], row[4], row[5]

    def _first_worth(self, product_id: int, pool: int) -> dict[str, Any]:
        cost = self._usual_cost(product_id)
        return {
            "company_id": self.company,
            "product_id": product_id,
            "pool": pool,
            "method": self.item(product_id).method or self.policy.method,
            "last_quantity": Decimal(1_000_000) if cost else ZERO,
            "last_value": cost * 1_000_000 if cost else ZERO,
        }

    def _usual_cost(self, product_id: int) -> Decimal | None:
        item, product = self.item(product_id), self.products[product_id]
        if item.standard_cost is not None:
            return item.standard_cost
        return product.cost if product.currency in {None, self.currency} else None

    def prefetch(self, products: Collection[int]) -> None:
        """Read the first open layers of products that leave, all of them together."""
        loaders = [
            (valued, valued.stock.load)
            for (product, _pool), valued in self.worths.items()
            if product in products and valued.method in READS and isinstance(valued.stock.load, Loader)
        ]
        loaders = [(valued, loader) for valued, loader in loaders if not loader.read]
        asked = [loader.asked() for _valued, loader in loaders]
        if not asked:
            return
        for (valued, loader), rows in zip(loaders, Read.together(self.session, *asked), strict=True):
            valued.stock.take_loaded(loader.taken(rows))

    def write_worths(self, changed: Mapping[tuple[int, int], date]) -> None:
        """Write what products are worth after they moved on a day."""
        rows = []
        for key in sorted(changed):
            valued = self.worths[key]
            stock, day = valued.stock, changed[key]
            valued.last_date = max(day, valued.last_date or day)
            rows.append(
                {
                    "id": valued.id, "quantity": stock.quantity, "value": stock.value,
                    "last_quantity": stock.last_quantity, "last_value": stock.last_value,
                    "last_date": valued.last_date,
                }
            )  # fmt: skip
        self.session.change_rows(Worth, rows)


MOVES_OF = Read(
    sa.select(
        Move.id, Move.document_id, Move.product_id, Move.lot_id, Move.from_id, Move.to_id, Move.quantity, Move.value,
        Move.difference, Move.line, Move.demand, Move.returns_id, Document.source_key, Document.kind, Move.date,
    )
    .join(Document, Document.id == Move.document_id)
    .where(among(Move.document_id, "documents"))
)  # fmt: skip


class Before(NamedTuple):
    """A move that happened."""

    id: int
    document_id: int
    product_id: int
    lot_id: int | None
    from_id: int
    to_id: int
    quantity: Decimal
    value: Decimal
    difference: Decimal
    line: str | None
    demand: str | None
    returns_id: int | None
    source_key: str | None
    kind: str
    date: date


def moves_of(session: Session, source: str, keys: Iterable[str]) -> list[Before]:
    """Return what documents of a source moved."""
    rows = PAPERS.rows(session, company=session.company_id, source=source, keys=sorted(set(keys)))
    return moves_of_documents(session, [row[0] for row in rows])


def moves_of_documents(session: Session, documents: Iterable[int]) -> list[Before]:
    """Return what documents moved, in the order of entry."""
    rows = MOVES_OF.rows(session, documents=sorted(documents))
    return [Before(*row) for row in sorted(rows, key=itemgetter(0))]
