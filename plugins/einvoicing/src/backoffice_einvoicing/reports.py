"""The work list: what is stuck, rejected or could not be made, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import Session
from backoffice.hookspecs import Column, Link, Row, Table, messages

from .kinds import DOCUMENT_STATES, SUBMISSION_STATES, WAITING
from .models import Document, Received, Submission

_ = messages("einvoicing")

PATIENCE = timedelta(minutes=15)
"""A document that waits longer is stuck."""


def work_list(session: Session) -> Table:
    """Return what somebody has to look at, the oldest first."""
    columns = (
        Column("number", _("Number")),
        Column("what", _("What it is")),
        Column("state", _("State")),
        Column("since", _("Since"), "instant"),
        Column("why", _("Why")),
    )
    rows = [*_submissions(session), *_faulty(session), *_received(session)]
    rows.sort(key=lambda row: row.cells[3])
    return Table(columns, rows)


def _submissions(session: Session) -> Iterator[Row]:
    late = session.now() - PATIENCE
    stuck = sa.and_(Submission.state.in_(WAITING), Submission.created_at < late)
    rejected = sa.and_(Submission.state == "rejected", Document.state == "made")
    wanted = (
        sa.select(Submission)
        .join(Document, Document.id == Submission.document_id)
        .where(Submission.company_id == session.company_id, sa.or_(stuck, rejected))
        .order_by(Submission.id)
    )
    for row in session.scalars(wanted):
        what = _("Rejected") if row.state == "rejected" else _("Not delivered")
        cells = (row.number, what, SUBMISSION_STATES[row.state], row.created_at, row.message or "")
        yield Row(cells, link=Link(resource="einvoicing.submission", id=row.id))


def _faulty(session: Session) -> Iterator[Row]:
    wanted = sa.select(Document).where(Document.company_id == session.company_id, Document.state == "faulty")
    for row in session.scalars(wanted.order_by(Document.id)):
        cells = (row.number, _("Cannot be made"), DOCUMENT_STATES[row.state], row.created_at, row.problems or "")
        yield Row(cells, link=Link(resource="einvoicing.document", id=row.id))


def _received(session: Session) -> Iterator[Row]:
    wanted = sa.select(Received).where(Received.company_id == session.company_id, Received.state == "new")
    for row in session.scalars(wanted.order_by(Received.id)):
        why: Any = row.problems or (
            _("The supplier is not known.") if row.party_id is None else _("It waits to be booked.")
        )
        cells = (row.number, _("Received"), _("New"), row.created_at, why)
        yield Row(cells, link=Link(resource="einvoicing.received", id=row.id))


__all__ = ["work_list"]
