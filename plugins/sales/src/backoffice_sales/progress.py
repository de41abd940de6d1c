"""How far a line is: pure sums over what happened to it, and the states of an order that follow from them.

Nothing here is a counter. A quantity that was shipped, returned, invoiced or cancelled is the sum of movements; what is
left to ship or to invoice follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What happened to one line, in sums."""

    quantity: Decimal
    ships: bool = True
    """It is goods: shipped before it counts as delivered."""
    cancelled: Decimal = ZERO
    shipped: Decimal = ZERO
    returned: Decimal = ZERO
    reshipped: Decimal = ZERO
    """What came back and left again."""
    invoiced: Decimal = ZERO
    credited: Decimal = ZERO

    @classmethod
    def of(cls, quantity: Decimal, ships: bool, sums: Mapping[str, Decimal]) -> Progress:
        """Return the progress of a line from its sums by kind of movement."""
        return cls(quantity=quantity, ships=ships, **{kind: value or ZERO for kind, value in sums.items()})

    @property
    def wanted(self) -> Decimal:
        """What the customer wants of it: ordered, and not cancelled."""
        return self.quantity - self.cancelled

    @property
    def away(self) -> Decimal:
        """What came back and stayed."""
        return self.returned - self.reshipped

    @property
    def delivered(self) -> Decimal:
        """What the customer has."""
        return self.shipped - self.away

    @property
    def to_ship(self) -> Decimal:
        """What has to be shipped yet; what came back is not shipped again by itself."""
        return self.wanted - self.shipped if self.ships else ZERO

    @property
    def billed(self) -> Decimal:
        """What was invoiced and not credited."""
        return self.invoiced - self.credited


def to_invoice(line: Progress, policy: str, *, begun: bool = True, reached: Decimal = ZERO) -> Decimal:
    """Return what is to be invoiced of a line under a policy, below zero what is to be credited.

    ``begun``: something of the order was shipped, or nothing of it is shipped at all, so that services on it count as
    delivered. ``reached``: the percentage of the milestones that were reached, where the policy is ``milestone``.

    >>> five = Decimal(5)
    >>> to_invoice(Progress(quantity=five, shipped=five, invoiced=five, returned=Decimal(2)), "shipment")
    Decimal('-2')
    """
    if policy == "milestone":
        due = line.wanted * reached / 100 - line.away
    elif policy == "order":
        due = line.wanted - line.away
    elif line.ships:
        due = line.delivered
    else:
        due = line.wanted if begun else ZERO
    return due - line.billed


def has_begun(lines: Iterable[Progress]) -> bool:
    """Tell whether services of an order count as delivered."""
    goods = [line for line in lines if line.ships and line.wanted]
    return not goods or any(line.shipped for line in goods)


def goods_state(lines: Sequence[Progress], *, reserved: bool | None = None) -> str:
    """Return how far the goods of an order are; ``reserved`` tells whether all that is left is set aside, if known."""
    left = sum((line.to_ship for line in lines), ZERO)
    shipped = sum((line.shipped for line in lines if line.ships), ZERO)
    if left <= 0:
        return "shipped" if shipped else "none"
    if reserved is False:
        return "short"
    if shipped:
        return "part"
    return "reserved" if reserved else "waiting"


def invoice_state(lines: Sequence[Progress], policy: str, reached: Decimal = ZERO) -> str:
    """Return how far the invoices of an order are."""
    begun = has_begun(lines)
    if any(to_invoice(line, policy, begun=begun, reached=reached) for line in lines):
        return "to_invoice"
    billed = sum((line.billed for line in lines), ZERO)
    return "invoiced" if billed and billed == sum((line.wanted for line in lines), ZERO) else "nothing"


def payment_state(total: Decimal, charged: Decimal, refunded: Decimal, authorised: Decimal = ZERO) -> str:
    """Return how far an order is paid."""
    paid = charged - refunded
    if refunded and not paid:
        return "refunded"
    if paid <= 0:
        return "authorised" if authorised >= total > 0 else "unpaid"
    if paid < total:
        return "part"
    return "paid" if paid == total else "over"


def is_done(goods: str, invoice: str, payment: str, due: Decimal) -> bool:
    """Tell whether nothing is left to do with a confirmed order; ``due`` is what is to be paid for it in all."""
    delivered = goods in {"none", "shipped"}
    billed = invoice == "invoiced" or (invoice == "nothing" and goods == "shipped")
    return delivered and billed and (payment in {"paid", "refunded"} or not due)


def spread_over(quantity: Decimal, sources: Iterable[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
    """Return how ``quantity`` is taken from sources, pairs of id and what is left there, the first ones first.

    >>> spread_over(Decimal(3), [(1, Decimal(2)), (2, Decimal(5))])
    [(1, Decimal('2')), (2, Decimal('1'))]
    """
    taken = []
    for id_, left in sources:
        part = min(left, quantity)
        if part > 0:
            taken.append((id_, part))
            quantity -= part
    return taken


__all__ = [
    "Progress",
    "goods_state",
    "has_begun",
    "invoice_state",
    "is_done",
    "payment_state",
    "spread_over",
    "to_invoice",
]
