"""Which open items a line of a statement may be: scored, explained, and fast for very many. Pure values, no database.

A line is looked up by the numbers its text holds, by the other side's account, by its exact amount and by the other
side's name; only what is found so is scored. Nothing is compared with everything.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final

from backoffice.core.api import fold

ZERO: Final = Decimal(0)

NUMBER, REFERENCE, ACCOUNT, NAME, LIKE, EXACT, NEAR, SOON, TOGETHER, PART = (
    "number", "reference", "account", "name", "like", "exact", "near", "soon", "together", "part",
)  # fmt: skip
POINTS: Final = {NUMBER: 45, REFERENCE: 50, ACCOUNT: 30, NAME: 20, LIKE: 10, EXACT: 40, NEAR: 15, TOGETHER: 38, PART: 5}
CERTAIN: Final = 80
"""From so many points on, a proposal with a clear lead is certain."""
LEAD: Final = 15
MOST: Final = 12
"""Candidates looked at for one line and one reason."""
NEIGHBOURS: Final = 31
"""Days within which a due date is near."""
_WORD: Final = re.compile(r"[0-9A-Z\u0621-\u064a]+")
_SHORT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that waits for money: an invoice, a bill, a credit note. Above zero waits for money to come in."""

    id: int
    amount: Decimal
    number: str = ""
    reference: str = ""
    party_id: int | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Who the other side of payments may be."""

    party_id: int
    names: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A line of a statement as matching sees it; above zero is money that came in."""

    id: int
    date: date
    amount: Decimal
    text: str = ""
    reference: str = ""
    name: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a line may be: items with the amount that pays each, how sure, why, and what is left over."""

    parts: tuple[tuple[Item, Decimal], ...]
    score: int
    reasons: tuple[str, ...]
    difference: Decimal = ZERO
    """What of the line is left when the items are paid in full: written off, or nothing."""

    @property
    def party_id(self) -> int | None:
        """The party all items are of."""
        found = {item.party_id for item, _amount in self.parts}
        return found.pop() if len(found) == 1 else None


def compact(text: str) -> str:
    """Return letters and digits of ``text`` alone, in capitals."""
    return "".join(_WORD.findall(text.upper()))


def tokens(text: str) -> Iterator[str]:
    """Give the words of ``text`` and up to five of them joined, as numbers lose their strokes in banks."""
    words = _WORD.findall(text.upper())
    for start in range(len(words)):
        joined = ""
        for word in words[start : start + 5]:
            joined += word
            if len(joined) > 40:
                break
            if len(joined) >= _SHORT:
                yield joined


@dataclass(slots=True)
class Ledger:
    """Open items and parties, ready to be looked up."""

    tolerance: Decimal = ZERO
    items: dict[int, Item] = field(default_factory=dict)
    _numbers: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    _amounts: dict[Decimal, list[Item]] = field(default_factory=lambda: defaultdict(list))
    _of_party: dict[int, list[Item]] = field(default_factory=lambda: defaultdict(list))
    _accounts: dict[str, int] = field(default_factory=dict)
    _names: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _words: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _sorted: list[Decimal] = field(default_factory=list)
    _units: dict[int, int] = field(default_factory=dict)
    _oldest: dict[int, tuple[Item, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item], sides: Iterable[Side] = (), tolerance: Decimal = ZERO) -> Ledger:
        """Return the ledger of ``items`` and ``sides``; amounts may differ by ``tolerance``."""
        made = cls(tolerance)
        for item in items:
            made.add(item)
        for side in sides:
            made._add_side(side)
        made._sorted = sorted(made._amounts)
        return made

    def add(self, item: Item) -> None:
        """Add an item."""
        self.items[item.id] = item
        self._units[item.id] = _in_units(item.amount)
        self._amounts[item.amount].append(item)
        if item.party_id is not None:
            self._of_party[item.party_id].append(item)
            self._oldest.pop(item.party_id, None)
        for number in {compact(item.number), compact(item.reference)}:
            if len(number) >= _SHORT:
                self._numbers[number].append(item)

    def _add_side(self, side: Side) -> None:
        for account in side.accounts:
            self._accounts[compact(account)] = side.party_id
        for name in side.names:
            folded = fold(name)
            if folded:
                self._names[folded].append(side.party_id)
            for word in folded.split():
                if len(word) > 3:
                    self._words[word].append(side.party_id)

    # -- looking up --------------------------------------------------------------------------------------------------

    def party_of(self, line: Wanted) -> tuple[int | None, str]:
        """Return who the other side of ``line`` is, and how that is known: by account, name or a like name."""
        found = self._accounts.get(compact(line.account)) if line.account else None
        if found is not None:
            return found, ACCOUNT
        folded = fold(line.name)
        known = self._names.get(folded, ())
        if len(known) == 1:
            return known[0], NAME
        return (None, "") if known else (self._like(folded), LIKE)

    def _like(self, folded: str) -> int | None:
        """Return the only party most words of whose name stand in ``folded``."""
        counts: dict[int, int] = defaultdict(int)
        words = [word for word in folded.split() if len(word) > 3]
        for word in words:
            parties = self._words.get(word, ())
            if len(parties) <= MOST * 4:
                for party in parties:
                    counts[party] += 1
        if not counts:
            return None
        best = max(counts.values())
        found = [party for party, count in counts.items() if count == best]
        return found[0] if len(found) == 1 and best * 2 > len(words) else None

    def proposals(self, line: Wanted, most: int = 5) -> list[Proposal]:
        """Return what ``line`` may be, the likeliest first."""
        party, how = self.party_of(line)
        told = self._told(line)
        found = {item.id: item for item in self._candidates(line, party, told)}
        scored = [self._scored(line, item, party, how, told) for item in found.values()]
        scored += self._together(line, party, how, told)
        scored.sort(key=lambda one: (-one.score, _soonest(one, line.date)))
        return scored[:most]

    def _told(self, line: Wanted) -> dict[int, str]:
        """Return the items whose number stands in ``line``: in its reference, or anywhere in its text."""
        found: dict[int, str] = {}
        for text, how in ((line.reference, REFERENCE), (line.text, NUMBER)):
            for token in tokens(text) if text else ():
                for item in self._numbers.get(token, ()):
                    if (item.amount > 0) == (line.amount > 0):
                        found.setdefault(item.id, how)
        return found

    def _candidates(self, line: Wanted, party: int | None, told: dict[int, str]) -> Iterator[Item]:
        yield from (self.items[id_] for id_ in told)
        exact = self._amounts.get(line.amount, ())
        if len(exact) <= MOST:
            yield from exact
        else:
            yield from (item for item in exact if item.party_id == party) if party is not None else ()
            yield from sorted(exact, key=lambda item: _days(item, line.date))[:MOST] if len(exact) < 500 else ()
        if party is not None:
            yield from [item for item in self._of_party[party] if _same_side(item, line)][:MOST]
        if self.tolerance:
            yield from self._near(line.amount)

    def _near(self, amount: Decimal) -> Iterator[Item]:
        start = bisect_left(self._sorted, amount - self.tolerance)
        for near in self._sorted[start : start + MOST]:
            if near > amount + self.tolerance:
                break
            yield from self._amounts[near][:3]

    # -- scoring -----------------------------------------------------------------------------------------------------

    def _scored(self, line: Wanted, item: Item, party: int | None, how: str, told: dict[int, str]) -> Proposal:
        reasons = []
        if item.id in told:
            reasons.append(told[item.id])
        if party is not None and item.party_id == party:
            reasons.append(how)
        difference = line.amount - item.amount
        pays = item.amount
        if not difference:
            reasons.append(EXACT)
        elif abs(difference) <= self.tolerance:
            reasons.append(NEAR)
        elif abs(line.amount) < abs(item.amount):
            reasons.append(PART)
            pays, difference = line.amount, ZERO
        days = _days(item, line.date)
        score = sum(POINTS[reason] for reason in reasons) + max(0, 10 - days // 3)
        if days <= NEIGHBOURS:
            reasons.append(SOON)
        if difference and abs(difference) > self.tolerance:
            score -= 20
        return Proposal(((item, pays),), max(score, 0), tuple(reasons), difference)

    def _together(self, line: Wanted, party: int | None, how: str, told: dict[int, str]) -> Iterator[Proposal]:
        """Give several items that make up the line: those it names, or some of the other side's, the oldest first."""
        named = [self.items[id_] for id_ in told]
        if len(named) > 1 and abs(sum((item.amount for item in named), -line.amount)) <= self.tolerance:
            yield self._group(line, named, (NUMBER,), party, how)
            return
        if party is None:
            return
        chosen = self._sum_to(self._first_of(party), line.amount)
        if chosen:
            yield self._group(line, chosen, (), party, how)

    def _first_of(self, party: int) -> Sequence[Item]:
        """Return the items of a party that are due first."""
        known = self._oldest.get(party)
        if known is None:
            theirs = sorted(self._of_party[party], key=lambda item: (item.due or date.max, item.id))
            known = self._oldest[party] = tuple(theirs[:MOST])
        return known

    def _sum_to(self, items: Sequence[Item], amount: Decimal) -> Sequence[Item]:
        """Return the first items, or else up to four of them, that add up to ``amount``; nothing when none do."""
        total = ZERO
        for n, item in enumerate(items):
            total += item.amount
            if n and total == amount:
                return items[: n + 1]
        units = [self._units[item.id] for item in items]
        for size in sizes_that_add_up(units, _in_units(amount)):
            for chosen in combinations(items, size):
                if sum((item.amount for item in chosen), ZERO) == amount:
                    return chosen
        return ()

    def _group(
        self, line: Wanted, items: Sequence[Item], reasons: tuple[str, ...], party: int | None, how: str
    ) -> Proposal:
        why = [*reasons, TOGETHER]
        if party is not None and all(item.party_id == party for item in items):
            why.append(how)
        total = sum((item.amount for item in items), ZERO)
        return Proposal(
            tuple((item, item.amount) for item in items), sum(POINTS[reason] for reason in why), tuple(why),
            line.amount - total,
        )  # fmt: skip


