"""What was read of products, balances, reservations and worths, as a transaction works with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .valuing import ZERO, Stock


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
