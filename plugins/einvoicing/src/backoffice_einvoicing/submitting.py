"""The way of a document to its authority: a job that tries, waits longer each time, and keeps every answer.

What was decided once (cleared, reported, rejected) is not asked again. Sending happens outside of any transaction, so
an attempt whose answer was lost is made again; authorities know a document by its number and its digest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.api import Conflict, JobRun, Session, Unavailable, translate
from backoffice.hookspecs import messages

from .authorities import Answer, Said, authority
from .kinds import WAITING
from .models import Step, Submission

_ = messages("einvoicing")

JOB: Final = "einvoicing.submit"
WAITS: Final = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 3 * 3600))
"""How long after the first, second … failed attempt it is tried again; the last holds for all further ones."""


def send_on(session: Session, submission: Submission, at: datetime | None = None) -> None:
    """Ask for the next attempt of ``submission``, now or at a time."""
    submission.next_at = at or session.now()
    session.flush()
    session.enqueue(JOB, {"submission": submission.id}, run_at=at, by_program=True)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return WAITS[min(max(attempts, 1), len(WAITS)) - 1]


def submit(job: JobRun, submission: int) -> dict[str, Any]:
    """Try once to hand over the document of ``submission``; the job behind each attempt."""
    desk = job.program
    with desk.reading(fresh=True) as session:
        row = session.get(Submission, submission)
        if row is None or row.state not in WAITING:
            return {"state": row.state if row is not None else "gone"}
        where = authority(row.authority)
        prepared = where.prepare(session, row.document)
    try:
        answer: Answer | None = where.send(prepared)
        failed = ""
    except Unavailable as error:
        answer, failed = None, str(error)
    state: str = desk.run(lambda session: _noted(session, submission, answer, failed))
    return {"state": state}


def _noted(session: Session, id_: int, answer: Answer | None, failed: str) -> str:
    """Keep what came of an attempt, and ask for the next where one is needed."""
    row = session.scalars(sa.select(Submission).where(Submission.id == id_).with_for_update()).one()
    if row.state not in WAITING:
        return str(row.state)
    row.attempts += 1
    if answer is None:
        _step(session, row, "", failed)
        row.message = failed
        send_on(session, row, session.now() + wait_after(row.attempts))
        return str(row.state)
    return _decided(session, row, answer)


def _decided(session: Session, row: Submission, answer: Answer) -> str:
    row.state = answer.state
    row.reference = answer.reference or row.reference
    row.message = "\n".join(_told(said) for said in answer.said if said.kind != "info") or None
    if answer.content is not None:
        row.answer = answer.content.decode("utf-8")
    for said in answer.said or (Said("", kind="info"),):
        _step(session, row, said.code, said.text)
    authority(row.authority).answered(session, row.document, answer)
    if answer.state in WAITING:
        send_on(session, row, session.now() + wait_after(row.attempts))
    else:
        row.done_at, row.next_at = session.now(), None
        facts = {"document": row.document_id, "invoice": row.document.invoice_id, "state": row.state}
        session.emit("einvoicing.submission_ended", row, **facts)
    return str(row.state)


def _told(said: Said) -> str:
    return f"{said.code}: {said.text}" if said.code else said.text


def _step(session: Session, row: Submission, code: str, message: str) -> None:
    session.add(
        Step(
            submission_id=row.id,
            at=session.now(),
            attempt=row.attempts,
            state=row.state,
            code=code[:80] or None,
            message=translate(message, session.context.language)[:4000] or None,
        )
    )
    session.flush()


def submit_now(session: Session, row: Submission) -> Submission:
    """Let a submission that waits be tried at once. Raises ``Conflict`` when it was decided."""
    if row.state not in WAITING:
        raise Conflict(
            _("This document was decided already."),
            remedy=_("Issue it again when it was rejected."),
        )
    send_on(session, row)
    return row


__all__ = ["JOB", "WAITS", "send_on", "submit", "submit_now", "wait_after"]
