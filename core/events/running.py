"""Run one job: its desk, its progress, its heartbeat, its end.

Progress and heartbeat are written by a thread of their own with a short transaction each. On SQLite a job that wrote
its progress itself inside its own transaction would wait for itself; the thread waits instead until that is committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, Literal

import sqlalchemy as sa
import structlog

from backoffice.core.errors import ProgrammingError
from backoffice.core.persistence import SystemSession, explained
from backoffice.core.text import translate
from backoffice.hookspecs import Job, messages

from . import facts as json
from . import jobs
from .declared import called
from .host import Host, everywhere, said_by
from .jobs import LOST_AFTER, Claim
from .models import JobRow

_ = messages("backoffice")
log = structlog.get_logger("backoffice.jobs")

BEAT_SECONDS: Final = 10.0
PROGRESS_SECONDS: Final = 0.2
"""Progress is written at most this often."""
ERROR_LENGTH: Final = 4000
MESSAGE_LENGTH: Final = 400

Why = Literal["cancelled", "overdue", "lost", "ending"]


class JobStopped(BaseException):
    """Raised by ``job.progress`` when the job must end now.

    It is no ``Exception``, so that a job that catches errors row by row does not catch this one as well.
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class JobRun:
    """What a job is given: ``run(job, **arguments)``."""

    def __init__(self, host: Host, claimed: Claim, keeper: Keeper) -> None:
        self._host = host
        self._claimed = claimed
        self._keeper = keeper

    @property
    def id(self) -> int:
        """The job's number."""
        return self._claimed.id

    @property
    def name(self) -> str:
        """The declared job."""
        return self._claimed.name

    @property
    def attempt(self) -> int:
        """1 the first time, more when it is tried again."""
        return self._claimed.attempt

    @property
    def organization_id(self) -> int:
        """The organisation it works for; a job of the system is kept with the first one."""
        return self._claimed.organization_id

    @property
    def company_id(self) -> int | None:
        """The company it works for, if one."""
        return self._claimed.company_id

    @cached_property
    def office(self) -> Any:
        """The desk it works at, of the person who asked for it: execute, report, run, reading."""
        return self._host.desk_for(
            organization_id=self.organization_id, company_id=self.company_id, user_id=self._claimed.user_id,
            action=self.name,
        )  # fmt: skip

    @cached_property
    def program(self) -> Any:
        """The program's own desk there, for work that does not depend on the rights of whoever asked for it."""
        return self._host.desk_for(
            organization_id=self.organization_id, company_id=self.company_id, user_id=None, action=self.name
        )

    @property
    def declared(self) -> Mapping[str, Job]:
        """The jobs of the active plugins, by name."""
        return self._host.registry.jobs

    def everywhere(self) -> SystemSession:
        """Return a session across organisations, for jobs whose scope is the system.

        Raises :class:`~backoffice.core.errors.ProgrammingError` in any other.
        """
        if self._host.registry.jobs[self.name].scope != "system":
            raise ProgrammingError(
                _("The job {name} works for one company.").with_values(name=self.name),
                remedy=_('Declare it with scope="system" if it must see every organisation.'),
            )
        return everywhere(self._host)

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Tell how far it is: ``done`` of ``total`` things, and what it does, a text or a label.

        Call it as often as you like; others see it a moment later. Raises :class:`JobStopped` when the job was
        cancelled, runs longer than its timeout, or was taken over by another worker.
        """
        text = translate(message, getattr(self.office, "language", "en")) if message else ""
        self._keeper.note(done, total, text[:MESSAGE_LENGTH])
        if self._keeper.why is not None:
            raise JobStopped(self._keeper.why)

    @property
    def cancelled(self) -> bool:
        """Whether it must end, for jobs that would rather look than be interrupted by :meth:`progress`."""
        return self._keeper.why is not None


class Keeper:
    """Keeps a running job's row: heartbeat, progress, and the wish to cancel it."""

    def __init__(self, host: Host, claimed: Claim, *, timeout: timedelta, beat: float = BEAT_SECONDS) -> None:
        self._host = host
        self._claimed = claimed
        self._deadline = time.monotonic() + timeout.total_seconds()
        self._beat = beat
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._end = threading.Event()
        self._progress: dict[str, Any] = {}
        self.why: Why | None = None

    def note(self, done: int, total: int | None, message: str) -> None:
        """Remember how far the job is and have it written soon."""
        with self._lock:
            self._progress = {"done": done, "total": total, "message": message}
        self._wake.set()

    def progress(self) -> dict[str, Any]:
        """Return how far the job is."""
        with self._lock:
            return dict(self._progress)

    def end(self) -> None:
        """Ask the job to stop at its next step, because the worker ends."""
        self.why = self.why or "ending"

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Keep the row for as long as the block lasts."""
        thread = threading.Thread(target=self._run, name=f"job-{self._claimed.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            self._wake.set()
            thread.join()

    def _run(self) -> None:
        while not self._end.is_set():
            self._wake.wait(self._beat)
            self._wake.clear()
            if self._end.is_set() or self._overdue():
                return
            try:
                with explained(self._host.database):
                    self._write()
            except Exception:
                log.warning("job's progress not written", job=self._claimed.name, id=self._claimed.id, exc_info=True)
            self._end.wait(PROGRESS_SECONDS)

    def _overdue(self) -> bool:
        """Give no more signs of life to a job that takes too long: another worker may have it."""
        if time.monotonic() > self._deadline:
            self.why = self.why or "overdue"
            return True
        return False

    def _write(self) -> None:
        with everywhere(self._host) as session:
            values = {"heartbeat_at": self._host.clock.now(), **self.progress()}
            statement = sa.update(JobRow).where(*self._claimed.mine()).values(**values).returning(JobRow.cancel)
            cancel = session.scalars(statement).one_or_none()
            session.commit()
        if cancel is None:
            self.why = self.why or "lost"
        elif cancel:
            self.why = self.why or "cancelled"


def run_due(
    host: Host,
    worker: str,
    *,
    lost_after: timedelta = LOST_AFTER,
    beat: float = BEAT_SECONDS,
    watch: Callable[[Keeper | None], None] = lambda keeper: None,
) -> bool:
    """Take up one job that is due and run it to its end; returns whether there was one.

    ``worker`` names this worker among all that share the database; ``watch`` is handed the keeper of the running job,
    and ``None`` when it has ended.
    """
    claimed = jobs.claim(host, worker, lost_after=lost_after)
    if claimed is None:
        return False
    keeper = Keeper(host, claimed, timeout=host.registry.jobs[claimed.name].timeout, beat=beat)
    watch(keeper)
    try:
        _run(host, claimed, keeper)
    finally:
        watch(None)
    return True


def _run(host: Host, claimed: Claim, keeper: Keeper) -> None:
    began = time.perf_counter()
    said = log.bind(job=claimed.name, id=claimed.id, attempt=claimed.attempt)
    try:
        with keeper.keeping(), explained(host.database):
            result = _call(host, claimed, keeper)
    except JobStopped as stopped:
        said.warning("job stopped", state=_stopped(host, claimed, keeper, stopped.why))
    except Exception as error:
        state = jobs.fail(host, claimed, said_by(error, ERROR_LENGTH), keeper.progress())
        said.warning("job failed", state=state, exc_info=True)
    else:
        jobs.finish(host, claimed, result, keeper.progress())
        said.info("job done", ms=round((time.perf_counter() - began) * 1000))


def _call(host: Host, claimed: Claim, keeper: Keeper) -> Any:
    job = host.registry.jobs[claimed.name]
    arguments = json.read(job.fields, claimed.arguments)
    return called(job.run)(JobRun(host, claimed, keeper), **arguments)


def _stopped(host: Host, claimed: Claim, keeper: Keeper, why: Why) -> str:
    if why == "ending":
        jobs.release(host, claimed)
        return "waiting"
    if why == "cancelled":
        jobs.stop(host, claimed, keeper.progress())
        return "cancelled"
    if why == "overdue":
        return jobs.fail(host, claimed, _("It took longer than its timeout allows.").filled(), keeper.progress())
    return "lost"
