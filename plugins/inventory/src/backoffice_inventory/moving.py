"""Move goods: one way for every paper, one or many in a transaction, with few statements however long they are.

The papers are read for what they need at once, applied to it in memory one after the other, and written at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from backoffice_products.api import Lot as LotTaken
from backoffice_products.api import Moved

from backoffice.core.api import InvalidInput, RuleBroken, Session
from backoffice.hookspecs import messages

from . import announcing, lots, picking, returning, writing
from .places import Places, needed
from .shapes import Change, Line, Paper, Pending, Short
from .shortage import not_enough
from .stored import Stored
from .valuing import ZERO, Issued, Settled, Taken

_ = messages("inventory")


class Mover:
    """Moves the goods of papers in one transaction."""

    def __init__(self, session: Session, papers: Sequence[Paper], places: Places, stored: Stored | None = None) -> None:
        self.session = session
        self.papers = papers
        self.places = places
        self.short: list[Short] = []
        self.days: dict[tuple[int, int], date] = {}
        self.taken: list[tuple[Pending, Taken]] = []
        self.late: dict[int, date] = {}
        """Products that moved on a day before others had moved already, and the day."""
        self.stored = stored or _read(session, papers)
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

    # -- answering -----------------------------------------------------------------------------------------------

    def answer(self, paper: Paper) -> list[Moved]:
        """Return what became of the lines of a paper."""
        moves: dict[int, list[Pending]] = {}
        for move in paper.moves:
            moves.setdefault(id(move.line), []).append(move)
        return [self._moved(line, moves.get(id(line), [])) for line in paper.lines]

    def _moved(self, line: Line, moves: list[Pending]) -> Moved:
        cost = sum((abs(move.value + (move.difference if not move.origin.ours else ZERO)) for move in moves), ZERO)
        taken = tuple(
            LotTaken(self.stored.lots[move.lot][2], move.quantity, self.stored.lots[move.lot][3])
            for move in moves
            if move.lot
        )
        return Moved(line.key, sum((move.quantity for move in moves), ZERO), cost, taken)

    def _not_enough(self) -> RuleBroken:
        return not_enough(
            self.stored,
            self.short,
            why=_("Lines that are short are named below."),
            remedy=_("Move less, or write down first what has arrived."),
        )


def move(
    session: Session, papers: Sequence[Paper], places: Places | None = None, stored: Stored | None = None
) -> Mover:
    """Move the goods of papers in this transaction: all of them or none, and say so to whoever listens.

    ``stored`` is the state of their products, where it was read and locked already.
    """
    mover = Mover(session, papers, places or needed(session), stored)
    mover.apply()
    writing.write(mover)
    if mover.late:
        from . import replaying

        replaying.follow(mover)
    announcing.announce(mover)
    return mover


def _read(session: Session, papers: Sequence[Paper]) -> Stored:
    lines = [line for paper in papers for line in paper.lines]
    return Stored.read(
        session,
        {line.product_id for line in lines},
        source=next((paper.source for paper in papers if paper.source), None) or "inventory",
        demands=[line.demand for line in lines if line.demand],
    )


def _leaves(line: Line) -> bool:
    return line.origin is None or line.origin.valued
