"""What people do with jobs and deliveries: start, retry, cancel, discard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.core.errors import ProgrammingError
from backoffice.core.events import deliveries, jobs
from backoffice.core.events.models import Delivery, JobRow
from backoffice.core.persistence import Session
from backoffice.hookspecs import Action, Field, messages

_ = messages("backoffice")

OPEN = ("failed", "dead", "cancelled")

ACTIONS = (
    Action(
        "worker.start_job",
        "backoffice.core.builtin.worker.actions:start_job",
        label=_("Start a job"),
        help=_("It runs soon, in your name and in this company."),
        fields=(
            Field("job", "code", label=_("Job"), required=True, length=120),
            Field("arguments", "data", label=_("Arguments")),
        ),
        icon="play",
    ),
    Action(
        "worker.retry_job",
        "backoffice.core.builtin.worker.actions:retry_job",
        label=_("Run again"),
        help=_("It runs soon, with all its attempts before it."),
        resource="worker.job",
        when=("state", OPEN),
        icon="refresh",
    ),
    Action(
        "worker.cancel_job",
        "backoffice.core.builtin.worker.actions:cancel_job",
        label=_("Cancel"),
        help=_("A waiting job is cancelled at once, a running one at its next step."),
        resource="worker.job",
        when=("state", ("waiting", "failed", "running")),
        destructive=True,
        confirm=_("What the job has done so far stays as it is."),
        icon="stop",
    ),
    Action(
        "worker.retry_delivery",
        "backoffice.core.builtin.worker.actions:retry_delivery",
        label=_("Deliver again"),
        help=_("The event is handed to the listener soon, with all attempts before it."),
        resource="worker.delivery",
        when=("state", OPEN),
        icon="refresh",
    ),
    Action(
        "worker.discard_delivery",
        "backoffice.core.builtin.worker.actions:discard_delivery",
        label=_("Discard"),
        help=_("The listener never hears of this event; the event stays in the log."),
        resource="worker.delivery",
        when=("state", ("waiting", "failed", "dead")),
        destructive=True,
        confirm=_("The listener will never hear of this event."),
        icon="trash",
    ),
)


def start_job(session: Session, job: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask for the job called ``job``; its arguments are checked by its fields."""
    services: Any = session.services
    if services is None:
        raise ProgrammingError("This session was made without an office.")
    row = jobs.enqueue(session, services.registry, job, arguments)
    return {"id": row.id, "state": row.state}


def retry_job(session: Session, record: JobRow) -> dict[str, Any]:
    """Let a job run again."""
    return {"id": record.id, "state": jobs.retry_job(session, record).state}


def cancel_job(session: Session, record: JobRow) -> dict[str, Any]:
    """Cancel a job."""
    return {"id": record.id, "state": jobs.cancel_job(session, record).state}


def retry_delivery(session: Session, record: Delivery) -> dict[str, Any]:
    """Let a delivery be tried again."""
    return {"id": record.id, "state": deliveries.retry_delivery(session, record).state}


def discard_delivery(session: Session, record: Delivery) -> dict[str, Any]:
    """Give up a delivery for good."""
    return {"id": record.id, "state": deliveries.discard_delivery(session, record).state}
