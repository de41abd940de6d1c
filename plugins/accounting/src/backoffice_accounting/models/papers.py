"""Papers of the cash desk: receipt and payment vouchers, and cheques received and issued."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_accounting import guards
from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account
from .base import Base
from .ledger import Entry

_ = messages("accounting")

VOUCHER_KINDS = {"receipt": _("Receipt voucher"), "payment": _("Payment voucher")}
VOUCHER_STATES = {"draft": _("Draft"), "posted": _("Posted"), "cancelled": _("Cancelled")}
DIRECTIONS = {"received": _("Received"), "issued": _("Issued")}
CHEQUE_STATES = {
    "received": _("Received"),
    "deposited": _("Deposited"),
    "cleared": _("Cleared"),
    "bounced": _("Bounced"),
    "returned": _("Given back"),
    "issued": _("Issued"),
    "presented": _("Presented"),
    "stopped": _("Stopped"),
}


class Voucher(OfCompany, Record, Base):
    """A paper that says money was received or paid, with what it was for."""

    __tablename__ = "accounting_voucher"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(VOUCHER_KINDS, label=_("Kind"), default="receipt")
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    account_id: Mapped[int] = field.ref(Account, label=_("Cash or bank account"))
    description: Mapped[str] = field.text(200, label=_("Description"), search=True, default="")
    reference: Mapped[str | None] = field.code(80, label=_("Reference"), search=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True, default="")
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=Decimal(0))
    state: Mapped[str] = field.choice(VOUCHER_STATES, label=_("State"), default="draft", read_only=True)
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)

    numbered = UniqueInCompany("kind", "number")
    complete = Must("complete", "(state = 'draft') = (number IS NULL)")
    by_date = Indexed("date", "id")
    of_party = Indexed("party_id", "id")
    party: Mapped[Party | None] = to_one(party_id, argument=Party)
    account: Mapped[Account] = to_one(account_id)
    entry: Mapped[Entry | None] = to_one(entry_id)
    lines: Mapped[list[VoucherLine]] = to_many("VoucherLine.voucher_id", back_populates="voucher")


class VoucherLine(Row, Base):
    """What of a voucher was for what."""

    __tablename__ = "accounting_voucher_line"
    __part_of__ = "voucher_id"
    __referenced__ = False
    guards = (guards.VOUCHER_LINE,)

    voucher_id: Mapped[int] = field.ref(Voucher, label=_("Voucher"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    description: Mapped[str | None] = field.text(200, label=_("Text"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"))
    dimensions: Mapped[str | None] = field.text(200, label=_("Dimensions"), help=_("Such as branch=RUH, project=17."))

    of_voucher = Indexed("voucher_id")
    voucher: Mapped[Voucher] = to_one(voucher_id, back_populates="lines")
    account: Mapped[Account] = to_one(account_id)


class Cheque(OfCompany, Record, Base):
    """A cheque received or issued, with the date written on it, and where it has got to."""

    __tablename__ = "accounting_cheque"
    __title__ = "number"

    direction: Mapped[str] = field.choice(DIRECTIONS, label=_("Direction"), read_only=True)
    number: Mapped[str] = field.code(40, label=_("Number"), search=True, read_only=True)
    bank: Mapped[str | None] = field.text(120, label=_("Drawn on"), read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Party"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    due_date: Mapped[datetime.date] = field.day(label=_("Date on the cheque"), read_only=True)
    amount: Mapped[Decimal] = field.money(label=_("Amount"), read_only=True)
    account_id: Mapped[int | None] = field.ref(Account, label=_("Bank account"), read_only=True)
    match_key: Mapped[str | None] = field.code(120, label=_("Settled with"), read_only=True)
    state: Mapped[str] = field.choice(CHEQUE_STATES, label=_("State"), read_only=True)

    unique = UniqueInCompany("direction", "party_id", "bank", "number")
    by_due = Indexed("due_date", "id")
    by_state = Indexed("state", "due_date")
    positive = Must("positive", "amount > 0")
    party: Mapped[Party] = to_one(party_id, argument=Party)
    account: Mapped[Account | None] = to_one(account_id)
    steps: Mapped[list[ChequeStep]] = to_many("ChequeStep.cheque_id", back_populates="cheque")


class ChequeStep(Row, Base):
    """A step a cheque took, with its entry."""

    __tablename__ = "accounting_cheque_step"
    __part_of__ = "cheque_id"
    __referenced__ = False

    cheque_id: Mapped[int] = field.ref(Cheque, label=_("Cheque"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    state: Mapped[str] = field.choice(CHEQUE_STATES, label=_("State"))
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"))
    reason: Mapped[str | None] = field.text(200, label=_("Reason"))

    of_cheque = Indexed("cheque_id", "id")
    cheque: Mapped[Cheque] = to_one(cheque_id, back_populates="steps")
    entry: Mapped[Entry | None] = to_one(entry_id)


def _fixed(model: type, *free: str) -> tuple[str, ...]:
    own = {"state", "version", "updated_at", "search_key", *free}
    return tuple(column.name for column in model.__table__.columns if column.name not in own)  # type: ignore[attr-defined]


Voucher.guards = (
    guards.record_fixed(
        "accounting_voucher_posted",
        "accounting_voucher",
        _fixed(Voucher),
        "{row}.state <> 'draft'",
        guards.VOUCHER_FIXED,
        keys=(("organization_id", "company_id", "kind", "number"),),
        begins=(guards.VOUCHER_DRAFT, "NEW.state <> 'draft' OR NEW.number IS NOT NULL"),
    ),
)
Cheque.guards = (
    guards.record_fixed(
        "accounting_cheque_kept",
        "accounting_cheque",
        _fixed(Cheque, "account_id"),
        "{row}.state <> ''",
        guards.CHEQUE_FIXED,
        keys=(),
        begins=(guards.CHEQUE_FIXED, "NEW.state NOT IN ('received', 'issued')"),
    ),
)
