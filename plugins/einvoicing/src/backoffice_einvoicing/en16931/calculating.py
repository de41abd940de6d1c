"""What an invoice comes to by the rules of the norm, and the sums of one that is being made.

All amounts are exact; rounding happens where the norm rounds: the tax of each category and rate, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from .terms import Allowance, Breakdown, Line, Totals

ZERO = Decimal(0)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")

Key = tuple[str, Decimal | None]
"""A category and its rate."""

NO_RATE = frozenset({"O"})
"""Categories that state no rate: what is outside the scope of the tax."""


def rounded(amount: Decimal, step: Decimal = CENT) -> Decimal:
    """Return ``amount`` rounded half up to ``step``."""
    return amount.quantize(step, ROUND_HALF_UP)


def bases(lines: Iterable[Line], allowances: Iterable[Allowance], charges: Iterable[Allowance]) -> dict[Key, Decimal]:
    """Return what is taxed under each category and rate: lines and charges, less allowances."""
    found: dict[Key, Decimal] = {}
    for line in lines:
        _add(found, line.item.category, line.item.rate, line.net)
    for charge in charges:
        _add(found, charge.category, charge.rate, charge.amount)
    for allowance in allowances:
        _add(found, allowance.category, allowance.rate, -allowance.amount)
    return found


def _add(found: dict[Key, Decimal], category: str, rate: Decimal | None, amount: Decimal) -> None:
    key = (category, None if category in NO_RATE else rate if rate is not None else ZERO)
    found[key] = found.get(key, ZERO) + amount


def breakdowns_of(
    lines: Iterable[Line],
    allowances: Iterable[Allowance] = (),
    charges: Iterable[Allowance] = (),
    *,
    reasons: Mapping[str, tuple[str, str]] | None = None,
) -> tuple[Breakdown, ...]:
    """Return the breakdown of the tax, each category and rate rounded once (BR-CO-17).

    ``reasons`` gives the code and the text of the reason of a category without tax.
    """
    known = reasons or {}
    rows = []
    for (category, rate), base in bases(lines, allowances, charges).items():
        code, text = known.get(category, ("", ""))
        tax = rounded(base * (rate or ZERO) / HUNDRED)
        rows.append(Breakdown(base=base, tax=tax, category=category, rate=rate, reason=text, reason_code=code))
    return tuple(rows)


def totals_of(
    lines: Iterable[Line],
    breakdowns: Iterable[Breakdown],
    allowances: Iterable[Allowance] = (),
    charges: Iterable[Allowance] = (),
    *,
    paid: Decimal | None = None,
    rounding: Decimal | None = None,
    tax_in_tax_currency: Decimal | None = None,
) -> Totals:
    """Return the sums of an invoice (BR-CO-10 to BR-CO-16)."""
    less, more = tuple(allowances), tuple(charges)
    sum_of_lines = sum((line.net for line in lines), ZERO)
    minus, plus = sum((one.amount for one in less), ZERO), sum((one.amount for one in more), ZERO)
    net = sum_of_lines - minus + plus
    tax = sum((row.tax for row in breakdowns), ZERO)
    return Totals(
        lines=sum_of_lines,
        allowances=minus if less else None,
        charges=plus if more else None,
        net=net,
        tax=tax,
        tax_in_tax_currency=tax_in_tax_currency,
        gross=net + tax,
        paid=paid,
        rounding=rounding,
        due=net + tax - (paid or ZERO) + (rounding or ZERO),
    )


__all__ = ["CENT", "HUNDRED", "NO_RATE", "ZERO", "Key", "bases", "breakdowns_of", "rounded", "totals_of"]
