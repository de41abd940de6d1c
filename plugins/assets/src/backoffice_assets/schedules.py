"""Schedules of depreciation and deferral as pure functions: spans in, amounts out, equal to the cent in sum.

The rules: straight line spreads what is left over the periods that are left; declining and written-down value take a
rate of the book value; each line is rounded by itself and the last one takes what rounding left. Worked cases of other
systems stand in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

from backoffice.core.api import InvalidInput, round_amount, split
from backoffice.hookspecs import messages

from .spans import MONTHS, Span, by_days, by_months, fiscal_year, spans

_ = messages("assets")

METHODS: Final = {
    "straight_line": _("Straight line"),
    "declining": _("Declining balance"),
    "written_down": _("Written-down value"),
    "units": _("Units of production"),
}
CONVENTIONS: Final = {
    "days": _("By days"),
    "months": _("By months, the first counts whole"),
    "half_month": _("By months, from the 16th with the next"),
    "half_year": _("Half a year in the first and last year"),
    "full": _("The first period counts whole"),
}
FREQUENCIES: Final = {
    "month": _("Every month"),
    "quarter": _("Every quarter"),
    "half_year": _("Every half-year"),
    "year": _("Every year"),
}
COMPOUNDING: Final = {
    "period": _("On the book value of each period"),
    "year": _("On the book value of each fiscal year"),
}
ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an asset is depreciated."""

    cost: Decimal
    residual: Decimal = ZERO
    currency: str
    method: str = "straight_line"
    life: int = 60
    """Months."""
    frequency: str = "month"
    convention: str = "days"
    in_service: date
    first_posting: date | None = None
    year_start: int = 1
    factor: Decimal = Decimal(2)
    """Of the straight-line rate, for the declining balance."""
    switch: bool = True
    """Change to straight line as soon as that is more; for the declining balance."""
    rate: Decimal | None = None
    """Percent a year for the declining balance, a period for written-down value; left out it follows from the life."""
    rate_places: int = 3
    """Decimals of a percentage that is computed."""
    compounding: str = "period"

    @property
    def depreciable(self) -> Decimal:
        """What is depreciated in all."""
        return self.cost - self.residual

    def spans(self) -> list[Span]:
        """Return its posting periods."""
        return spans(
            self.in_service,
            life=self.life,
            months=MONTHS[self.frequency],
            first=self.first_posting,
            convention=self.convention,
            year_start=self.year_start,
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of a schedule: when, how much, and how much in all until then."""

    date: date
    amount: Decimal
    accumulated: Decimal


def check_terms(terms: Terms) -> None:
    """Raise :class:`~backoffice.core.api.InvalidInput` for terms that make no schedule."""
    wrong: dict[str, list[str]] = {}
    if terms.cost < 0:
        wrong["cost"] = [_("A cost is not below zero.")]
    if not ZERO <= terms.residual <= max(terms.cost, ZERO):
        wrong["residual"] = [_("It lies between nothing and the cost.")]
    if terms.life < 1 and terms.method != "units":
        wrong["life"] = [_("It lasts one month at least.")]
    if terms.method == "written_down" and terms.rate is None and not terms.residual and terms.cost:
        wrong["residual"] = [_("Written-down value needs a residual value or a rate: it never comes to nothing.")]
    if terms.convention == "half_year" and MONTHS[terms.frequency] < 6:
        wrong["convention"] = [_("Half-years need postings every half-year or year.")]
    if terms.first_posting is not None and terms.first_posting < terms.in_service:
        wrong["first_posting"] = [_("It is not before the asset is in service.")]
    if wrong:
        raise InvalidInput(_("This asset cannot be depreciated like that."), fields=wrong)


def rate_of(terms: Terms) -> Decimal:
    """Return the rate of a period in percent, as the method says."""
    periods = Fraction(terms.life, MONTHS[terms.frequency])
    if terms.method == "written_down":
        if terms.rate is not None:
            return terms.rate
        kept = _EXACT.divide(terms.residual, terms.cost) if terms.cost else ZERO
        root = _EXACT.power(kept, _EXACT.divide(Decimal(periods.denominator), Decimal(periods.numerator)))
        return _rounded((1 - root) * 100, terms.rate_places)
    yearly = terms.rate if terms.rate is not None else _EXACT.divide(terms.factor * 1200, Decimal(terms.life))
    share = Decimal(MONTHS[terms.frequency]) / 12
    return min(_EXACT.multiply(yearly, share), Decimal(100))


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)


def schedule(terms: Terms) -> list[Planned]:
    """Return the whole schedule of an asset. Raises :class:`~backoffice.core.api.InvalidInput`."""
    check_terms(terms)
    if terms.method == "units":
        return []
    return remaining(terms, terms.spans(), ZERO)


def remaining(terms: Terms, left: Sequence[Span], accumulated: Decimal) -> list[Planned]:
    """Return the lines for the spans that are ``left`` when ``accumulated`` was depreciated before them."""
    rest = terms.depreciable - accumulated
    if not left or rest <= 0:
        return []
    if terms.method == "straight_line":
        amounts = _even(rest, [span.share for span in left], terms.currency)
    elif terms.compounding == "year":
        amounts = _by_year(terms, left, accumulated)
    else:
        amounts = _declining(terms, [span.share for span in left], accumulated, rate_of(terms))
    return _with_sums(left, amounts, accumulated)


def _with_sums(left: Sequence[Span], amounts: Sequence[Decimal], accumulated: Decimal) -> list[Planned]:
    found = []
    for span, amount in zip(left, amounts, strict=True):
        accumulated += amount
        if amount:
            found.append(Planned(span.date, amount, accumulated))
    return found


def _even(rest: Decimal, shares: Sequence[Fraction], currency: str) -> list[Decimal]:
    """Return ``rest`` in the proportion of ``shares``, each rounded; the last takes what is left."""
    whole = sum(shares, Fraction(0))
    amounts, given = [], ZERO
    for share in shares[:-1]:
        amount = min(_of(rest, share / whole, currency), rest - given)
        amounts.append(amount)
        given += amount
    return [*amounts, rest - given]


def _of(amount: Decimal, share: Fraction, currency: str) -> Decimal:
    exact = _EXACT.divide(_EXACT.multiply(amount, Decimal(share.numerator)), Decimal(share.denominator))
    return round_amount(exact, currency)


def _declining(terms: Terms, shares: Sequence[Fraction], accumulated: Decimal, rate: Decimal) -> list[Decimal]:
    """Return the amounts of a rate of the book value; the last takes what is left above the residual value."""
    amounts: list[Decimal] = []
    book = terms.cost - accumulated
    left = sum(shares, Fraction(0))
    for share in shares[:-1]:
        amount = _of(_EXACT.multiply(book, rate) / 100, share, terms.currency)
        if terms.method == "declining" and terms.switch:
            amount = max(amount, _of(book - terms.residual, share / left, terms.currency))
        amount = min(amount, book - terms.residual)
        amounts.append(amount)
        book -= amount
        left -= share
    return [*amounts, book - terms.residual]


def _by_year(terms: Terms, left: Sequence[Span], accumulated: Decimal) -> list[Decimal]:
    """Return the amounts of a rate of the book value at the start of each fiscal year, spread over its periods."""
    years: dict[date, list[Fraction]] = {}
    for span in left:
        years.setdefault(fiscal_year(span.date, terms.year_start), []).append(span.share)
    per_year = Fraction(12, MONTHS[terms.frequency])
    yearly = [sum(shares, Fraction(0)) / per_year for shares in years.values()]
    rate = min(rate_of(terms) * Decimal(per_year.numerator), Decimal(100))
    amounts = _declining(terms, yearly, accumulated, rate)
    return [
        part
        for amount, shares in zip(amounts, years.values(), strict=True)
        for part in _even(amount, shares, terms.currency)
    ]


def deferral(
    amount: Decimal, start: date, end: date, *, currency: str, basis: str = "days", frequency: str = "month",
    year_start: int = 1,
) -> list[Planned]:  # fmt: skip
    """Return the schedule of an amount for a service from ``start`` until ``end``, both included.

    ``basis`` is ``days`` or ``months``. Raises :class:`~backoffice.core.api.InvalidInput`.
    """
    if end < start:
        raise InvalidInput(_("It would end before it begins."), fields={"end": [_("It is not before the first day.")]})
    found = (by_days if basis == "days" else by_months)(start, end, MONTHS[frequency], year_start)
    return spread(amount, found, currency)


def spread(amount: Decimal, left: Sequence[Span], currency: str, accumulated: Decimal = ZERO) -> list[Planned]:
    """Return ``amount`` over the spans that are ``left``, in proportion to their shares; also below zero."""
    sign = -1 if amount < 0 else 1
    amounts = [part * sign for part in _even(abs(amount), [span.share for span in left], currency)]
    return _with_sums(left, amounts, accumulated)


def used(terms: Terms, units: Decimal, expected: Decimal, accumulated: Decimal) -> Decimal:
    """Return what units used so far add to ``accumulated``, when ``expected`` units are expected in all.

    All that is left is depreciated with the last unit, and nothing after it.
    """
    if expected <= 0:
        raise InvalidInput(_("Say how many units are expected in all."), fields={"units": [_("Give more than none.")]})
    share = Fraction(min(units, expected)) / Fraction(expected)
    return max(_of(terms.depreciable, share, terms.currency) - accumulated, ZERO)


def until(terms: Terms, before: date, planned: Planned, day: date, amount: Decimal) -> Decimal:
    """Return the part of ``planned`` that belongs to the days after ``before`` until ``day``."""
    if day >= planned.date:
        return amount
    whole = (planned.date - before).days
    return _of(amount, Fraction(max((day - before).days, 0), whole), terms.currency) if whole > 0 else amount


def shares_of(cost: Decimal, accumulated: Decimal, part: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """Return cost and accumulated depreciation of the ``part`` of an asset that goes, such as 0.25."""
    if not ZERO < part <= 1:
        raise InvalidInput(_("A part lies above nothing and is the whole at most."), fields={"part": [str(part)]})
    if part == 1:
        return cost, accumulated
    weights = [part, 1 - part]
    return split(cost, weights, currency)[0], split(accumulated, weights, currency)[0]
