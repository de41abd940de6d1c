"""How far a line is, and whether a bill is right: pure sums and comparisons over plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What happened to one line, in sums over movements."""

    quantity: Decimal
    goods: bool = True
    cancelled: Decimal = ZERO
    received: Decimal = ZERO
    returned: Decimal = ZERO
    billed: Decimal = ZERO
    credited: Decimal = ZERO

    @classmethod
    def of(cls, quantity: Decimal, goods: bool, sums: Mapping[str, Decimal]) -> Progress:
        """Return the progress of a line from its sums by kind of movement."""
        return cls(quantity=quantity, goods=goods, **{kind: value or ZERO for kind, value in sums.items()})

    @property
    def wanted(self) -> Decimal:
        """What is ordered and not cancelled."""
        return self.quantity - self.cancelled

    @property
    def to_receive(self) -> Decimal:
        """What has to arrive yet; what was sent back is ordered anew."""
        return self.wanted - self.received if self.goods else ZERO

    @property
    def kept(self) -> Decimal:
        """What arrived and was not sent back; services count as they are ordered."""
        return self.received - self.returned if self.goods else self.wanted

    @property
    def to_bill(self) -> Decimal:
        """What the supplier may bill yet; below zero what is to be credited."""
        return self.kept - (self.billed - self.credited)


def receipt_state(lines: Sequence[Progress]) -> str:
    """Return how far the goods of an order are."""
    goods = [line for line in lines if line.goods and line.wanted]
    if not goods:
        return "none"
    if all(line.to_receive <= 0 for line in goods):
        return "received"
    return "part" if any(line.received for line in goods) else "waiting"


def bill_state(lines: Sequence[Progress]) -> str:
    """Return how far the bills of an order are."""
    billed = [line.billed - line.credited for line in lines]
    if any(billed) and all(line.to_bill <= 0 and line.to_receive <= 0 for line in lines):
        return "billed"
    return "part" if any(billed) else "waiting"


# -- three-way match -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A line of a bill beside the line of the order it is for."""

    key: int
    quantity: Decimal
    unit_price: Decimal
    ordered_price: Decimal
    progress: Progress


@dataclass(frozen=True, slots=True)
class Difference:
    """Something a bill says otherwise than order and receipt."""

    key: int | None
    kind: str
    """A key of :data:`~.kinds.DIFFERENCES`."""
    expected: Decimal
    found: Decimal


def differences(
    lines: Iterable[Billed], *, total: Decimal, computed: Decimal, tolerance: Decimal = ZERO, credit: bool = False
) -> list[Difference]:
    """Return what a bill says otherwise: more than was received or ordered, other prices, another total.

    ``tolerance`` is the percentage by which a price may be higher; a lower one is no difference.

    >>> line = Billed(key=1, quantity=Decimal(5), unit_price=Decimal(2), ordered_price=Decimal(2),
    ...     progress=Progress(quantity=Decimal(5), received=Decimal(3)))
    >>> [one.kind for one in differences([line], total=Decimal(10), computed=Decimal(10))]
    ['not_received']
    """
    found = []
    for line in lines:
        left = line.progress.to_bill
        if credit and line.quantity > max(-left, ZERO):
            found.append(Difference(line.key, "not_credited", max(-left, ZERO), line.quantity))
        elif not credit and line.quantity > left:
            kind = "not_received" if line.quantity <= line.progress.wanted else "not_ordered"
            found.append(Difference(line.key, kind, max(left, ZERO), line.quantity))
        highest = line.ordered_price * (100 + tolerance) / 100
        if line.unit_price > highest:
            found.append(Difference(line.key, "price", line.ordered_price, line.unit_price))
    if total != computed:
        found.append(Difference(None, "total", computed, total))
    return found


# -- prices ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A price of a supplier as a plain value."""

    id: int
    supplier: int
    product: int
    price: Decimal
    least: Decimal = ZERO
    valid_from: date | None = None
    valid_until: date | None = None
    sequence: int = 10
    lead_days: int = 0

    def holds(self, day: date, quantity: Decimal) -> bool:
        """Tell whether it holds on a day for so much."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until) and quantity >= self.least


def best(offers: Iterable[Offer], day: date, quantity: Decimal) -> Offer | None:
    """Return the offer that holds: the preferred supplier's, for the largest quantity, the newest, the cheapest."""
    holding = [one for one in offers if one.holds(day, quantity)]
    first = min((one.sequence for one in holding), default=0)
    found = [one for one in holding if one.sequence == first]
    return min(found, key=lambda one: (-one.least, -(one.valid_from or date.min).toordinal(), one.price), default=None)
