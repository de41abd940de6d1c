"""Which account an amount goes to, and the work list of what could not be posted."""

from __future__ import annotations

from datetime import timedelta

from backoffice_accounting.models import AccountChoice, Parked

from backoffice.hookspecs import Action, Event, Field, Job, On, Report, Resource, messages

_ = messages("accounting")

HERE = "backoffice_accounting.asked.actions"

RESOURCES = [
    Resource(
        "accounting.account_choice",
        AccountChoice,
        label=_("Account choice"),
        plural=_("Account choices"),
        description=_("Which account amounts go to by what they are for. What says more about an amount counts first."),
        columns=("purpose", "category", "tax", "party", "account_id"),
        form=("purpose", "category", "tax", "party", "account_id"),
        filters=("purpose", "account_id"),
        sorts=("purpose",),
        order="purpose",
        menu="settings",
        before_save=f"{HERE}:before_save_choice",
    ),
    Resource(
        "accounting.parked",
        Parked,
        label=_("Parked posting"),
        plural=_("Parked postings"),
        description=_("What other plugins asked to post and could not be posted yet, with the reason."),
        columns=("date", "source", "key", "purpose", "reason", "remedy", "state"),
        filters=("state", "source", "date"),
        sorts=("date",),
        order="-date",
        operations=frozenset(),
        badge="state",
        menu="finance",
    ),
]

ACTIONS = [
    Action(
        "accounting.retry_parked",
        f"{HERE}:retry_parked",
        label=_("Try again"),
        help=_("Posts it if what was missing is there now."),
        resource="accounting.parked",
        when=("state", ("waiting",)),
        fields=(Field("date", "date", label=_("Date"), help=_("Left empty, the date that was asked for.")),),
        icon="undo",
    ),
    Action(
        "accounting.retry_all_parked",
        f"{HERE}:retry_all_parked",
        label=_("Try all parked postings again"),
        help=_("Posts everything on the work list that can be posted now."),
    ),
    Action(
        "accounting.dismiss_parked",
        f"{HERE}:dismiss_parked",
        label=_("Dismiss"),
        help=_("Takes it off the work list for good; nothing is posted for it."),
        resource="accounting.parked",
        when=("state", ("waiting",)),
        fields=(Field("reason", "text", label=_("Reason"), length=200, required=True),),
        destructive=True,
        confirm=_("It will never be posted."),
    ),
]

REPORTS = [
    Report(
        "accounting.account_choices",
        "backoffice_accounting.asked.report:account_choices",
        label=_("Accounts of purposes"),
        description=_("Which account every purpose goes to, by what it was chosen, and what is missing."),
        fields=(Field("missing", "boolean", label=_("Only what is missing"), default=False),),
    )
]

_WHAT = (
    Field("source", "code", label=_("Comes from"), required=True),
    Field("key", "code", label=_("Key there"), required=True),
    Field("purpose", "code", label=_("For"), required=True),
)

EVENTS = [
    Event("accounting.posting_parked", label=_("Posting put on the work list"), fields=_WHAT),
    Event("accounting.posting_dismissed", label=_("Posting dismissed from the work list"), fields=_WHAT),
]

LISTENERS = [
    On("core.posting_requested", "backoffice_accounting.asked.booking:listen", name="book_request"),
    On("core.invoice_requested", "backoffice_accounting.asked.documents:listen", name="issue_request"),
]

JOBS = [
    Job("accounting.retry_parked", f"{HERE}:retry_job", label=_("Try parked postings again"), every=timedelta(hours=1))
]
