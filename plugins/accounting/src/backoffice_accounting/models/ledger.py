"""Entries and their lines, and the balances kept of them."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_accounting import guards
from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    InvalidInput,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    UniqueInOrganization,
    field,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from .accounts import Account, Journal
from .base import Base
from .dimensions import DimensionSet
from .years import FiscalYear, Period

_ = messages("accounting")

ENTRY_STATES = {"draft": _("Draft"), "posted": _("Posted")}


class Entry(OfCompany, Record, Base):
    """A journal entry. Draft until posted; posted for ever, corrected by an entry that reverses it."""

    __tablename__ = "accounting_entry"
    __title__ = "number"
    guards = (guards.ENTRY,)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    journal_id: Mapped[int] = field.ref(Journal, label=_("Journal"))
    description: Mapped[str] = field.text(200, label=_("Description"), search=True, default="")
    reference: Mapped[str | None] = field.code(
        80, label=_("Reference"), search=True, help=_("The number of the paper it rests on.")
    )
    state: Mapped[str] = field.choice(ENTRY_STATES, label=_("State"), default="draft", read_only=True)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=Decimal(0))
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True, default="")
    period_id: Mapped[int | None] = field.ref(Period, label=_("Period"), read_only=True)
    reverses_id: Mapped[int | None] = field.ref("accounting_entry", label=_("Reverses"), read_only=True)
    reason: Mapped[str | None] = field.text(200, label=_("Reason"), read_only=True)
    source_plugin: Mapped[str | None] = field.code(64, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(120, label=_("Key there"), read_only=True)
    source_purpose: Mapped[str | None] = field.code(40, label=_("For"), read_only=True)

    once = UniqueInCompany("source_plugin", "source_key", "source_purpose")
    numbered = UniqueInCompany("journal_id", "number")
    reversed_once = UniqueInOrganization("reverses_id")
    complete = Must("complete", "(state = 'draft') = (number IS NULL)")
    by_date = Indexed("date", "id")
    drafts = Indexed("period_id", where="state = 'draft'")

    journal: Mapped[Journal] = to_one(journal_id)
    period: Mapped[Period | None] = to_one(period_id)
    lines: Mapped[list[Line]] = to_many("Line.entry_id", back_populates="entry")


def _side(line: Line, sign: int) -> Decimal | None:
    amount = line.amount
    return amount * sign if amount is not None and amount * sign > 0 else None


def _set_side(line: Line, sign: int, value: Decimal | None) -> None:
    """Write the debit (``sign`` 1) or credit of a line; one after the other, debit first, as forms hand them over.

    A debit that is not written again stays, so a credit beside it is one too many; a credit may still be taken away
    after its debit was written.
    """
    written: dict[int, Decimal | None] = line.__dict__.setdefault("_sides", {})
    written[sign] = value
    if value:
        if written.get(-sign) or (sign < 0 and 1 not in written and _side(line, 1)):
            said = _("A line is either debit or credit.")
            fields = {"debit" if sign > 0 else "credit": [said]}
            raise InvalidInput(said, remedy=_("Write the other amount on a line of its own."), fields=fields)
        line.amount = value * sign
    elif not _side(line, -sign):
        line.amount = Decimal(0)


class Line(Row, Base):
    """A line of an entry: an amount on an account, debit above zero and credit below, in the company's currency."""

    __tablename__ = "accounting_line"
    __part_of__ = "entry_id"
    __referenced__ = False
    guards = (guards.LINE,)

    entry_id: Mapped[int] = field.ref(Entry, label=_("Entry"))
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    description: Mapped[str | None] = field.text(200, label=_("Text"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"), help=_("Debit above zero, credit below."))
    currency: Mapped[str | None] = field.code(3, label=_("Foreign currency"))
    amount_currency: Mapped[Decimal | None] = field.money(currency="currency", label=_("Foreign amount"))
    rate: Mapped[Decimal | None] = field.rate(label=_("Rate"), read_only=True)
    due_date: Mapped[datetime.date | None] = field.day(label=_("Due"))
    commodity: Mapped[str | None] = field.code(
        64, label=_("Of what"), help=_("Something counted that is no currency, such as shares; the amount is its cost.")
    )
    quantity: Mapped[Decimal | None] = field.quantity(label=_("How much of it"))
    match_key: Mapped[str | None] = field.code(
        120, label=_("Settled with"), help=_("Open items of one party with the same words settle each other.")
    )
    dimension_set_id: Mapped[int | None] = field.ref("accounting_dimension_set", label=_("Dimensions"), read_only=True)

    debit = field.derived("money", lambda line: _side(line, 1), lambda line, v: _set_side(line, 1, v), label=_("Debit"))
    credit = field.derived(
        "money", lambda line: _side(line, -1), lambda line, v: _set_side(line, -1, v), label=_("Credit")
    )

    dimensions = field.derived(
        "text",
        lambda line: line.dimension_set.written if line.dimension_set is not None else None,
        lambda line, written: line.__dict__.__setitem__("_dimensions", written or ""),
        label=_("Dimensions"),
        help=_("Such as branch=RUH, project=17."),
    )

    of_entry = Indexed("entry_id")
    of_account = Indexed("account_id", "date", "id")
    of_party = Indexed("party_id", "account_id", "date", where="party_id IS NOT NULL")
    both = Must("both", "(currency IS NULL) = (amount_currency IS NULL)")
    counted = Must("counted", "(commodity IS NULL) = (quantity IS NULL)")
    same_sign = Must(
        "same_sign",
        "amount_currency IS NULL OR amount = 0 OR amount_currency = 0 OR (amount > 0) = (amount_currency > 0)",
    )

    entry: Mapped[Entry] = to_one(entry_id, back_populates="lines")
    account: Mapped[Account] = to_one(account_id)
    party: Mapped[Party | None] = to_one(party_id, argument=Party)
    dimension_set: Mapped[DimensionSet | None] = to_one(dimension_set_id)


class YearBalance(OfCompany, Row, Base):
    """What an account stood at when a year was closed: what reports begin with instead of adding up all of history."""

    __tablename__ = "accounting_year_balance"
    __audited__ = False
    __audit_exempt__ = "Derived from the balances of closed periods; made when a year is closed."
    __referenced__ = False

    fiscal_year_id: Mapped[int] = field.ref(FiscalYear, label=_("Fiscal year"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    set_key: Mapped[int] = field.integer(label=_("Dimensions"), default=0, help=_("Zero stands for all of them."))
    debit: Mapped[Decimal] = field.money(label=_("Debit"), default=Decimal(0))
    credit: Mapped[Decimal] = field.money(label=_("Credit"), default=Decimal(0))

    unique = UniqueInCompany("fiscal_year_id", "account_id", "set_key")


class Balance(OfCompany, Row, Base):
    """The sums of an account in a period, kept in the transaction that posts, so that reports never scan history."""

    __tablename__ = "accounting_balance"
    __audited__ = False
    __audit_exempt__ = "Derived from the lines of posted entries; checked and rebuilt by one command."
    __referenced__ = False

    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    period_id: Mapped[int] = field.ref(Period, label=_("Period"))
    debit: Mapped[Decimal] = field.money(label=_("Debit"), default=Decimal(0))
    credit: Mapped[Decimal] = field.money(label=_("Credit"), default=Decimal(0))

    unique = UniqueInCompany("account_id", "period_id")


class DayBalance(OfCompany, Row, Base):
    """The sums of an account on a day of a regular period, kept beside those of the period.

    A report that ends inside a period adds the days of it that have passed to the periods before, and never its lines.
    """

    __tablename__ = "accounting_day_balance"
    __audited__ = False
    __audit_exempt__ = "Derived from the lines of posted entries; checked and rebuilt by one command."
    __referenced__ = False

    date: Mapped[datetime.date] = field.day(label=_("Date"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    set_key: Mapped[int] = field.integer(label=_("Dimensions"), default=0, help=_("Zero stands for all of them."))
    debit: Mapped[Decimal] = field.money(label=_("Debit"), default=Decimal(0))
    credit: Mapped[Decimal] = field.money(label=_("Credit"), default=Decimal(0))

    unique = UniqueInCompany("date", "account_id", "set_key")
