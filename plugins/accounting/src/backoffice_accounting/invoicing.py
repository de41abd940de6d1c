"""The rules of an invoice as pure functions over plain values: what its lines come to, and that in the books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from backoffice_taxes.api import (
    Computed,
    Line,
    LineTaxes,
    Rounding,
    Tax,
    TaxAmount,
    compute,
    ledger_parts,
    share_discount,
)

from backoffice.core.api import InvalidInput, RoundingPolicy, convert, currency, round_amount, split
from backoffice.hookspecs import messages

from .posting import ZERO, LineDraft
from .terms import Instalment

_ = messages("accounting")

CALCULATION_LIMIT = Decimal(10) ** 14
"""More than any invoice comes to, and still within what a column holds."""

SALES = ("invoice", "credit_note")
CREDITS = ("credit_note", "bill_credit")


def direction_of(kind: str) -> Literal["sale", "purchase"]:
    """Return the side of trade a kind of document is on."""
    return "sale" if kind in SALES else "purchase"


def sign_of(kind: str) -> int:
    """Return the side a document stands on with the other party: 1 where they owe us, -1 where we owe them."""
    return 1 if kind in ("invoice", "bill_credit") else -1


def line_amounts(lines: Sequence[tuple[Decimal, Decimal]], code: str, policy: RoundingPolicy) -> list[Decimal]:
    """Return what each line, a quantity and a unit price, comes to in the currency ``code``: nothing else on it.

    The short way of :func:`backoffice_taxes.api.compute` for documents without taxes and discounts, with the same
    amounts. Rounded each line, the total is their sum. Rounded once a document, the total is the rounded sum of the
    exact products, and what rounding the lines would leave over goes, a unit each, to the lines that were cut most
    (``policy.residual`` ``"largest"``) or to the last one (``"last"``), so that the lines always add up to the total.
    """
    exact = [quantity * price for quantity, price in lines]
    if any(abs(amount) > CALCULATION_LIMIT for amount in exact):
        raise InvalidInput(_("A line comes to more than any invoice."), remedy=_("Check quantities and prices."))
    return _spread(exact, code, policy)


def _spread(exact: Sequence[Decimal], code: str, policy: RoundingPolicy) -> list[Decimal]:
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
    cut = sorted(range(len(exact)), key=lambda n: (rounded[n] - exact[n]) * step)
    for n in cut[: int(rest / step)]:
        rounded[n] += step
    return rounded


# -- what a document comes to ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A line as somebody wrote it."""

    unit_price: Decimal
    quantity: Decimal = Decimal(1)
    discount: Decimal = ZERO
    taxes: tuple[Tax, ...] = ()
    inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a document comes to, positive as printed."""

    nets: tuple[Decimal, ...]
    """Of each line, without taxes."""
    line_taxes: tuple[Decimal, ...]
    """What is charged of the taxes of each line."""
    rounding: Rounding
    computed: Computed | None = None
    """With its taxes; nothing for a document without any."""

    @property
    def net(self) -> Decimal:
        """The sum of the lines without taxes."""
        return sum(self.nets, ZERO)

    @property
    def tax(self) -> Decimal:
        """The taxes charged."""
        return self.computed.tax if self.computed else ZERO

    @property
    def total(self) -> Decimal:
        """With taxes."""
        return self.net + self.tax

    @property
    def withheld(self) -> Decimal:
        """What the payer keeps back."""
        return self.computed.withheld if self.computed else ZERO


def figures_of(
    lines: Sequence[Priced],
    code: str,
    rounding: Rounding,
    *,
    kind: str = "invoice",
    discount: Decimal = ZERO,
    taxed: Decimal = Decimal(100),
) -> Figures:
    """Return what a document of ``lines`` in the currency ``code`` comes to under ``rounding``.

    ``discount`` is an amount off the whole document without taxes; ``taxed`` the percentage of each base that taxes
    are taken of.
    """
    plain = not discount and not any(line.taxes or line.discount for line in lines)
    if plain and rounding.policy.residual == "largest":
        policy = replace(rounding.policy, level=rounding.nets)
        nets = line_amounts([(line.quantity, line.unit_price) for line in lines], code, policy)
        return Figures(nets=tuple(nets), line_taxes=(ZERO,) * len(nets), rounding=rounding)
    if not discount and taxed == 100 and (short := _simply_taxed(lines, code, rounding, kind)) is not None:
        return short
    made: Sequence[Line] = [
        Line(
            unit_price=line.unit_price, quantity=line.quantity, discount=line.discount, taxes=line.taxes,
            inclusive=line.inclusive, key=n,
        )
        for n, line in enumerate(lines)
    ]  # fmt: skip
    if discount:
        made = share_discount(made, discount, code, rounding.policy)
    done = compute(made, code, rounding=rounding, direction=direction_of(kind), taxed=taxed)
    return Figures(
        nets=tuple(line.net for line in done.lines),
        line_taxes=tuple(line.total - line.net for line in done.lines),
        rounding=rounding,
        computed=done if done.taxes else None,
    )


def _simply_taxed(lines: Sequence[Priced], code: str, rounding: Rounding, kind: str) -> Figures | None:
    """Return what a document comes to on the short way, or nothing where only the whole computation will do.

    Most documents bear one plain percentage a line on prices without tax; for them decimals are exact enough, and many
    times faster than fractions.
    """
    if rounding.base != "rounded" or rounding.taxes != "each" or rounding.policy.residual != "largest":
        return None
    if any(line.discount or line.inclusive or len(line.taxes) > 1 or not _is_plain(line) for line in lines):
        return None
    nets = line_amounts(
        [(line.quantity, line.unit_price) for line in lines], code, replace(rounding.policy, level=rounding.nets)
    )
    places: dict[str, list[int]] = {}
    for n, line in enumerate(lines):
        for tax in line.taxes:
            places.setdefault(tax.code, []).append(n)
    amounts = [ZERO] * len(lines)
    for same in places.values():
        exact = [nets[n] * lines[n].taxes[0].rate / 100 for n in same]
        for n, amount in zip(same, _spread(exact, code, rounding.policy), strict=True):
            amounts[n] = amount
    rows = [
        tuple(TaxAmount(tax=tax, base=net, amount=own, charged=own, deductible=own) for tax in line.taxes)
        for line, net, own in zip(lines, nets, amounts, strict=True)
    ]
    done = Computed(
        direction=direction_of(kind),
        places=currency(code).places,
        rounding=rounding,
        lines=tuple(LineTaxes(key=n, net=net, taxes=own) for n, (net, own) in enumerate(zip(nets, rows, strict=True))),
        taxes=tuple(_sum([rows[n][0] for n in same]) for same in places.values()),
    )
    return Figures(nets=tuple(nets), line_taxes=tuple(amounts), rounding=rounding, computed=done)


def _is_plain(line: Priced) -> bool:
    return all(
        tax.kind == "percent"
        and tax.basis == "net"
        and not (tax.withholding or tax.reverse_charge)
        and tax.deductible == 100
        for tax in line.taxes
    )


def _sum(rows: Sequence[TaxAmount]) -> TaxAmount:
    base, amount = sum((row.base for row in rows), ZERO), sum((row.amount for row in rows), ZERO)
    return TaxAmount(tax=rows[0].tax, base=base, amount=amount, charged=amount, deductible=amount)


def turned(document: Computed) -> Computed:
    """Return ``document`` with its taxes below zero, as a credit note declares them."""
    rows = tuple(
        replace(row, base=-row.base, amount=-row.amount, charged=-row.charged, deductible=-row.deductible)
        for row in document.taxes
    )
    return replace(document, taxes=rows)


# -- in the books ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount of a document on an account, positive as printed; with the party where the account is settled."""

    account_id: int
    amount: Decimal
    party_id: int | None = None
    dimension_set_id: int | None = None


