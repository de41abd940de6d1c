"""Books of other programs: what was imported, how to import and to export, and the job for long ones."""

from __future__ import annotations

from datetime import timedelta

from backoffice_accounting.kinds import ACCOUNT_TYPES
from backoffice_accounting.models import BOOK_FORMATS, ImportedBook

from backoffice.hookspecs import Action, Field, Job, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.books.actions"

BOOK = Resource(
    "accounting.book",
    ImportedBook,
    label=_("Imported book"),
    plural=_("Imported books"),
    description=_("Files of ledger, hledger, Beancount, GnuCash and spreadsheets whose entries were posted here."),
    columns=("filename", "format", "state", "entries", "done"),
    filters=("format", "state"),
    operations=frozenset(),
    badge="state",
    menu="settings",
)

_MEANING = (
    Field("format", "choice", choices=BOOK_FORMATS, label=_("Format"), help=_("Left empty, it is recognised.")),
    Field("dry_run", "boolean", label=_("Try only"), help=_("Reads and checks everything and posts nothing.")),
    Field("open_years", "boolean", label=_("Open the fiscal years that are missing")),
    Field(
        "year_begins", "integer", label=_("They begin in month"), minimum=1, maximum=12,
        help=_("Left empty, as the years there are, else in January."),
    ),
    Field(
        "journal", "code", label=_("Journal"), length=16,
        help=_("The code of the one for entries that name none; left empty, the first general journal."),
    ),
    Field(
        "other_type", "choice", choices=ACCOUNT_TYPES, label=_("Type of other accounts"),
        help=_("For accounts whose type neither the file nor their name tells."),
    ),
    Field("types", "long_text", label=_("Types of accounts"), help=_("One a line: Clubhouse=asset")),
    Field("accounts", "long_text", label=_("Accounts here"), help=_("One a line: Assets:Bank=1200")),
    Field("commodities", "long_text", label=_("Symbols"), help=_("What they mean here, one a line: $=CAD")),
    Field(
        "values", "long_text", label=_("Worth of one"),
        help=_("In the books' currency, where neither the file nor the office has a rate, one a line: EUR=1.08"),
    ),
    Field(
        "assertions", "choice", label=_("Balances that are not so"), default="refuse",
        choices={"refuse": _("Refuse the book"), "warn": _("Warn"), "ignore": _("Do not look")},
    ),
    Field(
        "automatic", "choice", label=_("Automatic transactions"),
        choices={"yes": _("Apply them"), "no": _("Leave them out")},
        help=_("Left empty, as the program the file is of does."),
    ),
    Field(
        "virtual", "choice", label=_("Virtual postings without a counterpart"), default="balance",
        choices={"balance": _("Book a counterpart"), "leave": _("Leave them out")},
    ),
    Field(
        "virtual_account", "text", label=_("Account of such counterparts"), length=200,
        help=_("Left empty, Equity:Virtual."),
    ),
    Field(
        "decimal_mark", "choice", label=_("Decimal mark"), choices={".": _("Point"), ",": _("Comma")},
        help=_("Where the file does not tell."),
    ),
)  # fmt: skip

ACTIONS = [
    Action(
        "accounting.import_books",
        f"{HERE}:import_books",
        label=_("Import books"),
        help=_("Posts the entries of a ledger or hledger journal, a Beancount or GnuCash file, or CSV."),
        fields=(Field("file", "file", label=_("File"), required=True), *_MEANING),
        icon="upload",
    ),
    Action(
        "accounting.export_books",
        f"{HERE}:export_books",
        label=_("Export the books"),
        help=_("Writes accounts, entries, rates and balances as another program reads them."),
        fields=(
            Field(
                "format",
                "choice",
                choices={name: label for name, label in BOOK_FORMATS.items() if name != "gnucash"},
                label=_("Format"),
                required=True,
                default="hledger",
            ),
            Field("since", "date", label=_("From"), help=_("What was before is brought forward in one entry.")),
            Field("until", "date", label=_("Until")),
        ),
        icon="download",
    ),
]

JOBS = (
    Job(
        "accounting.load_book",
        f"{HERE}:load_book",
        label=_("Import of books"),
        fields=(
            Field("book", "integer", label=_("Imported book"), required=True),
            Field("order", "data", label=_("How it is meant")),
        ),
        attempts=3,
        timeout=timedelta(hours=4),
    ),
)
