"""Compute the taxes of a document: pure functions over plain values, the same for quotes, orders, bills and invoices.

Amounts are exact until they are rounded once, by one policy that is kept with the document. :func:`compute` is the
whole of it; :func:`net_price` and :func:`gross_price` answer for a price alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from backoffice.core.api import InvalidInput, RoundingPolicy, currency
from backoffice.hookspecs import messages

from .algebra import Term, contained, net_of, terms_of
from .exactly import ZERO, fraction, rounded, spread
from .tax import Direction, Tax, flat

_ = messages("taxes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a document is rounded: the core's policy, and what it leaves open about taxes.

    ``policy.level`` says whether taxes are rounded on each line or once a document. ``nets``: the net amount of each
    line is rounded, or their sum once. ``base``: taxes are taken of net amounts as they are printed, or of exact ones.
    ``taxes``: each is right to the cent by itself, or those of a line (of a document) together.
    """

    policy: RoundingPolicy = field(default_factory=RoundingPolicy)
    nets: Literal["line", "document"] = "line"
    base: Literal["rounded", "exact"] = "rounded"
    taxes: Literal["each", "together"] = "each"

    def written(self) -> str:
        """Return it as one word to keep with a document."""
        policy = self.policy
        return "/".join((policy.mode, policy.level, policy.residual, self.nets, self.base, self.taxes))

    @classmethod
    def read(cls, text: str) -> Rounding:
        """Return what :meth:`written` wrote. Raises :class:`~backoffice.core.api.InvalidInput` for anything else."""
        parts: list[Any] = text.split("/")
        words = (("line", "document"), ("rounded", "exact"), ("each", "together"))
        if len(parts) != 6 or any(part not in allowed for part, allowed in zip(parts[3:], words, strict=True)):
            raise InvalidInput(_("“{text}” is no rounding of taxes.").with_values(text=text[:60]))
        policy = RoundingPolicy(mode=parts[0], level=parts[1], residual=parts[2])
        return cls(policy=policy, nets=parts[3], base=parts[4], taxes=parts[5])


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a document: a quantity at a price, and its taxes in order. Credit has a negative quantity."""

    unit_price: Decimal
    quantity: Decimal = Decimal(1)
    discount: Decimal = ZERO
    """Percentage off the price."""
    less: Decimal = ZERO
    """An amount off the line, such as its share of a discount on the document."""
    taxes: tuple[Tax, ...] = ()
    inclusive: bool = False
    """The price contains those taxes that prices may contain."""
    key: Any = None
    """The caller's own name for the line; comes back with it."""

    @property
    def priced(self) -> Fraction:
        """What the line comes to at its price, exactly."""
        share = 1 - fraction(self.discount) / 100
        return fraction(self.quantity) * fraction(self.unit_price) * share - fraction(self.less)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxAmount:
    """What one tax comes to, on a line or on the whole document."""

    tax: Tax
    base: Decimal
    amount: Decimal
    """The tax itself, whoever owes it."""
    charged: Decimal
    """What of it the other side pays with the document: nothing when it is withheld, or owed by the buyer."""
    deductible: Decimal
    """What of it a buyer recovers; on sales all of it."""

    @property
    def non_deductible(self) -> Decimal:
        """What of it is a cost."""
        return self.amount - self.deductible

    @property
    def withheld(self) -> Decimal:
        """What is kept back from the payment."""
        return self.amount if self.tax.withholding else ZERO

    @property
    def self_assessed(self) -> Decimal:
        """What a buyer owes the authority instead of the seller."""
        return self.amount if self.tax.reverse_charge else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTaxes:
    """A line with its taxes: the net amount, what each tax comes to, and both together."""

    key: Any
    net: Decimal
    taxes: tuple[TaxAmount, ...]

    @property
    def total(self) -> Decimal:
        """The net amount and what is charged of its taxes."""
        return self.net + sum((tax.charged for tax in self.taxes), ZERO)

    @property
    def cost(self) -> Decimal:
        """What the line costs a buyer: the net amount and the tax that cannot be recovered."""
        return self.net + sum((tax.non_deductible for tax in self.taxes if not tax.tax.withholding), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """A document with its taxes."""

    direction: Direction
    places: int
    rounding: Rounding
    lines: tuple[LineTaxes, ...]
    taxes: tuple[TaxAmount, ...]
    """Of the whole document, a row for each code in order of appearance."""

    @property
    def net(self) -> Decimal:
        """The sum of the net amounts."""
        return sum((line.net for line in self.lines), ZERO)

    @property
    def tax(self) -> Decimal:
        """The tax that is charged."""
        return sum((tax.charged for tax in self.taxes), ZERO)

    @property
    def total(self) -> Decimal:
        """The net amount and the tax charged: what stands under the document."""
        return self.net + self.tax

    @property
    def withheld(self) -> Decimal:
        """What is kept back when it is paid."""
        return sum((tax.withheld for tax in self.taxes), ZERO)

    @property
    def payable(self) -> Decimal:
        """What changes hands: the total less what is withheld."""
        return self.total - self.withheld


def compute(
    lines: Sequence[Line],
    currency_or_places: str | int,
    *,
    rounding: Rounding | None = None,
    direction: Direction = "sale",
    taxed: Decimal = Decimal(100),
) -> Computed:
    """Return a document of ``lines`` with its taxes, in a currency or to a number of decimals.

    On a sale nothing is charged or owed of a tax under reverse charge; its base is told all the same. ``taxed`` is the
    percentage of each base that percentage taxes are taken of: 98 where a discount of 2 % for early payment lowers the
    base whether it is used or not. Negated quantities give the negated amounts.

    Raises :class:`~backoffice.core.api.BackofficeError` when codes occur twice or stand on codes that are not there.
    """
    rounding = rounding or Rounding()
    places = currency(currency_or_places).places if isinstance(currency_or_places, str) else currency_or_places
    work = _work(lines, rounding, places, fraction(taxed) / 100)
    amounts = _tax_amounts(work, rounding, places, direction)
    done = tuple(_line_taxes(one, amounts[n], places, rounding.policy, direction, taxed) for n, one in enumerate(work))
    return Computed(direction=direction, places=places, rounding=rounding, lines=done, taxes=_totals(done))


@dataclass(slots=True)
class _Work:
    """A line on its way: what it is priced at, rounded; its terms; the net amount its taxes are taken of."""

    line: Line
    priced: Decimal
    terms: list[Term]
    inside: list[Term]
    net: Fraction


def _work(lines: Sequence[Line], rounding: Rounding, places: int, taxed: Fraction) -> list[_Work]:
    exact = [line.priced for line in lines]
    policy = rounding.policy
    together = rounding.nets == "document"
    priced = spread(exact, places, policy) if together else [rounded(value, places, policy) for value in exact]
    taxes = [flat(line.taxes) for line in lines]
    shares = _document_shares(lines, taxes, exact)
    work = []
    for n, line in enumerate(lines):
        terms = terms_of(taxes[n], fraction(line.quantity), shares[n], taxed)
        inside = contained(terms, line.inclusive)
        value = fraction(priced[n]) if rounding.base == "rounded" else exact[n]
        work.append(_Work(line, priced[n], terms, inside, net_of(value, inside) if inside else value))
    return work


def _document_shares(
    lines: Sequence[Line], taxes: Sequence[Sequence[Tax]], exact: Sequence[Fraction]
) -> list[Fraction]:
    """Return each line's share of amounts that stand once on a document, in proportion to what it is priced at.

    Together they are 1, or −1 for a document that is credited.
    """
    bearing = [n for n, some in enumerate(taxes) if any(tax.kind == "fixed" and tax.per == "document" for tax in some)]
    shares = [Fraction()] * len(lines)
    if not bearing:
        return shares
    total = sum((exact[n] for n in bearing), Fraction()) or fraction(lines[bearing[0]].quantity)
    sizes = sum((abs(exact[n]) for n in bearing), Fraction())
    for n in bearing:
        shares[n] = abs(exact[n]) / sizes if sizes else Fraction(n == bearing[0])
    return shares if total >= 0 else [-share for share in shares]


def _tax_amounts(work: list[_Work], rounding: Rounding, places: int, direction: Direction) -> list[list[Decimal]]:
    """Return what each term of each line comes to, rounded."""
    exact = [[_exact(term, one.net, direction) for term in one.terms] for one in work]
    policy = rounding.policy
    if policy.level == "line":
        if rounding.taxes == "together":
            return [spread(some, places, policy) for some in exact]
        return [[rounded(value, places, policy) for value in some] for some in exact]
    rows: dict[str, list[tuple[int, int]]] = {}
    for n, one in enumerate(work):
        for m, term in enumerate(one.terms):
            rows.setdefault(term.tax.code, []).append((n, m))
    sums = [sum((exact[n][m] for n, m in places_), Fraction()) for places_ in rows.values()]
    together = rounding.taxes == "together"
    totals = spread(sums, places, policy) if together else [rounded(value, places, policy) for value in sums]
    amounts = [[ZERO] * len(some) for some in exact]
    for where, total in zip(rows.values(), totals, strict=True):
        shares = spread([exact[n][m] for n, m in where], places, policy, total)
        for (n, m), share in zip(where, shares, strict=True):
            amounts[n][m] = share
    return amounts


def _exact(term: Term, net: Fraction, direction: Direction) -> Fraction:
    return Fraction() if direction == "sale" and term.tax.reverse_charge else term.amount.at(net)


def _line_taxes(
    one: _Work, amounts: list[Decimal], places: int, policy: RoundingPolicy, direction: Direction, taxed: Decimal
) -> LineTaxes:
    inside = {term.tax.code for term in one.inside}
    by_code = {term.tax.code: amount for term, amount in zip(one.terms, amounts, strict=True)}
    net = one.priced - sum((by_code[code] for code in inside), ZERO)
    rows = []
    for term, amount in zip(one.terms, amounts, strict=True):
        tax = term.tax
        base = (net if term.on_net else ZERO) + sum((by_code[code] for code in term.on), ZERO)
        if taxed != 100 and tax.kind != "fixed":
            base = rounded(fraction(base) * fraction(taxed) / 100, places, policy)
        part = amount
        if direction == "purchase" and tax.deductible != 100 and not tax.withholding:
            part = rounded(fraction(amount) * fraction(tax.deductible) / 100, places, policy)
        charged = ZERO if tax.withholding or tax.reverse_charge else amount
        rows.append(TaxAmount(tax=tax, base=base, amount=amount, charged=charged, deductible=part))
    return LineTaxes(key=one.line.key, net=net, taxes=tuple(rows))


def _totals(lines: Sequence[LineTaxes]) -> tuple[TaxAmount, ...]:
    found: dict[str, list[TaxAmount]] = {}
    for line in lines:
        for tax in line.taxes:
            found.setdefault(tax.tax.code, []).append(tax)
    return tuple(
        TaxAmount(
            tax=rows[0].tax,
            base=sum((row.base for row in rows), ZERO),
            amount=sum((row.amount for row in rows), ZERO),
            charged=sum((row.charged for row in rows), ZERO),
            deductible=sum((row.deductible for row in rows), ZERO),
        )
        for rows in found.values()
    )


def net_price(price: Decimal, taxes: Sequence[Tax], *, quantity: Decimal = Decimal(1), places: int = 6) -> Decimal:
    """Return what ``price``, that of ``quantity`` with its ``taxes``, is without them, to ``places`` decimals."""
    terms = terms_of(flat(taxes), fraction(quantity))
    return rounded(net_of(fraction(price), contained(terms, True)), places, RoundingPolicy())


def gross_price(price: Decimal, taxes: Sequence[Tax], *, quantity: Decimal = Decimal(1), places: int = 6) -> Decimal:
    """Return what ``price``, that of ``quantity`` without ``taxes``, is with them, to ``places`` decimals."""
    inside = contained(terms_of(flat(taxes), fraction(quantity)), True)
    net = fraction(price)
    return rounded(net + sum((term.amount.at(net) for term in inside), Fraction()), places, RoundingPolicy())
