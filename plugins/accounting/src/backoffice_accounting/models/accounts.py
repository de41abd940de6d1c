"""The chart of accounts and the journals."""

from __future__ import annotations

import datetime

from backoffice_accounting.kinds import ACCOUNT_TYPES, JOURNAL_KINDS, SUBTYPES
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, UniqueInCompany, field, to_one
from backoffice.hookspecs import messages

from .base import Base

_ = messages("accounting")


class Account(OfCompany, Record, Base):
    """An account of the chart; headings group others and are never posted to."""

    __tablename__ = "accounting_account"
    __remembered__ = True
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
    frozen_from: Mapped[datetime.date | None] = field.day(
        label=_("Frozen from"), help=_("Nothing dated on or after this day is posted to it.")
    )

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    by_name = Indexed("name", "id")
    frozen = Indexed("frozen_from", where="frozen_from IS NOT NULL")
    typed = Must("typed", "heading OR type IS NOT NULL")

    parent: Mapped[Account | None] = to_one(parent_id, remote_side="Account.id")


class Journal(OfCompany, Record, Base):
    """A book entries are written in, with numbers of its own."""

    __tablename__ = "accounting_journal"
    __remembered__ = True
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
