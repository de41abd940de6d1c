"""A run: what changed there, what changed here, what is gone on either side. It goes on where the last one stopped.

The other system is called between transactions, never within one. Each record is a transaction of its own, so that one
that cannot be kept alike keeps no other back; a run that breaks off leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import (
    BackofficeError,
    ConfigurationError,
    Conflict,
    Happened,
    JobRun,
    RuleBroken,
    Session,
    Unavailable,
)
from backoffice.hookspecs import messages

from . import comparing, ours
from .comparing import Push
from .connectors.interface import Cursor, Refused, Remote, Side, Stale
from .models import Backend, Change, Link, Pending, Run
from .planning import Plan, plan_of

_ = messages("crm_sync")

JOB: Final = "crm_sync.sync"
SILENT: Final = timedelta(minutes=10)
"""A run that gave no sign of life for so long is dead."""
FEW: Final = 5
"""So many deletions are followed whatever their share is."""
AGAIN: Final = 3
"""How often a record that changes while it is written is read again."""


def ask(session: Session, backend: Backend, kind: str = "changes") -> dict[str, Any]:
    """Ask for a run of ``backend``, which a worker does. Raises what :func:`~.planning.plan_of` raises."""
    plan_of(session, backend)
    session.enqueue(JOB, {"backend": backend.id, "kind": kind}, by_program=True)
    return {"id": backend.id, "kind": kind}


def sync_due(job: JobRun) -> dict[str, Any]:
    """Ask for a run of every backend that runs by itself."""

    def work(session: Session) -> int:
        found = session.scalars(sa.select(Backend.id).where(Backend.active.is_(True))).all()
        for id_ in found:
            session.enqueue(JOB, {"backend": id_, "kind": "changes"}, by_program=True)
        return len(found)

    return {"asked": job.program.run(work)}


def sync(job: JobRun, backend: int, kind: str = "changes") -> dict[str, Any]:
    """Run the sync of a backend; the job behind it."""
    return synchronise(job.program, backend, kind, told=job.progress)


def synchronise(
    desk: Any, backend_id: int, kind: str = "changes", *, told: Callable[[int], None] = lambda done: None
) -> dict[str, Any]:  # fmt: skip
    """Keep the records of a backend and our parties alike, and return what came of it."""
    try:
        plan, run_id = desk.run(lambda session: _begin(session, backend_id, kind))
    except Conflict:
        return {"state": "busy"}
    work = _Work(desk, plan, run_id, kind, told)
    problem: BackofficeError | None = None
    side: Side | None = None
    try:
        side = plan.connect()
        work.all(side)
    except (Unavailable, ConfigurationError, RuleBroken) as error:
        problem = error
    finally:
        if side is not None:
            side.close()
        answer: dict[str, Any] = desk.run(lambda session: _end(session, run_id, problem, work.compared))
    return answer


def _begin(session: Session, backend_id: int, kind: str) -> tuple[Plan, int]:
    """Begin a run, unless another one is at work. Raises :class:`~backoffice.core.api.Conflict` then."""
    backend = session.get(Backend, backend_id)
    if backend is None:
        raise RuleBroken(_("There is no such backend."))
    plan = plan_of(session, backend)
    now = session.now()
    for run in session.scalars(sa.select(Run).where(Run.backend_id == backend_id, Run.state == "running")):
        if run.beat_at > now - SILENT:
            raise Conflict(_("This backend is being kept alike already."))
        run.state, run.finished_at = "stopped", now
    session.flush()
    run = Run(backend_id=backend_id, kind=kind, started_at=now, beat_at=now, state="running")
    session.add(run)
    session.number(series="crm_sync.run", pattern="SYNC/{n:05}", company_id=session.company_id,
                   assign=lambda text: setattr(run, "number", text))  # fmt: skip
    session.flush()
    return plan, run.id


def _end(session: Session, run_id: int, error: BackofficeError | None, compared: int) -> dict[str, Any]:
    run = session.get(Run, run_id)
    if run is None:
        return {"state": "gone"}
    problem = "" if error is None else comparing.told(session, error)
    asked = sa.select(Change.what, sa.func.count().label("number")).where(Change.run_id == run_id).group_by(Change.what)
    counts: dict[str, int] = {row.what: row.number for row in session.execute(asked)}
    run.compared = compared
    run.here = sum(counts.get(what, 0) for what in ("created_here", "changed_here", "archived_here"))
    run.there = sum(counts.get(what, 0) for what in ("created_there", "changed_there", "deleted_there"))
    run.conflicts, run.failed = counts.get("conflict", 0), counts.get("failed", 0)
    run.state, run.problem = ("stopped" if problem else "done"), problem or None
    run.finished_at = run.beat_at = session.now()
    backend = session.get(Backend, run.backend_id)
    if backend is not None:
        backend.run_at, backend.problem = session.now(), problem or None
    session.flush()
    return {
        "id": run.id, "state": run.state, "compared": compared, "here": run.here, "there": run.there,
        "conflicts": run.conflicts, "failed": run.failed, "problem": problem,
    }  # fmt: skip


class _Work:
    """One run at work."""

    def __init__(self, desk: Any, plan: Plan, run_id: int, kind: str, told: Callable[[int], None]) -> None:
        self.desk, self.plan, self.run_id, self.kind, self.told = desk, plan, run_id, kind, told
        self.trial = kind == "trial"
        self.compared = 0
        self.seen: set[str] = set()
        self.broken: set[str] = set()

    def all(self, side: Side) -> None:
        """Take in what changed there, follow deletions, and hand over what changed here."""
        self._pull(side)
        if not self.trial:
            self._follow_deletions(side)
            self._push(side)

    # -- from there ----------------------------------------------------------------------------------------------

    def _cursor(self) -> Cursor:
        plan = self.plan
        if self.kind != "changes" or plan.read_until is None:
            return Cursor()
        if not plan.overlap:
            return Cursor(plan.read_until, plan.read_id)
        return Cursor(plan.read_until - timedelta(minutes=plan.overlap))

    def _pull(self, side: Side) -> None:
        for page in side.changes(self._cursor()):
            for remote in page:
                self.seen.add(remote.id)
                self.compared += 1
                if self.trial:
                    self._try(remote)
                elif not self._is_known(remote):
                    self._meet(side, remote)
            if not self.trial:
                last = page[-1]
                self.desk.run(lambda session, last=last: self._checkpoint(session, last))
            self.told(self.compared)

    def _checkpoint(self, session: Session, last: Remote) -> None:
        """Keep how far it came: a run that breaks off goes on here."""
        backend, run = session.get(Backend, self.plan.backend_id), session.get(Run, self.run_id)
        if backend is not None and (
            backend.read_until is None or (last.modified, last.id) > (backend.read_until, backend.read_id or "")
        ):
            backend.read_until, backend.read_id = last.modified, last.id
        if run is not None:
            run.beat_at, run.compared = session.now(), self.compared

    def _is_known(self, remote: Remote) -> bool:
        """Return whether this very version was compared before and nothing waits here."""
        if self.kind == "full":
            return False
        with self.desk.reading() as session:
            link = comparing.link_of(session, self.plan, remote_id=remote.id)
            if link is None or link.state not in ("linked", "apart", "gone") or link.remote_version != remote.version:
                return False
            waiting = session.scalar(
                sa.select(Pending.id).where(
                    Pending.backend_id == self.plan.backend_id, Pending.party_id == link.party_id
                )
            )
            return waiting is None

    def _try(self, remote: Remote) -> None:
        """Note what would be done, and do nothing."""

        def work(session: Session) -> None:
            try:
                judged = comparing.judge(session, self.plan, remote)
            except Refused as error:
                comparing.failed(session, self.plan, self.run_id, error, remote_id=remote.id)
                return
            party_id = judged.party.id if judged.party is not None else None
            same = {"run_id": self.run_id, "party_id": party_id, "remote_id": remote.id}
            if judged.what == "create_here":
                session.add(Change(what="created_here", after=judged.theirs, **same))
            if judged.decision.here:
                was = ours.values_of(judged.party) if judged.party is not None else {}
                before = {name: was.get(name, "") for name in judged.decision.here}
                session.add(Change(what="changed_here", before=before, after=judged.decision.here, **same))
            if judged.decision.there:
                session.add(Change(what="changed_there", after=self.plan.theirs_of(judged.decision.there), **same))
            for one in judged.decision.open:
                session.add(Change(what="conflict", before={one.name: one.ours}, after={one.name: one.theirs}, **same))

        self.desk.run(work)

    def _meet(self, side: Side, remote: Remote) -> None:
        """Compare one record of theirs with ours, and write on both sides what follows."""
        try:
            for _attempt in range(AGAIN):
                push = self.desk.run(
                    lambda session, one=remote: comparing.compare(session, self.plan, self.run_id, one)
                )
                if push is None or self._written(side, push):
                    return
                found = side.read(remote.id)
                if found is None:
                    return
                remote = found
            raise Refused(_("It changes there all the time."))
        except (Unavailable, ConfigurationError):
            raise
        except (Refused, BackofficeError) as error:
            self.broken.add(remote.id)
            self._failed(error, remote_id=remote.id)

    def _written(self, side: Side, push: Push) -> bool:
        """Write there what is to be; return False when the record changed meanwhile."""
        values = {**push.values}
        key_field = self.plan.where.key_field
        if not values.get(key_field):
            values.pop(key_field, None)
            if not push.values or key_field in push.values:
                values[key_field] = self._code_of(push.link_id)
        try:
            after = side.update(push.remote_id, values, push.version)
        except Stale:
            return False
        self.desk.run(lambda session: comparing.pushed(session, self.plan, self.run_id, push, after))
        return True

    def _code_of(self, link_id: int) -> str:
        """Return the code of a linked party; a new one has it once its transaction is over."""
        with self.desk.reading() as session:
            link = session.get(Link, link_id)
            party = session.get(Party, link.party_id) if link is not None else None
            return (party.code or "") if party is not None else ""

    def _failed(self, error: Exception, **which: Any) -> None:
        self.desk.run(lambda session: comparing.failed(session, self.plan, self.run_id, error, **which))

    # -- gone on either side -------------------------------------------------------------------------------------

    def _follow_deletions(self, side: Side) -> None:
        gone = self._gone(side)
        away = self._put_away()
        if self.plan.follows_deletes:
            self._guard(len(gone) + len(away))
        for link_id, party_id, _remote_id in gone:
            if self.plan.pushes and self._changed_since(link_id):
                self._create(side, party_id)
            else:
                self.desk.run(lambda session, one=link_id: comparing.gone_there(session, self.plan, self.run_id, one))
        for link_id, _party_id, remote_id in away:
            self._delete(side, link_id, remote_id)

    def _gone(self, side: Side) -> list[tuple[int, int, str]]:
        """Return the links whose records were deleted there since the last run."""
        if self.plan.read_until is None:
            return []
        since = self.plan.read_until - timedelta(minutes=self.plan.overlap)
        deleted = set(side.deleted(since)) - self.seen
        return [row for row in self._links(Link.state.in_(("linked", "conflict", "failed"))) if row[2] in deleted]

    def _put_away(self) -> list[tuple[int, int, str]]:
        """Return the links whose parties were put away here."""
        if not self.plan.follows_deletes or not self.plan.pushes:
            return []
        away = sa.select(Party.id).where(Party.active.is_(False))
        return self._links(Link.state == "linked", Link.party_id.in_(away))

    def _links(self, *conditions: Any) -> list[tuple[int, int, str]]:
        asked = sa.select(Link.id, Link.party_id, Link.remote_id).where(Link.backend_id == self.plan.backend_id)
        with self.desk.reading() as session:
            return [tuple(row) for row in session.execute(asked.where(*conditions).order_by(Link.id))]

    def _guard(self, count: int) -> None:
        """Stop before more is deleted than anybody can have meant."""
        whole = len(self._links(Link.state != "gone"))
        if count > FEW and count * 100 > whole * self.plan.most_deleted:
            raise RuleBroken(
                _("{count} of {whole} records would be deleted.").with_values(count=count, whole=whole),
                remedy=_("Look at the other side, or allow more in the backend."),
            )

    def _changed_since(self, link_id: int) -> bool:
        with self.desk.reading() as session:
            link = session.get(Link, link_id)
            party = session.get(Party, link.party_id) if link is not None else None
            return party is not None and bool(party.active) and comparing.changed_since(self.plan, link, party)

    def _delete(self, side: Side, link_id: int, remote_id: str) -> None:
        """Delete there what was put away here, unless theirs was changed since both agreed."""
        remote = side.read(remote_id)
        if remote is not None:
            with self.desk.reading() as session:
                link = session.get(Link, link_id)
                theirs, base = self.plan.ours_of(remote), (link.base or {}) if link is not None else {}
            if any(value != (base.get(name) or "") for name, value in theirs.items()):
                self.desk.run(lambda session: self._bring_back(session, link_id))
                self._meet(side, remote)
                return
            try:
                side.delete(remote_id)
            except Refused as error:
                self._failed(error, remote_id=remote_id)
                return
        self.desk.run(lambda session: comparing.deleted_there(session, self.plan, self.run_id, link_id))

    @staticmethod
    def _bring_back(session: Session, link_id: int) -> None:
        link = session.get(Link, link_id)
        if link is not None:
            session.perform("parties.party.change", id=link.party_id, active=True)

    # -- from here -----------------------------------------------------------------------------------------------

    def _push(self, side: Side) -> None:
        if not self.plan.pushes:
            return
        for party_id in list(self._waiting()):
            with self.desk.reading() as session:
                link = comparing.link_of(session, self.plan, party_id=party_id)
                state, remote_id = (link.state, link.remote_id) if link is not None else ("", "")
            if state in ("apart", "gone"):
                self.desk.run(lambda session, one=party_id: comparing.forget(session, self.plan, one))
            elif remote_id in self.broken:
                continue  # it failed a moment ago, and waits for the next run
            elif not remote_id:
                self._create(side, party_id)
            else:
                self._hand_over(side, party_id, remote_id)
            self.compared += 1
            self.told(self.compared)

    def _waiting(self) -> Iterator[int]:
        """Yield the parties that changed here; in a full run, all that belong there."""
        with self.desk.reading() as session:
            asked = sa.select(Pending.party_id).where(Pending.backend_id == self.plan.backend_id)
            found = dict.fromkeys(session.scalars(asked.order_by(Pending.id)))
            if self.kind == "full":
                linked = sa.select(Link.party_id).where(
                    Link.backend_id == self.plan.backend_id, Link.party_id.is_not(None), Link.remote_id.in_(self.seen)
                )
                rest = sa.select(Party.id).where(Party.active.is_(True), Party.id.not_in(linked)).order_by(Party.id)
                found |= dict.fromkeys(session.scalars(rest))
        yield from found

    def _hand_over(self, side: Side, party_id: int, remote_id: str) -> None:
        try:
            remote = side.read(remote_id)
        except Refused as error:
            self._failed(error, party_id=party_id)
            return
        if remote is None:
            self._create(side, party_id)  # edited here, gone there: the edit beats the deletion
        else:
            self._meet(side, remote)

    def _create(self, side: Side, party_id: int) -> None:
        """Make a record of a party there. It bears our code: asked twice, it is there once."""
        with self.desk.reading() as session:
            wanted = comparing.to_create(session, self.plan, party_id)
        if wanted is None:
            self.desk.run(lambda session: comparing.forget(session, self.plan, party_id))
            return
        values, code = wanted
        try:
            after = side.create(self.plan.theirs_of(values), code)
            self.desk.run(lambda session: comparing.created(session, self.plan, self.run_id, party_id, values, after))
        except (Unavailable, ConfigurationError):
            raise
        except (Refused, BackofficeError) as error:
            self._failed(error, party_id=party_id)


def party_changed(session: Session, event: Happened) -> None:
    """Note that a party is to be compared, unless it says what both sides agreed on anyway."""
    party = session.get(Party, event.subject_id) if event.subject_id is not None else None
    if party is None:
        return
    for backend in session.scalars(sa.select(Backend).where(Backend.direction != "pull")):
        link = session.scalar(sa.select(Link).where(Link.backend_id == backend.id, Link.party_id == party.id))
        if link is not None:
            values, base = ours.values_of(party), link.base or {}
            names = [one.ours for one in backend.fields]
            if party.active and all(values[name] == (base.get(name) or "") for name in names):
                continue
        known = sa.select(Pending.id).where(Pending.backend_id == backend.id, Pending.party_id == party.id)
        if session.scalar(known) is None:
            session.add(Pending(company_id=backend.company_id, backend_id=backend.id, party_id=party.id))
    session.flush()


__all__ = ["JOB", "ask", "party_changed", "sync", "sync_due", "synchronise"]
