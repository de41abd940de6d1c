"""Reminders of what is overdue: their levels, and the letters."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .base import Base
from .documents import Invoice
from .ledger import Entry

_ = messages("accounting")

REMINDER_STATES = {"draft": _("Proposed"), "sent": _("Sent"), "dropped": _("Dropped")}


class ReminderLevel(OfCompany, Record, Base):
    """A step of reminding: after so many days, in these words, with a fee and interest."""

    __tablename__ = "accounting_reminder_level"
    __title__ = "name"
    __key__ = ("level",)

    level: Mapped[int] = field.integer(label=_("Level"), minimum=1, maximum=9)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    days: Mapped[int] = field.integer(label=_("Days overdue"), minimum=0, maximum=3660)
    text: Mapped[str] = field.translated(1000, label=_("Text"), default="", help=_("Stands above the list."))
    fee: Mapped[Decimal] = field.money(label=_("Fee"), default=Decimal(0), minimum=0)
    interest: Mapped[Decimal] = field.percent(
        label=_("Interest a year, %"), default=Decimal(0), minimum=Decimal(0), maximum=Decimal(100)
    )
    unique = UniqueInCompany("level")


class Reminder(OfCompany, Record, Base):
    """A letter to a customer about what is overdue in one currency."""

    __tablename__ = "accounting_reminder"
    __title__ = "date"

    party_id: Mapped[int] = field.ref(Party, label=_("Customer"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    level_id: Mapped[int] = field.ref(ReminderLevel, label=_("Level"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    overdue: Mapped[Decimal] = field.money(currency="currency", label=_("Overdue"), read_only=True)
    fee: Mapped[Decimal] = field.money(currency="currency", label=_("Fee"), read_only=True, default=Decimal(0))
    interest: Mapped[Decimal] = field.money(
        currency="currency", label=_("Interest"), read_only=True, default=Decimal(0)
    )
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)
    state: Mapped[str] = field.choice(REMINDER_STATES, label=_("State"), default="draft", read_only=True)

    by_date = Indexed("date", "id")
    of_party = Indexed("party_id", "id")
    party: Mapped[Party] = to_one(party_id, argument=Party)
    level: Mapped[ReminderLevel] = to_one(level_id)
    lines: Mapped[list[ReminderLine]] = to_many("ReminderLine.reminder_id", back_populates="reminder")

    @property
    def total(self) -> Decimal:
        """What is asked for: overdue, fee and interest."""
        return self.overdue + self.fee + self.interest


class ReminderLine(Row, Base):
    """A document a reminder is about."""

    __tablename__ = "accounting_reminder_line"
    __part_of__ = "reminder_id"
    __referenced__ = False

    reminder_id: Mapped[int] = field.ref(Reminder, label=_("Reminder"))
    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Invoice"))
    due_date: Mapped[datetime.date] = field.day(label=_("Due"))
    days: Mapped[int] = field.integer(label=_("Days overdue"))
    amount: Mapped[Decimal] = field.money(label=_("Open amount"))
    interest: Mapped[Decimal] = field.money(label=_("Interest"), default=Decimal(0))
    of_reminder = Indexed("reminder_id")
    of_invoice = Indexed("invoice_id")

    reminder: Mapped[Reminder] = to_one(reminder_id, back_populates="lines")
    invoice: Mapped[Invoice] = to_one(invoice_id, argument=Invoice)
