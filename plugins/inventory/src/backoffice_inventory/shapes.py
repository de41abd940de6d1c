"""What a transaction works with while goods move: papers and their lines, moves to be, changes of value to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from backoffice_products.api import Lot as LotTaken

from .before import Before
from .places import PlaceFacts
from .valuing import ZERO

COUNTER = {
    "supplier": "goods_received",
    "customer": "cost_of_goods",
    "production": "work_in_progress",
}
"""What stands against stock in the books, by the place goods come from or go to."""


@dataclass(slots=True, kw_only=True)
class Line:
    """Goods a paper moves."""

    product_id: int
    quantity: Decimal
    key: str = ""
    origin: PlaceFacts | None = None
    """Left out, any place goods are sold from."""
    target: PlaceFacts | None = None
    lots: Sequence[LotTaken] = ()
    demand: str | None = None
    unit_cost: Decimal | None = None
    value: Decimal | None = None
    """What all of it comes to, where that is known."""
    of: Sequence[Before] = ()
    """The moves it brings back."""
    back: bool = False
    """It takes back what ``of`` did, at the value of that."""
    entered: Decimal | None = None
    unit_id: int | None = None
    any_lot: bool = False
    """Lots that are kept back or expired may move too."""


@dataclass(slots=True, kw_only=True)
class Paper:
    """A document to be."""

    kind: str
    date: date
    lines: list[Line]
    source: str | None = None
    key: str | None = None
    party_id: int | None = None
    reference: str | None = None
    state: str = "done"
    reverses_id: int | None = None
    bound_for_id: int | None = None
    """Where goods on the way are to arrive."""
    reason: str | None = None
    id: int = 0
    number: str | None = None
    moves: list[Pending] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    partially: bool = False
    asked: Decimal = ZERO
    """What the books were asked to add to the value of stock."""


@dataclass(slots=True, eq=False)
class Pending:
    """A move to be."""

    paper: Paper
    line: Line
    origin: PlaceFacts
    target: PlaceFacts
    quantity: Decimal
    lot: int = 0
    value: Decimal = ZERO
    difference: Decimal = ZERO
    of: Before | None = None
    id: int = 0

    @property
    def counter(self) -> str:
        """What stands against stock for this move."""
        for place in (self.origin, self.target):
            if not place.ours and place.kind != "loss":
                return COUNTER[place.kind]
        if self.paper.kind == "opening":
            return "opening_balance"
        return "inventory_loss" if self.target.kind == "loss" else "inventory_gain"


@dataclass(slots=True)
class Change:
    """A change of value to be."""

    product_id: int
    pool: int
    kind: str
    amount: Decimal
    purpose: str
    date: date
    move: Any = None
    """A :class:`Pending`, the id of a move, or nothing."""


@dataclass(slots=True)
class Short:
    """A line for which there is not enough."""

    key: str
    product_id: int
    quantity: Decimal
    free: Decimal
