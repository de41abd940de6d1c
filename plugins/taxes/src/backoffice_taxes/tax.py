"""A tax as a plain value, resolved for one day: what the computation knows of a code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from backoffice.core.api import InvalidInput, RuleBroken
from backoffice.hookspecs import messages

_ = messages("taxes")

Direction = Literal["sale", "purchase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRate:
    """A rate and the days on which it holds, both ends included; an open end is ``None``."""

    rate: Decimal
    valid_from: date | None = None
    valid_until: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether the rate holds on ``day``."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


def rate_on(rates: Iterable[DatedRate], day: date, code: str = "") -> Decimal:
    """Return the rate of ``rates`` that holds on ``day``, of several the one that began last.

    Raises :class:`~backoffice.core.api.RuleBroken`, naming ``code``, when none does.
    """
    found = [one for one in rates if one.holds(day)]
    if not found:
        raise RuleBroken(
            _("The tax code {code} has no rate on {day}.").with_values(code=code, day=day),
            remedy=_("Give it a rate for that day, or choose another code."),
        )
    return max(found, key=lambda one: one.valid_from or date.min).rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax code on one day.

    ``rate`` is a percentage, or an amount for each unit or document of a fixed tax. ``basis`` is ``net`` (the net
    amount and the taxes before it that ``raises_base``), ``total`` (the net amount and the taxes named in ``on``, all
    before it when ``on`` is empty) or ``taxes`` (the amounts of those named in ``on`` alone).
    """

    code: str
    kind: Literal["percent", "division", "fixed", "group"] = "percent"
    rate: Decimal = Decimal(0)
    per: Literal["unit", "document"] = "unit"
    basis: Literal["net", "total", "taxes"] = "net"
    on: tuple[str, ...] = ()
    raises_base: bool = False
    in_price: Literal["as_price", "always", "never"] = "as_price"
    reverse_charge: bool = False
    """The buyer owes it; it is not charged by the seller."""
    withholding: bool = False
    """Kept back from what is paid; it changes what is to pay and not the total."""
    deductible: Decimal = Decimal(100)
    """Percentage a buyer recovers."""
    due: Literal["supply", "payment"] = "supply"
    category: str = "S"
    reason_code: str = ""
    """Why there is no tax, such as ``VATEX-SA-35``."""
    reason: str = ""
    members: tuple[Tax, ...] = ()
    id: int | None = None
    """Of the stored code, for those who keep tax lines."""
    country: str = ""
    """Of the stored code as well."""

    def at(self, rate: Decimal) -> Tax:
        """Return the same tax at another rate."""
        return replace(self, rate=rate)

    @property
    def is_separate(self) -> bool:
        """Whether no price contains it: it is withheld, or owed by the buyer."""
        return self.withholding or self.reverse_charge or self.in_price == "never"


def flat(taxes: Sequence[Tax]) -> tuple[Tax, ...]:
    """Return ``taxes`` with the members of groups in their place, in order.

    Raises :class:`~backoffice.core.api.InvalidInput` when a code occurs twice.
    """
    found = tuple(_members(taxes))
    codes = [tax.code for tax in found]
    for code in codes:
        if codes.count(code) > 1:
            raise InvalidInput(
                _("The tax code {code} stands twice on one line.").with_values(code=code),
                remedy=_("Leave out one of the two, or the group that holds it."),
            )
    return found


def _members(taxes: Iterable[Tax]) -> Iterator[Tax]:
    for tax in taxes:
        if tax.kind == "group":
            yield from _members(tax.members)
        else:
            yield tax
