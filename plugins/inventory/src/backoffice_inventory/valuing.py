"""What goods that move are worth: layers, averages and standards. Pure; the same for a move of today and for a replay.

A value is money and is split exactly; the cost of one unit is a value by a quantity and is never kept. Whoever takes
the last of a layer or of an average takes all that is left of its value. Goods that leave before they came are valued
at the last cost known and form a layer below zero; the next that come settle it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(slots=True, eq=False)
class Layer:
    """Goods that came in at one cost; ``left`` below zero are goods that left before they came."""

    move: Any
    date: date
    quantity: Decimal
    value: Decimal
    left: Decimal
    left_value: Decimal
    id: int | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What a move took of a layer."""

    layer: Layer
    quantity: Decimal
    value: Decimal


@dataclass(slots=True)
class Issued:
    """What goods that left are worth, of which layers, and what rounding left over."""

    value: Decimal = ZERO
    taken: list[Taken] = field(default_factory=list)
    rounding: Decimal = ZERO
    """Taken from stock beside the value."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A shortage that was settled: the move that had left, and what it cost more than it was valued at."""

    move: Any
    quantity: Decimal
    more: Decimal


Load = Callable[[], list[Layer]]
"""Gives the next open layers, in the order they are used, and an empty list when there are none left."""


@dataclass(slots=True)
class Stock:
    """The stock of one product that shares one cost."""

    method: str
    places: int
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    last_quantity: Decimal = ZERO
    last_value: Decimal = ZERO
    standard: Decimal | None = None
    cost_places: int | None = None
    """Decimals an average is rounded to before it values an issue; exact where left out."""
    load: Load | None = None
    open: deque[Layer] = field(default_factory=deque)
    """Open layers in the order they came; those that are not loaded yet come after them, or before them for the last
    in, first out."""
    made: list[Layer] = field(default_factory=list)
    touched: list[Layer] = field(default_factory=list)

    # -- money ---------------------------------------------------------------------------------------------------

    def money(self, amount: Decimal) -> Decimal:
        """Return an amount rounded to the currency."""
        return amount.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)

    def at_last_cost(self, quantity: Decimal) -> Decimal:
        """Return what ``quantity`` comes to at the last cost known."""
        if self.method == "standard" and self.standard is not None:
            return self.money(quantity * self.standard)
        if self.quantity > 0 and self.method == "average":
            return self.money(self.value * quantity / self.quantity)
        return self.money(self.last_value * quantity / self.last_quantity) if self.last_quantity else ZERO

    @property
    def unit_cost(self) -> Decimal:
        """The cost of one unit: of what is there, else the last known."""
        if self.method == "standard" and self.standard is not None:
            return self.standard
        if self.quantity > 0:
            return self.value / self.quantity
        return self.last_value / self.last_quantity if self.last_quantity else ZERO

    # -- in ------------------------------------------------------------------------------------------------------

    def receive(self, move: Any, day: date, quantity: Decimal, value: Decimal) -> tuple[Decimal, list[Settled]]:
        """Take goods in that cost ``value``; return the value they are kept at, and the shortages they settled."""
        kept = self.money(quantity * (self.standard or ZERO)) if self._has_standard else value
        settled, left, left_value = self._settle(quantity, kept)
        self.quantity += quantity
        self.value += kept - sum((one.more for one in settled), ZERO)
        self.last_quantity, self.last_value = quantity, kept
        if self.method != "standard" and (left or self._layered):
            self._add(Layer(move, day, quantity, kept, left, left_value))
        return kept, settled

    @property
    def _has_standard(self) -> bool:
        return self.method == "standard" and self.standard is not None

    @property
    def _layered(self) -> bool:
        return self.method in {"fifo", "lifo"}

    def _add(self, layer: Layer) -> None:
        if not self._layered and layer.left > 0:
            return
        self.made.append(layer)
        if layer.left:
            self.open.append(layer)

    def _settle(self, quantity: Decimal, value: Decimal) -> tuple[list[Settled], Decimal, Decimal]:
        """Let goods that came settle those that are missing; return what of them is left."""
        settled: list[Settled] = []
        while quantity and self.quantity < 0 and (short := self._shortage()) is not None:
            some = min(quantity, -short.left)
            cost = self._part(value, some, quantity)
            before = self._part(-short.left_value, some, -short.left)
            settled.append(Settled(short.move, some, cost - before))
            self._take(short, -some, -before)
            quantity, value = quantity - some, value - cost
        return settled, quantity, value

    def _shortage(self) -> Layer | None:
        while not self.open and self._more():
            pass
        return next((layer for layer in self.open if layer.left < 0), None)

    # -- out -----------------------------------------------------------------------------------------------------

    def issue(
        self,
        move: Any,
        day: date,
        quantity: Decimal,
        *,
        prefer: Callable[[Layer], bool] | None = None,
        at: Decimal | None = None,
    ) -> Issued:
        """Let goods leave and return what they are worth.

        ``prefer`` chooses layers that are used before others; ``at`` is the value they leave at where the stock has
        no layers, such as that of the receipt that is taken back.
        """
        issued = self._issue_layers(quantity, prefer) if self._layered else self._issue_sum(quantity, at)
        if self._layered:
            there = sum((one.quantity for one in issued.taken), ZERO)
        else:
            there = max(min(self.quantity, quantity), ZERO)
        if short := quantity - there:
            self._run_short(issued, move, day, short)
        self.quantity -= quantity
        self.value -= issued.value + issued.rounding
        return issued

    def _issue_layers(self, quantity: Decimal, prefer: Callable[[Layer], bool] | None) -> Issued:
        issued = Issued()
        for layer in self._used(prefer):
            some = min(quantity, layer.left)
            if some <= 0:
                break
            value = self._part(layer.left_value, some, layer.left)
            self.last_quantity, self.last_value = layer.left, layer.left_value
            issued.taken.append(Taken(layer, some, value))
            issued.value += value
            self._take(layer, some, value)
            quantity -= some
            if not quantity:
                break
        return issued

    def _used(self, prefer: Callable[[Layer], bool] | None) -> Iterator[Layer]:
        """Yield open layers in the order they are used."""
        if prefer is not None:
            while self._more():
                pass
            yield from [layer for layer in self.open if layer.left > 0 and prefer(layer)]
        while True:
            layer = self._next()
            if layer is None:
                return
            yield layer

    def _next(self) -> Layer | None:
        end = -1 if self.method == "lifo" else 0
        while True:
            while self.open and self.open[end].left <= 0:
                if self.open[end].left < 0:
                    return None
                self.open.pop() if end else self.open.popleft()
            if self.open and not end and self.open[0].id is None and self._more():
                continue
            if self.open:
                return self.open[end]
            if not self._more():
                return None

    def _more(self) -> bool:
        """Load more open layers; tell whether there were any."""
        found = self.load() if self.load is not None else []
        if not found:
            self.load = None
            return False
        self.take_loaded(found)
        return True

    def take_loaded(self, found: list[Layer]) -> None:
        """Take in open layers that were read, next in the order they are used."""
        if self.method == "lifo":
            self.open.extendleft(found)
        else:
            # What was made in this transaction came after all that was there before.
            fresh = [layer for layer in self.open if layer.id is None]
            before = [layer for layer in self.open if layer.id is not None]
            self.open = deque([*before, *found, *fresh])

    def _take(self, layer: Layer, quantity: Decimal, value: Decimal) -> None:
        layer.left -= quantity
        layer.left_value -= value
        if not layer.changed:
            layer.changed = True
            self.touched.append(layer)
        if not layer.left and self.open and self.open[0] is layer:
            self.open.popleft()

    def _issue_sum(self, quantity: Decimal, at: Decimal | None) -> Issued:
        """Return the value of what is there of ``quantity`` where there are no layers."""
        there = max(min(self.quantity, quantity), ZERO)
        if not there:
            return Issued()
        if self._has_standard:
            value = self.value if there == self.quantity else self.money(there * (self.standard or ZERO))
            return Issued(value)
        self.last_quantity, self.last_value = self.quantity, self.value
        value = self._averaged(there) if at is None else min(at, self.value)
        if there == self.quantity:
            if self.cost_places is None or at is not None:
                return Issued(self.value)
            return Issued(value, rounding=self.value - value)
        return Issued(value)

    def _averaged(self, quantity: Decimal) -> Decimal:
        if self.cost_places is None:
            return self._part(self.value, quantity, self.quantity)
        cost = (self.value / self.quantity).quantize(Decimal(1).scaleb(-self.cost_places), ROUND_HALF_UP)
        return self.money(cost * quantity)

    def _run_short(self, issued: Issued, move: Any, day: date, short: Decimal) -> None:
        """Value goods that are not there at the last cost known."""
        if self._has_standard:
            issued.value += self.money(short * (self.standard or ZERO))
            return
        value = self.money(self.last_value * short / self.last_quantity) if self.last_quantity else ZERO
        issued.value += value
        layer = Layer(move, day, -short, -value, -short, -value)
        self.made.append(layer)
        self.open.append(layer)

    def _part(self, value: Decimal, some: Decimal, of: Decimal) -> Decimal:
        return value if some == of else self.money(value * some / of)
