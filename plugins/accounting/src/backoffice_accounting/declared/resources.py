"""Resources: lists, forms and records of the books."""

from __future__ import annotations

from backoffice_accounting.models import Account, Entry, FiscalYear, Journal, Period

from backoffice.hookspecs import Lines, Resource, messages

from . import books, dimensions, invoices, locks, owed, papers, paying, planned, requests, settling, statements

_ = messages("accounting")

READ_ONLY: frozenset[str] = frozenset()

ACCOUNT = Resource(
    "accounting.account",
    Account,
    label=_("Account"),
    plural=_("Chart of accounts"),
    description=_("The accounts of your company. Import a ready-made chart, or add them one by one."),
    columns=("code", "name", "type", "subtype", "parent_id", "currency", "reconcile", "active"),
    form=("code", "name", "type", "subtype", "heading", "parent_id", "currency", "reconcile", "frozen_from", "active"),
    filters=("type", "subtype", "heading", "active", "parent_id"),
    sorts=("code", "name"),
    order="code",
    menu="finance",
    before_save="backoffice_accounting.accounts:before_save",
)

JOURNAL = Resource(
    "accounting.journal",
    Journal,
    label=_("Journal"),
    plural=_("Journals"),
    description=_("The books entries are written in: sales, purchases, bank, cash, general."),
    columns=("code", "name", "kind", "account_id", "active"),
    filters=("kind", "active"),
    sorts=("code",),
    order="code",
    menu="settings",
    before_save="backoffice_accounting.journals:before_save",
)

FISCAL_YEAR = Resource(
    "accounting.fiscal_year",
    FiscalYear,
    label=_("Fiscal year"),
    plural=_("Fiscal years"),
    description=_("Years of the books. Open one before you post into it."),
    columns=("code", "start_date", "end_date", "calendar", "state"),
    filters=("state",),
    badge="state",
    sorts=("start_date",),
    order="-start_date",
    operations=READ_ONLY,
    lines=(Lines("periods", ("code", "start_date", "end_date", "kind", "state"), label=_("Periods")),),
    menu="settings",
)

PERIOD = Resource(
    "accounting.period",
    Period,
    label=_("Period"),
    plural=_("Periods"),
    description=_("The months of your fiscal years, and which are still open."),
    columns=("code", "start_date", "end_date", "kind", "state", "fiscal_year_id"),
    filters=("state", "fiscal_year_id"),
    sorts=("start_date",),
    order="-start_date",
    operations=READ_ONLY,
    badge="state",
    menu="finance",
)

ENTRY = Resource(
    "accounting.entry",
    Entry,
    label=_("Journal entry"),
    plural=_("Journal entries"),
    description=_("Everything written in the books. Posted entries never change; what is wrong is reversed."),
    columns=("number", "date", "journal_id", "description", "reference", "total", "state"),
    form=("date", "journal_id", "description", "reference"),
    filters=("state", "journal_id", "date", "period_id", "reverses_id", "source_plugin", "reference"),
    sorts=("date",),
    order="-date",
    lines=(
        Lines(
            "lines",
            (
                "account_id",
                "party_id",
                "description",
                "debit",
                "credit",
                "currency",
                "amount_currency",
                "due_date",
                "dimensions",
            ),
            label=_("Lines"),
            totals=("debit", "credit"),
        ),
    ),
    editable_when=("state", "draft"),
    currency="currency",
    badge="state",
    menu="finance",
    before_save="backoffice_accounting.actions:before_save_entry",
)

RESOURCES = [
    *invoices.RESOURCES,
    *settling.RESOURCES,
    *owed.RESOURCES,
    *paying.RESOURCES,
    ENTRY,
    ACCOUNT,
    PERIOD,
    JOURNAL,
    FISCAL_YEAR,
    *requests.RESOURCES,
    *dimensions.RESOURCES,
    *locks.RESOURCES,
    books.BOOK,
    *statements.RESOURCES,
    *planned.RESOURCES,
    *papers.RESOURCES,
]
