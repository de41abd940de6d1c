"""What is open on accounts that are settled: items, allocations between them, and what they were worth on a day."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_accounting import guards
from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, Row, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account
from .base import Base
from .documents import Invoice, Payment
from .ledger import Entry

_ = messages("accounting")

SETTLEMENT_KINDS = {
    "payment": _("Payment"),
    "credit": _("Credit note"),
    "match": _("Same order"),
    "reversal": _("Reversal"),
    "advance": _("Advance"),
    "revaluation": _("Revaluation"),
    "manual": _("By hand"),
}
SETTLEMENT_STATES = {"done": _("Settled"), "undone": _("Undone")}


class OpenItem(OfCompany, Row, Base):
    """A line of the ledger on an account that is settled, and what of it is open: debit above zero, credit below."""

    __tablename__ = "accounting_open_item"
    __audited__ = False
    __audit_exempt__ = "Derived from posted lines and from settlements; compared with both by one command."
    __title__ = "date"

    entry_id: Mapped[int] = field.ref(Entry, label=_("Entry"), read_only=True)
    account_id: Mapped[int] = field.ref(Account, label=_("Account"), read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"), read_only=True)
    invoice_id: Mapped[int | None] = field.ref(Invoice, label=_("Invoice"), read_only=True)
    payment_id: Mapped[int | None] = field.ref(Payment, label=_("Payment"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    due_date: Mapped[datetime.date | None] = field.day(label=_("Due"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Amount"), read_only=True)
    in_books: Mapped[Decimal] = field.money(label=_("In the books"), read_only=True)
    open_amount: Mapped[Decimal] = field.money(currency="currency", label=_("Open amount"), read_only=True)
    open_in_books: Mapped[Decimal] = field.money(label=_("Open in the books"), read_only=True)
    match_key: Mapped[str | None] = field.code(120, label=_("Settled with"), read_only=True)
    open: Mapped[bool] = field.yes_no(default=True, label=_("Open"), read_only=True)

    of_entry = Indexed("entry_id")
    of_invoice = Indexed("invoice_id", where="invoice_id IS NOT NULL")
    of_party = Indexed("party_id", "account_id", "id")
    by_date = Indexed("date", "id")
    by_due_date = Indexed("due_date", "id")
    matched = Indexed("match_key", where="match_key IS NOT NULL")
    still = Indexed("company_id", "account_id", where="open")

    entry: Mapped[Entry] = to_one(entry_id, argument=Entry)
    account: Mapped[Account] = to_one(account_id, argument=Account)
    party: Mapped[Party | None] = to_one(party_id, argument=Party)
    invoice: Mapped[Invoice | None] = to_one(invoice_id, argument=Invoice)


class Settlement(OfCompany, Record, Base):
    """Items that settled each other on a day, with the entry over what differs; undone as one."""

    __tablename__ = "accounting_settlement"
    __title__ = "date"

    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    kind: Mapped[str] = field.choice(SETTLEMENT_KINDS, label=_("Kind"), default="manual", read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"), read_only=True)
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)
    payment_id: Mapped[int | None] = field.ref(Payment, label=_("Payment"), read_only=True)
    state: Mapped[str] = field.choice(SETTLEMENT_STATES, label=_("State"), default="done", read_only=True)
    undone_on: Mapped[datetime.date | None] = field.day(label=_("Undone on"), read_only=True)
    reason: Mapped[str | None] = field.text(200, label=_("Reason"), read_only=True)

    by_date = Indexed("date", "id")
    undone = Indexed("undone_on", where="undone_on IS NOT NULL")
    of_payment = Indexed("payment_id", where="payment_id IS NOT NULL")
    party: Mapped[Party | None] = to_one(party_id, argument=Party)
    entry: Mapped[Entry | None] = to_one(entry_id, argument=Entry)
    allocations: Mapped[list[Allocation]] = to_many("Allocation.settlement_id", back_populates="settlement")


class Allocation(Row, Base):
    """What of an item a settlement took: of the side the item is on, in its currency and in the books."""

    __tablename__ = "accounting_allocation"
    __part_of__ = "settlement_id"
    __referenced__ = False
    guards = (guards.ALLOCATION,)

    settlement_id: Mapped[int] = field.ref(Settlement, label=_("Settlement"))
    item_id: Mapped[int] = field.ref(OpenItem, label=_("Open item"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"))
    in_books: Mapped[Decimal] = field.money(label=_("In the books"))
    of_settlement = Indexed("settlement_id")
    of_item = Indexed("item_id")

    settlement: Mapped[Settlement] = to_one(settlement_id, back_populates="allocations")
    item: Mapped[OpenItem] = to_one(item_id, argument=OpenItem)


class Revaluation(OfCompany, Record, Base):
    """Open documents and bank balances in foreign currencies at the rates of a day; taken back on the next."""

    __tablename__ = "accounting_revaluation"
    __title__ = "date"

    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    difference: Mapped[Decimal] = field.money(label=_("Difference"), read_only=True)
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)
    reversal_id: Mapped[int | None] = field.ref(Entry, label=_("Reversal"), read_only=True)

    by_date = Indexed("date", "id")
    once = Indexed("company_id", "date")
    lines: Mapped[list[RevaluationLine]] = to_many("RevaluationLine.revaluation_id", back_populates="revaluation")


class RevaluationLine(Row, Base):
    """What one document, or the balance of one bank account, was worth."""

    __tablename__ = "accounting_revaluation_line"
    __part_of__ = "revaluation_id"
    __referenced__ = False

    revaluation_id: Mapped[int] = field.ref(Revaluation, label=_("Revaluation"))
    item_id: Mapped[int | None] = field.ref(OpenItem, label=_("Open item"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    currency: Mapped[str] = field.code(3, label=_("Currency"))
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Open amount"))
    in_books: Mapped[Decimal] = field.money(label=_("In the books"))
    rate: Mapped[Decimal] = field.rate(label=_("Rate"))
    worth: Mapped[Decimal] = field.money(label=_("Worth"))
    of_revaluation = Indexed("revaluation_id")

    revaluation: Mapped[Revaluation] = to_one(revaluation_id, back_populates="lines")
    account: Mapped[Account] = to_one(account_id, argument=Account)
