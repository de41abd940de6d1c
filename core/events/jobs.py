"""Jobs in the database: asked for in the business transaction, taken up by one worker at a time, tried again, ended.

What a job itself does while it runs is in :mod:`.running`. A worker that dies leaves its job with a heartbeat that
grows old; after :data:`LOST_AFTER` another takes it over. So a job may run twice: its steps can be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.core.errors import Conflict, InvalidInput, NotFound
from backoffice.core.persistence import Session, SystemSession
from backoffice.hookspecs import Job, messages

from . import facts as json
from .declared import Registry
from .host import NEVER_SO_LONG, PENDING, Host, everywhere, peek, wait_after
from .models import JobRow
from .notices import notify

_ = messages("backoffice")
log = structlog.get_logger("backoffice.jobs")

LOST_AFTER: Final = timedelta(seconds=90)
"""How old the last sign of life may be before a job's worker counts as lost."""

FINISHED: Final = ("done", "dead", "cancelled")


@dataclass(frozen=True, slots=True)
class Claim:
    """A job this worker has taken up; ``attempt`` tells it from a later taker of the same job."""

    id: int
    name: str
    arguments: Mapping[str, Any]
    organization_id: int
    company_id: int | None
    user_id: int | None
    attempt: int
    most_attempts: int
    worker: str
    started_at: datetime

    def mine(self) -> tuple[Any, ...]:
        """Return the conditions that hold as long as no other worker has taken the job over."""
        return (
            JobRow.id == self.id,
            JobRow.state == "running",
            JobRow.worker == self.worker,
            JobRow.attempts == self.attempt,
        )


# -- asking ----------------------------------------------------------------------------------------------------------


def enqueue(
    session: Session,
    registry: Registry,
    name: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    attempts: int | None = None,
    by_program: bool = False,
) -> JobRow:
    """Ask for the job ``name`` in this transaction; it runs once that is committed.

    Args:
        session: the transaction; the job works for its organisation and company, in the name of its actor.
        registry: the declarations of the active plugins.
        name: a declared job.
        arguments: what its fields say; decimals, dates, instants and records may be given as they are.
        key: asked for again under the same key, the first job is returned and none is added.
        run_at: not before this instant; by default at once.
        attempts: how often it is tried; by default what the job declares.
        by_program: it works in nobody's name, and nobody is told of its end.

    Returns:
        The job, new or already known under ``key``.

    Raises:
        NotFound: no active plugin declares it.
        InvalidInput: an argument is unknown, missing or does not fit.
    """
    job = registry.jobs.get(name)
    if job is None:
        raise NotFound(
            _("There is no job {name}.").with_values(name=name), remedy=_("See what is installed: `backoffice list`.")
        )
    values = {
        **_values(job, arguments or {}, session.now()),
        "organization_id": session.organization_id,
        "company_id": session.company_id if job.scope == "company" else None,
        "created_by": None if by_program else session.context.actor_id,
        "key": key,
    }
    values["run_at"] = run_at or values["run_at"]
    values["most_attempts"] = attempts or job.attempts
    added = session.scalars(_insert(session, values).returning(JobRow)).one_or_none()
    return added if added is not None else session.scalars(sa.select(JobRow).where(JobRow.key == key)).one()


def enqueue_once(session: SystemSession, job: Job, *, organization_id: int, company_id: int | None, key: str) -> bool:
    """Ask for ``job`` on behalf of the program itself, for its schedule; false when ``key`` was used before."""
    values = {
        **_values(job, {}, session.now()),
        "organization_id": organization_id,
        "company_id": company_id,
        "created_by": None,
        "key": key,
    }
    return session.scalars(_insert(session, values).returning(JobRow.id)).one_or_none() is not None


