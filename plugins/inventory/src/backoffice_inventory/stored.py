"""The state of some products: read once for all the papers of a transaction, held until it ends, written at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.dialects.postgresql import insert as insert_postgresql

from backoffice.core.api import Read, Session, currency

from .facts import Aside, Held, ItemFacts, ProductFacts, Valued
from .loading import READS, Loader
from .models import Balance, Worth
from .policy import Policy, learn_currency
from .reads import ASIDE, BALANCES, CATEGORIES, CURRENCY, ITEMS, LOTS_BY_ID, PRODUCTS, WORTHS
from .valuing import ZERO, Stock


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
    beside: list[list[tuple[Any, ...]]] = field(default_factory=list)
    """What else was read on the way."""

    @classmethod
    def read(
        cls,
        session: Session,
        products: Collection[int],
        *,
        source: str = "",
        demands: Iterable[str] = (),
        worths: bool = True,
        beside: Sequence[tuple[Read, Mapping[str, Any]]] = (),
    ) -> Stored:
        """Return the state of ``products``, locked, with what is set aside for ``demands`` of ``source``.

        Without ``worths`` only balances are read and locked, as setting aside needs them. ``beside`` is read on the
        same way to the database.
        """
        policy, company, ids = Policy.of(session), session.company_id or 0, sorted(products)
        keys = sorted(set(demands))
        set_aside = {"company": company, "source": source, "keys": keys}
        asked: dict[str, Any] = {"company": company, "products": ids}
        rows = Read.together(
            session, (WORTHS, asked if worths else {**asked, "products": []}), (BALANCES, asked),
            (PRODUCTS, {"products": ids}), (CATEGORIES, {"products": ids}), (ITEMS, asked),
            (CURRENCY, {"company": company}), *beside, *([(ASIDE, set_aside)] if keys else []),
        )  # fmt: skip
        found, balances, facts, categories, items, books = rows[:6]
        aside = rows.pop() if keys else []
        self = cls(session, company, learn_currency(session, books), policy, beside=rows[6:])
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
