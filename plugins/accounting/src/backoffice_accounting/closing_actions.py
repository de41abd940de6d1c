"""What people do to close periods and years, and to make exceptions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from backoffice.core.api import Session

from . import locking, years
from .models import FiscalYear


def allow_exception(
    session: Session, *, kind: str, user_id: int, since: date, hours: int, reason: str
) -> dict[str, Any]:
    """Let one person post before a lock for some hours."""
    made = locking.allow(
        session, kind=kind, user_id=user_id, since=since, expires_at=session.now() + timedelta(hours=hours),
        reason=reason,
    )  # fmt: skip
    return {"id": made.id, "expires_at": made.expires_at}


def close_year(
    session: Session, year: FiscalYear, *, account_id: int | None = None, journal_id: int | None = None
) -> dict[str, Any]:
    """Close a year: its result goes into retained earnings."""
    posted = years.close(session, year, account_id=account_id, journal_id=journal_id)
    return {"state": year.state, "entry": posted.answer() if posted is not None else None}


def reopen_year(session: Session, year: FiscalYear, *, reason: str) -> dict[str, Any]:
    """Open a closed year again."""
    posted = years.reopen(session, year, reason=reason)
    return {"state": year.state, "entry": posted.answer() if posted is not None else None}
