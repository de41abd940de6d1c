"""What stock knows about a person: which goods went to them or came from them. It is shown and not erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_parties.privacy import party_of

from backoffice.core.api import Session
from backoffice.hookspecs import PersonalRecord, messages

from .models import Document

_ = messages("inventory")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the stock documents of ``subject``, a party or a user who is one."""
    party = party_of(session, subject)
    if party is None:
        return ()
    rows = session.scalars(sa.select(Document).where(Document.party_id == party.id).order_by(Document.id))
    return [
        PersonalRecord(
            "inventory.document",
            row.id,
            {"number": row.number, "date": row.date, "kind": row.kind, "reference": row.reference},
            reason=_("What moved is proof of what was delivered; a recall has to find it."),
        )
        for row in rows
    ]
