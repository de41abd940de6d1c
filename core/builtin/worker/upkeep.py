"""What the worker does for itself: put away jobs that ended long ago, and say when something waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa

from backoffice.core.events.jobs import FINISHED
from backoffice.core.events.models import Delivery, JobRow
from backoffice.core.events.running import JobRun
from backoffice.core.office import Backoffice, Desk
from backoffice.core.office.desk import DO_LATER
from backoffice.hookspecs import Check, Field, Job, messages

_ = messages("backoffice")

Finding = tuple[Literal["ok", "warning", "error"], str]

KEPT: Final = timedelta(days=30)
"""How long jobs that ended are kept; a scheduled one at least for two of its slots, whose key it holds."""
LATE: Final = timedelta(minutes=15)
"""How long something may be due before a worker seems to be missing."""
CHUNK: Final = 1000

JOBS = (
    Job(
        "worker.put_away",
        "backoffice.core.builtin.worker.upkeep:put_away",
        label=_("Put away jobs that ended long ago"),
        every=timedelta(days=1),
        scope="system",
    ),
    Job(
        DO_LATER,
        "backoffice.core.builtin.worker.upkeep:do",
        label=_("Do an action"),
        fields=(
            Field("verb", "code", label=_("Action"), required=True, length=120),
            Field("arguments", "data", label=_("Arguments"), required=True),
        ),
        timeout=timedelta(hours=4),
    ),
)


def do(job: JobRun, verb: str, arguments: Mapping[str, Any]) -> Any:
    """Do ``verb`` in the name of whoever asked for it, once, however often the job is tried."""
    desk: Desk = job.office
    job.progress(0, 1, desk.verb(verb).label)
    answer = desk.execute(verb, arguments, key=f"{DO_LATER}:{job.id}")
    job.progress(1, 1)
    return answer


def put_away(job: JobRun) -> dict[str, int]:
    """Delete jobs that were done or cancelled long ago; what failed for good stays until someone has decided."""
    declared: Sequence[Job] = list(job.declared.values())
    removed = 0
    for step, one in enumerate(declared):
        job.progress(step, len(declared), one.label or one.name)
        while some := _delete_some(job, one):
            removed += some
    job.progress(len(declared), len(declared))
    return {"removed": removed}


def _delete_some(job: JobRun, declared: Job) -> int:
    kept = max(KEPT, 2 * (declared.every or timedelta()))
    with job.everywhere() as session:
        ended = sa.select(JobRow.id).where(
            JobRow.name == declared.name,
            JobRow.state.in_([state for state in FINISHED if state != "dead"]),
            JobRow.finished_at < session.context.now() - kept,
        )
        ids = list(session.scalars(ended.limit(CHUNK)))
        session.execute(sa.delete(JobRow).where(JobRow.id.in_(ids)))
        session.commit()
        return len(ids)


def checks(office: Backoffice) -> list[Check]:
    """Return the checks of the worker for ``backoffice doctor`` and the console."""
    return [
        Check("worker.given_up", _asking(office, _given_up), _("Work that was given up")),
        Check("worker.behind", _asking(office, _behind), _("Work that is waiting")),
    ]


def _asking(office: Backoffice, question: Callable[[Backoffice, Any], Finding]) -> Callable[[], Finding]:
    def ask() -> Finding:
        with office.database.looking() as session:
            return question(office, session)

    return ask


def _given_up(office: Backoffice, session: Any) -> Finding:
    dead = [session.scalar(sa.select(sa.func.count()).where(model.state == "dead")) for model in (JobRow, Delivery)]
    if not any(dead):
        return "ok", _("Nothing was given up.")
    said = _("{jobs} jobs and {deliveries} deliveries were given up. Look at them and retry or discard each.")
    return "warning", said.with_values(jobs=dead[0], deliveries=dead[1])


def _behind(office: Backoffice, session: Any) -> Finding:
    before = office.clock.now() - LATE
    late = session.scalar(
        sa.select(sa.func.count()).where(JobRow.state.in_(("waiting", "failed")), JobRow.run_at < before)
    ) + session.scalar(
        sa.select(sa.func.count()).where(Delivery.state.in_(("waiting", "failed")), Delivery.next_at < before)
    )
    if not late:
        return "ok", _("Nothing has been waiting for long.")
    minutes = LATE // timedelta(minutes=1)
    return "warning", _(
        "{count} piece of work has been due for more than {minutes} minutes. Is a worker running?"
    ).counted(
        "{count} pieces of work have been due for more than {minutes} minutes. Is a worker running?",
        late,
        minutes=minutes,
    )
