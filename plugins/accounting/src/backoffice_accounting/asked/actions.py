"""What people do with the work list and the choice of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.accounts import forget
from backoffice_accounting.models import Account, AccountChoice, Parked

from backoffice.core.api import Conflict, InvalidInput, JobRun, Session
from backoffice.hookspecs import messages

from . import work_list

_ = messages("accounting")


def retry_parked(session: Session, row: Parked, *, date: date | None = None) -> Any:
    """Try one posting of the work list again, on another date if one is given."""
    if row.state != "waiting":
        raise Conflict(_("This is not waiting any more."))
    [entry] = work_list.retry(session, [row], on=date)

    def answer() -> dict[str, Any]:
        return {"state": row.state, "entry": entry.answer() if entry is not None else None, "reason": row.reason}

    return answer


def retry_all_parked(session: Session) -> dict[str, Any]:
    """Try everything on the work list again, the oldest first."""
    posted, waiting = work_list.retry_waiting(session)
    return {"posted": posted, "waiting": waiting}


def dismiss_parked(session: Session, row: Parked, *, reason: str) -> dict[str, Any]:
    """Take a posting off the work list for good."""
    return {"state": work_list.dismiss(session, row, reason=reason).state}


def before_save_choice(session: Session, choice: AccountChoice, values: Mapping[str, Any]) -> None:
    """Check an account choice, and try again what may have waited for it."""
    choice.purpose = choice.purpose.strip().casefold()
    for name in ("category", "tax", "party"):
        setattr(choice, name, getattr(choice, name) or "")
    with session.no_autoflush:
        heading = session.scalar(sa.select(Account.heading).where(Account.id == choice.account_id))
    if heading:
        said = _("This account is a heading; choose one of its accounts.")
        raise InvalidInput(said, fields={"account": [said]})
    forget(session)
    work_list.retry_soon(session)


def retry_job(job: JobRun) -> dict[str, Any]:
    """Try everything on the work list again."""
    answer: dict[str, Any] = job.program.execute("accounting.retry_all_parked", {})
    return answer
