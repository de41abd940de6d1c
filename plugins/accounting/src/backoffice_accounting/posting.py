"""The rules of a journal entry as pure functions over plain values: what balances, what converts, what reverses.

Nothing here knows the database. :mod:`.ledger` reads what these rules need and writes what they allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from backoffice.core.api import InvalidInput, RuleBroken, convert, currency
from backoffice.hookspecs import messages

_ = messages("accounting")

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an entry rests on: a plugin's record and what of it is posted. The same source posts once."""

    plugin: str
    key: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line to be posted: ``amount`` in the company's currency, debit above zero and credit below.

    A line in a foreign currency has ``currency`` and ``amount_currency`` as well, with the ``rate`` that was used.
    """

    account_id: int
    amount: Decimal
    party_id: int | None = None
    description: str | None = None
    currency: str | None = None
    amount_currency: Decimal | None = None
    rate: Decimal | None = None
    due_date: date | None = None
    commodity: str | None = None
    """Something counted that is no currency, such as shares, with its ``quantity``; the amount is what it cost."""
    quantity: Decimal | None = None
    match_key: str | None = None
    """Open items of one party with the same words settle each other."""
    dimension_set_id: int | None = None
    opens: bool = True
    """On an account that is settled it is an open item; not so where a settlement writes it."""
    invoice_id: int | None = None
    """The document it is owed on."""
    payment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """An entry to be posted."""

    date: date
    journal_id: int
    lines: tuple[LineDraft, ...]
    description: str = ""
    reference: str | None = None
    source: Source | None = None
    reverses_id: int | None = None
    reason: str | None = None
    period_kind: str = "regular"
    """``adjustment`` puts it into the period of adjustments of its year, ``closing`` into that of the closing entry."""

    @property
    def total(self) -> Decimal:
        """The sum of its debits."""
        return sum((line.amount for line in self.lines if line.amount > 0), ZERO)


def signed(debit: Decimal | None, credit: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """Return the signed amount of a line written as debit, credit or signed amount; nothing when none is given.

    Raises :class:`~backoffice.core.api.InvalidInput` when more than one is given, or a debit or credit below zero.
    """
    given = {name: value for name, value in (("debit", debit), ("credit", credit), ("amount", amount)) if value}
    if len(given) > 1:
        said = _("Write either debit or credit or amount.")
        raise InvalidInput(said, fields={name: [said] for name in given})
    for name in ("debit", "credit"):
        if name in given and given[name] < 0:
            raise InvalidInput(
                _("A debit or credit is not below zero."), fields={name: [_("Write it on the other side.")]}
            )
    if debit:
        return debit
    if credit:
        return -credit
    return amount if amount else ZERO if (debit, credit, amount) != (None, None, None) else None


def check_entry(entry: EntryDraft, books: str) -> None:
    """Refuse an entry that may not be posted in books kept in the currency ``books``.

    Raises :class:`~backoffice.core.api.RuleBroken`: fewer than two lines, a line without an amount or with too many
    decimals, a foreign amount of the other sign, or debit and credit that differ.
    """
    if len(entry.lines) < 2:
        raise RuleBroken(
            _("An entry needs at least two lines."),
            why=_("What one account gives another one takes."),
            fields={"lines": [_("Give at least two lines.")]},
        )
    places = currency(books).places
    wrong = {
        f"lines.{n}.{name}": [said] for n, line in enumerate(entry.lines) for name, said in _wrong(line, places, books)
    }
    if wrong:
        raise RuleBroken(_("Some lines of the entry cannot be posted."), fields=wrong)
    difference = sum((line.amount for line in entry.lines), ZERO)
    if difference:
        raise unbalanced(entry, difference, books)


def _wrong(line: LineDraft, places: int, books: str) -> Iterable[tuple[str, str]]:
    if not line.amount and not line.amount_currency and not line.quantity:
        yield "amount", _("A line needs an amount.")
    if _too_fine(line.amount, places):
        yield "amount", _("The smallest unit of {code} has {places} decimals.").with_values(code=books, places=places)
    if (line.currency is None) != (line.amount_currency is None):
        yield "currency", _("A foreign amount and its currency go together.")
    elif line.currency is not None and line.amount_currency is not None:
        if line.currency == books:
            yield "currency", _("This is the currency of the books; write no foreign amount.")
        if line.amount and line.amount_currency and (line.amount > 0) != (line.amount_currency > 0):
            yield "amount_currency", _("The foreign amount stands on the same side.")
        foreign = currency(line.currency).places
        if _too_fine(line.amount_currency, foreign):
            said = _("The smallest unit of {code} has {places} decimals.")
            yield "amount_currency", said.with_values(code=line.currency, places=foreign)


def _too_fine(amount: Decimal, places: int) -> bool:
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent <= places:
        return False
    return amount != round(amount, places)


def unbalanced(entry: EntryDraft, difference: Decimal, books: str) -> RuleBroken:
    """Return the error for an entry whose debits exceed its credits by ``difference``."""
    debit = entry.total
    return RuleBroken(
        _("Debit and credit of the entry differ."),
        why=_("Debit is {debit}, credit is {credit} {code}.").with_values(
            debit=format(debit, "f"), credit=format(debit - difference, "f"), code=books
        ),
        remedy=_("Correct a line, or add the one that is missing."),
        difference=format(difference, "f"),
    )


def converted(line: LineDraft, rate: Decimal, books: str) -> LineDraft:
    """Return a foreign ``line`` with its amount in the books at ``rate``: what one unit costs in ``books``."""
    if line.amount_currency is None:
        return line
    sign = -1 if line.amount_currency < 0 else 1
    amount = convert(abs(line.amount_currency), rate, books) * sign
    return replace(line, amount=amount, rate=rate)


def with_residual(lines: Sequence[LineDraft], account_id: int) -> tuple[LineDraft, ...]:
    """Return ``lines`` with what conversion line by line left over on one more line of ``account_id``.

    A hundred euros in two halves cost a cent more or less than a hundred euros at once; the cent is booked, never left.
    Only lines whose foreign amounts balance, in one currency, are completed.
    """
    rest = sum((line.amount for line in lines), ZERO)
    foreign = {line.currency for line in lines}
    if not rest or None in foreign or len(foreign) > 1 or sum((line.amount_currency or ZERO for line in lines), ZERO):
        return tuple(lines)
    return (*lines, LineDraft(account_id=account_id, amount=-rest))


def reversal(entry: EntryDraft, *, on: date, entry_id: int, description: str, reason: str) -> EntryDraft:
    """Return the entry that takes back ``entry``, whose id is ``entry_id``: the same lines on the other side."""
    return EntryDraft(
        date=on,
        journal_id=entry.journal_id,
        lines=tuple(_turned(line) for line in entry.lines),
        description=description,
        reference=entry.reference,
        reverses_id=entry_id,
        reason=reason,
    )


def _turned(line: LineDraft) -> LineDraft:
    foreign = None if line.amount_currency is None else -line.amount_currency
    quantity = None if line.quantity is None else -line.quantity
    return replace(line, amount=-line.amount, amount_currency=foreign, quantity=quantity)


def merged(lines: Iterable[LineDraft]) -> tuple[LineDraft, ...]:
    """Return ``lines`` with those that differ in nothing but their amounts in one; zeros go."""
    sums: dict[tuple[object, ...], LineDraft] = {}
    for line in lines:
        key = (
            line.account_id, line.party_id, line.currency, line.rate, line.description, line.due_date, line.commodity,
            line.match_key, line.dimension_set_id,
        )  # fmt: skip
        known = sums.get(key)
        if known is None:
            sums[key] = line
            continue
        foreign = None if line.amount_currency is None else (known.amount_currency or ZERO) + line.amount_currency
        quantity = None if line.quantity is None else (known.quantity or ZERO) + line.quantity
        sums[key] = replace(known, amount=known.amount + line.amount, amount_currency=foreign, quantity=quantity)
    return tuple(line for line in sums.values() if line.amount or line.amount_currency)
