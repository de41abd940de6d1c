"""Which price holds, and why: a pure function over price lists.

A rule of a list is for one variant, one product, one category with those below it, or everything; from a quantity on;
for a span of days; and it names a price, or takes one from elsewhere and changes it. The narrowest rule wins, then the
one for the largest quantity, then the one that began last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from backoffice.core.api import InvalidInput, NotFound
from backoffice.hookspecs import messages

from .units import plain, to_step

_ = messages("products")

KINDS: Final = {
    "price": _("A price"),
    "list_price": _("From the product's own price"),
    "cost": _("From its cost"),
    "other_list": _("From another price list"),
}
"""Where a rule takes its price from."""

PLACES: Final = Decimal("0.000001")

Exchange = Callable[[str, str, date], Decimal]
"""What one unit of a currency costs in another on a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a price list. Prices are for one base unit of the product, or for one ``unit`` when that is named."""

    id: int | None = None
    product: int | None = None
    template: int | None = None
    category: int | None = None
    unit: int | None = None
    least: Decimal = Decimal(0)
    """From this quantity of the base unit on, or of ``unit``."""
    valid_from: date | None = None
    valid_until: date | None = None
    kind: Literal["price", "list_price", "cost", "other_list"] = "price"
    price: Decimal | None = None
    base_list: int | None = None
    percent: Decimal = Decimal(0)
    """Added to what is taken from elsewhere; −10 takes a tenth off."""
    plus: Decimal = Decimal(0)
    """An amount added after the percentage, in the list's currency."""
    step: Decimal | None = None
    """The result is rounded to a multiple of it; ``ending`` is added afterwards, so 1 and −0.01 make 9.99."""
    ending: Decimal = Decimal(0)
    mode: str = "half_up"

    def holds(self, day: date) -> bool:
        """Tell whether the rule holds on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """A list of prices in one currency, with or without tax."""

    id: int
    code: str
    currency: str
    inclusive: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    rules: Sequence[Rule] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a price is asked for."""

    product: int
    day: date
    quantity: Decimal = Decimal(1)
    """In ``unit``."""
    template: int | None = None
    categories: tuple[int, ...] = ()
    """The product's category and those above it, the nearest first."""
    unit: int | None = None
    """The unit it is asked in; ``None`` for the product's base unit."""
    ratio: Fraction = field(default=Fraction(1))
    """How many base units one ``unit`` is."""
    list_price: Decimal | None = None
    """The product's own price of one base unit."""
    cost: Decimal | None = None
    currency: str = ""
    """Of ``list_price`` and ``cost``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """A price of one ``unit`` that was asked for, and why it holds: sentences, and the rules on the way."""

    price: Decimal
    currency: str
    inclusive: bool
    why: tuple[str, ...]
    rules: tuple[int | None, ...] = ()
    list: int | None = None


def pick(
    wanted: Wanted, list_id: int | None, lists: Mapping[int, PriceList], exchange: Exchange | None = None
) -> Picked:
    """Return the price of what is ``wanted`` in the list ``list_id`` and say why it holds.

    Without a list, or where none of its rules matches, it is the product's own price. ``exchange`` tells rates between
    the currencies of lists and products. Raises :class:`~backoffice.core.api.NotFound` when there is no price at all,
    and :class:`~backoffice.core.api.InvalidInput` when lists are made from each other in a circle.
    """
    return _Picker(wanted, lists, exchange).of_list(list_id, ())


class _Picker:
    def __init__(self, wanted: Wanted, lists: Mapping[int, PriceList], exchange: Exchange | None) -> None:
        self.wanted = wanted
        self.lists = lists
        self.exchange = exchange

    def of_list(self, list_id: int | None, way: tuple[int, ...]) -> Picked:
        if list_id is None:
            return self.of_product(None)
        if list_id in way:
            codes = " → ".join(self.lists[one].code for one in (*way, list_id))
            raise InvalidInput(
                _("These price lists are made from each other in a circle: {codes}.").with_values(codes=codes),
                remedy=_("Let one of them name its prices."),
            )
        prices = self.lists[list_id]
        rule = best(prices, self.wanted)
        if rule is None:
            return self.of_product(prices)
        if rule.kind == "price":
            return self.named(rule, prices)
        return self.taken(rule, prices, way)

    def named(self, rule: Rule, prices: PriceList) -> Picked:
        price = Fraction(rule.price or 0) * (1 if rule.unit is not None else self.wanted.ratio)
        return self.picked(price, prices, (_because(rule, prices),), (rule.id,))

    def taken(self, rule: Rule, prices: PriceList, way: tuple[int, ...]) -> Picked:
        if rule.kind == "other_list":
            found = self.of_list(rule.base_list, (*way, prices.id))
        else:
            found = self.of_product(None, "cost" if rule.kind == "cost" else "list_price")
        price = Fraction(found.price) * Fraction(self.rate(found.currency, prices.currency))
        price = price * (1 + Fraction(rule.percent) / 100) + Fraction(rule.plus) * self.wanted.ratio
        if rule.step:
            price = Fraction(to_step(price, rule.step, rule.mode)) + Fraction(rule.ending)
        said = _because(rule, prices)
        return self.picked(max(price, Fraction()), prices, (*found.why, said), (*found.rules, rule.id))

    def of_product(self, prices: PriceList | None, what: str = "list_price") -> Picked:
        own = self.wanted.cost if what == "cost" else self.wanted.list_price
        if own is None:
            raise NotFound(
                _("There is no price for this product."),
                why=_("No rule of the price list is for it, and it has no price of its own."),
                remedy=_("Give the product a price, or the price list a rule for it."),
            )
        said = _("Its cost") if what == "cost" else _("The product's own price")
        price = Fraction(own) * self.wanted.ratio
        if prices is None:
            return Picked(
                price=plain(to_step(price, PLACES)), currency=self.wanted.currency, inclusive=False, why=(said,)
            )
        price *= Fraction(self.rate(self.wanted.currency, prices.currency))
        return replace(self.picked(price, prices, (said,), ()), inclusive=False)

    def picked(self, price: Fraction, prices: PriceList, why: tuple[str, ...], rules: tuple[int | None, ...]) -> Picked:
        return Picked(
            price=plain(to_step(price, PLACES)), currency=prices.currency, inclusive=prices.inclusive, why=why,
            rules=rules, list=prices.id,
        )  # fmt: skip

    def rate(self, source: str, target: str) -> Decimal:
        if source == target or not source:
            return Decimal(1)
        if self.exchange is None:
            raise InvalidInput(
                _("There is no rate of {source} in {target}.").with_values(source=source, target=target),
                remedy=_("Enter the rate of exchange."),
            )
        return self.exchange(source, target, self.wanted.day)


def best(prices: PriceList, wanted: Wanted) -> Rule | None:
    """Return the rule of a list that holds for what is wanted, or ``None``."""
    if not _within(prices, wanted.day):
        return None
    found = [rule for rule in prices.rules if _matches(rule, wanted)]
    return max(found, key=lambda rule: _rank(rule, wanted), default=None)


def _within(prices: PriceList, day: date) -> bool:
    return (prices.valid_from is None or prices.valid_from <= day) and (
        prices.valid_until is None or day <= prices.valid_until
    )


def _matches(rule: Rule, wanted: Wanted) -> bool:
    quantity = Fraction(wanted.quantity) * (1 if rule.unit is not None else wanted.ratio)
    return (
        rule.holds(wanted.day)
        and abs(quantity) >= rule.least
        and rule.product in (None, wanted.product)
        and rule.template in (None, wanted.template)
        and (rule.category is None or rule.category in wanted.categories)
        and rule.unit in (None, wanted.unit)
    )


def _rank(rule: Rule, wanted: Wanted) -> tuple[Any, ...]:
    nearness = -wanted.categories.index(rule.category) if rule.category is not None else -len(wanted.categories)
    return (
        rule.product is not None,
        rule.template is not None,
        rule.category is not None,
        nearness,
        rule.unit is not None,
        rule.least,
        rule.valid_from or date.min,
        -(rule.id or 0),
    )


def _because(rule: Rule, prices: PriceList) -> str:
    said = {
        "price": _("Price list {list}: {whom}{quantity}{span}"),
        "list_price": _("Price list {list}: {whom}{quantity}{span}, {percent} % on the product's own price"),
        "cost": _("Price list {list}: {whom}{quantity}{span}, {percent} % on its cost"),
        "other_list": _("Price list {list}: {whom}{quantity}{span}, {percent} % on the other price list"),
    }[rule.kind]
    quantity = _(" from {least}").with_values(least=f"{rule.least.normalize():f}") if rule.least else ""
    span: str = ""
    if rule.valid_from is not None and rule.valid_until is not None:
        span = _(", {first} to {last}").with_values(first=rule.valid_from, last=rule.valid_until)
    elif rule.valid_from is not None:
        span = _(", since {first}").with_values(first=rule.valid_from)
    elif rule.valid_until is not None:
        span = _(", until {last}").with_values(last=rule.valid_until)
    return said.with_values(
        list=prices.code, whom=_whom(rule), quantity=quantity, span=span, percent=f"{rule.percent.normalize():+f}"
    )


def _whom(rule: Rule) -> str:
    if rule.product is not None:
        return _("for this variant")
    if rule.template is not None:
        return _("for this product")
    return _("for its category") if rule.category is not None else _("for everything")
