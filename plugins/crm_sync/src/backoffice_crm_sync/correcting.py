"""What people put right: a field both sides changed, and a run that wrote what it should not have."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import messages

from . import ours
from .models import Change, Conflict, Link, Pending, Run

_ = messages("crm_sync")


def wait(session: Session, link: Link) -> None:
    """Let the next run look at a linked party."""
    known = sa.select(Pending.id).where(Pending.backend_id == link.backend_id, Pending.party_id == link.party_id)
    if session.scalar(known) is None:
        session.add(Pending(backend_id=link.backend_id, party_id=link.party_id))
    session.flush()


def decide(session: Session, conflict: Conflict, take: str) -> dict[str, Any]:
    """Take our value of a field, which the next run writes there, or theirs, which is written here at once.

    Raises :class:`~backoffice.core.api.RuleBroken` when it was decided before.
    """
    if conflict.state != "open":
        raise RuleBroken(_("This was decided already."))
    link = conflict.link
    party = session.get(Party, link.party_id) if link.party_id is not None else None
    if party is None:
        raise RuleBroken(_("This link has no party any more."))
    theirs = conflict.theirs or ""
    # Either way both know theirs now: what differs from it is our change, and is written there.
    link.base, link.remote_version = {**(link.base or {}), conflict.name: theirs}, ""
    conflict.state = take
    if take == "theirs":
        ours.write(session, party, {conflict.name: theirs})
    session.flush()
    still = session.scalar(sa.select(Conflict.id).where(Conflict.link_id == link.id, Conflict.state == "open"))
    link.state = "linked" if still is None else "conflict"
    wait(session, link)
    return {"id": conflict.id, "link": link.id}


def undo(session: Session, run: Run) -> dict[str, Any]:
    """Write back here what a run overwrote, and put away whom it created.

    What was changed again since stays. What both sides agreed on is theirs then, so that the next run writes our old
    values there as well. Raises :class:`~backoffice.core.api.RuleBroken` for a run that is at work or was a trial.
    """
    if run.state not in ("done", "stopped") or run.kind == "trial":
        raise RuleBroken(_("There is nothing to take back in this run."))
    restored = kept = 0
    asked = sa.select(Change).where(Change.run_id == run.id, Change.what.in_(("changed_here", "created_here",
                                                                             "archived_here")))  # fmt: skip
    for change in session.scalars(asked.order_by(Change.id.desc())).all():
        if _undone(session, change):
            restored += 1
        else:
            kept += 1
    run.state = "undone"
    session.flush()
    return {"id": run.id, "restored": restored, "kept": kept}


def _undone(session: Session, change: Change) -> bool:
    party = session.get(Party, change.party_id) if change.party_id is not None else None
    link = session.get(Link, change.link_id) if change.link_id is not None else None
    if party is None or link is None:
        return False
    if change.what == "archived_here":
        session.perform("parties.party.change", id=party.id, active=True)
        link.state = "apart"
        return True
    values, after = ours.values_of(party), change.after or {}
    if change.what == "created_here":
        if any(values[name] != value for name, value in after.items()):
            return False
        session.perform("parties.party.change", id=party.id, active=False)
        link.state = "apart"
        return True
    same = {name: old for name, old in (change.before or {}).items() if values[name] == after.get(name)}
    if not same:
        return False
    link.base, link.remote_version = {**(link.base or {}), **{name: after[name] for name in same}}, ""
    ours.write(session, party, same)
    wait(session, link)
    return len(same) == len(after)
