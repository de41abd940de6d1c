"""What follows from a paper dated before others: all moves of its goods are valued anew, and the difference is written.

Nothing that was written changes. Each move whose value comes out otherwise gets a dated change of value: on its own day
while that is open, else on the first open day after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from backoffice.core.api import Read, RuleBroken, Session, currency
from backoffice.hookspecs import messages

from .models import Consumption, Document, Move, Place, ValueChange, Worth
from .models import Layer as LayerRow
from .policy import Policy, books_currency
from .shapes import COUNTER, Change, Paper
from .stored import Stored
from .valuing import ZERO, Stock, Taken
from .writing import write_changes, write_layers, write_taken

if TYPE_CHECKING:
    from .moving import Mover

_ = messages("inventory")

GIVEN = {"landed", "revaluation"}
"""Kinds of changes that are facts; the others follow from the moves."""

ALL = Read(
    sa.select(
        Move.id, Move.date, Move.from_id, Move.to_id, Move.quantity, Move.value, Move.difference, Move.returns_id,
        Move.reverses_id, Document.kind,
    )
    .join(Document, Document.id == Move.document_id)
    .where(Move.company_id == sa.bindparam("company"), Move.product_id == sa.bindparam("product"))
    .order_by(Move.date, Move.id)
)  # fmt: skip
CHANGES = Read(
    sa.select(ValueChange.move_id, ValueChange.pool, ValueChange.kind, ValueChange.amount).where(
        ValueChange.company_id == sa.bindparam("company"), ValueChange.product_id == sa.bindparam("product")
    )
)


@dataclass(slots=True)
class Event:
    """A move as it is valued anew."""

    id: int
    date: date
    from_id: int
    to_id: int
    quantity: Decimal
    value: Decimal
    difference: Decimal
    returns_id: int | None
    reverses_id: int | None
    kind: str


@dataclass(slots=True)
class Replayed:
    """What moves of a product come to when they are valued in the order of their days."""

    stocks: dict[int, Stock] = field(default_factory=dict)
    out: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    """By move and pool: what left at which value, rounding and settled shortages included."""
    into: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    taken: list[tuple[int, Taken]] = field(default_factory=list)
    left: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """By move: how much of what left may still come back, and what it is worth."""


class Replay:
    """All moves of a product in a company, in the order of their days."""

    def __init__(self, session: Session, product_id: int, stored: Stored) -> None:
        self.session, self.product, self.stored = session, product_id, stored
        self.places = {
            row.id: row
            for row in session.execute(
                sa.select(Place.id, Place.kind, Place.pool, Place.consigned).where(
                    Place.company_id == session.company_id
                )
            )
        }
        asked = {"company": session.company_id, "product": product_id}
        moves, changes = Read.together(session, (ALL, asked), (CHANGES, asked))
        self.events = [Event(*row) for row in moves]
        by_id = {one.id: one for one in self.events}
        pairs = [(one.id, one.reverses_id) for one in self.events if one.reverses_id in by_id]
        self.pairs = {rev: old for rev, old in pairs if old is not None and by_id[rev].date == by_id[old].date}
        """Moves that take another back on its own day, and that: together they count for nothing."""
        self.undone = self.pairs.keys() | set(self.pairs.values())
        self.by_id = by_id
        self.given: dict[tuple[int | None, int], Decimal] = {}
        self.followed: dict[tuple[int | None, int], Decimal] = {}
        for move_id, pool, kind, amount in changes:
            sums = self.given if kind in GIVEN else self.followed
            sums[move_id, pool] = sums.get((move_id, pool), ZERO) + amount

    def valued(self, place_id: int) -> bool:
        """Tell whether goods at a place are stock with a value."""
        place = self.places[place_id]
        return place.kind in {"internal", "transit"} and not place.consigned

    def run(self, extra: Sequence[Event] = ()) -> Replayed:
        """Value all moves anew, with ``extra`` ones among them."""
        found = Replayed()
        since = max(
            (valued.since_move for key, valued in self.stored.worths.items() if key[0] == self.product), default=0
        )
        self._begin(found, since)
        events = [one for one in (*self.events, *extra) if one.id > since and one.id not in self.undone]
        for event in sorted(events, key=lambda one: (one.date, one.id)):
            self._step(found, event)
        return found

    def _begin(self, found: Replayed, since: int) -> None:
        rows = self.session.execute(
            sa.select(Worth.pool, Worth.since_quantity, Worth.since_value).where(
                Worth.company_id == self.session.company_id, Worth.product_id == self.product
            )
        ).all()
        for pool, quantity, value in rows:
            stock = self._stock(found, pool)
            if since and quantity > 0:
                stock.receive(since, date.min, quantity, value)

    def _stock(self, found: Replayed, pool: int) -> Stock:
        stock = found.stocks.get(pool)
        if stock is None:
            known = self.stored.worths[self.product, pool].stock
            first = self.stored._first_worth(self.product, pool)
            stock = Stock(
                known.method, currency(books_currency(self.session)).places, standard=known.standard,
                cost_places=known.cost_places, last_quantity=first["last_quantity"], last_value=first["last_value"],
            )  # fmt: skip
            found.stocks[pool] = stock
        return stock

    def _step(self, found: Replayed, event: Event) -> None:
        origin, target = self.places[event.from_id], self.places[event.to_id]
        leaves, comes = self.valued(event.from_id), self.valued(event.to_id)
        if leaves and comes and origin.pool == target.pool:
            return
        value = event.value + event.difference if not leaves else ZERO
        if leaves:
            value = self._leave(found, event, origin.pool)
        elif comes:
            value = self._cost(found, event, target.pool)
        if comes:
            self._arrive(found, event, target.pool, value)

    def _leave(self, found: Replayed, event: Event, pool: int) -> Decimal:
        stock = self._stock(found, pool)
        of = event.reverses_id if event.reverses_id is not None else event.returns_id
        first = of is not None and (event.reverses_id is not None or event.kind == "supplier_return")
        issued = stock.issue(
            event.id, event.date, event.quantity, prefer=(lambda layer: bool(layer.move == of)) if first else None
        )
        found.taken += [(event.id, one) for one in issued.taken]
        key = (event.id, pool)
        found.out[key] = found.out.get(key, ZERO) + issued.value + issued.rounding
        self._unshare(found, event, issued.value)
        return issued.value

    def _cost(self, found: Replayed, event: Event, pool: int) -> Decimal:
        of = event.reverses_id if event.reverses_id is not None else event.returns_id
        before = self.by_id.get(of) if of is not None else None
        if before is not None and self.valued(before.from_id):
            return self._share(found, event, before, self._stock(found, pool))
        given = self.given.get((event.id, pool), ZERO)
        return event.value + event.difference + given

    def _share(self, found: Replayed, event: Event, before: Event, stock: Stock) -> Decimal:
        """Return what goods that come back are worth; the last of them bring all that is left."""
        whole = found.out.get((before.id, self.places[before.from_id].pool), before.value)
        quantity, value = found.left.get(before.id, (before.quantity, whole))
        share = value if event.quantity >= quantity else stock.money(value * event.quantity / quantity)
        found.left[before.id] = (quantity - event.quantity, value - share)
        return share

    def _unshare(self, found: Replayed, event: Event, value: Decimal) -> None:
        """Let goods that came back, and leave again as that is taken back, come back once more."""
        back = self.by_id.get(event.reverses_id) if event.reverses_id is not None else None
        if back is not None and back.returns_id in found.left:
            quantity, before = found.left[back.returns_id]
            found.left[back.returns_id] = (quantity + event.quantity, before + value)

    def _arrive(self, found: Replayed, event: Event, pool: int, value: Decimal) -> None:
        stock = self._stock(found, pool)
        kept, settled = stock.receive(event.id, event.date, event.quantity, value)
        found.into[event.id, pool] = kept
        for one in settled:
            found.out[one.move, pool] = found.out.get((one.move, pool), ZERO) + one.more

    # -- the difference ------------------------------------------------------------------------------------------

    def differences(self, found: Replayed, least: date) -> list[Change]:
        """Return what has to be added to the value of moves, dated not before ``least``."""
        changes = [one for pair in self.pairs.items() for one in self._cancel(*pair, least)]
        for event in self.events:
            origin, target = self.places[event.from_id], self.places[event.to_id]
            leaves, comes = self.valued(event.from_id), self.valued(event.to_id)
            if leaves and (event.id, origin.pool) in found.out:
                written = event.value - self._changed(event.id, origin.pool)
                more = written - found.out[event.id, origin.pool]
                changes += self._change(event, origin.pool, more, self._counter(event), least)
            if comes and (event.id, target.pool) in found.into:
                kept = event.value if not leaves else event.value - event.difference
                written = kept + self._changed(event.id, target.pool)
                more = found.into[event.id, target.pool] - written
                changes += self._change(event, target.pool, more, self._counter(event), least)
        return changes

    def _cancel(self, reversal: int, original: int, least: date) -> list[Change]:
        """Return what lets a move and the one that takes it back count for nothing."""
        sums: dict[int, Decimal] = {}
        for event in (self.by_id[original], self.by_id[reversal]):
            origin, target = self.places[event.from_id], self.places[event.to_id]
            leaves, comes = self.valued(event.from_id), self.valued(event.to_id)
            if leaves and comes and origin.pool == target.pool:
                continue
            if leaves:
                written = event.value - self._changed(event.id, origin.pool)
                sums[origin.pool] = sums.get(origin.pool, ZERO) - written
            if comes:
                kept = event.value if not leaves else event.value - event.difference
                written = kept + self._changed(event.id, target.pool)
                sums[target.pool] = sums.get(target.pool, ZERO) + written
        event = self.by_id[reversal]
        return [
            one for pool, more in sums.items() for one in self._change(event, pool, -more, self._counter(event), least)
        ]

    def _changed(self, move_id: int, pool: int) -> Decimal:
        return self.given.get((move_id, pool), ZERO) + self.followed.get((move_id, pool), ZERO)

    def _change(self, event: Event, pool: int, more: Decimal, purpose: str, least: date) -> list[Change]:
        if not more:
            return []
        from .papers import open_day

        day = open_day(self.session, max(event.date, least))
        return [Change(self.product, pool, "backdated", more, purpose, day, event.id)]

    def _counter(self, event: Event) -> str:
        for place_id in (event.from_id, event.to_id):
            place = self.places[place_id]
            if place.kind in COUNTER and place.kind != "supplier":
                return COUNTER[place.kind]
        if "loss" in {self.places[event.from_id].kind, self.places[event.to_id].kind}:
            return "inventory_loss" if self.valued(event.from_id) else "inventory_gain"
        return "price_difference" if not (self.valued(event.from_id) and self.valued(event.to_id)) else "inventory"


def follow(mover: Mover) -> None:
    """Write what follows from papers that are dated before others, as the company's policy says."""
    policy = Policy.of(mover.session)
    if policy.backdating == "refuse":
        said = _("These goods moved on a later day already.")
        raise RuleBroken(said, remedy=_("Date it today, or let earlier dates be written in the settings."))
    if policy.backdating == "append":
        return
    for product, day in sorted(mover.late.items()):
        paper = next(p for p in mover.papers if any(line.product_id == product for line in p.lines))
        paper.changes += renew(mover.session, mover.stored, product, paper, day)