@dataclass(frozen=True, slots=True)
class TaxPart:
    """An amount of tax on an account: above zero for debit on a document, turned round on a credit note."""

    account_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceFacts:
    """What posting an invoice needs to know of it."""

    kind: str
    party_id: int
    receivable_id: int
    """The account of the other side: the customer's or the supplier's."""
    currency: str
    rate: Decimal
    """What one unit of ``currency`` costs in the books; 1 for the books' own."""
    charges: tuple[Charge, ...]
    taxes: tuple[TaxPart, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    """What is to pay when; by default everything, at no particular day."""
    exchange_id: int | None = None
    """Where each instalment is converted by itself: the account for what that leaves over."""

    @property
    def payable(self) -> Decimal:
        """What is to pay: charges and taxes, less what is withheld."""
        taxes = sum((part.amount for part in self.taxes), ZERO)
        charged = sum((charge.amount for charge in self.charges), ZERO)
        return charged - taxes if self.kind in SALES else charged + taxes


def tax_parts(document: Computed) -> tuple[tuple[tuple[str, Tax, Decimal], ...], dict[int, Decimal]]:
    """Return what the taxes of ``document`` ask of the ledger: purposes with amounts, and costs by line."""
    parts, costs = [], dict[int, Decimal]()
    for part in ledger_parts(document):
        if part.purpose == "tax_non_deductible":
            costs[part.line] = costs.get(part.line, ZERO) + part.amount
        else:
            parts.append((part.purpose, part.tax, part.amount))
    return tuple(parts), costs


def entry_lines(
    invoice: InvoiceFacts, books: str, policy: RoundingPolicy, *, opening: dict[str, object] | None = None
) -> tuple[LineDraft, ...]:
    """Return the lines of the entry for ``invoice`` in books kept in the currency ``books``: for the other party one
    for each instalment, then one for each account charged, then the taxes.

    A document that comes to nothing on every account has none. In a foreign currency what is to pay is converted once
    and its instalments share that amount; taxes are converted each, so that return and ledger agree; the accounts
    charged share the rest, what rounding leaves over going to the largest. ``opening`` is what the other party's lines
    bear beside.
    """
    side = sign_of(invoice.kind)
    other = side if invoice.kind in SALES else -side
    """Taxes and charges of a sale: 1 on an invoice; of a purchase: 1 on a bill."""
    rate = _Rate(invoice, books, policy)
    charged = _merged(invoice.charges)
    payable = invoice.payable
    dues = invoice.instalments or (Instalment(None, payable),)
    owed = _instalments_in_books(dues, payable, rate, each=invoice.exchange_id is not None)
    taxes = [(part, rate.books_of(part.amount)) for part in invoice.taxes if part.amount]
    whole = rate.books_of(payable)
    sale = invoice.kind in SALES
    rest = whole + sum((amount for _part, amount in taxes), ZERO) * (1 if sale else -1)
    shares = _shares(charged, rest, rate)
    facing_them = {"party_id": invoice.party_id, **(opening or {})}
    lines = [
        rate.line(invoice.receivable_id, amount * side, due.amount * side, due_date=due.due, **facing_them)
        for due, amount in zip(dues, owed, strict=True)
        if due.amount
    ]
    facing = -1 if sale else 1
    for charge, share in zip(charged, shares, strict=True):
        drawn = other * facing
        beside = {"party_id": charge.party_id, "dimension_set_id": charge.dimension_set_id}
        lines.append(rate.line(charge.account_id, share * drawn, charge.amount * drawn, **beside))
    lines += [rate.line(part.account_id, amount * other, part.amount * other) for part, amount in taxes]
    left = sum((line.amount for line in lines), ZERO)
    if left and invoice.exchange_id is not None:
        lines.append(LineDraft(account_id=invoice.exchange_id, amount=-left))
    return tuple(lines)


def owed_in_books(invoice: InvoiceFacts, books: str, policy: RoundingPolicy) -> Decimal:
    """Return what is to pay of ``invoice`` in the books: the sum of its instalments there."""
    payable = invoice.payable
    dues = invoice.instalments or (Instalment(None, payable),)
    rate = _Rate(invoice, books, policy)
    return sum(_instalments_in_books(dues, payable, rate, each=invoice.exchange_id is not None), ZERO)


def _merged(charges: Iterable[Charge]) -> list[Charge]:
    sums: dict[tuple[int, int | None, int | None], Decimal] = {}
    for charge in charges:
        key = (charge.account_id, charge.party_id, charge.dimension_set_id)
        sums[key] = sums.get(key, ZERO) + charge.amount
    return [Charge(account, amount, party, dims) for (account, party, dims), amount in sums.items() if amount]


@dataclass(frozen=True, slots=True)
class _Rate:
    """Converts the amounts of one document."""

    invoice: InvoiceFacts
    books: str
    policy: RoundingPolicy

    @property
    def foreign(self) -> bool:
        return self.invoice.currency != self.books

    def books_of(self, amount: Decimal) -> Decimal:
        return in_books(amount, self.invoice, self.books, self.policy)

    def line(self, account_id: int, amount: Decimal, printed: Decimal, **more: object) -> LineDraft:
        return LineDraft(
            account_id=account_id,
            amount=amount,
            currency=self.invoice.currency if self.foreign else None,
            amount_currency=printed if self.foreign else None,
            rate=self.invoice.rate if self.foreign else None,
            **more,  # type: ignore[arg-type]
        )


def _instalments_in_books(dues: Sequence[Instalment], payable: Decimal, rate: _Rate, *, each: bool) -> list[Decimal]:
    if not rate.foreign:
        return [due.amount for due in dues]
    if each or len(dues) == 1:
        return [rate.books_of(due.amount) for due in dues]
    places = currency(rate.books).places
    shares = split(abs(rate.books_of(payable)), [abs(due.amount) for due in dues], places, rate.policy)
    return [share if due.amount >= 0 else -share for due, share in zip(dues, shares, strict=True)]


def _shares(charged: Sequence[Charge], rest: Decimal, rate: _Rate) -> list[Decimal]:
    shares = [rate.books_of(charge.amount) for charge in charged]
    if shares and rate.foreign:
        largest = max(range(len(shares)), key=lambda n: abs(shares[n]))
        shares[largest] += rest - sum(shares, ZERO)
    return shares


def in_books(amount: Decimal, invoice: InvoiceFacts, books: str, policy: RoundingPolicy) -> Decimal:
    """Return a printed ``amount`` of ``invoice`` in the books' currency."""
    if invoice.currency == books:
        return amount
    converted = convert(abs(amount), invoice.rate, books, policy)
    return -converted if amount < 0 else converted
