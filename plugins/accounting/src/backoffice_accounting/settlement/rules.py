"""The rules of settling as pure functions over plain values: what of which item, what differs, which items fit best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backoffice_accounting.posting import ZERO

from backoffice.core.api import InvalidInput, RoundingPolicy, RuleBroken, round_amount
from backoffice.hookspecs import messages

_ = messages("accounting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open item as the rules see it: debit above zero, in its own currency and in the books."""

    id: int
    account_id: int
    currency: str
    amount: Decimal
    in_books: Decimal
    due: date | None = None
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What of an item is settled, on its own side."""

    item: Open
    amount: Decimal
    in_books: Decimal


def take(item: Open, amount: Decimal, books: str, policy: RoundingPolicy) -> Taken:
    """Return what settling ``amount`` of ``item`` takes of it: its share in the books, or all when nothing is left.

    Raises :class:`~backoffice.core.api.RuleBroken` for more than is open, or for the other side.
    """
    if amount == item.amount:
        return Taken(item, amount, item.in_books)
    if amount * item.amount < 0 or abs(amount) > abs(item.amount):
        said = _("Of this item {open} {currency} are open.").with_values(
            open=format(item.amount, "f"), currency=item.currency
        )
        raise RuleBroken(said, remedy=_("Settle at most that much."), fields={"items": [said]})
    return Taken(item, amount, round_amount(item.in_books * amount / item.amount, books, policy))


def plan(
    items: Sequence[Open],
    amounts: Mapping[int, Decimal],
    books: str,
    policy: RoundingPolicy,
    *,
    everything: bool = False,
) -> list[Taken]:
    """Return what settling ``items`` against each other takes of each.

    ``amounts`` says how much of an item, without a sign; what is left out is taken as far as the other side goes, what
    is due first first. With ``everything`` all of every item is taken, whatever is left over. Items of different
    currencies settle each other in the books; then nothing is left over on either.
    """
    wanted = {item.id: _asked(item, amounts) for item in items}
    one_currency = len({item.currency for item in items if item.amount}) <= 1
    if one_currency and not everything:
        wanted = _as_far_as_it_goes(items, wanted, set(amounts))
    taken = [take(item, wanted[item.id], books, policy) for item in items if wanted[item.id] or not item.amount]
    return [one for one in taken if one.amount or one.in_books]


def _asked(item: Open, amounts: Mapping[int, Decimal]) -> Decimal:
    amount = amounts.get(item.id)
    if amount is None:
        return item.amount
    return abs(amount) if item.amount > 0 else -abs(amount)


def _as_far_as_it_goes(items: Sequence[Open], wanted: dict[int, Decimal], fixed: set[int]) -> dict[int, Decimal]:
    debit = sum((amount for amount in wanted.values() if amount > 0), ZERO)
    credit = -sum((amount for amount in wanted.values() if amount < 0), ZERO)
    room = {1: min(debit, credit), -1: min(debit, credit)}
    found = {}
    ordered = sorted(items, key=lambda item: (item.id not in fixed, item.due or date.max, item.id))
    for item in ordered:
        side = 1 if item.amount > 0 else -1
        size = min(abs(wanted[item.id]), room[side])
        room[side] -= size
        found[item.id] = size * side
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """What settled items leave over: of the foreign amount, in one currency, and in the books."""

    amount: Decimal
    in_books: Decimal
    currency: str


def difference(taken: Sequence[Taken], books: str) -> Difference:
    """Return what ``taken`` leaves over: debits less credits."""
    currencies = {one.item.currency for one in taken if one.amount}
    in_books = sum((one.in_books for one in taken), ZERO)
    if len(currencies) > 1:
        return Difference(ZERO, in_books, books)
    return Difference(sum((one.amount for one in taken), ZERO), in_books, min(currencies, default=books))


@dataclass(frozen=True, slots=True)
class Fit:
    """Items that come closest to an amount, and how far they are from it."""

    ids: tuple[int | str, ...]
    remaining: Decimal


MOST_SUMS = 20_000
"""Sums kept in mind while looking for a fit; beyond that the ones furthest away are forgotten."""


def best_fit(items: Sequence[tuple[int | str, Decimal]], target: Decimal) -> Fit:
    """Return which of ``items``, ids with signed amounts, together come closest to ``target``; at least one of them.

    Of several that come equally close, the one with more items, and of those the earlier items. Raises
    :class:`~backoffice.core.api.InvalidInput` without items.
    """
    if not items:
        raise InvalidInput(_("There is nothing to choose from."))
    sums: dict[Decimal, tuple[int, ...]] = {}
    for place, (_id, amount) in enumerate(items):
        added = {total + amount: (*chosen, place) for total, chosen in sums.items()}
        for total, chosen in ((amount, (place,)), *added.items()):
            there = sums.get(total)
            if there is None or _better(chosen, there):
                sums[total] = chosen
        if len(sums) > MOST_SUMS:
            kept = sorted(sums, key=lambda total: abs(total - target))[:MOST_SUMS]
            sums = {total: sums[total] for total in kept}
    total, chosen = min(sums.items(), key=lambda one: (abs(one[0] - target), -len(one[1]), one[1]))
    return Fit(tuple(items[place][0] for place in chosen), total - target)


def _better(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return (-len(one), one) < (-len(other), other)
