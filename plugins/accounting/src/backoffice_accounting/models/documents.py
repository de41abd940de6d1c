"""Invoices and bills with their lines and taxes, and payments."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_accounting import guards
from backoffice_accounting.kinds import INVOICE_KINDS
from backoffice_parties.models import Party
from backoffice_taxes.api import CATEGORIES, Code
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account, Journal
from .base import Base
from .ledger import Entry
from .terms import PaymentTerms

_ = messages("accounting")

INVOICE_STATES = {"draft": _("Draft"), "posted": _("Posted"), "paid": _("Paid")}
PAYMENT_STATES = {"posted": _("Posted"), "cancelled": _("Cancelled")}
PAYMENT_KINDS = {"received": _("Received"), "paid": _("Paid")}


class Invoice(OfCompany, Record, Base):
    """An invoice to a customer or the bill of a supplier, or a credit note over one.

    Amounts of a credit note are positive; posting turns them round.
    """

    __tablename__ = "accounting_invoice"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(INVOICE_KINDS, label=_("Kind"), default="invoice")
    party_id: Mapped[int] = field.ref(Party, label=_("Customer or supplier"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    due_date: Mapped[datetime.date | None] = field.day(label=_("Due"))
    reference: Mapped[str | None] = field.code(
        80, label=_("Reference"), search=True, help=_("The customer's order number, say.")
    )
    supplier_number: Mapped[str | None] = field.code(
        80, label=_("Supplier's number"), search=True, help=_("The number a supplier's bill bears.")
    )
    supply_date: Mapped[datetime.date | None] = field.day(
        label=_("Date of supply"), help=_("Left empty, the date of the document. It chooses the rates of taxes.")
    )
    terms_id: Mapped[int | None] = field.ref(PaymentTerms, label=_("Payment terms"))
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's own."))
    rate: Mapped[Decimal | None] = field.rate(
        label=_("Rate"), help=_("What one unit costs in the company's currency; left empty, that of the day.")
    )
    discount: Mapped[Decimal] = field.money(
        currency="currency", label=_("Discount"), default=Decimal(0), help=_("Off the whole document, without taxes.")
    )
    net: Mapped[Decimal] = field.money(
        currency="currency", label=_("Without taxes"), read_only=True, default=Decimal(0)
    )
    tax_total: Mapped[Decimal] = field.money(currency="currency", label=_("Taxes"), read_only=True, default=Decimal(0))
    rounding_amount: Mapped[Decimal] = field.money(
        currency="currency", label=_("Rounding"), read_only=True, default=Decimal(0)
    )
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=Decimal(0))
    withheld: Mapped[Decimal] = field.money(
        currency="currency", label=_("Withheld"), read_only=True, default=Decimal(0)
    )
    discount_until: Mapped[datetime.date | None] = field.day(label=_("Discount until"), read_only=True)
    discount_offer: Mapped[Decimal] = field.money(
        currency="currency", label=_("Discount for early payment"), read_only=True, default=Decimal(0)
    )
    open_amount: Mapped[Decimal] = field.money(
        currency="currency", label=_("Open amount"), read_only=True, default=Decimal(0)
    )
    open_in_books: Mapped[Decimal] = field.money(label=_("Open in the books"), read_only=True, default=Decimal(0))
    state: Mapped[str] = field.choice(INVOICE_STATES, label=_("State"), default="draft", read_only=True)
    notes: Mapped[str | None] = field.long_text(label=_("Notes"), help=_("Printed below the lines."))
    journal_id: Mapped[int | None] = field.ref(Journal, label=_("Journal"))
    account_id: Mapped[int | None] = field.ref(Account, label=_("Account of the other side"))
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)
    corrects_id: Mapped[int | None] = field.ref("accounting_invoice", label=_("Credits"), read_only=True)
    rounding: Mapped[str] = field.code(60, label=_("Rounding"), hint="internal", default="", read_only=True)
    tax_country: Mapped[str | None] = field.code(
        2, label=_("Country of taxes"), help=_("Another country in which the company is registered.")
    )
    match_key: Mapped[str | None] = field.code(120, label=_("Settled with"), read_only=True)
    reminder_level: Mapped[int] = field.integer(label=_("Reminders"), default=0, read_only=True)
    reminded_on: Mapped[datetime.date | None] = field.day(label=_("Last reminder"), read_only=True)
    held: Mapped[str | None] = field.text(
        200, label=_("Held"), read_only=True, help=_("Why it is neither reminded of nor paid.")
    )
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
    of_source = Indexed("corrects_id", where="corrects_id IS NOT NULL")
    suppliers = UniqueInCompany("party_id", "supplier_number", where="supplier_number IS NOT NULL")

    party: Mapped[Party] = to_one(party_id, argument=Party)
    entry: Mapped[Entry | None] = to_one(entry_id)
    journal: Mapped[Journal | None] = to_one(journal_id)
    terms: Mapped[PaymentTerms | None] = to_one(terms_id, argument=PaymentTerms)
    corrects: Mapped[Invoice | None] = to_one(corrects_id, remote_side="Invoice.id")
    lines: Mapped[list[InvoiceLine]] = to_many("InvoiceLine.invoice_id", back_populates="invoice")
    taxes: Mapped[list[InvoiceTax]] = to_many("InvoiceTax.invoice_id", back_populates="invoice")


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
    discount: Mapped[Decimal] = field.percent(label=_("Discount, %"), default=Decimal(0))
    taxes: Mapped[str | None] = field.code(
        200, label=_("Taxes"), help=_("Codes of taxes; left empty, they follow from the party and the category.")
    )
    inclusive: Mapped[bool] = field.yes_no(label=_("Taxes in the price"))
    category: Mapped[str | None] = field.code(32, label=_("Tax category"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"), read_only=True, default=Decimal(0))
    tax: Mapped[Decimal] = field.money(label=_("Tax"), read_only=True, default=Decimal(0))
    account_id: Mapped[int | None] = field.ref(Account, label=_("Account"))
    purpose: Mapped[str | None] = field.code(
        40, label=_("Purpose"), help=_("Such as revenue or carriage; finds the account where none is given.")
    )
    corrects_line: Mapped[int | None] = field.integer(
        label=_("Credits line"), read_only=True, help=_("Which line of the credited document, counted from one.")
    )
    of_invoice = Indexed("invoice_id")

    invoice: Mapped[Invoice] = to_one(invoice_id, back_populates="lines")
    account: Mapped[Account | None] = to_one(account_id)


class InvoiceTax(Row, Base):
    """What one tax comes to on a document, as it is printed."""

    __tablename__ = "accounting_invoice_tax"
    __part_of__ = "invoice_id"
    __referenced__ = False
    guards = (guards.INVOICE_TAX,)

    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Invoice"))
    tax_id: Mapped[int] = field.ref(Code, label=_("Tax"))
    code: Mapped[str] = field.code(32, label=_("Code"))
    rate: Mapped[Decimal] = field.quantity(label=_("Rate"))
    base: Mapped[Decimal] = field.money(label=_("Base"))
    amount: Mapped[Decimal] = field.money(label=_("Tax"))
    charged: Mapped[Decimal] = field.money(label=_("Charged"))
    deductible: Mapped[Decimal] = field.money(label=_("Recovered"), default=Decimal(0))
    withheld: Mapped[Decimal] = field.money(label=_("Withheld"), default=Decimal(0))
    due: Mapped[str] = field.code(16, label=_("Due"), default="supply")
    category: Mapped[str] = field.choice(CATEGORIES, label=_("Category"), default="S")
    reason_code: Mapped[str | None] = field.code(40, label=_("Code of the reason"))
    reason: Mapped[str | None] = field.text(300, label=_("Reason"))
    of_invoice = Indexed("invoice_id")

    invoice: Mapped[Invoice] = to_one(invoice_id, back_populates="taxes")
    tax: Mapped[Code] = to_one(tax_id, argument=Code)


class Payment(OfCompany, Record, Base):
    """Money received from a customer or paid to a supplier; for one document, for many, or for none yet."""

    __tablename__ = "accounting_payment"
    __title__ = "date"

    kind: Mapped[str] = field.choice(PAYMENT_KINDS, label=_("Kind"), default="received")
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    invoice_id: Mapped[int | None] = field.ref(Invoice, label=_("Invoice"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Amount"), minimum=0)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    cleared: Mapped[Decimal] = field.money(label=_("In the books"), read_only=True)
    account_id: Mapped[int] = field.ref(Account, label=_("Bank or cash account"))
    discount: Mapped[Decimal] = field.money(
        currency="currency", label=_("Discount taken"), read_only=True, default=Decimal(0)
    )
    reference: Mapped[str | None] = field.code(80, label=_("Reference"))
    match_key: Mapped[str | None] = field.code(120, label=_("Settled with"))
    entry_id: Mapped[int] = field.ref(Entry, label=_("Entry"), read_only=True)
    state: Mapped[str] = field.choice(PAYMENT_STATES, label=_("State"), default="posted", read_only=True)

    by_date = Indexed("date", "id")
    of_invoice = Indexed("invoice_id", "id")
    of_party = Indexed("party_id", "id")
    positive = Must("positive", "amount > 0")

    party: Mapped[Party | None] = to_one(party_id, argument=Party)
    invoice: Mapped[Invoice | None] = to_one(invoice_id)
    entry: Mapped[Entry] = to_one(entry_id)


def _frozen(model: Any, *free: str) -> tuple[str, ...]:
    """Return the columns of ``model`` that never change once it is posted; the program's own bookkeeping may."""
    own = {"state", "version", "updated_at", "search_key", *free}
    return tuple(column.name for column in model.__table__.columns if column.name not in own)


Invoice.guards = (
    guards.record_fixed(
        "accounting_invoice_posted",
        "accounting_invoice",
        _frozen(Invoice, "open_amount", "open_in_books", "reminder_level", "reminded_on", "held"),
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
