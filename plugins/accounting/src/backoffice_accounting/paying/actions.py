"""What people do with runs of payments; the rules are in the modules these functions call."""

from __future__ import annotations

from datetime import date
from typing import Any

from backoffice_accounting.models import PaymentRun

from backoffice.core.api import Session

from . import runs


def propose_payments(
    session: Session, *, date: date | None = None, due_until: date | None = None, **how: Any
) -> dict[str, Any]:
    """Propose to pay what is due to suppliers."""
    session.settle()
    day = date or session.today()
    run = runs.propose(session, day=day, due_until=due_until or day, **how)
    return {"id": run.id, "bills": len(run.lines), "total": run.total, "currency": run.currency}


def execute_payment_run(session: Session, run: PaymentRun) -> dict[str, Any]:
    """Record the payments of a run and make its files for the bank."""
    session.settle()
    return runs.execute(session, run)


def drop_payment_run(session: Session, run: PaymentRun) -> dict[str, Any]:
    """Drop a proposed run."""
    return {"id": run.id, "state": runs.drop(session, run).state}
