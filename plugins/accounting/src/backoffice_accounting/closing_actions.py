"""What people do to close periods and years, and to make exceptions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from backoffice.core.api import Session

from . import locking


def allow_exception(
    session: Session, *, kind: str, user_id: int, since: date, hours: int, reason: str
) -> dict[str, Any]:
    """Let one person post before a lock for some hours."""
    made = locking.allow(
        session, kind=kind, user_id=user_id, since=since, expires_at=session.now() + timedelta(hours=hours),
        reason=reason,
    )  # fmt: skip
    return {"id": made.id, "expires_at": made.expires_at}
