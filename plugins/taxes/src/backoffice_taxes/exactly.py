"""Exact numbers and how they are rounded: fractions of whole numbers, cut to cents only at the end.

The taxes of a line depend on each other and on its net amount, and a price may contain several of them. Solved in
fractions nothing is lost on the way, whatever the order; rounding happens once, by the policy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from backoffice.core.api import InvalidInput, RoundingPolicy
from backoffice.hookspecs import messages

_ = messages("taxes")

ZERO: Final = Decimal(0)
LARGEST: Final = 10**18
"""More than any amount a column holds, in its smallest unit."""


def fraction(value: Decimal | int | Fraction) -> Fraction:
    """Return ``value`` as a fraction. Raises :class:`~backoffice.core.api.InvalidInput` for a float."""
    if isinstance(value, float):
        raise InvalidInput(_("Amounts and rates are exact numbers, not floats."), remedy=_("Give a decimal."))
    return Fraction(value)


def _half(up_when_tied: Callable[[int, bool], bool]) -> Callable[[int, int, int, bool], bool]:
    def away(whole: int, rest: int, unit: int, negative: bool) -> bool:
        return 2 * rest > unit or (2 * rest == unit and up_when_tied(whole, negative))

    return away


_AWAY: Final[dict[str, Callable[[int, int, int, bool], bool]]] = {
    "half_up": _half(lambda whole, negative: True),
    "half_down": _half(lambda whole, negative: False),
    "half_even": _half(lambda whole, negative: whole % 2 == 1),
    "up": lambda whole, rest, unit, negative: rest > 0,
    "down": lambda whole, rest, unit, negative: False,
    "ceiling": lambda whole, rest, unit, negative: rest > 0 and not negative,
    "floor": lambda whole, rest, unit, negative: rest > 0 and negative,
}
"""Mode → whether a size of ``whole`` units and ``rest`` / ``unit`` goes away from zero."""


def cents(value: Fraction, places: int, mode: str) -> int:
    """Return ``value`` in units of 10^-``places``, rounded by ``mode`` of a rounding policy."""
    size: Fraction = abs(value) * 10**places
    whole, rest = divmod(size.numerator, size.denominator)
    negative = value < 0
    if whole > LARGEST:
        raise InvalidInput(_("This comes to more than any document."), remedy=_("Check quantities and prices."))
    if rest and _AWAY[mode](whole, rest, size.denominator, negative):
        whole += 1
    return int(-whole if negative else whole)


def amount(units: int, places: int) -> Decimal:
    """Return ``units`` of 10^-``places`` as a decimal with exactly so many decimals."""
    return Decimal(units).scaleb(-places)


def rounded(value: Fraction, places: int, policy: RoundingPolicy) -> Decimal:
    """Return ``value`` rounded to ``places`` decimals."""
    return amount(cents(value, places, policy.mode), places)


def spread(
    exact: Sequence[Fraction], places: int, policy: RoundingPolicy, total: Decimal | None = None
) -> list[Decimal]:
    """Return ``exact`` numbers rounded so that they add up to ``total``, by default their rounded sum.

    Each is rounded by itself; what is left over goes a unit each to those that were cut most, the earlier first, or
    all of it to the last that is not zero, as ``policy.residual`` says. Spreading the negated numbers gives the
    negated amounts.
    """
    units = [cents(value, places, policy.mode) for value in exact]
    whole = cents(sum(exact, Fraction()), places, policy.mode) if total is None else int(total.scaleb(places))
    rest = whole - sum(units)
    if rest and policy.residual == "last":
        units[max((n for n, value in enumerate(exact) if value), default=len(units) - 1)] += rest
    elif rest:
        _hand_out(rest, units, [value * 10**places for value in exact])
    return [amount(unit, places) for unit in units]


def _hand_out(rest: int, units: list[int], exact: Sequence[Fraction]) -> None:
    step = 1 if rest > 0 else -1
    cut = sorted(range(len(units)), key=lambda n: (units[n] - exact[n]) * step)
    each, more = divmod(abs(rest), len(units))
    for place, n in enumerate(cut):
        units[n] += step * (each + (place < more))
