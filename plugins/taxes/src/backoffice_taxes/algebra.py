"""The taxes of one line as functions of its net amount.

Every tax comes to ``a × net + b``: a percentage gives ``a``, a fixed amount gives ``b``, a tax on taxes takes those of
the others together. So a price that contains any number of them can be taken apart: ``net = (price − Σb) / (1 + Σa)``
over the taxes it contains. Exact, in fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from backoffice.core.api import InvalidInput, RuleBroken
from backoffice.hookspecs import messages

from .exactly import fraction
from .tax import Tax

_ = messages("taxes")


@dataclass(frozen=True, slots=True)
class Affine:
    """``slope × net + rest``."""

    slope: Fraction = Fraction()
    rest: Fraction = Fraction()

    def __add__(self, other: Affine) -> Affine:
        return Affine(self.slope + other.slope, self.rest + other.rest)

    def __mul__(self, factor: Fraction) -> Affine:
        return Affine(self.slope * factor, self.rest * factor)

    def at(self, net: Fraction) -> Fraction:
        """Return the value for a net amount."""
        return self.slope * net + self.rest


NET = Affine(Fraction(1))
NOTHING = Affine()


def sum_of(terms: Iterable[Affine]) -> Affine:
    """Return the sum of ``terms``."""
    return sum(terms, NOTHING)


@dataclass(frozen=True, slots=True)
class Term:
    """What one tax comes to, and what it stands on: the net amount, and the codes before it."""

    tax: Tax
    amount: Affine
    on_net: bool
    on: tuple[str, ...]


def terms_of(
    taxes: Sequence[Tax], quantity: Fraction, share: Fraction = Fraction(1), taxed: Fraction = Fraction(1)
) -> list[Term]:
    """Return what each of ``taxes``, without groups and in order, comes to on a line.

    ``share`` is the line's part of amounts that stand once on a document; ``taxed`` is the part of the net amount that
    percentages are taken of, less than 1 where a discount for early payment lowers the base from the start.
    """
    done: dict[str, Affine] = {}
    raising: list[str] = []
    terms = []
    for tax in taxes:
        on_net, on = _stands_on(tax, done, raising)
        base = sum_of((NET if on_net else NOTHING, *(done[code] for code in on)))
        done[tax.code] = _amount(tax, base, quantity, share, taxed)
        terms.append(Term(tax, done[tax.code], on_net, on))
        if tax.raises_base:
            raising.append(tax.code)
    return terms


def _stands_on(tax: Tax, done: dict[str, Affine], raising: list[str]) -> tuple[bool, tuple[str, ...]]:
    if tax.basis == "net":
        return True, tuple(raising)
    missing = [code for code in tax.on if code not in done]
    if missing:
        raise RuleBroken(
            _("{code} is taken of {missing}, which does not stand before it.").with_values(
                code=tax.code, missing=", ".join(missing)
            ),
            remedy=_("Put the codes in order, or use a group that holds all of them."),
        )
    return tax.basis == "total", tax.on or (tuple(done) if tax.basis == "total" else ())


def _amount(tax: Tax, base: Affine, quantity: Fraction, share: Fraction, taxed: Fraction) -> Affine:
    rate = fraction(tax.rate)
    if tax.kind == "fixed":
        return Affine(Fraction(), rate * (quantity if tax.per == "unit" else share))
    if tax.kind == "division":
        if rate >= 100:
            raise InvalidInput(_("{code} would be more than the whole price.").with_values(code=tax.code))
        return base * (rate / (100 - rate) * taxed)
    return base * (rate / 100 * taxed)


def contained(terms: Sequence[Term], inclusive: bool) -> list[Term]:
    """Return the terms that the line's price contains, ``inclusive`` saying whether it is a price with tax."""
    return [term for term in terms if not term.tax.is_separate and (inclusive or term.tax.in_price == "always")]


def net_of(price: Fraction, inside: Sequence[Term]) -> Fraction:
    """Return the net amount of a ``price`` that contains the taxes ``inside``."""
    whole = sum_of((NET, *(term.amount for term in inside)))
    if not whole.slope:
        raise InvalidInput(_("These taxes use up the whole price."), remedy=_("Check the rates of the tax codes."))
    return (price - whole.rest) / whole.slope
