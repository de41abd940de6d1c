"""What sync tells about a person: which records elsewhere are theirs, and what was agreed on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Party

from backoffice.core.api import Session
from backoffice.hookspecs import PersonalRecord, messages

from .models import Change, Conflict, Link, Pending

_ = messages("crm_sync")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the links of ``subject``, a party or a user who is one; erasing forgets what was agreed on and said."""
    party_id = subject.id if isinstance(subject, Party) else getattr(subject, "party_id", None)
    if party_id is None:
        return []
    return [
        PersonalRecord(
            "crm_sync.link", link.id, {"system": link.backend.name, "record": link.remote_id, "values": link.base},
            _erase(link.id),
        )
        for link in session.scalars(sa.select(Link).where(Link.party_id == party_id).order_by(Link.id))
    ]  # fmt: skip


def _erase(link_id: int) -> Any:
    def erase(session: Session) -> None:
        link = session.get(Link, link_id)
        if link is None:
            return
        for change in session.scalars(sa.select(Change).where(Change.link_id == link_id)):
            change.before = change.after = None
        for conflict in session.scalars(sa.select(Conflict).where(Conflict.link_id == link_id)):
            conflict.base = conflict.ours = conflict.theirs = None
        session.execute(
            sa.delete(Pending).where(Pending.backend_id == link.backend_id, Pending.party_id == link.party_id)
        )
        link.base, link.state = {}, "apart"

    return erase
