"""Rounding, splitting and converting, by a policy an organisation chooses once.

The same policy serves quotes, orders, invoices and payslips, and is stored on the document, so that reading an old
document again gives the old figures.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final, Literal

from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import messages

from .amounts import EXACT, exact, from_scaled, to_scaled, too_large
from .currencies import currency

_ = messages("backoffice")

Mode = Literal["half_up", "half_even", "half_down", "up", "down", "ceiling", "floor"]
"""``half_up`` and ``half_down`` look at the size of the number, not its sign: −2.5 is −3 under ``half_up``."""

_MODES: Final[dict[str, str]] = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_even": decimal.ROUND_HALF_EVEN,
    "half_down": decimal.ROUND_HALF_DOWN,
    "up": decimal.ROUND_UP,
    "down": decimal.ROUND_DOWN,
    "ceiling": decimal.ROUND_CEILING,
    "floor": decimal.ROUND_FLOOR,
}
_ROUNDING: Final = {name: Context(prec=160, rounding=mode, traps=[InvalidOperation]) for name, mode in _MODES.items()}


@dataclass(frozen=True, slots=True)
class RoundingPolicy:
    """How an organisation rounds.

    ``mode`` rounds one amount; ``level`` says whether tax and the like are rounded on each line or once for the
    document; ``residual`` says who gets the cents a split leaves over: the shares with the ``largest`` remainders, one
    cent each, or the ``last`` share, all of them. Raises :class:`~backoffice.core.errors.InvalidInput` for other words.
    """

    mode: Mode = "half_up"
    level: Literal["line", "document"] = "line"
    residual: Literal["largest", "last"] = "largest"

    def __post_init__(self) -> None:
        _one_of("mode", self.mode, tuple(_MODES))
        _one_of("level", self.level, ("line", "document"))
        _one_of("residual", self.residual, ("largest", "last"))


def _one_of(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise InvalidInput(
            _("“{value}” is no {name} of a rounding policy.").with_values(value=value, name=name),
            remedy=_("Choose one of {words}.").with_values(words=", ".join(words)),
        )


DEFAULT_POLICY: Final = RoundingPolicy()
"""Half up, on each line, residual to the largest remainders: what most tax offices describe."""


def round_amount(
    amount: Decimal | int | str, places_or_code: int | str, policy: RoundingPolicy | None = None
) -> Decimal:
    """Return ``amount`` rounded to a number of decimals or to the smallest unit of a currency.

    The result has exactly that many decimals. ``policy`` is :data:`DEFAULT_POLICY` when left out. Raises
    :class:`~backoffice.core.errors.InvalidInput` for an unknown currency or a value that is no exact number.
    """
    rounding = _ROUNDING[(policy or DEFAULT_POLICY).mode]
    return rounding.quantize(exact(amount), Decimal((0, (1,), -_places(places_or_code))))


def _places(places_or_code: int | str) -> int:
    return currency(places_or_code).places if isinstance(places_or_code, str) else places_or_code


def split(
    amount: Decimal | int | str,
    weights: Sequence[Decimal | int | str],
    places: int | str,
    policy: RoundingPolicy | None = None,
) -> list[Decimal]:
    """Return shares of ``amount`` in proportion to ``weights``, in their order, that add up to it exactly.

    ``places`` is a number of decimals or a currency. Every share is cut to its whole cents and what is left over is
    given out as ``policy.residual`` says; by the method of largest remainders each share is less than a cent away from
    its exact proportion, the earlier one winning ties. No share has a sign other than that of ``amount``, a weight of
    zero gets nothing, and splitting −x gives the negated shares of x.

    Raises :class:`~backoffice.core.errors.InvalidInput` when the weights are negative or add up to nothing, or when
    ``amount`` has more decimals than ``places``.
    """
    decimals = _places(places)
    cents = to_scaled(amount, decimals)
    shares = _split_integer(abs(cents), _integers(weights), (policy or DEFAULT_POLICY).residual)
    return [from_scaled(-share if cents < 0 else share, decimals) for share in shares]


def _integers(weights: Sequence[Decimal | int | str]) -> list[int]:
    """Return whole numbers in the proportions of ``weights``."""
    numbers = [exact(weight) for weight in weights]
    if any(number < 0 for number in numbers) or not any(numbers):
        raise InvalidInput(
            _("An amount cannot be split by these weights."),
            why=_("Weights must not be negative, and their sum must be more than zero."),
            remedy=_("Give at least one weight above zero."),
        )
    ratios = [number.as_integer_ratio() for number in numbers]
    common = math.lcm(*(denominator for _numerator, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]


def _split_integer(total: int, weights: list[int], residual: str) -> list[int]:
    base = sum(weights)
    shares, remainders = map(list, zip(*(divmod(total * weight, base) for weight in weights), strict=True))
    left = total - sum(shares)
    if residual == "last":
        shares[max(place for place, weight in enumerate(weights) if weight)] += left
        return shares
    order = sorted(range(len(weights)), key=lambda place: -remainders[place])
    for place in order[:left]:
        shares[place] += 1
    return shares


def convert(
    amount: Decimal | int | str,
    rate: Decimal | int | str,
    places: int | str,
    policy: RoundingPolicy | None = None,
) -> Decimal:
    """Return ``amount`` × ``rate``, multiplied exactly and rounded once.

    ``rate`` is how much of the target currency one unit of the source costs; ``places`` is a number of decimals or
    the target currency. Raises :class:`~backoffice.core.errors.InvalidInput` for a rate that is not above zero.
    """
    factor = exact(rate)
    if factor <= 0:
        raise InvalidInput(
            _("{rate} is not an exchange rate.").with_values(rate=f"{factor:f}"),
            remedy=_("Give a rate above zero."),
        )
    try:
        product = EXACT.multiply(exact(amount), factor)
    except Inexact:
        raise too_large(amount) from None
    return round_amount(product, places, policy)
