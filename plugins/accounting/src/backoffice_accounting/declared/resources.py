"""Resources: lists, forms and records of the books."""

from __future__ import annotations

from backoffice_accounting.models import Account, Entry, FiscalYear, Invoice, Journal, Payment, Period

from backoffice.hookspecs import Lines, Resource, messages

from . import books, dimensions, locks, requests

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

INVOICE = Resource(
    "accounting.invoice",
    Invoice,
    label=_("Invoice"),
    plural=_("Invoices and credit notes"),
    description=_("What customers owe you. A draft gets its number when it is posted."),
    columns=("number", "date", "party_id", "kind", "reference", "due_date", "total", "open_amount", "state"),
    form=(
        "kind",
        "party_id",
        "date",
        "due_date",
        "reference",
        "currency",
        "rate",
        "journal_id",
        "account_id",
        "notes",
    ),
    filters=("state", "kind", "party_id", "date", "due_date", "currency", "reference", "source_key"),
    sorts=("date", "due_date"),
    order="-date",
    lines=(
        Lines(
            "lines",
            ("item", "description", "quantity", "unit_price", "amount", "account_id", "purpose"),
            label=_("Lines"),
            minimum=1,
            totals=("amount",),
        ),
    ),
    editable_when=("state", "draft"),
    currency="currency",
    owner="party_id",
    badge="state",
    menu="sales",
    before_save="backoffice_accounting.stored_invoices:before_save",
)

PAYMENT = Resource(
    "accounting.payment",
    Payment,
    label=_("Payment"),
    plural=_("Payments"),
    description=_("Money received for invoices. Record one from the invoice it is for."),
    columns=("date", "invoice_id", "amount", "account_id", "reference", "state"),
    filters=("state", "date", "invoice_id", "account_id"),
    sorts=("date",),
    order="-date",
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="sales",
)

RESOURCES = [
    INVOICE,
    PAYMENT,
    ENTRY,
    ACCOUNT,
    PERIOD,
    JOURNAL,
    FISCAL_YEAR,
    *requests.RESOURCES,
    *dimensions.RESOURCES,
    *locks.RESOURCES,
    books.BOOK,
]
