"""Terms of payment as pure rules: what falls due when, and what may be deducted for paying early."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from backoffice.core.api import InvalidInput, RoundingPolicy, currency, round_amount
from backoffice.hookspecs import messages

from .posting import ZERO

_ = messages("accounting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An instalment: how much of a document, and how its day is counted."""

    kind: Literal["percent", "percent_of_rest", "fixed", "rest"] = "rest"
    value: Decimal = ZERO
    months: int = 0
    days: int = 0
    month_end: Literal["no", "before", "after"] = "no"
    day_of_month: int | None = None

    def due(self, start: date) -> date:
        """Return the day it is due for a document of ``start``.

        Months come first and never run over the end of a short one; then the end of the month, when days count from
        it; then days; then the end of the month, when it is moved there; last the next such day of the month.
        """
        day = _months_later(start, self.months)
        if self.month_end == "before":
            day = _month_end(day)
        day += timedelta(days=self.days)
        if self.month_end == "after":
            day = _month_end(day)
        return day if self.day_of_month is None else _next_such(day, self.day_of_month)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Terms of payment as plain values."""

    parts: tuple[Part, ...] = ()
    discount_percent: Decimal = ZERO
    discount_days: int = 0
    discount_tax: Literal["corrected", "kept", "reduced"] = "corrected"

    @property
    def taxed(self) -> Decimal:
        """The percentage of each base that taxes are taken of from the beginning."""
        return Decimal(100) - self.discount_percent if self.discount_tax == "reduced" else Decimal(100)


@dataclass(frozen=True, slots=True)
class Instalment:
    """An amount and the day it is due."""

    due: date | None
    """Nothing while no day is agreed."""
    amount: Decimal


def instalments(
    total: Decimal, start: date, parts: Sequence[Part], code: str, policy: RoundingPolicy | None = None
) -> tuple[Instalment, ...]:
    """Return what of ``total``, an amount in the currency ``code``, falls due when; together exactly ``total``.

    A fixed amount takes the sign of the document, and no more than is left. What the parts leave over goes to the last
    one. Raises :class:`~backoffice.core.api.InvalidInput` for percentages above a hundred.
    """
    policy = policy or RoundingPolicy()
    rest, found = total, []
    for part in parts:
        amount = _of(part, total, rest, code, policy)
        rest -= amount
        found.append(Instalment(part.due(start), amount))
    if rest and found:
        found[-1] = Instalment(found[-1].due, found[-1].amount + rest)
    return tuple(one for one in found if one.amount) or tuple(found[:1])


def _of(part: Part, total: Decimal, rest: Decimal, code: str, policy: RoundingPolicy) -> Decimal:
    if part.kind == "rest":
        return rest
    if part.kind == "fixed":
        size = min(part.value, abs(rest)) if rest * total >= 0 else ZERO
        return -size if total < 0 else size
    if not 0 <= part.value <= 100:
        said = _("A percentage is between nothing and a hundred.")
        raise InvalidInput(said, fields={"value": [said]})
    amount = round_amount((total if part.kind == "percent" else rest) * part.value / 100, code, policy)
    return amount if abs(amount) <= abs(rest) else rest


def discount_offered(payable: Decimal, net: Decimal, terms: Terms, code: str, policy: RoundingPolicy) -> Decimal:
    """Return what may be deducted when a document is paid early, where taxes are not to be corrected.

    The percentage is of the total, or of the net amount where the tax stays or was reduced already.
    """
    whole = payable if terms.discount_tax == "corrected" else net
    return round_amount(whole * terms.discount_percent / 100, code, policy)


def to_coins(amount: Decimal, coin: Decimal, policy: RoundingPolicy) -> Decimal:
    """Return ``amount`` rounded to a multiple of ``coin``, the smallest one there is.

    >>> to_coins(Decimal("1.2345"), Decimal("0.02"), RoundingPolicy())
    Decimal('1.24')
    """
    units = _whole(amount / coin, policy)
    return units * coin


def _whole(value: Decimal, policy: RoundingPolicy) -> Decimal:
    modes = {
        "half_up": "ROUND_HALF_UP", "half_even": "ROUND_HALF_EVEN", "half_down": "ROUND_HALF_DOWN", "up": "ROUND_UP",
        "down": "ROUND_DOWN", "ceiling": "ROUND_CEILING", "floor": "ROUND_FLOOR",
    }  # fmt: skip
    return value.quantize(Decimal(1), rounding=modes[policy.mode])


def smallest(code: str) -> Decimal:
    """Return the smallest unit of a currency."""
    return Decimal(1).scaleb(-currency(code).places)


def _months_later(day: date, months: int) -> date:
    if not months:
        return day
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _next_such(day: date, wanted: int) -> date:
    here = min(wanted, monthrange(day.year, day.month)[1])
    if day.day <= here:
        return day.replace(day=here)
    later = _months_later(day.replace(day=1), 1)
    return later.replace(day=min(wanted, monthrange(later.year, later.month)[1]))
