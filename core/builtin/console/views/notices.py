"""What one was told: a job ended, somebody asks for agreement, a request was decided, a comment names one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.models import APPROVAL_STATES
from backoffice.core.builtin.console.pages import Empty, NotificationView, Pager
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.errors import NotFound
from backoffice.core.events.notices import Notice
from backoffice.core.web import signed_in
from backoffice.hookspecs import messages

from .base import desk, pages, people_by_id, see

_ = messages("console")

PAGE = 50

TEXTS: dict[str, tuple[Any, Any]] = {
    "job_done": (_("{label} is done."), "good"),
    "job_dead": (_("{label} was given up."), "bad"),
    "approval_asked": (_("{who} asks you to agree: {label}"), "warning"),
    "approval_decided": (_("{who} decided your request: {label}, {state}"), "info"),
    "mentioned": (_("{who} named you in a comment: {label}"), "info"),
    "webhook_disabled": (_("Nothing reached a webhook for days, it was switched off: {label}"), "bad"),
}


@pages.get("/notifications")
@signed_in
def notifications() -> str:
    """Show what this person was told, newest first."""
    before = request.args.get("before", "")
    wanted = sa.select(Notice).where(Notice.user_id == desk().user.user_id)
    if before.isascii() and before.isdigit() and len(before) < 19:
        wanted = wanted.where(Notice.id < int(before))
    with desk().reading() as session:
        rows = session.scalars(wanted.order_by(Notice.id.desc()).limit(PAGE + 1)).all()
        people = people_by_id(session, [(row.facts or {}).get("by") for row in rows])
        older = url_for("console.notifications", before=rows[PAGE - 1].id) if len(rows) > PAGE else ""
        empty = Empty(
            title=say(_("Nothing to tell")),
            text=say(_("Requests for your agreement, the end of your jobs and comments that name you are told here.")),
            icon="bell",
        )
        return render(
            "notifications",
            notifications=[_told(row, people) for row in rows[:PAGE]],
            read_url=url_for("console.read_all") if any(row.read_at is None for row in rows) else "",
            pager=Pager(next=older) if older or before else None,
            empty=empty,
        )


def _told(row: Notice, people: dict[int, str]) -> NotificationView:
    text, tone = TEXTS.get(row.kind, (row.kind, "info"))
    facts = dict(row.facts or {})
    values = {
        "who": people.get(facts.get("by") or 0) or say(_("The system")),
        "label": _label(row, facts),
        "state": say(APPROVAL_STATES.get(facts.get("state", ""), "")),
    }
    said = say(text, **values)
    comment = facts.get("comment")
    return NotificationView(
        text=f"{said} – {comment}" if comment else said,
        at=row.at,
        tone="bad" if facts.get("state") == "rejected" else "good" if facts.get("state") == "approved" else tone,
        url=url_for("console.notice", id=row.id) if _address(row) else "",
        unread=row.read_at is None,
    )


def _label(row: Notice, facts: dict[str, Any]) -> str:
    """Return what it is about: the job or action, or the kind of record; its title is for those who open it."""
    registry = desk().office.registry
    if "job" in facts:
        job = registry.jobs.get(facts["job"])
        return say(job.label if job is not None and job.label else facts["job"])
    if "action" in facts:
        action = registry.actions.get(facts["action"])
        return say(action.label if action is not None and action.label else facts["action"])
    noun = registry.resources.get(row.resource)
    return say(noun.label if noun is not None else row.resource)


def _address(row: Notice) -> str:
    if row.kind == "approval_asked":
        return places().list("core.approval")
    if row.resource == "core.job" and row.record_id is not None:
        return url_for("console.job", id=row.record_id)
    return places().record(row.resource, row.record_id) if row.resource and row.record_id else ""


@pages.get("/notifications/<int:id>")
@signed_in
def notice(id: int) -> ResponseReturnValue:
    """Lead to what a notice is about; from then on it is read."""
    mine = sa.select(Notice).where(Notice.id == id, Notice.user_id == desk().user.user_id)
    with desk().reading() as session:
        row = session.scalars(mine).one_or_none()
        address = _address(row) if row is not None else ""
    if row is None or not address:
        raise NotFound(_("There is nothing to open here any more."))
    desk().execute("core.mark_read", {"notice": id})
    return see(f"{address}#comments" if row.kind == "mentioned" else address)


@pages.post("/notifications/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """Mark everything as read."""
    desk().execute("core.mark_read", {})
    return see(url_for("console.notifications"))
