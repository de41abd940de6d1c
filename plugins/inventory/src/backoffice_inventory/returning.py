"""Goods that come back, and documents that are taken back: they bear the value of the move they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from backoffice.core.api import Read, RuleBroken, Session, among
from backoffice.hookspecs import messages

from .before import Before
from .models import Document, Move, ValueChange
from .shapes import Line, Paper, Pending, Short
from .valuing import ZERO, Layer, Stock

if TYPE_CHECKING:
    from .moving import Mover

_ = messages("inventory")

BACK = Read(
    sa.select(Move.returns_id, Move.quantity, Move.value, Move.difference, Document.state)
    .join(Document, Document.id == Move.document_id)
    .where(among(Move.returns_id, "ids"))
)
CHANGES = Read(sa.select(ValueChange.move_id, ValueChange.amount).where(among(ValueChange.move_id, "ids")))


class Returned:
    """What is left to come back of some moves, and what it is worth."""

    def __init__(self, session: Session, of: Sequence[Before]) -> None:
        self.quantity = {one.id: one.quantity for one in of}
        self.worth = {one.id: one.value + (one.difference if one.kind == "receipt" else ZERO) for one in of}
        if not of:
            return
        ids = sorted(self.quantity)
        back, changes = Read.together(session, (BACK, {"ids": ids}), (CHANGES, {"ids": ids}))
        incoming = {one.id: one.kind in {"receipt", "opening", "customer_return"} for one in of}
        for id_, amount in changes:
            self.worth[id_] += amount if incoming[id_] else -amount
        for id_, quantity, value, difference, state in back:
            if state != "reversed":
                self.quantity[id_] -= quantity
                self.worth[id_] -= value + difference

    def share(self, pending: Pending, stock: Stock) -> Decimal:
        """Return what a move that brings goods back is worth, and remember that it was brought."""
        assert pending.of is not None
        id_, left = pending.of.id, self.quantity[pending.of.id]
        whole = self.worth[id_]
        value = whole if pending.quantity >= left else stock.money(whole * pending.quantity / left)
        self.quantity[id_] = left - pending.quantity
        self.worth[id_] -= value
        return value


def moves(mover: Mover, paper: Paper, line: Line) -> Iterable[Pending]:
    """Yield the moves that bring back those of ``line.of``, in their order."""
    left = line.quantity
    for before in line.of:
        some = min(left, mover.returned.quantity[before.id])
        if some > 0:
            left -= some
            yield _back(mover, paper, line, before, some)
    if left:
        product = mover.stored.products[line.product_id]
        raise RuleBroken(
            _("More of {product} would come back than had moved.").with_values(product=product.code),
            fields={f"lines.{line.key}": [_("{left} too much.").with_values(left=format(left, "f"))]},
        )


def _back(mover: Mover, paper: Paper, line: Line, before: Before, quantity: Decimal) -> Pending:
    places = mover.places.by_id
    origin = line.origin or places[before.to_id]
    target = line.target or places[before.from_id]
    pending = Pending(paper, line, origin, target, quantity, before.lot_id or 0, of=before)
    if origin.ours:
        _take(mover, pending)
    return pending


def _take(mover: Mover, pending: Pending) -> None:
    """Take goods that go back off the balance."""
    line = pending.line
    held = mover.stored.balance(line.product_id, pending.origin, pending.lot)
    if held.free < pending.quantity and not held.negative:
        mover.short.append(Short(line.key, line.product_id, pending.quantity, held.free))
        return
    held.on_hand -= pending.quantity
    held.changed = True


def wanted(pending: Pending) -> Callable[[Layer], bool] | None:
    """Return which layers goods that leave are taken from first."""
    of, line = pending.of, pending.line
    if of is not None and (line.back or of.kind in {"receipt", "opening"}):
        return lambda layer: bool(layer.move == of.id)
    if of is None and line.unit_cost is not None and pending.origin.valued and not pending.target.valued:
        cost = line.unit_cost
        return lambda layer: layer.left_value == cost * layer.left
    return None
