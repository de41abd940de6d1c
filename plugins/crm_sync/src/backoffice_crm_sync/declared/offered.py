"""Jobs, listeners, reports, events and roles."""

from __future__ import annotations

from datetime import timedelta

from backoffice_crm_sync.models import RUN_KINDS, WHAT

from backoffice.hookspecs import Event, Field, Job, On, Report, Role, messages

_ = messages("crm_sync")

JOBS = [
    Job(
        "crm_sync.sync",
        "backoffice_crm_sync.syncing:sync",
        label=_("Keep records alike with another system"),
        fields=(
            Field("backend", "integer", label=_("Backend"), required=True),
            Field("kind", "choice", choices=RUN_KINDS, label=_("Kind"), default="changes"),
        ),
        attempts=2,
        timeout=timedelta(hours=2),
    ),
    Job(
        "crm_sync.sync_due",
        "backoffice_crm_sync.syncing:sync_due",
        label=_("Ask for the runs of sync that are due"),
        every=timedelta(minutes=10),
    ),
]

LISTENERS = [
    On("parties.party_changed", "backoffice_crm_sync.syncing:party_changed", later=True, name="crm_sync.party_changed")
]

REPORTS = [
    Report(
        "crm_sync.status",
        "backoffice_crm_sync.reports:status",
        label=_("State of sync"),
        description=_("For each system how many records are linked, disagree, failed or wait."),
        menu="people",
    )
]

EVENTS = [
    Event(
        "crm_sync.party_synced",
        label=_("Party kept alike"),
        fields=(
            Field("backend", "code", label=_("Backend"), required=True),
            Field("what", "choice", choices=WHAT, label=_("What happened"), required=True),
        ),
    )
]

ROLES = [
    Role("crm_sync.keeper", _("Keeper of sync"), ("crm_sync.*",), help=_("Sets systems up, decides and takes back.")),
    Role(
        "crm_sync.clerk",
        _("Clerk of sync"),
        ("crm_sync.*.read", "crm_sync.status", "crm_sync.decide", "crm_sync.sync_now"),
        help=_("Decides what both sides changed, and asks for runs."),
    ),
]
