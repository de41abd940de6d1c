"""The books: accounts, journals, fiscal years and periods, entries and their lines, balances, invoices, payments."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

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
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from . import guards
from .kinds import ACCOUNT_TYPES, INVOICE_KINDS, JOURNAL_KINDS, PURPOSES, SUBTYPES

_ = messages("accounting")

Base: Any = plugin_base("accounting")

ENTRY_STATES = {"draft": _("Draft"), "posted": _("Posted")}
PERIOD_STATES = {"open": _("Open"), "closed": _("Closed"), "locked": _("Locked for good")}
INVOICE_STATES = {"draft": _("Draft"), "posted": _("Posted"), "paid": _("Paid")}
PAYMENT_STATES = {"posted": _("Posted"), "cancelled": _("Cancelled")}
ROUNDING_MODES = {"half_up": _("Half up"), "half_even": _("Half to even")}
ROUNDING_LEVELS = {"document": _("Once a document"), "line": _("Each line")}


class Account(OfCompany, Record, Base):
    """An account of the chart; headings group others and are never posted to."""

    __tablename__ = "accounting_account"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(200, label=_("Name"), search=True)
    type: Mapped[str | None] = field.choice(
        ACCOUNT_TYPES, label=_("Type"), help=_("A heading may do without one when its accounts differ.")
    )
    subtype: Mapped[str | None] = field.choice(SUBTYPES, label=_("Kind"))
    heading: Mapped[bool] = field.yes_no(label=_("Heading"), help=_("Groups other accounts; nothing is posted to it."))
    parent_id: Mapped[int | None] = field.ref("accounting_account", label=_("Part of"))
    currency: Mapped[str | None] = field.code(
        3, label=_("Currency"), help=_("Given when every line bears an amount in this one currency.")
    )
    reconcile: Mapped[bool] = field.yes_no(
        label=_("Reconciled"), help=_("Its lines are settled against each other, as with customers.")
    )
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    by_name = Indexed("name", "id")
    typed = Must("typed", "heading OR type IS NOT NULL")

    parent: Mapped[Account | None] = to_one(parent_id, remote_side="Account.id")


class Journal(OfCompany, Record, Base):
    """A book entries are written in, with numbers of its own."""

    __tablename__ = "accounting_journal"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(16, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    kind: Mapped[str] = field.choice(JOURNAL_KINDS, label=_("Kind"), default="general")
    pattern: Mapped[str] = field.text(
        80,
        label=_("Number pattern"),
        default="",
        help=_("Such as SAL/{year}/{n:05}; left empty, it is made of the code. It cannot change once numbers exist."),
    )
    account_id: Mapped[int | None] = field.ref(
        Account, label=_("Account"), help=_("The bank or cash account it is for.")
    )
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")


class FiscalYear(OfCompany, Record, Base):
    """A year of the books; its periods are made with it."""

    __tablename__ = "accounting_fiscal_year"
    __title__ = "code"
    __key__ = ("code",)

    code: Mapped[str] = field.code(16, label=_("Code"))
    year: Mapped[int] = field.integer(label=_("Year"), help=_("Stands in the numbers of entries."))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))

    unique = UniqueInCompany("code")
    ordered = Must("ordered", "start_date <= end_date")
    by_start = Indexed("start_date", "id")
    periods: Mapped[list[Period]] = to_many("Period.fiscal_year_id", back_populates="fiscal_year")


class Period(OfCompany, Record, Base):
    """A part of a fiscal year that is closed as one."""

    __tablename__ = "accounting_period"
    __title__ = "code"
    __key__ = ("code",)
    __part_of__ = "fiscal_year_id"
    guards = (guards.PERIOD,)

    fiscal_year_id: Mapped[int] = field.ref(FiscalYear, label=_("Fiscal year"))
    code: Mapped[str] = field.code(16, label=_("Code"))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    state: Mapped[str] = field.choice(PERIOD_STATES, label=_("State"), default="open", read_only=True)

    unique = UniqueInCompany("code")
    ordered = Must("ordered", "start_date <= end_date")
    by_start = Indexed("start_date", "id")
    fiscal_year: Mapped[FiscalYear] = to_one(fiscal_year_id, back_populates="periods")


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

    debit = field.derived("money", lambda line: _side(line, 1), lambda line, v: _set_side(line, 1, v), label=_("Debit"))
    credit = field.derived(
        "money", lambda line: _side(line, -1), lambda line, v: _set_side(line, -1, v), label=_("Credit")
    )

    of_entry = Indexed("entry_id")
    of_account = Indexed("account_id", "date", "id")
    of_party = Indexed("party_id", "account_id", "date", where="party_id IS NOT NULL")
    both = Must("both", "(currency IS NULL) = (amount_currency IS NULL)")
    same_sign = Must(
        "same_sign",
        "amount_currency IS NULL OR amount = 0 OR amount_currency = 0 OR (amount > 0) = (amount_currency > 0)",
    )

    entry: Mapped[Entry] = to_one(entry_id, back_populates="lines")
    account: Mapped[Account] = to_one(account_id)
    party: Mapped[Party | None] = to_one(party_id, argument=Party)


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


class Invoice(OfCompany, Record, Base):
    """An invoice or credit note to a customer. Amounts of a credit note are positive; posting turns them round."""

    __tablename__ = "accounting_invoice"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(INVOICE_KINDS, label=_("Kind"), default="invoice")
    party_id: Mapped[int] = field.ref(Party, label=_("Customer"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    due_date: Mapped[datetime.date | None] = field.day(label=_("Due"))
    reference: Mapped[str | None] = field.code(
        80, label=_("Reference"), search=True, help=_("The customer's order number, say.")
    )
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's own."))
    rate: Mapped[Decimal | None] = field.rate(
        label=_("Rate"), help=_("What one unit costs in the company's currency; left empty, that of the day.")
    )
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=Decimal(0))
    open_amount: Mapped[Decimal] = field.money(
        currency="currency", label=_("Open amount"), read_only=True, default=Decimal(0)
    )
    open_in_books: Mapped[Decimal] = field.money(label=_("Open in the books"), read_only=True, default=Decimal(0))
    state: Mapped[str] = field.choice(INVOICE_STATES, label=_("State"), default="draft", read_only=True)
    notes: Mapped[str | None] = field.long_text(label=_("Notes"), help=_("Printed below the lines."))
    journal_id: Mapped[int | None] = field.ref(Journal, label=_("Journal"))
    account_id: Mapped[int | None] = field.ref(Account, label=_("Receivable account"))
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)
    rounding_mode: Mapped[str] = field.choice(ROUNDING_MODES, label=_("Rounding"), default="half_up", read_only=True)
    rounding_level: Mapped[str] = field.choice(ROUNDING_LEVELS, label=_("Rounded"), default="document", read_only=True)
    party_name: Mapped[str | None] = field.text(160, label=_("Name on it"), read_only=True, personal=True)
    party_address: Mapped[str | None] = field.text(600, label=_("Address on it"), read_only=True, personal=True)
    party_tax_id: Mapped[str | None] = field.code(32, label=_("Tax number on it"), read_only=True, personal=True)
    source: Mapped[str | None] = field.code(64, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(120, label=_("Key there"), read_only=True)

    numbered = UniqueInCompany("number")
    once = UniqueInCompany("source", "source_key")
    complete = Must("complete", "(state = 'draft') = (number IS NULL)")
    by_date = Indexed("date", "id")
    by_due_date = Indexed("due_date", "id")
    of_party = Indexed("party_id", "id")
    unpaid = Indexed("due_date", where="state = 'posted'")

    party: Mapped[Party] = to_one(party_id, argument=Party)
    entry: Mapped[Entry | None] = to_one(entry_id)
    journal: Mapped[Journal | None] = to_one(journal_id)
    lines: Mapped[list[InvoiceLine]] = to_many("InvoiceLine.invoice_id", back_populates="invoice")


class InvoiceLine(Row, Base):
    """What is charged: so much of something at a price."""

    __tablename__ = "accounting_invoice_line"
    __part_of__ = "invoice_id"
    __referenced__ = False
    guards = (guards.INVOICE_LINE,)

    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Invoice"))
    item: Mapped[str | None] = field.code(40, label=_("Item"))
    description: Mapped[str] = field.text(400, label=_("Description"), default="")
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"), default=Decimal(1))
    unit_price: Mapped[Decimal] = field.unit_price(label=_("Unit price"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"), read_only=True, default=Decimal(0))
    account_id: Mapped[int | None] = field.ref(Account, label=_("Account"))
    purpose: Mapped[str | None] = field.choice(
        PURPOSES, label=_("Purpose"), help=_("Finds the account where none is given.")
    )
    of_invoice = Indexed("invoice_id")

    invoice: Mapped[Invoice] = to_one(invoice_id, back_populates="lines")
    account: Mapped[Account | None] = to_one(account_id)


class Payment(OfCompany, Record, Base):
    """Money received for an invoice, or paid back for a credit note."""

    __tablename__ = "accounting_payment"
    __title__ = "date"

    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Invoice"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Amount"), minimum=0)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    cleared: Mapped[Decimal] = field.money(label=_("Cleared in the books"), read_only=True)
    account_id: Mapped[int] = field.ref(Account, label=_("Paid into"))
    reference: Mapped[str | None] = field.code(80, label=_("Reference"))
    entry_id: Mapped[int] = field.ref(Entry, label=_("Entry"), read_only=True)
    state: Mapped[str] = field.choice(PAYMENT_STATES, label=_("State"), default="posted", read_only=True)

    by_date = Indexed("date", "id")
    of_invoice = Indexed("invoice_id", "id")
    positive = Must("positive", "amount > 0")

    invoice: Mapped[Invoice] = to_one(invoice_id)
    entry: Mapped[Entry] = to_one(entry_id)


def _frozen(model: Any, *free: str) -> tuple[str, ...]:
    """Return the columns of ``model`` that never change once it is posted; the program's own bookkeeping may."""
    own = {"state", "version", "updated_at", "search_key", *free}
    return tuple(column.name for column in model.__table__.columns if column.name not in own)


Invoice.guards = (
    guards.record_fixed(
        "accounting_invoice_posted",
        "accounting_invoice",
        _frozen(Invoice, "open_amount", "open_in_books"),
        "{row}.state <> 'draft'",
        guards.INVOICE_FIXED,
        keys=(("organization_id", "company_id", "number"), ("organization_id", "company_id", "source", "source_key")),
        begins=(guards.INVOICE_DRAFT, "NEW.state <> 'draft' OR NEW.number IS NOT NULL"),
    ),
)
Payment.guards = (
    guards.record_fixed(
        "accounting_payment_posted",
        "accounting_payment",
        _frozen(Payment),
        "{row}.state <> ''",
        guards.PAYMENT_FIXED,
        keys=(),
        begins=(guards.PAYMENT_FIXED, "NEW.state <> 'posted'"),
    ),
)
