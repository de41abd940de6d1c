"""Closing years, and what is left to do before a period is closed."""

from __future__ import annotations

from backoffice_accounting.models import Account, Journal, Period

from backoffice.hookspecs import Action, Event, Field, Report, messages

_ = messages("accounting")

HERE = "backoffice_accounting.closing_actions"

ACTIONS = [
    Action(
        "accounting.close_year",
        f"{HERE}:close_year",
        label=_("Close the year"),
        help=_("Posts income and expense into retained earnings and keeps what every account stood at."),
        resource="accounting.fiscal_year",
        when=("state", ("open",)),
        fields=(
            Field(
                "account_id",
                "ref",
                target=Account,
                label=_("Retained earnings"),
                help=_("Left empty, the account chosen for them."),
            ),
            Field("journal_id", "ref", target=Journal, label=_("Journal"), help=_("Left empty, the general one.")),
        ),
        confirm=_("All periods of the year must be closed."),
        icon="check",
    ),
    Action(
        "accounting.reopen_year",
        f"{HERE}:reopen_year",
        label=_("Open the year again"),
        help=_("Reverses the closing entry. Who did it and why stays in the log."),
        resource="accounting.fiscal_year",
        when=("state", ("closed",)),
        fields=(Field("reason", "text", label=_("Reason"), length=200, required=True),),
        destructive=True,
        icon="undo",
    ),
]

REPORTS = [
    Report(
        "accounting.closing_checklist",
        "backoffice_accounting.checklist:closing_checklist",
        label=_("Before closing a period"),
        description=_("What is left to do before a period is closed: drafts, parked postings, and what plugins add."),
        fields=(Field("period_id", "ref", target=Period, label=_("Period"), required=True),),
    )
]

EVENTS = [
    Event(
        "accounting.year_moved",
        label=_("Year closed or opened again"),
        fields=(
            Field("state", "code", label=_("State"), required=True),
            Field("reason", "text", label=_("Reason"), default=""),
            Field("entry", "integer", label=_("Entry")),
        ),
    )
]
