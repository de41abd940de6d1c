"""One record of theirs and one party of ours: found, compared, written here, and what is to be written there.

Each function is one transaction's work. None of them calls the other system: that happens between transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import BackofficeError, Session, fold, translate
from backoffice.hookspecs import messages

from . import ours
from .connectors.interface import Refused, Remote
from .deciding import Decision, decide
from .models import Change, Conflict, Link, Pending
from .planning import Plan

_ = messages("crm_sync")

SYNCED = "crm_sync.party_synced"


@dataclass
class Push:
    """What is to be written there, and what both agree on once it is."""

    link_id: int
    remote_id: str
    version: str
    values: dict[str, str] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)


@dataclass
class Judged:
    """What comparing a record comes to, before anything is written."""

    link: Link | None
    party: Party | None
    theirs: dict[str, str]
    decision: Decision
    what: str
    """``skip``, ``create_here``, ``compare``."""


def link_of(session: Session, plan: Plan, *, remote_id: str = "", party_id: int = 0) -> Link | None:
    """Return the link of a record of theirs, or of a party."""
    condition = Link.remote_id == remote_id if remote_id else Link.party_id == party_id
    return session.scalar(sa.select(Link).where(Link.backend_id == plan.backend_id, condition))


def judge(session: Session, plan: Plan, remote: Remote) -> Judged:
    """Return what ``remote`` asks for, without writing anything.

    A record is known by its link alone, whatever its fields say now. One that has no link is recognised by our code in
    its key field, or by the fields that identify, when they say one party that is not linked.

    Raises:
        Refused: it bears the code of a party that is linked to another record, or several parties could be meant.
    """
    link, theirs = link_of(session, plan, remote_id=remote.id), plan.ours_of(remote)
    if link is not None:
        party = session.get(Party, link.party_id) if link.party_id is not None else None
        if link.state == "apart" or party is None:
            return Judged(link, party, theirs, Decision(), "skip")
        return Judged(link, party, theirs, _decided(plan, link.base or {}, party, theirs, remote), "compare")
    party = _recognised(session, plan, remote, theirs)
    if party is None:
        what = "create_here" if plan.pulls and plan.creates_here and any(theirs.values()) else "skip"
        return Judged(None, None, theirs, Decision(), what)
    moved = link_of(session, plan, party_id=party.id)
    base = (moved.base or {}) if moved is not None else None
    return Judged(moved, party, theirs, _decided(plan, base, party, theirs, remote), "compare")


def _decided(
    plan: Plan, base: Mapping[str, str] | None, party: Party, theirs: Mapping[str, str], remote: Remote
) -> Decision:
    decision = decide(
        plan.fields, base, ours.values_of(party), theirs, ours_at=party.updated_at, theirs_at=remote.modified
    )
    for written, allowed in ((decision.here, plan.pulls), (decision.there, plan.pushes)):
        if not allowed:
            for name in written:
                decision.agreed.pop(name, None)
            written.clear()
    return decision


def _recognised(session: Session, plan: Plan, remote: Remote, theirs: Mapping[str, str]) -> Party | None:
    key = (remote.values.get(plan.where.key_field) or "").strip()
    if key:
        party: Party | None = session.scalar(sa.select(Party).where(Party.code == key))
        if party is not None:
            other = link_of(session, plan, party_id=party.id)
            if other is not None and other.state != "gone":
                said = _("It bears the code {code}, whose party is linked to the record {record}.")
                raise Refused(said.with_values(code=key, record=other.remote_id))
            return party
    found = _alike(session, plan, theirs)
    if len(found) > 1:
        said = _("Several parties could be meant: {codes}.")
        raise Refused(said.with_values(codes=", ".join(sorted(one.code or str(one.id) for one in found))))
    return found[0] if found else None


def _alike(session: Session, plan: Plan, theirs: Mapping[str, str]) -> list[Party]:
    """Return the parties without a link that have the same values in a field that identifies."""
    linked = sa.select(Link.party_id).where(Link.backend_id == plan.backend_id, Link.party_id.is_not(None))
    for one in plan.fields:
        value = theirs.get(one.ours)
        if not one.identifies or not value or one.ours.startswith(ours.ADDRESS):
            continue
        column = getattr(Party, one.ours)
        asked = sa.select(Party).where(
            sa.func.lower(column) == value.lower(), Party.active.is_(True), Party.id.not_in(linked)
        )
        found = [party for party in session.scalars(asked.limit(5)) if fold(getattr(party, one.ours)) == fold(value)]
        if found:
            return found
    return []


# -- writing here ----------------------------------------------------------------------------------------------------


def compare(session: Session, plan: Plan, run_id: int, remote: Remote) -> Push | None:
    """Write on our side what ``remote`` asks for, and return what is to be written there, or None.

    Raises :class:`~.connectors.interface.Refused` as :func:`judge` does.
    """
    judged = judge(session, plan, remote)
    if judged.what == "skip":
        return None
    if judged.what == "create_here":
        return _create_here(session, plan, run_id, remote, judged.theirs)
    party, decision = judged.party, judged.decision
    if party is None:
        return None
    link = judged.link or _linked(session, plan, run_id, party, remote)
    if decision.here and plan.follows_deletes and not party.active:
        session.perform("parties.party.change", id=party.id, active=True)  # an edit there beats a deletion here
    _write_here(session, plan, run_id, link, party, decision.here)
    still_there = {name: value for name, value in decision.agreed.items() if name not in decision.there}
    link.base = {**(link.base or {}), **still_there}
    link.remote_id, link.remote_version = remote.id, remote.version  # one that moved is known by its new id
    link.synced_at, link.problem = session.now(), None
    _keep_conflicts(session, run_id, link, decision)
    forget(session, plan, party.id)
    session.flush()
    key = {} if judged.link is not None or not plan.pushes else {plan.where.key_field: party.code or ""}
    if not decision.there and not (key and (remote.values.get(plan.where.key_field) or "") != party.code):
        return None
    return Push(link.id, remote.id, remote.version, {**plan.theirs_of(decision.there), **key},
                {name: decision.there[name] for name in decision.there}, plan.theirs_of(judged.theirs))  # fmt: skip


def _linked(session: Session, plan: Plan, run_id: int, party: Party, remote: Remote) -> Link:
    link = Link(
        backend_id=plan.backend_id, party_id=party.id, remote_id=remote.id, remote_version=remote.version, base={}
    )
    session.add(link)
    session.flush()
    _note(session, run_id, "linked", link)
    return link


def _create_here(
    session: Session, plan: Plan, run_id: int, remote: Remote, theirs: Mapping[str, str]
) -> Push | None:  # fmt: skip
    party_id = ours.create(session, theirs, customer=plan.as_customer)
    link = Link(backend_id=plan.backend_id, party_id=party_id, remote_id=remote.id, remote_version=remote.version,
                base=dict(theirs), synced_at=session.now())  # fmt: skip
    session.add(link)
    session.flush()
    forget(session, plan, party_id)
    _note(session, run_id, "created_here", link, after=dict(theirs))
    session.emit(SYNCED, session.get(Party, party_id), backend=plan.code, what="created_here")
    return Push(link.id, remote.id, remote.version) if plan.pushes else None


def _write_here(
    session: Session, plan: Plan, run_id: int, link: Link, party: Party, values: Mapping[str, str]
) -> None:  # fmt: skip
    if not values:
        return
    was = ours.values_of(party)
    ours.write(session, party, values)
    _note(session, run_id, "changed_here", link, before={name: was[name] for name in values}, after=dict(values))
    session.emit(SYNCED, party, backend=plan.code, what="changed_here")


def _keep_conflicts(session: Session, run_id: int, link: Link, decision: Decision) -> None:
    """Keep one open question for each field both changed; what agrees meanwhile is settled."""
    known = {
        one.name: one
        for one in session.scalars(sa.select(Conflict).where(Conflict.link_id == link.id, Conflict.state == "open"))
    }
    for one in decision.open:
        conflict = known.pop(one.name, None)
        if conflict is None:
            conflict = Conflict(link_id=link.id, party_id=link.party_id, name=one.name)
            session.add(conflict)
            _note(session, run_id, "conflict", link, before={one.name: one.ours}, after={one.name: one.theirs})
        conflict.base, conflict.ours, conflict.theirs = one.base[:400], one.ours[:400], one.theirs[:400]
    for conflict in known.values():
        conflict.state = "settled"
    link.state = "conflict" if decision.open else "linked"


def forget(session: Session, plan: Plan, party_id: int) -> None:
    """A party waits no longer."""
    session.execute(sa.delete(Pending).where(Pending.backend_id == plan.backend_id, Pending.party_id == party_id))


def _note(session: Session, run_id: int, what: str, link: Link | None, **said: Any) -> None:
    if link is not None:
        said = {"link_id": link.id, "party_id": link.party_id, "remote_id": link.remote_id, **said}
    session.add(Change(run_id=run_id, what=what, **said))


# -- after writing there ---------------------------------------------------------------------------------------------


def pushed(session: Session, plan: Plan, run_id: int, push: Push, after: Remote) -> None:
    """Keep what both agree on since it was written there."""
    link = session.get(Link, push.link_id)
    if link is None:
        return
    link.base, link.remote_version = {**(link.base or {}), **push.agreed}, after.version
    if push.agreed:
        written = plan.theirs_of(push.agreed)
        before = {name: push.before.get(name, "") for name in written}
        _note(session, run_id, "changed_there", link, before=before, after=written)
        party = session.get(Party, link.party_id)
        session.emit(SYNCED, party, backend=plan.code, what="changed_there")


def to_create(session: Session, plan: Plan, party_id: int) -> tuple[dict[str, str], str] | None:
    """Return the values and the code of a party that is to be made there, or None."""
    party = session.get(Party, party_id)
    if party is None or not plan.pushes or not party.active or not _belongs(plan, party):
        return None
    values = ours.values_of(party)
    wanted = {one.ours: values[one.ours] for one in plan.fields if one.owner in ("both", "ours") and values[one.ours]}
    return (wanted, party.code or "") if wanted and party.code else None


def _belongs(plan: Plan, party: Party) -> bool:
    chosen = {
        "all": True, "customer": party.customer, "supplier": party.supplier, "person": party.kind == "person",
    }  # fmt: skip
    return bool(chosen.get(plan.who, False))


def created(
    session: Session, plan: Plan, run_id: int, party_id: int, values: Mapping[str, str], after: Remote
) -> None:  # fmt: skip
    """Link a party with the record made of it there."""
    link = link_of(session, plan, party_id=party_id)
    if link is None:
        link = Link(backend_id=plan.backend_id, party_id=party_id)
        session.add(link)
    link.remote_id, link.remote_version, link.base = after.id, after.version, dict(values)
    link.state, link.synced_at, link.problem = "linked", session.now(), None
    session.flush()
    forget(session, plan, party_id)
    _note(session, run_id, "created_there", link, after=plan.theirs_of(values))
    session.emit(SYNCED, session.get(Party, party_id), backend=plan.code, what="created_there")


# -- gone on one side ------------------------------------------------------------------------------------------------


def changed_since(plan: Plan, link: Link, party: Party) -> bool:
    """Return whether ours was changed since both agreed: an edit beats a deletion."""
    values, base = ours.values_of(party), link.base or {}
    return any(values[one.ours] != (base.get(one.ours) or "") for one in plan.fields if one.owner != "theirs")


def gone_there(session: Session, plan: Plan, run_id: int, link_id: int) -> None:
    """Their record is gone: put the party away too, or leave it as it is."""
    link = session.get(Link, link_id)
    if link is None or link.state == "gone":
        return
    party = session.get(Party, link.party_id)
    if plan.follows_deletes and plan.pulls and party is not None and party.active:
        session.perform("parties.party.change", id=party.id, active=False)
        _note(session, run_id, "archived_here", link, before=dict(link.base or {}))
        session.emit(SYNCED, party, backend=plan.code, what="archived_here")
    else:
        _note(session, run_id, "gone", link)
    link.state = "gone"
    if party is not None:
        forget(session, plan, party.id)


def deleted_there(session: Session, plan: Plan, run_id: int, link_id: int) -> None:
    """Keep that their record was deleted because the party was put away."""
    link = session.get(Link, link_id)
    if link is not None:
        link.state = "gone"
        _note(session, run_id, "deleted_there", link, before=plan.theirs_of(link.base or {}))
        forget(session, plan, link.party_id or 0)


def told(session: Session, error: Exception) -> str:
    """Return what an error says, as it is kept with runs and links."""
    parts: list[str] = [str(error)]
    if isinstance(error, BackofficeError):
        parts = [error.what, error.why, error.remedy, *(said for many in error.fields.values() for said in many)]
    elif error.args:
        parts = [error.args[0]]
    return " ".join(translate(part, session.context.language) for part in parts if part)[:400]


def failed(
    session: Session, plan: Plan, run_id: int, error: Exception, *, remote_id: str = "", party_id: int = 0
) -> None:  # fmt: skip
    """Keep why one record could not be kept alike; the others go on."""
    note = told(session, error)
    link = link_of(session, plan, remote_id=remote_id, party_id=party_id) if remote_id or party_id else None
    if link is not None:
        link.state, link.problem = "failed", note
        _note(session, run_id, "failed", link, note=note)
    else:
        _note(session, run_id, "failed", None, note=note, remote_id=remote_id or None, party_id=party_id or None)
