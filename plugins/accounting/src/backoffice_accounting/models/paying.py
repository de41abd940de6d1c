"""Runs of payments to suppliers, from the proposal to the file for the bank."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, Row, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account
from .base import Base
from .documents import Invoice, Payment

_ = messages("accounting")

RUN_STATES = {"proposed": _("Proposed"), "executed": _("Executed"), "dropped": _("Dropped")}


class PaymentRun(OfCompany, Record, Base):
    """Bills paid together from one bank account, in one currency, on one day."""

    __tablename__ = "accounting_payment_run"
    __title__ = "date"

    date: Mapped[datetime.date] = field.day(label=_("Date of execution"))
    due_until: Mapped[datetime.date] = field.day(label=_("Due until"), read_only=True)
    account_id: Mapped[int] = field.ref(Account, label=_("Bank account"))
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    debtor_iban: Mapped[str | None] = field.code(34, label=_("Our IBAN"))
    debtor_bic: Mapped[str | None] = field.code(11, label=_("Our BIC"))
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=Decimal(0))
    state: Mapped[str] = field.choice(RUN_STATES, label=_("State"), default="proposed", read_only=True)

    by_date = Indexed("date", "id")
    account: Mapped[Account] = to_one(account_id)
    lines: Mapped[list[PaymentRunLine]] = to_many("PaymentRunLine.run_id", back_populates="run")


class PaymentRunLine(Row, Base):
    """A bill that is to be paid."""

    __tablename__ = "accounting_payment_run_line"
    __part_of__ = "run_id"
    __referenced__ = False

    run_id: Mapped[int] = field.ref(PaymentRun, label=_("Payment run"))
    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Bill"))
    party_id: Mapped[int] = field.ref(Party, label=_("Supplier"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"))
    discount: Mapped[Decimal] = field.money(label=_("Discount taken"), default=Decimal(0))
    iban: Mapped[str | None] = field.code(34, label=_("Account number"), personal=True)
    bic: Mapped[str | None] = field.code(11, label=_("BIC"))
    holder: Mapped[str | None] = field.text(140, label=_("Account holder"), personal=True)
    reference: Mapped[str | None] = field.code(80, label=_("Reference"))
    payment_id: Mapped[int | None] = field.ref(Payment, label=_("Payment"), read_only=True)
    of_run = Indexed("run_id")
    of_invoice = Indexed("invoice_id")
    positive = Must("positive", "amount > 0")

    run: Mapped[PaymentRun] = to_one(run_id, back_populates="lines")
    invoice: Mapped[Invoice] = to_one(invoice_id, argument=Invoice)
    party: Mapped[Party] = to_one(party_id, argument=Party)
