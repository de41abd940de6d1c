"""What people do about what is owed; the rules are in the modules these functions call."""

from __future__ import annotations

from datetime import date
from typing import Any

from backoffice_accounting.models import Reminder

from backoffice.core.api import Session

from . import reminding


def remind(session: Session, *, date: date | None = None, party_id: int | None = None) -> dict[str, Any]:
    """Propose reminders to everyone with something due for the next level."""
    session.settle()
    made = reminding.remind(session, day=date or session.today(), party_id=party_id)
    return {"reminders": [{"id": one.id, "party": one.party_id, "level": one.level.level} for one in made]}


def send_reminder(session: Session, reminder: Reminder, *, to: str | None = None, post: bool = True) -> dict[str, Any]:
    """Send a proposed reminder."""
    return reminding.send(session, reminder, to=to, post=post)


def drop_reminder(session: Session, reminder: Reminder) -> dict[str, Any]:
    """Drop a proposed reminder."""
    return {"id": reminder.id, "state": reminding.drop(session, reminder).state}
