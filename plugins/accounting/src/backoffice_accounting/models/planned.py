"""What is planned ahead: entries that recur, budgets; and drafts posted together."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .accounts import Account, Journal
from .base import Base
from .ledger import Entry
from .years import FiscalYear, Period

_ = messages("accounting")

BATCH_STATES = {"open": _("Open"), "posted": _("Posted")}
BUDGET_STATES = {"draft": _("Draft"), "approved": _("Approved")}


class Recurring(OfCompany, Record, Base):
    """An entry that is posted again and again, such as rent; or an accrual that is taken back next month."""

    __tablename__ = "accounting_recurring"
    __title__ = "code"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True)
    description: Mapped[str] = field.text(200, label=_("Description"), search=True)
    journal_id: Mapped[int] = field.ref(Journal, label=_("Journal"))
    next_on: Mapped[datetime.date] = field.day(label=_("Next on"))
    last_on: Mapped[datetime.date | None] = field.day(label=_("Until"), help=_("Empty, without end."))
    every: Mapped[int] = field.integer(label=_("Every so many months"), default=1, minimum=1, maximum=120)
    month_end: Mapped[bool] = field.yes_no(label=_("On the last day of the month"))
    reversed_next: Mapped[bool] = field.yes_no(
        label=_("Taken back on the next day"), help=_("An accrual: reversed on the first day of the next period.")
    )
    posted: Mapped[int] = field.integer(label=_("Times posted"), default=0, read_only=True)
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    due = Indexed("company_id", "next_on", where="active")
    often = Must("often", "every > 0")
    journal: Mapped[Journal] = to_one(journal_id)
    lines: Mapped[list[RecurringLine]] = to_many("RecurringLine.recurring_id", back_populates="recurring")


class RecurringLine(Row, Base):
    """A line of an entry that recurs."""

    __tablename__ = "accounting_recurring_line"
    __part_of__ = "recurring_id"
    __referenced__ = False

    recurring_id: Mapped[int] = field.ref(Recurring, label=_("Recurring entry"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    party_id: Mapped[int | None] = field.ref(Party, label=_("Party"))
    description: Mapped[str | None] = field.text(200, label=_("Text"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"), help=_("Debit above zero, credit below."))
    dimensions: Mapped[str | None] = field.text(200, label=_("Dimensions"), help=_("Such as branch=RUH, project=17."))

    of_recurring = Indexed("recurring_id")
    recurring: Mapped[Recurring] = to_one(recurring_id, back_populates="lines")
    account: Mapped[Account] = to_one(account_id)
    party: Mapped[Party | None] = to_one(party_id, argument=Party)


class Batch(OfCompany, Record, Base):
    """Drafts that are posted together or not at all, when their number and total are what was expected."""

    __tablename__ = "accounting_batch"
    __title__ = "code"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True)
    description: Mapped[str] = field.text(200, label=_("Description"), default="")
    expected_count: Mapped[int] = field.integer(label=_("Entries expected"), minimum=1)
    expected_total: Mapped[Decimal] = field.money(label=_("Total expected"))
    state: Mapped[str] = field.choice(BATCH_STATES, label=_("State"), default="open", read_only=True)

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    members: Mapped[list[BatchEntry]] = to_many("BatchEntry.batch_id", back_populates="batch")


class BatchEntry(Row, Base):
    """A draft in a batch."""

    __tablename__ = "accounting_batch_entry"
    __part_of__ = "batch_id"
    __referenced__ = False

    batch_id: Mapped[int] = field.ref(Batch, label=_("Batch"))
    entry_id: Mapped[int] = field.ref(Entry, label=_("Entry"))

    of_batch = Indexed("batch_id")
    unique_entry = Indexed("entry_id")
    batch: Mapped[Batch] = to_one(batch_id, back_populates="members")
    entry: Mapped[Entry] = to_one(entry_id)


class Budget(OfCompany, Record, Base):
    """What a company means to earn and spend in a year."""

    __tablename__ = "accounting_budget"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(40, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(160, label=_("Name"), search=True)
    fiscal_year_id: Mapped[int] = field.ref(FiscalYear, label=_("Fiscal year"))
    state: Mapped[str] = field.choice(BUDGET_STATES, label=_("State"), default="draft", read_only=True)

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    fiscal_year: Mapped[FiscalYear] = to_one(fiscal_year_id)
    lines: Mapped[list[BudgetLine]] = to_many("BudgetLine.budget_id", back_populates="budget")


class BudgetLine(Row, Base):
    """An amount for an account, in one period or spread over the year; income and expense are both above zero."""

    __tablename__ = "accounting_budget_line"
    __part_of__ = "budget_id"
    __referenced__ = False

    budget_id: Mapped[int] = field.ref(Budget, label=_("Budget"))
    account_id: Mapped[int] = field.ref(Account, label=_("Account"))
    period_id: Mapped[int | None] = field.ref(Period, label=_("Period"), help=_("Empty, spread over the year."))
    value_id: Mapped[int | None] = field.ref("accounting_dimension_value", label=_("Dimension"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"), help=_("Income and expense are both above zero."))

    of_budget = Indexed("budget_id", "account_id")
    budget: Mapped[Budget] = to_one(budget_id, back_populates="lines")
    account: Mapped[Account] = to_one(account_id)
    period: Mapped[Period | None] = to_one(period_id)
