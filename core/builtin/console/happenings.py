"""Everything that happened to a record in one row: changes from the audit log, events, comments; newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.audit.history import Change as Audited
from backoffice.core.bookkeeping.working import Comment
from backoffice.core.events.models import EventRow
from backoffice.core.persistence import Session
from backoffice.core.users.models import User
from backoffice.hookspecs import messages

from .pages import Moment
from .timeline import CHANNELS, Timeline

_ = messages("console")

MOST: Final = 300
SHORT: Final = 120
"""Characters of a comment shown among what happened."""


def happenings(
    timeline: Timeline, session: Session, record_id: int, changes: Sequence[Audited], *, whole: bool,
    before: datetime | None = None,
) -> list[Moment]:  # fmt: skip
    """Return ``changes`` with the events and comments of the same time.

    ``whole`` says that no older change is left out; otherwise nothing older than the last of them is told. ``before``
    is where a later page begins.
    """
    since = None if whole or not changes else changes[-1].at
    events = _between(session, _events(timeline, record_id), EventRow.at, since, before)
    comments = _between(session, _comments(timeline, record_id), Comment.created_at, since, before)
    names = _names(session, events, comments)
    moments = _with_events(timeline, timeline.moments(changes, record_id), events, names)
    told = [*moments, *(_said(timeline, row, names) for row in comments)]
    return sorted(told, key=lambda moment: moment.at, reverse=True)


def _events(timeline: Timeline, record_id: int) -> sa.Select[Any]:
    about = (EventRow.subject_table == timeline.table, EventRow.subject_id == record_id)
    return sa.select(EventRow).where(*about).order_by(EventRow.id.desc())


def _comments(timeline: Timeline, record_id: int) -> sa.Select[Any]:
    about = (Comment.resource == timeline.resource.name, Comment.record_id == record_id)
    return sa.select(Comment).where(*about).order_by(Comment.id.desc())


def _between(
    session: Session, wanted: sa.Select[Any], at: Any, since: datetime | None, before: datetime | None
) -> Sequence[Any]:
    if since is not None:
        wanted = wanted.where(at >= since)
    if before is not None:
        wanted = wanted.where(at < before)
    return session.scalars(wanted.limit(MOST)).all()


def _names(session: Session, events: Iterable[Any], comments: Iterable[Any]) -> dict[int, str]:
    ids = sorted({e.actor_id for e in events if e.actor_id} | {c.user_id for c in comments if c.user_id})
    return {r.id: r.name for r in session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))} if ids else {}


def _with_events(
    timeline: Timeline, moments: Sequence[Moment], events: Sequence[EventRow], names: dict[int, str]
) -> list[Moment]:
    """Return ``moments`` with the events of the same request told in them, others as moments of their own."""
    known = {moment.request for moment in moments if moment.request}
    beside: dict[str, list[str]] = {}
    alone = []
    for event in reversed(events):
        if event.correlation in known:
            beside.setdefault(event.correlation, []).append(_label(timeline, event))
        else:
            alone.append(_happened(timeline, event, names))
    told = []
    for moment in moments:
        labels = dict.fromkeys(beside.pop(moment.request, ()))
        told.append(replace(moment, what=" · ".join([moment.what, *labels])) if labels else moment)
    return [*told, *alone]


def _label(timeline: Timeline, event: EventRow) -> str:
    declared = timeline.showing.desk.office.registry.events.get(event.name)
    return timeline.showing.reader.say(declared.label if declared is not None and declared.label else event.name)


def _happened(timeline: Timeline, event: EventRow, names: dict[int, str]) -> Moment:
    read = timeline.showing.reader
    who = names.get(event.actor_id or 0) or read.say(CHANNELS["system"])
    return Moment(at=event.at, who=who, what=_label(timeline, event), tone="info")


def _said(timeline: Timeline, row: Comment, names: dict[int, str]) -> Moment:
    read = timeline.showing.reader
    text = " ".join(row.text.split())
    short = text if len(text) <= SHORT else f"{text[:SHORT].rsplit(' ', 1)[0]}…"
    who = names.get(row.user_id or 0) or read.say(CHANNELS["system"])
    return Moment(at=row.created_at, who=who, what=read.say(_("commented: “{text}”"), text=short))


__all__ = ["happenings"]
