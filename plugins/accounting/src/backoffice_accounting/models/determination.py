"""Which account an amount goes to, and what could not be posted yet."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, UniqueInCompany, field, to_one
from backoffice.hookspecs import messages

from .accounts import Account
from .base import Base
from .ledger import Entry

_ = messages("accounting")

PARKED_STATES = {"waiting": _("Waiting"), "posted": _("Posted"), "dismissed": _("Dismissed")}


class AccountChoice(OfCompany, Record, Base):
    """The account amounts for a purpose go to; the more it says about an amount, the more it counts."""

    __tablename__ = "accounting_account_choice"
    __remembered__ = True
    __title__ = "purpose"
    __key__ = ("purpose", "category", "tax", "party")
    __referenced__ = False

    purpose: Mapped[str] = field.code(
        40, label=_("Purpose"), search=True, help=_("Such as revenue, inventory or wages; plugins say what they use.")
    )
    category: Mapped[str] = field.code(
        80, label=_("Category"), default="", search=True, help=_("Such as a category of products. Empty, every one.")
    )
    tax: Mapped[str] = field.code(40, label=_("Tax"), default="", help=_("Code of a tax. Empty, every one."))
    party: Mapped[str] = field.code(40, label=_("Party"), default="", help=_("Code of a party. Empty, every one."))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))

    unique = UniqueInCompany("purpose", "category", "tax", "party")
    by_purpose = Indexed("purpose", "id")
    account: Mapped[Account] = to_one(account_id)


class Parked(OfCompany, Record, Base):
    """A posting a plugin asked for that could not be made yet, with the reason; nothing is lost."""

    __tablename__ = "accounting_parked"
    __title__ = "key"
    __key__ = ("source", "key", "purpose")
    __referenced__ = False

    source: Mapped[str] = field.code(64, label=_("Comes from"), read_only=True, search=True)
    key: Mapped[str] = field.code(120, label=_("Key there"), read_only=True, search=True)
    purpose: Mapped[str] = field.code(40, label=_("For"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    state: Mapped[str] = field.choice(PARKED_STATES, label=_("State"), default="waiting", read_only=True)
    reason: Mapped[str] = field.text(600, label=_("Reason"), read_only=True, default="")
    remedy: Mapped[str] = field.text(400, label=_("What to do"), read_only=True, default="")
    request: Mapped[Any] = field.data(label=_("What was asked for"), read_only=True)
    entry_id: Mapped[int | None] = field.ref(Entry, label=_("Entry"), read_only=True)
    dismissed: Mapped[str | None] = field.text(200, label=_("Why it was dismissed"), read_only=True)

    unique = UniqueInCompany("source", "key", "purpose")
    by_date = Indexed("date", "id")
    waiting = Indexed("company_id", "date", where="state = 'waiting'")
    dismissal = Must("dismissal", "(state = 'dismissed') = (dismissed IS NOT NULL)")
    entry: Mapped[Entry | None] = to_one(entry_id)