def renew(session: Session, stored: Stored, product: int, paper: Paper, least: date) -> list[Change]:
    """Value a product anew, write the differences under ``paper``, and return them."""
    keys = [key for key in stored.worths if key[0] == product]
    if all(stored.worths[key].stock.method == "standard" for key in keys):
        return []
    replay = Replay(session, product, stored)
    found = replay.run()
    changes = replay.differences(found, least)
    write_changes(session, paper, changes, stored.company)
    keep(session, stored, product, found)
    return changes


def keep(session: Session, stored: Stored, product: int, found: Replayed) -> None:
    """Write the layers and the worth of a product as they were valued anew."""
    session.flush()
    session.execute(
        sa.delete(Consumption).where(Consumption.company_id == stored.company, Consumption.product_id == product)
    )
    session.execute(sa.delete(LayerRow).where(LayerRow.company_id == stored.company, LayerRow.product_id == product))
    made = [(pool, layer) for pool, stock in found.stocks.items() for layer in stock.made]
    made.sort(key=lambda one: (one[1].date, one[1].move))
    write_layers(session, [(product, pool, layer) for pool, layer in made], stored.company)
    write_taken(session, [(product, move_id, one) for move_id, one in found.taken], stored.company)
    _keep_worth(session, stored, product, found)


def _keep_worth(session: Session, stored: Stored, product: int, found: Replayed) -> None:
    rows = []
    for pool, stock in sorted(found.stocks.items()):
        valued = stored.worths[product, pool]
        own = valued.stock
        own.quantity, own.value = stock.quantity, stock.value
        own.last_quantity, own.last_value = stock.last_quantity, stock.last_value
        rows.append(
            {
                "id": valued.id, "quantity": stock.quantity, "value": stock.value,
                "last_quantity": stock.last_quantity, "last_value": stock.last_value,
            }
        )  # fmt: skip
    session.change_rows(Worth, rows)


def stored_of(session: Session, products: Sequence[int]) -> Stored:
    """Return the state of products, locked, to value them anew."""
    return Stored.read(session, products)


def preview(session: Session, product: int, extra: Sequence[Event], least: date) -> list[dict[str, Any]]:
    """Return which moves would come out at another value if ``extra`` ones were written, and by how much."""
    stored = stored_of(session, [product])
    replay = Replay(session, product, stored)
    ids = {one.id for one in extra}
    found = replay.run(extra)
    rows = []
    for change in replay.differences(found, least):
        if change.move not in ids:
            rows.append({"move": change.move, "date": change.date, "amount": change.amount, "against": change.purpose})
    return rows
