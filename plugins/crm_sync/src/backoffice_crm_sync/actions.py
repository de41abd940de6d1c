"""What people and programs do with sync; the rules are in the modules these functions call."""

from __future__ import annotations

from typing import Any

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import messages

from . import correcting, syncing
from .models import Backend, Conflict, Link, MappedField, Run
from .planning import connector_of

_ = messages("crm_sync")


def set_secret(session: Session, backend: Backend, *, secret: str) -> dict[str, Any]:
    """Keep the secret of a backend, sealed."""
    backend.secret = session.seal(secret.strip())
    session.flush()
    return {"id": backend.id}


def propose_fields(session: Session, backend: Backend) -> dict[str, Any]:
    """Add the fields its connector proposes, those of ours that are not mapped yet."""
    proposed = connector_of(session, backend.connector).fields
    known = {one.ours for one in backend.fields}
    added = [(name, theirs) for name, theirs in proposed.items() if name not in known]
    for name, theirs in added:
        backend.fields.append(MappedField(ours=name, theirs=theirs, identifies=name == "email"))
    session.flush()
    return {"id": backend.id, "added": len(added)}


def sync_now(session: Session, backend: Backend, *, kind: str | None = None) -> dict[str, Any]:
    """Ask a worker for a run."""
    return syncing.ask(session, backend, kind or "changes")


def decide(session: Session, conflict: Conflict, *, take: str) -> dict[str, Any]:
    """Take one side's value of a field both changed."""
    return correcting.decide(session, conflict, take)


def undo(session: Session, run: Run) -> dict[str, Any]:
    """Take back what a run wrote here."""
    return correcting.undo(session, run)


def part(session: Session, link: Link) -> dict[str, Any]:
    """Keep a record and its party apart from here on."""
    link.state, link.problem = "apart", None
    session.flush()
    return {"id": link.id}


def rejoin(session: Session, link: Link) -> dict[str, Any]:
    """Keep a record and its party alike again."""
    if link.party_id is None:
        raise RuleBroken(_("This link has no party any more."))
    link.state, link.remote_version = "linked", ""
    session.flush()
    correcting.wait(session, link)
    return {"id": link.id}
