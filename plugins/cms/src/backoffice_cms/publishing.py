"""Publishing: which revision visitors see, from when, until when, and who agreed to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, JobRun, RuleBroken, Session
from backoffice.hookspecs import messages

from .models import Revision, Text
from .writing import revision_of, settle, write

_ = messages("cms")

PUBLISHED = "cms.page_published"


def submit(session: Session, text: Text) -> dict[str, Any]:
    """Hand the newest revision over to whoever publishes; what is written meanwhile is another one."""
    if text.draft is None or text.draft == text.live:
        raise RuleBroken(_("There is nothing new to publish."))
    text.review = text.draft
    settle(text)
    session.flush()
    return {"id": text.id, "revision": revision_of(session, text, None).number}


def turn_down(session: Session, text: Text, *, reason: str) -> dict[str, Any]:
    """Hand a text back to whoever wrote it."""
    if text.review is None:
        raise RuleBroken(_("This text was not handed over."))
    text.review = None
    settle(text)
    session.flush()
    return {"id": text.id, "reason": reason}


def publish(
    session: Session, text: Text, *, revision: int | None = None, at: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Publish a revision of ``text`` now, or at an instant; until another, or for good.

    Without ``revision`` it is the one that was handed over, else the newest. At its time this very revision is
    published, whatever was written since.
    """
    chosen = _chosen(session, text, revision)
    now = session.now()
    if until is not None and until <= (at or now):
        said = _("It would end before it begins.")
        raise InvalidInput(said, fields={"until": [said]})
    if until is not None:
        text.expires_at = until
    text.review = None
    if at is not None and at > now:
        text.waiting, text.publish_at = chosen.number, at
        settle(text)
        session.flush()
    else:
        _go_live(session, text, chosen.number)
        if until is None:
            text.expires_at = None
    return {"id": text.id, "revision": chosen.number, "state": text.state}


def _chosen(session: Session, text: Text, number: int | None) -> Revision:
    return revision_of(session, text, text.review if number is None else number)


def _go_live(session: Session, text: Text, number: int) -> None:
    """Let visitors see a revision: one pointer moves."""
    text.live, text.waiting, text.publish_at = number, None, None
    text.last_published = session.now()
    text.first_published = text.first_published or session.now()
    settle(text)
    session.flush()
    session.emit(PUBLISHED, text, site=text.site.code, language=text.language, path=text.path, what="published")


def withdraw(session: Session, text: Text) -> dict[str, Any]:
    """Take ``text`` from visitors; what was to be published later is not."""
    if text.live is None and text.waiting is None:
        raise RuleBroken(_("This text is not published."))
    text.live = text.waiting = text.publish_at = text.expires_at = None
    settle(text)
    session.flush()
    session.emit(PUBLISHED, text, site=text.site.code, language=text.language, path=text.path, what="withdrawn")
    return {"id": text.id, "state": text.state}


def restore(session: Session, text: Text, *, revision: int) -> dict[str, Any]:
    """Write an old revision again, as the newest one."""
    old = revision_of(session, text, revision)
    made = write(
        session, text, title=old.title, summary=old.summary or "", body=old.body, seo_title=old.seo_title or "",
        seo_summary=old.seo_summary or "", note=str(_("Revision {number} again").with_values(number=revision).filled()),
    )  # fmt: skip
    return {"id": text.id, "revision": made.number}


def publish_due(job: JobRun) -> dict[str, Any]:
    """Publish what waits for a time that has come, and withdraw what has expired; each by itself."""

    def due(session: Session) -> tuple[list[int], list[int]]:
        now = session.now()
        waiting = sa.select(Text.id).where(Text.publish_at.is_not(None), Text.publish_at <= now)
        ended = sa.select(Text.id).where(Text.expires_at.is_not(None), Text.expires_at <= now)
        return list(session.scalars(waiting)), list(session.scalars(ended))

    with job.program.reading() as session:
        waiting, ended = due(session)
    for id_ in waiting:
        job.program.run(lambda session, id_=id_: _publish_now(session, id_))
    for id_ in ended:
        job.program.run(lambda session, id_=id_: _end_now(session, id_))
    return {"published": len(waiting), "withdrawn": len(ended)}


def _publish_now(session: Session, id_: int) -> None:
    text = session.get(Text, id_)
    if text is None or text.waiting is None or text.publish_at is None or text.publish_at > session.now():
        return
    _go_live(session, text, text.waiting)


def _end_now(session: Session, id_: int) -> None:
    text = session.get(Text, id_)
    if text is None or text.expires_at is None or text.expires_at > session.now():
        return
    if text.live is None:
        text.expires_at = None
        session.flush()
    else:
        withdraw(session, text)


def put_away(session: Session, *, keep: int = 20, days: int = 90) -> dict[str, Any]:
    """Delete old revisions: those beyond the newest ``keep`` of their text and older than ``days``.

    What is published, waits, is to be looked at, or is the newest stays, however old it is; the database holds that.
    """
    before = session.now() - timedelta(days=days)
    place = sa.func.row_number().over(partition_by=Revision.text_id, order_by=Revision.number.desc()).label("place")
    ranked = sa.select(Revision.id, Revision.text_id, Revision.number, Revision.at, place).subquery()
    pointed = {
        (row.id, number)
        for row in session.execute(sa.select(Text.id, Text.draft, Text.review, Text.live, Text.waiting))
        for number in row[1:]
        if number is not None
    }
    old = session.execute(
        sa.select(ranked.c.id, ranked.c.text_id, ranked.c.number).where(ranked.c.place > keep, ranked.c.at < before)
    )
    gone = [row.id for row in old if (row.text_id, row.number) not in pointed]
    for n in range(0, len(gone), 500):
        session.execute(
            sa.delete(Revision).where(Revision.id.in_(gone[n : n + 500])),
            execution_options={"synchronize_session": False},
        )
    session.expire_all()
    return {"deleted": len(gone)}
