"""Jobs, events and deliveries as people see them. They come about by themselves and change by actions alone."""

from __future__ import annotations

from backoffice.core.events.models import Delivery, EventRow, JobRow
from backoffice.hookspecs import Permission, Resource, messages

_ = messages("backoffice")

RESOURCES = (
    Resource(
        "worker.job",
        JobRow,
        columns=("name", "state", "run_at", "done", "total", "attempts", "finished_at"),
        label=_("Job"),
        plural=_("Jobs"),
        description=_("Work done in the background: what waits, what runs and how far it is, what failed and why."),
        filters=("state", "name", "company_id"),
        operations=frozenset(),
        owner="created_by",
        badge="state",
        menu="settings",
    ),
    Resource(
        "worker.delivery",
        Delivery,
        columns=("listener", "event_id", "state", "attempts", "next_at", "error"),
        label=_("Delivery"),
        plural=_("Deliveries"),
        description=_("Events handed to listeners after the commit; those given up wait here for a decision."),
        filters=("state", "plugin", "listener"),
        operations=frozenset(),
        badge="state",
        menu="settings",
    ),
    Resource(
        "worker.event",
        EventRow,
        columns=("name", "at", "subject_table", "facts"),
        label=_("Event"),
        plural=_("Events"),
        description=_("What happened, as the plugins said it; the log is only ever added to."),
        filters=("name", "company_id", "subject_table"),
        operations=frozenset(),
        menu="settings",
    ),
)

PERMISSIONS = (
    Permission(
        "worker.read_personal",
        _("Read the personal part of events"),
        help=_("Names and addresses that an event carries apart from its facts."),
    ),
)
