"""Comments on records: who said what, and a place to answer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.bookkeeping.working import Comment
from backoffice.core.builtin.console.frame import initials
from backoffice.core.builtin.console.pages import CommentsPanel, CommentView
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import say
from backoffice.core.errors import InvalidInput
from backoffice.core.persistence import Session
from backoffice.core.web import signed_in
from backoffice.hookspecs import Resource, messages

from .base import desk, pages, people_by_id, see, tell

_ = messages("console")

MOST = 200
"""Comments shown with a record, the newest of them."""


def panel(noun: Resource, found: Any, session: Session) -> CommentsPanel:
    """Return the comments on a record; whoever may read it reads and writes them."""
    wanted = sa.select(Comment).where(Comment.resource == noun.name, Comment.record_id == found.id)
    rows = list(session.scalars(wanted.order_by(Comment.id.desc()).limit(MOST)))[::-1]
    people = people_by_id(session, [row.user_id for row in rows])
    here = {"resource": noun.name, "id": found.id}
    me = desk().user.user_id
    url = url_for("console.add_comment", **here) if me is not None else ""
    return CommentsPanel(comments=[_shown(row, people, here, me) for row in rows], url=url)


def _shown(row: Comment, people: dict[int, str], here: dict[str, Any], me: int | None) -> CommentView:
    who = people.get(row.user_id or 0, "") or say(_("The system"))
    own = row.user_id is not None and row.user_id == me
    return CommentView(
        who=who,
        initials=initials(who),
        at=row.created_at,
        parts=row.text.splitlines(),
        id=str(row.id),
        remove_url=url_for("console.remove_comment", **here, comment=row.id) if own else "",
    )


@pages.post("/records/<resource>/<int:id>/comments")
@signed_in
def add_comment(resource: str, id: int) -> ResponseReturnValue:
    """Say something about a record."""
    text = request.form.get("text", "")
    try:
        made = desk().execute(
            "core.add_comment", {"about": resource, "record": id, "text": text}, key=request.form.get("key", "")
        )
    except InvalidInput as error:
        tell(next((said for one in error.fields.values() for said in one), error.what), "warning")
        return see(f"{places().record(resource, id)}#comments")
    return see(f"{places().record(resource, id)}#comment-{made['id']}")


@pages.post("/records/<resource>/<int:id>/comments/<int:comment>/remove")
@signed_in
def remove_comment(resource: str, id: int, comment: int) -> ResponseReturnValue:
    """Take back a comment of one's own."""
    desk().execute("core.remove_comment", {"comment": comment})
    tell(_("Your comment is removed."))
    return see(f"{places().record(resource, id)}#comments")


__all__ = ["panel"]
