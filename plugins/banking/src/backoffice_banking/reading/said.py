"""What a file of a bank says, in plain values, and whether it agrees with itself."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from backoffice.core.api import InvalidInput, currency, round_amount
from backoffice.hookspecs import messages

_ = messages("banking")

ZERO: Final = Decimal(0)


class Unreadable(InvalidInput):
    """A file of a bank that cannot be read; ``why`` says what is wrong with it."""

    code = "unreadable-statement"
    title = _("The bank's file cannot be read")


def unreadable(why: str, remedy: str = "") -> Unreadable:
    """Return the error for a file that cannot be read because of ``why``."""
    return Unreadable(
        _("This file cannot be read as a bank statement."),
        why=why,
        remedy=remedy or _("Ask the bank for the file again, or choose another format."),
        fields={"file": [why]},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDetail:
    """One of the transactions that the bank booked together as one line."""

    amount: Decimal | None = None
    """Above zero for money received; nothing where the bank does not say."""
    party_name: str | None = None
    party_account: str | None = None
    party_bank: str | None = None
    description: str = ""
    reference: str | None = None
    """The creditor's reference, or the number of the document that is paid."""
    end_to_end: str | None = None
    mandate: str | None = None
    bank_reference: str | None = None
    returned: str | None = None
    """Why a payment came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLine:
    """A booking of the bank: ``amount`` is above zero for money received, below for money paid."""

    date: datetime.date
    amount: Decimal
    value_date: datetime.date | None = None
    currency: str | None = None
    """Given where it is not the statement's."""
    description: str = ""
    party_name: str | None = None
    party_account: str | None = None
    party_bank: str | None = None
    reference: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None
    bank_reference: str | None = None
    """What the bank calls this booking; the same booking bears it in every file."""
    check_number: str | None = None
    code: str | None = None
    """The bank's code for the kind of transaction."""
    charges: Decimal | None = None
    original_amount: Decimal | None = None
    original_currency: str | None = None
    exchange_rate: Decimal | None = None
    balance: Decimal | None = None
    """What was left after it, where each line says so."""
    account: str | None = None
    """The account it is of, where one file has several."""
    category: str | None = None
    details: tuple[ReadDetail, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatement:
    """A statement of one account."""

    account: str | None = None
    """The number as the bank writes it; an IBAN without blanks."""
    bank: str | None = None
    currency: str | None = None
    number: str | None = None
    kind: str = "statement"
    """``statement``, ``interim`` (MT942, CAMT.052) or ``notice`` (CAMT.054)."""
    opening: Decimal | None = None
    opening_date: date | None = None
    closing: Decimal | None = None
    closing_date: date | None = None
    closing_currency: str | None = None
    lines: tuple[ReadLine, ...] = ()
    pending: int = 0
    """Lines the bank has not booked yet; they come with a later file."""

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def first_date(self) -> date | None:
        """The earliest day it tells of."""
        return min((day for day in (self.opening_date, *(line.date for line in self.lines)) if day), default=None)

    @property
    def last_date(self) -> date | None:
        """The latest day it tells of."""
        return max((day for day in (self.closing_date, *(line.date for line in self.lines)) if day), default=None)

    def problems(self) -> Iterator[str]:
        """Say what of it does not agree with itself, so that it cannot come into the books."""
        if not self.lines and self.closing is None:
            yield _("It has neither a line nor a closing balance.")
        if self.closing is not None and self.opening is None and self.kind == "statement" and not self.lines:
            return
        yield from self._currency_problems()
        if self.opening is None or self.closing is None:
            return
        if self.opening + self.total != self.closing:
            yield _("It opens with {opening}, its lines come to {total}, and it closes with {closing}.").with_values(
                opening=format(self.opening, "f"), total=format(self.total, "f"), closing=format(self.closing, "f")
            )

    def _currency_problems(self) -> Iterator[str]:
        code = self.currency
        if self.closing_currency and code and self.closing_currency != code:
            yield _("It opens in {one} and closes in {other}.").with_values(one=code, other=self.closing_currency)
        others = sorted({line.currency for line in self.lines if line.currency and code and line.currency != code})
        if others:
            said = _("It is in {one}, but some lines are in {other}.")
            yield said.with_values(one=code, other=", ".join(others))
        if code and not _known(code):
            yield _("There is no currency {code}.").with_values(code=code)
        elif code and any(line.amount != round_amount(line.amount, code) for line in self.lines):
            yield _("Some amounts have more decimals than {code}.").with_values(code=code)


def _known(code: str) -> bool:
    try:
        currency(code)
    except InvalidInput:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file holds."""

    format: str
    statements: tuple[ReadStatement, ...]
    notes: tuple[str, ...] = ()
    """What was left out or put right while reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvMapping:
    """Which columns of a CSV file are what; a column is named by its head, or by its number from 1.

    Amounts stand in one column (``amount``), in two (``money_in``, ``money_out``), or in one with a word beside it
    (``sign``) that is one of ``out_words`` for money paid.
    """

    date: str
    amount: str | None = None
    money_in: str | None = None
    money_out: str | None = None
    sign: str | None = None
    out_words: tuple[str, ...] = ("debit", "d", "dr", "out", "مدين")
    value_date: str | None = None
    description: tuple[str, ...] = ()
    party_name: str | None = None
    party_account: str | None = None
    reference: str | None = None
    bank_reference: str | None = None
    check_number: str | None = None
    balance: str | None = None
    currency: str | None = None
    account: str | None = None
    category: str | None = None
    date_format: str = ""
    """As ``strptime`` writes it; left empty it is found out, and refused where both readings are possible."""
    decimal_mark: str = "."
    delimiter: str = ""
    encoding: str = ""
    skip: int = 0
    """Lines before the head."""
    head: bool = True
    inverted: bool = False
    """Money paid is above zero, as on credit cards."""
