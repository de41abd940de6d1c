"""Invoices with their lines, and payments."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_accounting import guards
from backoffice_accounting.kinds import INVOICE_KINDS, PURPOSES
from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account, Journal
from .base import Base
from .ledger import Entry

_ = messages("accounting")

INVOICE_STATES = {"draft": _("Draft"), "posted": _("Posted"), "paid": _("Paid")}
PAYMENT_STATES = {"posted": _("Posted"), "cancelled": _("Cancelled")}
ROUNDING_MODES = {"half_up": _("Half up"), "half_even": _("Half to even")}
ROUNDING_LEVELS = {"document": _("Once a document"), "line": _("Each line")}


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
