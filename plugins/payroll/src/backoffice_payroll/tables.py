"""Tables of brackets with dates, and rates with dates: what the law says, kept as data and never in a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from backoffice.hookspecs import messages

from .formulas import FormulaError

_ = messages("payroll")

ZERO = Decimal(0)
METHODS = {
    "marginal": _("Each part at its own rate"),
    "whole": _("The whole at the rate of its bracket"),
    "amount": _("The amount of the bracket"),
}


@dataclass(frozen=True)
class Bracket:
    """What holds from ``start`` on: ``rate`` in percent, and ``base``, an amount beside it."""

    start: Decimal
    rate: Decimal = ZERO
    base: Decimal | None = None


def check(brackets: Sequence[Bracket]) -> None:
    """Refuse brackets that begin at the same amount, or none at all."""
    if not brackets:
        raise FormulaError(_("A table has at least one bracket."))
    starts = [one.start for one in brackets]
    if len(set(starts)) != len(starts):
        raise FormulaError(_("Two brackets begin with the same amount."))


def apply(brackets: Iterable[Bracket], amount: Decimal, method: str = "marginal") -> Decimal:
    """Return what a table says of ``amount``, unrounded.

    ``marginal``: each part of the amount at the rate of the bracket it lies in. Where a bracket gives its ``base``,
    that stands for all parts below it, as in tables that were rounded when they were published. ``whole``: the whole
    amount at the rate of its bracket, plus the base. ``amount``: the base alone. Below the first bracket it is nought.
    Brackets touch: one ends where the next begins, with no gap of a unit between them.

    >>> apply([Bracket(Decimal(0), Decimal(10)), Bracket(Decimal(100), Decimal(20))], Decimal(150))
    Decimal('20')
    """
    ordered = sorted(brackets, key=lambda one: one.start)
    here = [one for one in ordered if one.start <= amount]
    if not here:
        return ZERO
    last = here[-1]
    if method == "amount":
        return last.base or ZERO
    if method == "whole":
        return amount * last.rate / 100 + (last.base or ZERO)
    return _below(here) + (amount - last.start) * last.rate / 100


def _below(here: Sequence[Bracket]) -> Decimal:
    """Return what all brackets below the last come to."""
    total = ZERO
    for n, one in enumerate(here):
        if one.base is not None:
            total = one.base
        elif n:
            total += (one.start - here[n - 1].start) * here[n - 1].rate / 100
    return total


T = TypeVar("T")


def on_day(dated: Iterable[tuple[date, T]], day: date) -> T | None:
    """Return what holds on ``day`` among values that hold each from their date on; None before the first."""
    holding = [one for one in dated if one[0] <= day]
    return max(holding, key=lambda one: one[0])[1] if holding else None
