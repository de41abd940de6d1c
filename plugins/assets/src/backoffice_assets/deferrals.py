"""Deferred revenue and expense: a service that lasts is recognised while it does, on the machinery of schedules."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import Amount, PostingRequest, RuleBroken, Session, check_places, request_posting
from backoffice.hookspecs import messages

from .assets import SOURCE, company_of, dimensions_of, year_start
from .models import Deferral, DeferralLine
from .schedules import ZERO, deferral

_ = messages("assets")

DEFERRED: Final = {"revenue": "deferred_revenue", "expense": "deferred_expense"}
RECOGNISED: Final = {"revenue": "revenue", "expense": "operating_expense"}


def start(session: Session, record: Deferral, *, reclassify: bool = False) -> dict[str, Any]:
    """Give a deferral its number and schedule.

    With ``reclassify`` the whole amount is moved from where it was booked to the deferred purpose first, for documents
    that were booked as if there were no service to come.
    """
    if record.state != "draft":
        raise RuleBroken(_("This deferral is running already."))
    record.currency = record.currency or company_of(session).currency
    check_places(record.amount, record.currency)
    lines = deferral(
        record.amount, record.start_date, record.end_date, currency=record.currency, basis=record.basis,
        frequency=record.frequency, year_start=year_start(session),
    )  # fmt: skip
    dimensions_of(record.dimensions)
    session.number(series="assets.deferral", pattern="DEF{n:05}", company_id=record.company_id,
                   assign=lambda text: setattr(record, "number", text))  # fmt: skip
    record.state = "running" if lines else "done"
    session.flush()
    session.write_rows(
        DeferralLine,
        [
            {"deferral_id": record.id, "date": line.date, "amount": line.amount, "accumulated": line.accumulated,
             "state": "planned", "run_id": None}
            for line in lines
        ],
    )  # fmt: skip
    session.expire(record, ["lines"])
    if reclassify:
        _move(session, record, record.start_date, record.amount, "deferral_start")
    return {"id": record.id, "lines": len(lines)}


def _move(session: Session, record: Deferral, on: date, amount: Any, purpose: str) -> None:
    """Ask for an entry that defers ``amount``; one below zero recognises it."""
    said = dimensions_of(record.dimensions)
    sign = -1 if record.kind == "revenue" else 1
    amounts = (
        Amount(record.deferred_purpose or DEFERRED[record.kind], amount * sign, category=record.category,
               dimensions=said),
        Amount(record.purpose or RECOGNISED[record.kind], -amount * sign, category=record.category, dimensions=said),
    )  # fmt: skip
    request_posting(
        session,
        PostingRequest(source=SOURCE, key=f"deferral:{record.id}", purpose=purpose, date=on, currency=record.currency,
                       amounts=amounts, description=record.description, reference=record.reference),
        subject=record,
    )  # fmt: skip


def finish(session: Session, record: Deferral, *, on: date, reason: str) -> dict[str, Any]:
    """End a deferral early: all that is still deferred is recognised on a day."""
    if record.state != "running":
        raise RuleBroken(_("This deferral is not running."))
    left = record.amount - record.recognised
    session.execute(
        sa.delete(DeferralLine).where(DeferralLine.deferral_id == record.id, DeferralLine.state == "planned")
    )
    session.write_rows(
        DeferralLine,
        [{"deferral_id": record.id, "date": on, "amount": left, "accumulated": record.amount, "state": "posted",
          "run_id": None}],
    )  # fmt: skip
    session.expire(record, ["lines"])
    record.recognised, record.state = record.amount, "done"
    if left != ZERO:
        _move(session, record, on, -left, "deferral_end")
    session.emit("assets.deferral_finished", record, date=on, amount=left, currency=record.currency, reason=reason)
    return {"id": record.id, "recognised": left}
