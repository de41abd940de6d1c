"""Move goods: one way for every paper, one or many in a transaction, with few statements however long they are.

The papers are read for what they need at once, applied to it in memory one after the other, and written at once:
documents, moves, layers and what was taken of them, worth, balances, what was set aside, events, postings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from backoffice_products.api import Lot as LotTaken
from backoffice_products.api import Moved

from backoffice.core.api import InvalidInput, RuleBroken, Session, fold
from backoffice.hookspecs import messages

from . import announcing, lots, picking, returning
from .models import Consumption, Document, Move, ValueChange
from .models import Layer as LayerRow
from .places import PlaceFacts, Places, needed
from .stored import Before, Stored
from .valuing import ZERO, Issued, Layer, Settled

_ = messages("inventory")

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


class Mover:
    """Moves the goods of papers in one transaction."""

    def __init__(self, session: Session, papers: Sequence[Paper], places: Places) -> None:
        self.session = session
        self.papers = papers
        self.places = places
        self.short: list[Short] = []
        self.days: dict[tuple[int, int], date] = {}
        self.layers: list[Layer] = []
        self.taken: list[tuple[Pending, Any]] = []
        self.late: dict[int, date] = {}
        """Products that moved on a day before others had moved already, and the day."""
        products = {line.product_id for paper in papers for line in paper.lines}
        demands = [line.demand for paper in papers for line in paper.lines if line.demand]
        source = next((paper.source for paper in papers if paper.source), None) or "inventory"
        self.stored = Stored.read(session, products, source=source, demands=demands)
        self.returned = returning.Returned(session, [one for p in papers for line in p.lines for one in line.of])

    # -- applying ------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Apply the papers to what is stored; raise naming every line that is short."""
        self._check()
        self._prepare()
        for paper in self.papers:
            for line in paper.lines:
                for pending in self._moves(paper, line):
                    self._move(pending)
                    paper.moves.append(pending)
        if self.short:
            raise self._not_enough()

    def _check(self) -> None:
        wrong: dict[str, list[str]] = {}
        today = self.session.today()
        for paper in self.papers:
            if paper.date > today:
                said = _("Goods do not move on a day that is still to come.")
                raise RuleBroken(said, fields={"date": [said]}, remedy=_("Write the day on which they moved."))
            for n, line in enumerate(paper.lines):
                if mistake := self._mistake(line):
                    wrong[f"lines.{n}.quantity"] = [mistake]
        if wrong:
            raise InvalidInput(_("Some lines cannot be moved."), fields=wrong)

    def _mistake(self, line: Line) -> str:
        product = self.stored.products.get(line.product_id)
        if product is None:
            return _("There is no such product.")
        if line.quantity <= 0:
            return _("Give a quantity above zero.")
        if line.quantity % product.step and Fraction(line.quantity) % Fraction(product.step):
            return _("{product} is counted in steps of {step}.").with_values(
                product=product.code, step=format(product.step, "f")
            )
        return ""

    def _prepare(self) -> None:
        """Make the rows of worth that are missing, and learn the lots that are named."""
        wanted = set()
        for paper in self.papers:
            for line in paper.lines:
                places = [line.origin or self.places.receiving(), line.target]
                wanted |= {(line.product_id, p.pool) for p in places if p is not None and p.valued}
        self.stored.make_worths(wanted)
        self.stored.prefetch({line.product_id for p in self.papers for line in p.lines if _leaves(line)})
        lots.learn(self.session, self.stored, [(paper, line) for paper in self.papers for line in paper.lines])

    def _moves(self, paper: Paper, line: Line) -> Iterable[Pending]:
        """Yield the moves a line is made of: one for each place, lot and returned move."""
        if line.of:
            yield from returning.moves(self, paper, line)
        elif line.origin is not None and not line.origin.ours:
            yield from lots.arriving(self, paper, line)
        else:
            yield from self._leaving(paper, line)

    def _leaving(self, paper: Paper, line: Line) -> Iterable[Pending]:
        assert line.target is not None
        picks, short = picking.pick(self, paper, line)
        if short and not paper.partially:
            free = line.quantity - short
            self.short.append(Short(line.key, line.product_id, line.quantity, free))
            return
        for place, lot, quantity in picks:
            yield Pending(paper, line, place, line.target, quantity, lot)

    # -- one move ------------------------------------------------------------------------------------------------

    def _move(self, pending: Pending) -> None:
        self._count(pending)
        origin, target = pending.origin, pending.target
        if origin.valued and target.valued and origin.pool == target.pool:
            return
        if origin.valued:
            self._leave(pending)
        if target.valued:
            self._arrive(pending)
        if {origin.kind, target.kind} == {"supplier", "customer"}:
            pending.value = self._cost(pending)
        if pending.line.back and pending.of is not None and pending.of.date == pending.paper.date:
            self.late.setdefault(pending.line.product_id, pending.paper.date)

    def _count(self, pending: Pending) -> None:
        """Change the balances; what leaves was taken off them when it was picked."""
        if pending.target.ours:
            held = self.stored.balance(pending.line.product_id, pending.target, pending.lot)
            held.on_hand += pending.quantity
            held.changed = True

    def _leave(self, pending: Pending) -> None:
        product, pool = pending.line.product_id, pending.origin.pool
        valued = self.stored.worth(product, pool)
        self._note_day(pending, product, pool, valued.last_date)
        share = self.returned.share(pending, valued.stock) if pending.of is not None else ZERO
        prefer = returning.wanted(pending)
        at = share if pending.line.back else None
        issued = valued.stock.issue(pending, pending.paper.date, pending.quantity, prefer=prefer, at=at)
        pending.value = issued.value
        self._keep_issue(pending, issued)
        if pending.of is not None and (pending.target.kind == "supplier" or pending.line.back):
            pending.difference = share - issued.value

    def _keep_issue(self, pending: Pending, issued: Issued) -> None:
        self.taken += [(pending, one) for one in issued.taken]
        if issued.rounding:
            self._change(pending, pending.origin.pool, "rounding", -issued.rounding, "price_difference", pending)

    def _arrive(self, pending: Pending) -> None:
        product, pool = pending.line.product_id, pending.target.pool
        valued = self.stored.worth(product, pool)
        self._note_day(pending, product, pool, valued.last_date)
        cost = pending.value if pending.origin.valued else self._cost(pending)
        kept, settled = valued.stock.receive(pending, pending.paper.date, pending.quantity, cost)
        pending.difference = cost - kept
        pending.value = kept if not pending.origin.valued else pending.value
        for one in settled:
            self._settle(pending, pool, one)

    def _settle(self, pending: Pending, pool: int, one: Settled) -> None:
        if one.more:
            purpose = one.move.counter if isinstance(one.move, Pending) else "cost_of_goods"
            self._change(pending, pool, "shortage", -one.more, purpose, one.move)

    def _change(self, pending: Pending, pool: int, kind: str, amount: Decimal, purpose: str, move: Any) -> None:
        paper = pending.paper
        paper.changes.append(Change(pending.line.product_id, pool, kind, amount, purpose, paper.date, move))

    def _cost(self, pending: Pending) -> Decimal:
        """Return what goods that come in cost in all."""
        line = pending.line
        worth = self.stored.worths.get((line.product_id, pending.target.pool if pending.target.valued else 0))
        stock = worth.stock if worth is not None else self.stored.worth(line.product_id, 0).stock
        if pending.of is not None:
            return self.returned.share(pending, stock)
        if line.value is not None:
            if pending.quantity == line.quantity:
                return line.value
            return stock.money(line.value * pending.quantity / line.quantity)
        if line.unit_cost is not None:
            return stock.money(line.unit_cost * pending.quantity)
        return stock.at_last_cost(pending.quantity)

    def _note_day(self, pending: Pending, product: int, pool: int, last: date | None) -> None:
        day = pending.paper.date
        known = self.days.get((product, pool))
        if (last is not None and day < last) or (known is not None and day < known):
            self.late[product] = min(day, self.late.get(product, day))
        self.days[product, pool] = max(day, known or day)

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write all of it."""
        session, company = self.session, self.stored.company
        self._write_documents()
        moves = [move for paper in self.papers for move in paper.moves]
        ids = session.insert_rows(Move, [_row(move) for move in moves], company_id=company)
        for move, id_ in zip(moves, ids, strict=True):
            move.id = id_
        self._write_layers()
        changes = [(paper, change) for paper in self.papers for change in paper.changes]
        session.write_rows(ValueChange, [change_row(paper, change) for paper, change in changes], company_id=company)
        self.stored.write_worths(self.days)
        self.stored.write_balances()
        picking.write_aside(self)

    def _write_documents(self) -> None:
        rows = [
            {
                "kind": paper.kind, "date": paper.date, "state": paper.state, "party_id": paper.party_id,
                "reference": paper.reference, "source": paper.source, "source_key": paper.key,
                "reverses_id": paper.reverses_id, "bound_for_id": paper.bound_for_id, "reason": paper.reason,
                "search_key": fold(" ".join(filter(None, (paper.reference, paper.key)))),
            }
            for paper in self.papers
        ]  # fmt: skip
        ids = self.session.insert_rows(Document, rows, company_id=self.stored.company)
        for paper, id_ in zip(self.papers, ids, strict=True):
            paper.id = id_
            ask_number(self.session, paper, self.stored.company)
        papers = list(self.papers)
        self.session.late(("inventory", "number"), lambda late: _write_numbers(late, papers))

    def _write_layers(self) -> None:
        company = self.stored.company
        made: list[tuple[int, int, Layer]] = []
        touched: dict[int, Layer] = {}
        for (product, pool), valued in self.stored.worths.items():
            made += [(product, pool, layer) for layer in valued.stock.made]
            touched.update({layer.id: layer for layer in valued.stock.touched if layer.id is not None})
            valued.stock.made, valued.stock.touched = [], []
        made.sort(key=lambda one: one[2].move.id)
        rows = [
            {
                "product_id": product, "pool": pool, "move_id": layer.move.id, "date": layer.date,
                "quantity": layer.quantity, "value": layer.value, "left_quantity": layer.left,
                "left_value": layer.left_value,
            }
            for product, pool, layer in made
        ]  # fmt: skip
        ids = self.session.insert_rows(LayerRow, rows, company_id=company)
        for (_product, _pool, layer), id_ in zip(made, ids, strict=True):
            layer.id = id_
        self.session.change_rows(
            LayerRow,
            [
                {"id": layer.id, "left_quantity": layer.left, "left_value": layer.left_value}
                for _id, layer in sorted(touched.items())
            ],
        )
        self.session.write_rows(
            Consumption,
            [
                {
                    "product_id": pending.line.product_id, "layer_id": one.layer.id, "move_id": pending.id,
                    "quantity": one.quantity, "value": one.value,
                }
                for pending, one in self.taken
            ],
            company_id=company,
        )  # fmt: skip

    # -- answering -----------------------------------------------------------------------------------------------

    def answer(self, paper: Paper) -> list[Moved]:
        """Return what became of the lines of a paper."""
        return [self._moved(line, [m for m in paper.moves if m.line is line]) for line in paper.lines]

    def _moved(self, line: Line, moves: list[Pending]) -> Moved:
        cost = sum((abs(move.value + (move.difference if not move.origin.ours else ZERO)) for move in moves), ZERO)
        taken = tuple(
            LotTaken(self.stored.lots[move.lot][2], move.quantity, self.stored.lots[move.lot][3])
            for move in moves
            if move.lot
        )
        return Moved(line.key, sum((move.quantity for move in moves), ZERO), cost, taken)

    def _not_enough(self) -> RuleBroken:
        wrong, lines = {}, []
        for one in self.short:
            product = self.stored.products[one.product_id]
            said = _("{product}: {wanted} are wanted and {free} are free.").with_values(
                product=product.code, wanted=format(one.quantity, "f"), free=format(max(one.free, ZERO), "f")
            )
            wrong[f"lines.{one.key or one.product_id}"] = [said]
            lines.append({"key": one.key, "product": product.code, "wanted": one.quantity, "free": one.free})
        error = RuleBroken(
            _("There is not enough of some goods."),
            why=_("Lines that are short are named below."),
            remedy=_("Move less, or write down first what has arrived."),
            fields=wrong,
        )
        error.details["short"] = lines
        return error


def move(session: Session, papers: Sequence[Paper], places: Places | None = None) -> Mover:
    """Move the goods of papers in this transaction: all of them or none, and say so to whoever listens."""
    mover = Mover(session, papers, places or needed(session))
    mover.apply()
    mover.write()
    if mover.late:
        from . import replaying

        replaying.follow(mover)
    announcing.announce(mover)
    return mover


def _leaves(line: Line) -> bool:
    return line.origin is None or line.origin.valued


def _row(move: Pending) -> dict[str, Any]:
    line = move.line
    return {
        "document_id": move.paper.id, "date": move.paper.date, "product_id": line.product_id,
        "lot_id": move.lot or None, "from_id": move.origin.id, "to_id": move.target.id, "quantity": move.quantity,
        "value": move.value, "difference": move.difference, "line": line.key or None, "demand": line.demand,
        "returns_id": move.of.id if move.of is not None and not line.back else None,
        "reverses_id": move.of.id if move.of is not None and line.back else None,
        "entered": line.entered, "unit_id": line.unit_id,
    }  # fmt: skip


def change_row(paper: Paper, change: Change) -> dict[str, Any]:
    """Return the row of a change of value."""
    return {
        "document_id": paper.id, "date": change.date, "product_id": change.product_id, "pool": change.pool,
        "move_id": change.move.id if isinstance(change.move, Pending) else change.move, "kind": change.kind,
        "amount": change.amount, "purpose": change.purpose,
    }  # fmt: skip


PATTERNS = {
    "receipt": "IN", "delivery": "OUT", "customer_return": "RET", "supplier_return": "RTS", "transfer": "TRF",
    "scrap": "SCR", "count": "CNT", "opening": "OPN", "production": "PRD", "drop_shipment": "DRP",
    "revaluation": "VAL", "landed_cost": "LND", "correction": "COR",
}  # fmt: skip


def ask_number(session: Session, paper: Paper, company: int) -> None:
    """Let a document have the next number of its kind just before the commit."""

    def assign(number: str) -> None:
        paper.number = number

    session.number(
        series=f"inventory.{paper.kind}", company_id=company, year=paper.date.year,
        pattern=f"{PATTERNS[paper.kind]}/{{year}}/{{n:05}}", assign=assign,
    )  # fmt: skip


def _write_numbers(session: Session, papers: Sequence[Paper]) -> None:
    session.change_rows(
        Document,
        [
            {
                "id": paper.id,
                "number": paper.number,
                "asked": paper.asked,
                "search_key": fold(" ".join(filter(None, (paper.number, paper.reference, paper.key)))),
            }
            for paper in papers
        ],
    )
