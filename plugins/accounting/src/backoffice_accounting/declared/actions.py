"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice_accounting.models import CALENDARS, Journal

from backoffice.hookspecs import Action, Field, messages

from . import books, closing, invoices, locks, owed, papers, paying, planned, requests, settling, statements
from .lines import ENTRY_LINES

_ = messages("accounting")

HERE = "backoffice_accounting.actions"

REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)

ENTRIES = [
    Action(
        "accounting.post_entry",
        f"{HERE}:post_entry",
        many=f"{HERE}:post_entries",
        label=_("Post an entry"),
        help=_("Writes a journal entry into the books for good."),
        fields=(
            Field("date", "date", label=_("Date"), required=True),
            Field("journal_id", "ref", target=Journal, label=_("Journal"), required=True),
            Field("description", "text", label=_("Description"), length=200),
            Field("reference", "code", label=_("Reference"), length=80),
            Field(
                "adjustment",
                "boolean",
                label=_("In the period of adjustments"),
                default=False,
            ),
            Field("lines", "data", many=True, fields=ENTRY_LINES, label=_("Lines"), required=True),
        ),
        icon="check",
    ),
    Action(
        "accounting.post_draft",
        f"{HERE}:post_draft",
        label=_("Post the entry"),
        help=_("Writes the draft into the books for good."),
        resource="accounting.entry",
        when=("state", ("draft",)),
        confirm=_("A posted entry cannot be changed any more, only reversed."),
        icon="check",
    ),
    Action(
        "accounting.reverse_entry",
        f"{HERE}:reverse_entry",
        label=_("Reverse the entry"),
        help=_("Posts an entry with the same lines on the other side. The entry itself stays as it is."),
        resource="accounting.entry",
        when=("state", ("posted",)),
        fields=(
            REASON,
            Field(
                "date",
                "date",
                label=_("Date"),
                help=_("Left empty, the date of the entry while its period is open, else today."),
            ),
        ),
        icon="undo",
    ),
]

YEARS = [
    Action(
        "accounting.open_year",
        f"{HERE}:open_year",
        label=_("Open a fiscal year"),
        help=_("Makes the year with its periods."),
        fields=(
            Field("start", "date", label=_("From"), required=True),
            Field("end", "date", label=_("Until"), help=_("Left empty, twelve months.")),
            Field("code", "code", label=_("Code"), length=12, help=_("Left empty, the year it begins in.")),
            Field("calendar", "choice", choices=CALENDARS, label=_("Calendar"), default="gregorian"),
            Field("each", "integer", label=_("Months in a period"), default=1, minimum=1, maximum=12),
            Field(
                "adjustments",
                "boolean",
                label=_("Period of adjustments"),
                help=_("A thirteenth period on the last day, for entries that correct the year."),
                default=False,
            ),
        ),
    ),
    Action(
        "accounting.close_period",
        f"{HERE}:close_period",
        label=_("Close the period"),
        help=_("Nothing can be posted there any more until it is opened again."),
        resource="accounting.period",
        when=("state", ("open",)),
    ),
    Action(
        "accounting.reopen_period",
        f"{HERE}:reopen_period",
        label=_("Open again"),
        resource="accounting.period",
        when=("state", ("closed",)),
        fields=(REASON,),
    ),
    Action(
        "accounting.lock_period",
        f"{HERE}:lock_period",
        label=_("Lock for good"),
        resource="accounting.period",
        when=("state", ("closed",)),
        destructive=True,
        confirm=_("A locked period is never opened again."),
    ),
]

CHART = [
    Action(
        "accounting.import_chart",
        f"{HERE}:import_chart",
        label=_("Import a chart of accounts"),
        help=_("Reads CSV with the columns code, name (or name_en and name_ar), type and parent_code."),
        fields=(
            Field("chart", "long_text", label=_("CSV"), required=True),
            Field(
                "numbering",
                "boolean",
                label=_("Number accounts without a code"),
                default=True,
            ),
        ),
    ),
    Action(
        "accounting.rebuild_balances",
        f"{HERE}:rebuild_balances",
        label=_("Rebuild the balances"),
        help=_("Adds up every account and period anew from the posted lines."),
    ),
    Action(
        "accounting.verify_balances",
        f"{HERE}:verify_balances",
        label=_("Check the balances"),
        help=_("Compares the stored balances with the posted lines and changes nothing."),
    ),
]

ACTIONS = [
    *invoices.ACTIONS,
    *ENTRIES,
    *settling.ACTIONS,
    *owed.ACTIONS,
    *paying.ACTIONS,
    *YEARS,
    *CHART,
    *requests.ACTIONS,
    *locks.ACTIONS,
    *closing.ACTIONS,
    *books.ACTIONS,
    *statements.ACTIONS,
    *planned.ACTIONS,
    *papers.ACTIONS,
]
