"""What this plugin knows about a person, and how it is erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session, User, fields_of
from backoffice.hookspecs import PersonalRecord, messages

from .models import Party

_ = messages("parties")

LINES = ("addresses", "contacts", "numbers", "bank_accounts")
ERASED = "—"


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return what is kept about ``subject``, a party, or a user who is one."""
    party = party_of(session, subject)
    if party is None:
        return ()
    data: dict[str, Any] = _personal(party)
    data.update({name: [_personal(line) for line in getattr(party, name)] for name in LINES})
    return [PersonalRecord("parties.party", party.id, data, lambda session: erase(session, party.id))]


def party_of(session: Session, subject: Any) -> Party | None:
    """Return the party that ``subject`` is, or nothing."""
    if isinstance(subject, Party):
        return subject
    if isinstance(subject, User) and subject.party_id is not None:
        found: Party | None = session.get(Party, subject.party_id)
        return found
    return None


def _personal(record: Any) -> dict[str, Any]:
    model: Any = type(record)
    described = fields_of(model).values()
    found = {field.name: getattr(record, field.name) for field in described if field.personal}
    return {name: value for name, value in found.items() if value is not None}


def erase(session: Session, party_id: int) -> None:
    """Forget the person, but not that there was someone: documents still refer to the record."""
    party = session.scalars(sa.select(Party).where(Party.id == party_id)).one()
    for field in fields_of(Party).values():
        if field.personal:
            setattr(party, field.name, None)
    party.name = ERASED
    party.translations = None
    party.custom = None
    party.active = False
    for name in LINES:
        getattr(party, name).clear()
    session.flush()
