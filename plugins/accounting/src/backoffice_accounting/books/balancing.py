"""Complete the transactions of a journal: amounts left out, prices implied, balances assigned and asserted.

What is left after this adds up to nothing in every transaction, or is told as a mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from backoffice.hookspecs import messages

from .automatic import Rule, added
from .book import ZERO, Amount, Assertion, Book, BookError, Choices, Place, Posting, TooMany, Transaction

_ = messages("accounting")

Key = tuple[str, tuple[Decimal, str] | None]
"""A commodity and, where units bought at different prices are told apart, the price."""

HALF: Final = Decimal("0.5")


@dataclass(slots=True)
class Running:
    """What every account holds while transactions are gone through."""

    accounts: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))

    def add(self, account: str, amount: Amount) -> None:
        """Add ``amount`` to ``account``."""
        self.accounts[account][amount.commodity] += amount.quantity

    def of(self, account: str, *, inclusive: bool = False) -> Mapping[str, Decimal]:
        """Return what ``account`` holds of each commodity, with the accounts inside it if asked."""
        if not inclusive:
            return self.accounts.get(account, {})
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for name, held in self.accounts.items():
            if name == account or name.startswith(f"{account}:"):
                for commodity, quantity in held.items():
                    sums[commodity] += quantity
        return sums


def complete(book: Book, rules: Sequence[tuple[int, Rule]], choices: Choices, *, hledger: bool) -> None:
    """Complete and check the transactions of ``book``, in place; those that are wrong are told and taken out."""
    running = Running()
    automatic = choices.automatic if choices.automatic is not None else not hledger
    if rules and not automatic:
        book.tell(
            rules[0][1].place,
            _("Automatic transactions were not applied."),
            why=_("hledger applies them only when it is asked to."),
            remedy=_("Ask for it if your reports were made with --auto."),
            kind="warning",
        )
    numbered = list(enumerate(book.transactions))
    ordered = sorted(numbered, key=lambda each: each[1].date) if hledger else numbered
    good = []
    for number, transaction in ordered:
        applying = [rule for count, rule in rules if automatic and (hledger or count <= number)]
        try:
            _complete_one(book, transaction, applying, running, choices, hledger=hledger)
            good.append((number, transaction))
        except TooMany:
            raise
        except BookError as error:
            book.fail(error)
    book.transactions = [transaction for _number, transaction in sorted(good, key=lambda each: each[0])]


def _complete_one(
    book: Book, transaction: Transaction, rules: Iterable[Rule], running: Running, choices: Choices, *, hledger: bool
) -> None:
    _assign(transaction, running)
    balance(transaction, hledger=hledger)
    extra = [posting for rule in rules for posting in added(rule, transaction)]
    if extra:
        transaction.postings += extra
        for posting in extra:
            book.account(posting.account)
        balance(transaction, hledger=hledger)
    for posting in transaction.postings:
        if posting.amount is not None:
            running.add(posting.account, posting.amount)
        if posting.assertion is not None and choices.assertions != "ignore":
            place = Place(transaction.place.file, posting.line)
            check_assertion(book, posting.account, posting.assertion, running, place, choices)


def _assign(transaction: Transaction, running: Running) -> None:
    """Give postings that say only what the account holds afterwards the amount that makes it so."""
    before: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for posting in transaction.postings:
        said = posting.assertion
        if posting.amount is None and said is not None:
            commodity = said.amount.commodity
            held = running.of(posting.account, inclusive=said.inclusive).get(commodity, ZERO)
            held += before[posting.account, commodity]
            posting.amount = Amount(said.amount.quantity - held, commodity)
        if posting.amount is not None:
            before[posting.account, posting.amount.commodity] += posting.amount.quantity


def check_assertion(
    book: Book, account: str, said: Assertion, running: Running, place: Place, choices: Choices
) -> None:
    """Compare what an account holds with what the file says it holds, and tell when they differ."""
    held = running.of(account, inclusive=said.inclusive)
    found = held.get(said.amount.commodity, ZERO)
    others = {name: value for name, value in held.items() if value and name != said.amount.commodity}
    if abs(found - said.amount.quantity) <= said.tolerance and not (said.total and others):
        book.checked += 1
        return
    holds = ", ".join(
        [f"{found} {said.amount.commodity}".strip(), *(f"{v} {k}" for k, v in others.items() if said.total)]
    )
    book.tell(
        place,
        _("A balance the file asserts is not so: {account}.").with_values(account=account),
        why=_("It says {said}; the account holds {found}.").with_values(
            said=f"{said.amount.quantity} {said.amount.commodity}".strip(), found=holds
        ),
        remedy=_("Correct the file, or import it with failing balances as warnings."),
        kind="error" if choices.assertions == "refuse" else "warning",
    )


# -- one transaction -------------------------------------------------------------------------------------------------


def balance(transaction: Transaction, *, hledger: bool = False, lots: bool = False) -> None:
    """Complete the real postings of ``transaction``, and its balanced virtual ones by themselves.

    With ``lots`` units of a lot always weigh what the lot cost, as in Beancount. Raises :class:`BookError` when they
    do not add up to nothing.
    """
    real = [posting for posting in transaction.postings if posting.virtual == ""]
    virtual = [posting for posting in transaction.postings if posting.virtual == "balanced"]
    for group in (real, virtual):
        if group:
            transaction.postings += _balance(transaction, group, hledger=hledger, lots=lots)
    for posting in transaction.postings:
        if posting.amount is None:
            posting.amount = Amount(ZERO, "")


def _balance(transaction: Transaction, group: Sequence[Posting], *, hledger: bool, lots: bool) -> list[Posting]:
    open_ = [posting for posting in group if posting.amount is None]
    if len(open_) > 1:
        raise BookError(
            Place(transaction.place.file, open_[1].line),
            _("Two postings have no amount."),
            remedy=_("Leave out the amount of one posting at most."),
        )
    sums = _sums(group, hledger, lots=lots)
    if open_:
        return _fill(open_[0], sums)
    if sums := _left(sums, group):
        sums = _left(_sums(group, hledger, lots=True), group)
    if sums and hledger is False and any(posting.basis for posting in group):
        sums = _left(_sums(group, True), group)
    if len(sums) == 2 and not lots and not any(posting.cost for posting in group):
        _imply(group, sums)
    elif sums:
        raise _unbalanced(transaction, sums)
    return []


def weight(posting: Posting, *, at_price: bool = False, lots: bool = False) -> tuple[Key, Decimal]:
    """Return what a posting weighs in its transaction: its cost, where it has one, else its amount.

    Sold units weigh what they cost when they were bought, unless ``at_price``; with ``lots`` units of a lot do so
    without being sold.
    """
    amount = posting.amount
    assert amount is not None  # whoever asks has looked
    cost = posting.cost if at_price or posting.basis is None else posting.basis
    if cost is not None:
        return (cost.commodity, None), cost.quantity
    if amount.lot is not None and lots:
        return (amount.lot[1], None), amount.quantity * amount.lot[0]
    return (amount.commodity, amount.lot), amount.quantity


def _sums(group: Iterable[Posting], at_price: bool, *, lots: bool = False) -> dict[Key, Decimal]:
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for posting in group:
        if posting.amount is not None:
            key, quantity = weight(posting, at_price=at_price, lots=lots)
            sums[key] += quantity
    return sums


def _left(sums: Mapping[Key, Decimal], group: Sequence[Posting]) -> dict[Key, Decimal]:
    """Return what does not add up to nothing, to the precision with which amounts of the commodity are written."""
    return {key: value for key, value in sums.items() if value and abs(value) >= _step(key[0], group) * HALF}


def _step(commodity: str, group: Sequence[Posting]) -> Decimal:
    exact = [
        -int(posting.amount.quantity.as_tuple().exponent)
        for posting in group
        if posting.amount is not None and posting.amount.commodity == commodity and posting.cost is None
    ]
    return Decimal(1).scaleb(-max(exact)) if exact else Decimal("0.01")


def _fill(posting: Posting, sums: Mapping[Key, Decimal]) -> list[Posting]:
    """Give ``posting`` what is missing; for each further commodity another posting like it is returned."""
    missing = [(key, -value) for key, value in sums.items() if value]
    amounts = [Amount(value, commodity, lot) for (commodity, lot), value in missing]
    if not amounts:
        commodity = next((key[0] for key in sums), "")
        amounts = [Amount(ZERO, commodity)]
    posting.amount = amounts[0]
    return [replace(posting, amount=amount, assertion=None) for amount in amounts[1:]]


def _imply(group: Sequence[Posting], sums: Mapping[Key, Decimal]) -> None:
    """Let two commodities be exchanged for each other: what is not the last one costs what was paid in the last one."""
    first = group[0].amount
    assert first is not None  # all amounts are given here
    keys = list(sums)
    priced = next((key for key in keys if key[0] == first.commodity), keys[0])
    other = keys[1] if priced == keys[0] else keys[0]
    rate = -sums[other] / sums[priced]
    whole, given = sums[priced], ZERO
    for posting in group:
        amount = posting.amount
        if amount is None or (amount.commodity, amount.lot) != priced:
            continue
        given += amount.quantity
        posting.cost = Amount(amount.quantity * rate, other[0])
        if given == whole and amount.quantity == whole:
            posting.cost = Amount(-sums[other], other[0])


def _unbalanced(transaction: Transaction, sums: Mapping[Key, Decimal]) -> BookError:
    left = ", ".join(f"{value} {commodity}".strip() for (commodity, _lot), value in sums.items())
    return BookError(
        transaction.place,
        _("This transaction does not balance."),
        why=_("{left} is left over.").with_values(left=left),
        remedy=_("Correct an amount, or leave one out so that it is worked out."),
    )
