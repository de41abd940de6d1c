"""What passes between plugins that sell or buy goods and the one that counts them.

Quantities are in the product's own unit and above zero; the kind of the document says which way goods go. Costs are in
the company's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

ZERO = Decimal(0)

Direction = Literal["delivery", "customer_return", "receipt", "supplier_return", "scrap", "count"]
"""Which way goods go; ``scrap`` writes off what is gone, ``count`` writes down what was found."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A line that wants goods set aside: ``key`` names it within the plugin that asks, such as ``SO/2026/00005:2``."""

    key: str
    product_id: int
    quantity: Decimal
    place: str | None = None
    """Code of the place to take them from; left out, any place goods are sold from."""
    lot: str | None = None
    needed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """What is set aside for a demand now, in all, and what is missing."""

    key: str
    quantity: Decimal
    short: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Available:
    """A product in figures: there, set aside, on its way here."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    incoming: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        """Return what may still be promised of what is there."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Lot:
    """So much of one lot, or one serial number."""

    code: str
    quantity: Decimal
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class GoodsDocument:
    """The paper goods move under; the same ``source`` and ``key`` move them once."""

    source: str
    key: str
    kind: Direction
    date: date
    party_id: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of goods that moves."""

    key: str
    """Names the line within its document."""
    product_id: int
    quantity: Decimal
    place: str | None = None
    """Code of our place the goods leave or reach; left out, the usual one."""
    lots: tuple[Lot, ...] = ()
    """Left out, those that expire first are taken first."""
    demand: str | None = None
    """The demand it fulfils; what was set aside for it is used up."""
    unit_cost: Decimal | None = None
    """What one unit costs, of goods that come in from a supplier."""
    returns: tuple[str, str] | None = None
    """Document key and line key of the movement that goods come back of; they bear its cost."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a movement: its cost in all, above zero, and the lots it took."""

    key: str
    quantity: Decimal
    cost: Decimal
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """Goods that will come or go by confirmed orders."""

    product_id: int
    quantity: Decimal
    """Above zero for what comes, below for what goes."""
    on: date
    place: str | None = None
    source: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Goods that should be ordered: so many for a place, needed by a day."""

    product_id: int
    quantity: Decimal
    place: str | None
    needed_on: date
    reason: str = ""


def available(session: Any, product_ids: tuple[int, ...], place: str | None = None) -> dict[int, Available] | None:
    """Return the figures of products, or ``None`` where nobody counts goods."""
    found = session.hooks.first("products_available", session=session, product_ids=product_ids, place=place)
    return None if found is None else dict(found)
