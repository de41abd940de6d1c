"""Lots of Beancount: which units, bought at which price, a posting adds or takes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from backoffice.hookspecs import messages

from .book import Amount, BookError, Place, Posting

_ = messages("accounting")


@dataclass(slots=True)
class CostSaid:
    """What stands in braces: the price of one unit, or of all; a date and a label by which a lot is found."""

    total: bool = False
    number: Decimal | None = None
    extra: Decimal = Decimal(0)
    currency: str = ""
    date: date | None = None
    label: str = ""
    average: bool = False


@dataclass(slots=True)
class _Lot:
    quantity: Decimal
    price: Decimal
    currency: str
    date: date
    label: str


@dataclass(slots=True)
class Lots:
    """All lots of a book, by account and commodity."""

    method: str = "STRICT"
    methods: dict[str, str] = field(default_factory=dict)
    held: dict[tuple[str, str], list[_Lot]] = field(default_factory=dict)

    def booked(self, posting: Posting, said: CostSaid, place: Place, day: date) -> list[Posting]:
        """Return ``posting`` with the lots it concerns: one new one, or one posting for each that it takes from.

        Raises :class:`BookError` when it takes away what is not there, or when several lots could be meant.
        """
        amount = posting.amount
        assert amount is not None  # whoever asks has looked
        lots = self.held.setdefault((posting.account, amount.commodity), [])
        if not any(lot.quantity * amount.quantity < 0 for lot in lots):
            return [self._add(lots, posting, amount, said, place, day)]
        return self._take(lots, posting, amount, said, place)

    def _add(
        self, lots: list[_Lot], posting: Posting, amount: Amount, said: CostSaid, place: Place, day: date
    ) -> Posting:
        if said.number is None or not amount.quantity:
            raise BookError(
                place,
                _("No lot of {commodity} is there to take from.").with_values(commodity=amount.commodity),
                remedy=_("Give the price at which it was bought in braces, such as 12.50 EUR."),
            )
        whole = said.number if said.total else said.number * abs(amount.quantity) + said.extra
        price = whole / abs(amount.quantity)
        lots.append(_Lot(amount.quantity, price, said.currency, said.date or day, said.label))
        sign = -1 if amount.quantity < 0 else 1
        posting.amount = replace(amount, lot=(price, said.currency))
        posting.cost = Amount(whole * sign, said.currency)
        return posting

    def _take(self, lots: list[_Lot], posting: Posting, amount: Amount, said: CostSaid, place: Place) -> list[Posting]:
        fitting = [lot for lot in lots if lot.quantity * amount.quantity < 0 and _fits(lot, said, amount)]
        there = sum((lot.quantity for lot in fitting), Decimal(0))
        method = self.methods.get(posting.account, self.method)
        if abs(there) < abs(amount.quantity) and method != "NONE":
            raise BookError(
                place,
                _("There is not so much of {commodity} in the lots that fit.").with_values(commodity=amount.commodity),
                why=_("{there} are there, {asked} are taken.").with_values(there=there, asked=amount.quantity),
                remedy=_("Correct the amount, or the price and date in braces."),
            )
        if method == "STRICT" and len(fitting) > 1 and there != -amount.quantity:
            raise BookError(
                place,
                _("Several lots of {commodity} fit.").with_values(commodity=amount.commodity),
                remedy=_("Name the lot by its price, date or label in braces, or choose a booking method."),
            )
        return list(self._taken(lots, _ordered(fitting, method), posting, amount))

    def _taken(self, lots: list[_Lot], fitting: Sequence[_Lot], posting: Posting, amount: Amount) -> list[Posting]:
        left, made = amount.quantity, []
        for lot in fitting:
            if not left:
                break
            part = left if abs(left) <= abs(lot.quantity) else -lot.quantity
            lot.quantity += part
            left -= part
            taken = Amount(part, amount.commodity, (lot.price, lot.currency))
            made.append(replace(posting, amount=taken, cost=Amount(part * lot.price, lot.currency)))
        lots[:] = [lot for lot in lots if lot.quantity]
        return made


def _fits(lot: _Lot, said: CostSaid, amount: Amount) -> bool:
    number = said.number
    if number is not None and said.total:
        number = number / abs(amount.quantity)
    return (
        (number is None or (number == lot.price and said.currency == lot.currency))
        and (said.date is None or said.date == lot.date)
        and (not said.label or said.label == lot.label)
    )


def _ordered(lots: Sequence[_Lot], method: str) -> list[_Lot]:
    if method == "LIFO":
        return sorted(lots, key=lambda lot: lot.date, reverse=True)
    if method == "HIFO":
        return sorted(lots, key=lambda lot: lot.price, reverse=True)
    return sorted(lots, key=lambda lot: lot.date)