def _values(job: Job, arguments: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    try:
        written = json.write(job.fields, arguments)
    except InvalidInput as error:
        raise InvalidInput(
            _("The job {name} cannot be started with this.").with_values(name=job.label or job.name),
            fields=error.fields,
        ) from error
    fixed = {"state": "waiting", "attempts": 0, "done": 0, "message": "", "worker": "", "cancel": False}
    return {
        "name": job.name, "arguments": written, "run_at": at, "most_attempts": job.attempts, "created_at": at, **fixed,
    }  # fmt: skip


def _insert(session: Session, values: dict[str, Any]) -> Any:
    """Insert unless the key is known; a plain INSERT would abort the whole business transaction."""
    build: Any = sqlite.insert if session.dialect == "sqlite" else postgresql.insert
    return build(JobRow).values(values).on_conflict_do_nothing()


# -- taking up -------------------------------------------------------------------------------------------------------


def claim(host: Host, worker: str, *, lost_after: timedelta = LOST_AFTER) -> Claim | None:
    """Take up the job that is due longest, or one whose worker is lost; returns nothing when there is none.

    Any number of workers may do this at the same time: each job goes to one of them.
    """
    due = _due(host, lost_after)
    with peek(host) as session:
        if not session.scalar(sa.select(sa.exists(due))):
            return None
    with everywhere(host) as session:
        statement = due.order_by(JobRow.run_at, JobRow.id).limit(1).with_for_update(skip_locked=True)
        row = session.scalars(statement).one_or_none()
        taken = None if row is None else _take(session, row, worker)
        session.commit()
        return taken


def _due(host: Host, lost_after: timedelta) -> sa.Select[JobRow]:
    now, never = host.clock.now(), host.clock.now() + NEVER_SO_LONG
    silent = sa.or_(JobRow.heartbeat_at < now - lost_after, JobRow.heartbeat_at > never)
    # A job may be asked for next year; one to be run at once, or again, whose time lies far ahead, may not.
    astray = sa.and_(JobRow.run_at > never, sa.or_(JobRow.state == "failed", JobRow.run_at == JobRow.created_at))
    return sa.select(JobRow).where(
        JobRow.name.in_(sorted(host.registry.jobs)),
        sa.or_(
            sa.and_(JobRow.state.in_(PENDING), sa.or_(JobRow.run_at <= now, astray)),
            sa.and_(JobRow.state == "running", silent),
        ),
    )


def _take(session: SystemSession, row: JobRow, worker: str) -> Claim | None:
    now = session.now()
    if row.state == "running":
        log.warning("job's worker is lost", job=row.name, id=row.id, worker=row.worker, attempt=row.attempts)
        if row.attempts >= row.most_attempts:
            row.state, row.finished_at, row.error = "dead", now, _("Its worker was lost {n} times.").with_values(
                n=row.attempts
            ).filled()  # fmt: skip
            return None
    row.state, row.worker, row.attempts = "running", worker, row.attempts + 1
    row.heartbeat_at = row.started_at = now
    row.done, row.total, row.message = 0, None, ""
    return Claim(
        row.id, row.name, row.arguments, row.organization_id, row.company_id, row.created_by, row.attempts,
        row.most_attempts, worker, now,
    )  # fmt: skip


# -- ending ----------------------------------------------------------------------------------------------------------


def finish(host: Host, claimed: Claim, result: Any, progress: Mapping[str, Any]) -> bool:
    """Mark the job done with its ``result`` as JSON; false when another worker has taken it over meanwhile."""
    return _end(host, claimed, state="done", result=json.as_json(result), error=None, **progress)


def fail(host: Host, claimed: Claim, error: str, progress: Mapping[str, Any]) -> str:
    """Note what went wrong and let it be tried again after a wait, or give it up; returns the state it led to."""
    if claimed.attempt >= claimed.most_attempts:
        _end(host, claimed, state="dead", error=error, **progress)
        return "dead"
    again = host.clock.now() + wait_after(claimed.attempt)
    _end(host, claimed, state="failed", error=error, run_at=again, **progress)
    return "failed"


def stop(host: Host, claimed: Claim, progress: Mapping[str, Any]) -> bool:
    """Mark the job cancelled."""
    return _end(host, claimed, state="cancelled", **progress)


def release(host: Host, claimed: Claim) -> bool:
    """Give the job back untried, because the worker ends; another takes it up at once."""
    return _end(host, claimed, state="waiting", attempts=claimed.attempt - 1, worker="")


def _end(host: Host, claimed: Claim, **values: Any) -> bool:
    if values["state"] in FINISHED:
        values["finished_at"] = host.clock.now()
    with everywhere(host) as session:
        statement = sa.update(JobRow).where(*claimed.mine()).values(**values).returning(JobRow.id)
        ended = session.scalars(statement).one_or_none()
        if ended is not None and claimed.user_id is not None and values["state"] in ("done", "dead"):
            notify(
                session, [claimed.user_id], f"job_{values['state']}", resource="core.job", record_id=claimed.id,
                organization_id=claimed.organization_id, job=claimed.name,
            )  # fmt: skip
        session.commit()
    if ended is None:
        log.warning("job was taken over by another worker", job=claimed.name, id=claimed.id, worker=claimed.worker)
    return ended is not None


# -- by hand ---------------------------------------------------------------------------------------------------------


def dead_jobs(session: Session) -> list[JobRow]:
    """Return the jobs of the session's organisation that were given up, oldest first."""
    return list(session.scalars(sa.select(JobRow).where(JobRow.state == "dead").order_by(JobRow.id)))


def retry_job(session: Session, job: JobRow) -> JobRow:
    """Let ``job`` run again at once, with all attempts before it.

    Raises :class:`~backoffice.core.errors.Conflict` unless it failed, was given up or was cancelled.
    """
    if job.state not in ("failed", "dead", "cancelled"):
        raise Conflict(
            _("This job did not fail."), why=_("Only what failed, was given up or was cancelled runs again.")
        )
    job.state, job.attempts, job.run_at, job.cancel = "waiting", 0, session.now(), False
    job.error = job.finished_at = None
    return job


def cancel_job(session: Session, job: JobRow) -> JobRow:
    """Cancel ``job``: at once when it waits, at its next step when it runs.

    Raises :class:`~backoffice.core.errors.Conflict` when it has ended.
    """
    if job.state in FINISHED:
        raise Conflict(_("This job has ended already."))
    job.cancel = True
    if job.state != "running":
        job.state, job.finished_at = "cancelled", session.now()
    return job