def sizes_that_add_up(amounts: Sequence[int], total: int) -> Iterator[int]:
    """Give the sizes, two to four, of which some of ``amounts`` may add up to ``total``: every one that can.

    Most lines are paid by no group at all. Pairs of sums tell so with a tenth of the work of going through the groups;
    where four are meant, one of them may stand in both pairs, so whoever asks goes through the groups of that size.

    >>> list(sizes_that_add_up([5, 7, 11, 13], 23)), list(sizes_that_add_up([5, 7, 11, 13], 6))
    ([3], [])
    """
    pairs = [one + other for one, other in combinations(amounts, 2)]
    if total in pairs:
        yield 2
    lacking = {total - one for one in amounts}
    if not lacking.isdisjoint(pairs):
        yield 3
    if not {total - pair for pair in pairs}.isdisjoint(pairs):
        yield 4


def _in_units(amount: Decimal) -> int:
    """Return an amount in millionths, finer than any amount is."""
    return int(amount.scaleb(6))


def _same_side(item: Item, line: Wanted) -> bool:
    return (item.amount > 0) == (line.amount > 0)


def _days(item: Item, day: date) -> int:
    return abs((item.due - day).days) if item.due is not None else NEIGHBOURS


def _soonest(one: Proposal, day: date) -> int:
    return min(_days(item, day) for item, _amount in one.parts)


def certain(found: Sequence[Proposal]) -> Proposal | None:
    """Return the proposal that needs nobody's judgement: enough points, nothing left over, and a clear lead."""
    if not found or found[0].score < CERTAIN or found[0].difference:
        return None
    if PART in found[0].reasons:
        return None
    second = found[1].score if len(found) > 1 else 0
    return found[0] if found[0].score - second >= LEAD else None


def settle_all(ledger: Ledger, lines: Iterable[Wanted]) -> Iterator[tuple[Wanted, Proposal]]:
    """Give the lines that are certain with what they are; no item is given twice."""
    taken: set[int] = set()
    for line in lines:
        found = [one for one in ledger.proposals(line, 6) if not any(item.id in taken for item, _amount in one.parts)]
        chosen = certain(found)
        if chosen is not None:
            taken.update(item.id for item, _amount in chosen.parts)
            yield line, chosen
