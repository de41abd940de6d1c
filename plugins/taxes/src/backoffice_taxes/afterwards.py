"""What becomes of a document's taxes afterwards: in the ledger, when it is paid, with a discount. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from backoffice.core.api import InvalidInput, RoundingPolicy, currency, split
from backoffice.hookspecs import messages

from .computing import Computed, Line, TaxAmount
from .exactly import ZERO, fraction, rounded
from .tax import Tax

_ = messages("taxes")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPart:
    """An amount for the ledger: a purpose, and a signed amount, above zero for debit."""

    purpose: str
    amount: Decimal
    tax: Tax
    line: Any = None
    """Key of the line whose cost it raises, for tax that cannot be recovered."""


def ledger_parts(document: Computed) -> tuple[LedgerPart, ...]:
    """Return what the taxes of ``document`` ask of the ledger.

    With the net amounts (credited on a sale, debited on a purchase) and what is to pay on the other side they add up to
    zero. Tax that is due on payment goes to a waiting purpose; :func:`on_payment` moves it on.
    """
    parts = _sale(document) if document.direction == "sale" else _purchase(document)
    return tuple(part for part in parts if part.amount)


def _sale(document: Computed) -> list[LedgerPart]:
    return [
        LedgerPart(purpose=_withheld_or_waiting("receivable", row.tax), amount=row.withheld, tax=row.tax)
        if row.tax.withholding
        else LedgerPart(purpose=_or_waiting("payable", row.tax), amount=-row.charged, tax=row.tax)
        for row in document.taxes
    ]


def _purchase(document: Computed) -> list[LedgerPart]:
    parts = []
    for row in document.taxes:
        if row.tax.withholding:
            purpose = _withheld_or_waiting("payable", row.tax)
            parts.append(LedgerPart(purpose=purpose, amount=-row.withheld, tax=row.tax))
            continue
        parts.append(LedgerPart(purpose=_or_waiting("receivable", row.tax), amount=row.deductible, tax=row.tax))
        if row.tax.reverse_charge:
            parts.append(LedgerPart(purpose=_or_waiting("payable", row.tax), amount=-row.amount, tax=row.tax))
    for line in document.lines:
        parts += [
            LedgerPart(purpose="tax_non_deductible", amount=row.non_deductible, tax=row.tax, line=line.key)
            for row in line.taxes
            if not row.tax.withholding
        ]
    return parts


def _or_waiting(side: str, tax: Tax) -> str:
    return f"tax_waiting_{side}" if tax.due == "payment" else f"tax_{side}"


def _withheld_or_waiting(side: str, tax: Tax) -> str:
    """Return where tax that is withheld goes: it is owed at once, or waits for the payment it is kept back from."""
    return f"tax_waiting_{side}" if tax.due == "payment" else f"tax_withheld_{side}"


# -- tax that is due when it is paid ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FallsDue:
    """What of one tax falls due with a payment: moved from the waiting purpose to the final one."""

    tax: Tax
    base: Decimal
    amount: Decimal
    deductible: Decimal


def on_payment(
    taxes: Sequence[TaxAmount],
    *,
    total: Decimal,
    paid_before: Decimal,
    paid: Decimal,
    currency_or_places: str | int,
    policy: RoundingPolicy | None = None,
) -> tuple[FallsDue, ...]:
    """Return what falls due of the taxes due on payment when ``paid`` more of ``total`` is paid, after ``paid_before``.

    Counted from the beginning each time, so that however a document is paid, its last payment leaves nothing waiting.
    A negative ``paid`` takes a payment back. Raises :class:`~backoffice.core.api.InvalidInput` when more than ``total``
    would be paid.
    """
    places = currency(currency_or_places).places if isinstance(currency_or_places, str) else currency_or_places
    after = paid_before + paid
    if total and not 0 <= fraction(after) / fraction(total) <= 1:
        raise InvalidInput(_("More would be paid than the document comes to."), remedy=_("Pay what is open."))
    policy = policy or RoundingPolicy()

    def due(whole: Decimal) -> Decimal:
        return _part(whole, after, total, places, policy) - _part(whole, paid_before, total, places, policy)

    return tuple(
        FallsDue(tax=row.tax, base=due(row.base), amount=due(row.amount), deductible=due(row.deductible))
        for row in taxes
        if row.tax.due == "payment"
    )


def _part(whole: Decimal, paid: Decimal, total: Decimal, places: int, policy: RoundingPolicy) -> Decimal:
    if paid == total:
        return whole
    return rounded(fraction(whole) * fraction(paid) / fraction(total), places, policy)


# -- discounts -------------------------------------------------------------------------------------------------------


def share_discount(
    lines: Sequence[Line], discount: Decimal, currency_or_places: str | int, policy: RoundingPolicy | None = None
) -> tuple[Line, ...]:
    """Return ``lines`` with a ``discount`` on the whole document taken off them, in proportion to their amounts."""
    places = currency(currency_or_places).places if isinstance(currency_or_places, str) else currency_or_places
    policy = policy or RoundingPolicy()
    weights = [abs(rounded(line.priced, places, policy)) for line in lines]
    shares = split(discount, weights, places, policy)
    return tuple(replace(line, less=line.less + share) for line, share in zip(lines, shares, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountTaken:
    """What a discount for early payment takes off: net amount, tax by code, and both together."""

    net: Decimal
    taxes: tuple[FallsDue, ...]

    @property
    def total(self) -> Decimal:
        """What is paid less."""
        return self.net + sum((row.amount for row in self.taxes if not _is_separate(row.tax)), ZERO)


def _is_separate(tax: Tax) -> bool:
    return tax.withholding or tax.reverse_charge


def early_payment(document: Computed, percent: Decimal, *, correct_tax: bool = True) -> DiscountTaken:
    """Return what a discount of ``percent`` for paying early takes off ``document``.

    With ``correct_tax`` percentage taxes shrink with the price, fixed ones stay; without it the tax stays as it was.
    """
    policy, places = document.rounding.policy, document.places

    def share(whole: Decimal) -> Decimal:
        return rounded(fraction(whole) * fraction(percent) / 100, places, policy)

    taxes = tuple(
        FallsDue(tax=row.tax, base=share(row.base), amount=share(row.amount), deductible=share(row.deductible))
        for row in document.taxes
        if correct_tax and row.tax.kind != "fixed"
    )
    return DiscountTaken(net=share(document.net), taxes=taxes)


# -- days ------------------------------------------------------------------------------------------------------------


def tax_point(
    *,
    invoiced: date,
    supplied: date | None = None,
    paid: date | None = None,
    rule: Literal["earliest", "invoice", "supply", "payment"] = "earliest",
) -> date | None:
    """Return the day that decides in which period a tax is declared; ``None`` while it waits for a payment.

    ``earliest`` is the first of supply, invoice and payment, as in the European Union (Directive 2006/112/EC,
    articles 63 to 66) and the Gulf (Common VAT Agreement, article 23); the others name one of the three.
    """
    if rule == "payment":
        return paid
    if rule == "invoice":
        return invoiced
    if rule == "supply":
        return supplied or invoiced
    return min(day for day in (invoiced, supplied, paid) if day is not None)


__all__ = [
    "DiscountTaken",
    "FallsDue",
    "LedgerPart",
    "early_payment",
    "ledger_parts",
    "on_payment",
    "share_discount",
    "tax_point",
]
