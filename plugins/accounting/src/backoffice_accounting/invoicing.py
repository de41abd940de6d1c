"""The rules of an invoice as pure functions over plain values: what its lines come to, and that in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backoffice.core.api import InvalidInput, RoundingPolicy, convert, currency, round_amount
from backoffice.hookspecs import messages

from .posting import ZERO, LineDraft

_ = messages("accounting")

CALCULATION_LIMIT = Decimal(10) ** 14
"""More than any invoice comes to, and still within what a column holds."""


def line_amounts(lines: Sequence[tuple[Decimal, Decimal]], code: str, policy: RoundingPolicy) -> list[Decimal]:
    """Return what each line, a quantity and a unit price, comes to in the currency ``code``.

    Rounded each line, the total is their sum. Rounded once a document, the total is the rounded sum of the exact
    products, and what rounding the lines would leave over goes, a unit each, to the lines that were cut most
    (``policy.residual`` ``"largest"``) or to the last one (``"last"``), so that the lines always add up to the total.
    """
    exact = [quantity * price for quantity, price in lines]
    if any(abs(amount) > CALCULATION_LIMIT for amount in exact):
        raise InvalidInput(_("A line comes to more than any invoice."), remedy=_("Check quantities and prices."))
    rounded = [round_amount(amount, code, policy) for amount in exact]
    if policy.level == "line" or exact == rounded:
        return rounded
    unit = Decimal(1).scaleb(-currency(code).places)
    rest = round_amount(sum(exact, ZERO), code, policy) - sum(rounded, ZERO)
    if not rest:
        return rounded
    if policy.residual == "last":
        return [*rounded[:-1], rounded[-1] + rest]
    step = unit if rest > 0 else -unit
    cut = sorted(range(len(lines)), key=lambda n: (rounded[n] - exact[n]) * step)
    for n in cut[: int(rest / step)]:
        rounded[n] += step
    return rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """What posting an invoice needs to know of it."""

    kind: str
    """``invoice`` or ``credit_note``."""
    party_id: int
    receivable_id: int
    currency: str
    rate: Decimal
    """What one unit of ``currency`` costs in the books; 1 for the books' own."""
    due_date: date | None
    charges: tuple[tuple[int, Decimal], ...]
    """Account and amount of each line, positive as printed."""

    @property
    def total(self) -> Decimal:
        """The total as printed."""
        return sum((amount for _account, amount in self.charges), ZERO)


def entry_lines(invoice: InvoiceFacts, books: str, policy: RoundingPolicy) -> tuple[LineDraft, ...]:
    """Return the lines of the entry for ``invoice`` in books kept in the currency ``books``: one for the customer, then
    one for each account charged.

    A document that comes to nothing on every account has none. In a foreign currency the customer's line is converted
    once; the accounts share exactly that amount, what rounding leaves over going to the largest.
    """
    sign = 1 if invoice.kind == "invoice" else -1
    sums: dict[int, Decimal] = {}
    for account_id, amount in invoice.charges:
        sums[account_id] = sums.get(account_id, ZERO) + amount
    charged = {account_id: amount for account_id, amount in sums.items() if amount}
    foreign = invoice.currency != books
    total = in_books(invoice.total, invoice, books, policy)
    shares = {account_id: in_books(amount, invoice, books, policy) for account_id, amount in charged.items()}
    if shares:
        largest = max(shares, key=lambda account_id: abs(shares[account_id]))
        shares[largest] += total - sum(shares.values(), ZERO)

    def line(account_id: int, amount: Decimal, printed: Decimal, **more: object) -> LineDraft:
        return LineDraft(
            account_id=account_id,
            amount=amount,
            currency=invoice.currency if foreign else None,
            amount_currency=printed if foreign else None,
            rate=invoice.rate if foreign else None,
            **more,  # type: ignore[arg-type]
        )

    customer = line(
        invoice.receivable_id, total * sign, invoice.total * sign, party_id=invoice.party_id, due_date=invoice.due_date
    )
    others = [line(account_id, -shares[account_id] * sign, -amount * sign) for account_id, amount in charged.items()]
    return tuple([customer, *others] if invoice.total else others)


def in_books(amount: Decimal, invoice: InvoiceFacts, books: str, policy: RoundingPolicy) -> Decimal:
    """Return a printed ``amount`` of ``invoice`` in the books' currency."""
    if invoice.currency == books:
        return amount
    converted = convert(abs(amount), invoice.rate, books, policy)
    return -converted if amount < 0 else converted


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a payment clears: ``cleared`` of the customer's account and ``received`` in the bank, both in the books."""

    cleared: Decimal
    received: Decimal

    @property
    def difference(self) -> Decimal:
        """Received less cleared: a gain above zero, a loss below, seen from whoever is owed the money."""
        return self.received - self.cleared


def settle(
    paid: Decimal, *, open_amount: Decimal, open_in_books: Decimal, rate: Decimal, books: str, policy: RoundingPolicy
) -> Settlement:
    """Return what a payment of ``paid`` clears of what is open, in the document's currency and in the books.

    A part clears its share of the amount in the books; what pays the rest clears all that is left, so that no cent
    stays open. ``rate`` is that of the day of payment. The difference is realised at once, on every partial payment.
    """
    received = convert(paid, rate, books, policy)
    if paid == open_amount:
        return Settlement(open_in_books, received)
    share = round_amount(open_in_books * paid / open_amount, books, policy)
    return Settlement(share, received)
