"""Units of measure: exact ratios, and rounding to the smallest step of a unit. Pure functions.

A unit is a ratio of whole numbers to the base unit of its category, so a dozen is 12 and a piece of it one twelfth,
never 0.083333. A conversion is exact and rounded once, to the step of the unit it ends in, by a mode that is named.
"""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("products")

Mode = Literal["half_up", "half_even", "up", "down"]

MODES: Final = {
    "half_up": _("To the nearest, halves up"),
    "half_even": _("To the nearest, halves to even"),
    "up": _("Always up"),
    "down": _("Always down"),
}
"""``up`` and ``down`` are away from zero and towards it."""

FINEST: Final = Decimal("0.000001")
"""The smallest step of any quantity, what a column keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit: one of it is ``numerator`` / ``denominator`` of the base unit of ``category``."""

    code: str
    category: str
    numerator: int = 1
    denominator: int = 1
    step: Decimal = FINEST
    """Quantities are multiples of it: 1 for pieces, 0.001 for kilograms weighed to the gram."""
    mode: Mode = "half_up"
    id: int | None = None

    @property
    def ratio(self) -> Fraction:
        """How much of the base unit one is."""
        return Fraction(self.numerator, self.denominator)


def ratio(source: Unit, target: Unit) -> Fraction:
    """Return how many ``target`` one ``source`` is, exactly.

    Raises :class:`~backoffice.core.api.InvalidInput` when they measure different things.
    """
    if source.category != target.category:
        raise InvalidInput(
            _("{source} cannot be converted into {target}.").with_values(source=source.code, target=target.code),
            why=_("They measure different things."),
            remedy=_("Choose a unit of the same category."),
        )
    return source.ratio / target.ratio


def to_step(value: Decimal | Fraction | int, step: Decimal, mode: str = "half_up") -> Decimal:
    """Return the multiple of ``step`` that ``value`` is rounded to.

    Raises :class:`~backoffice.core.api.InvalidInput` when ``step`` is not above zero, or a number is a float.
    """
    if isinstance(value, float) or isinstance(step, float):
        raise InvalidInput(_("Quantities are exact numbers, not floats."), remedy=_("Give a decimal."))
    if step <= 0:
        raise InvalidInput(_("A step is above zero."), remedy=_("Give a step such as 1 or 0.001."))
    count = Fraction(value) / Fraction(step)
    size, rest = divmod(abs(count.numerator), count.denominator)
    if _goes_up(mode, size, rest, count.denominator):
        size += 1
    with decimal.localcontext(decimal.Context(prec=60)):
        return (size if count >= 0 else -size) * step


def _goes_up(mode: str, size: int, rest: int, unit: int) -> bool:
    if mode in {"up", "down"} or not rest:
        return mode == "up" and rest > 0
    if 2 * rest == unit and mode == "half_even":
        return size % 2 == 1
    return 2 * rest >= unit


def exactly(quantity: Decimal | int, source: Unit, target: Unit) -> Fraction:
    """Return ``quantity`` of ``source`` in ``target`` as an exact fraction, not rounded."""
    if isinstance(quantity, bool) or not isinstance(quantity, Decimal | int):
        raise InvalidInput(_("Quantities are exact numbers, not floats."), remedy=_("Give a decimal."))
    return Fraction(quantity) * ratio(source, target)


def convert(quantity: Decimal | int, source: Unit, target: Unit, *, mode: str | None = None) -> Decimal:
    """Return ``quantity`` of ``source`` in ``target``, rounded to its step by ``mode``, or by the target's own mode.

    Raises :class:`~backoffice.core.api.InvalidInput` when the units measure different things.
    """
    return plain(to_step(exactly(quantity, source, target), target.step, mode or target.mode))


def convert_price(price: Decimal, source: Unit, target: Unit, *, places: int = 6) -> Decimal:
    """Return a ``price`` of one ``source`` as that of one ``target``, to ``places`` decimals, halves up."""
    return plain(to_step(Fraction(price) / ratio(source, target), Decimal(1).scaleb(-places)))


def plain(value: Decimal) -> Decimal:
    """Return a number without needless zeros beyond two decimals."""
    while value.as_tuple().exponent < -2 and value.as_tuple().digits[-1] == 0:  # type: ignore[operator]
        value = value.quantize(Decimal((0, (1,), value.as_tuple().exponent + 1)))  # type: ignore[operator]
    return value


def fits(quantity: Decimal, unit: Unit) -> bool:
    """Tell whether ``quantity`` is a multiple of the unit's step."""
    return not Fraction(quantity) % Fraction(unit.step)
