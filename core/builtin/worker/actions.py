"""Start a job by hand. What is done with jobs and deliveries that exist is among the actions of the administration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.core.persistence import Session
from backoffice.hookspecs import Action, Field, messages

_ = messages("backoffice")

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
    ),
)


def start_job(session: Session, job: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask for the job called ``job``; its arguments are checked by its fields."""
    row = session.enqueue(job, arguments)
    return {"id": row.id, "state": row.state}
