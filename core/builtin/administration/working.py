"""Verbs of everyday work: views of lists, comments, notices, and imports taken back."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import ApprovalRequest, SavedView
from backoffice.core.bookkeeping.working import Comment, ImportRun
from backoffice.core.errors import Forbidden, InvalidInput, NotFound
from backoffice.core.events.notices import Notice, notify
from backoffice.core.exchange.runs import undo
from backoffice.core.persistence import Session
from backoffice.core.users.models import RoleAssignment, RoleGrant, User
from backoffice.hookspecs import SIGNED_IN, Action, Field, On, Permission, Resource, messages

from .groups import ORGANISATION, WORK

_ = messages("backoffice")

SHARE = "core.share_views"
LONGEST_QUERY = 2000
NO_PART_OF_A_VIEW = frozenset({"after", "before", "view"})


# -- views of lists ----------------------------------------------------------------------------------------------


def save_view(
    session: Session, *, view_resource: str, name: str, query: str, role_id: int | None, preferred: bool
) -> dict[str, Any]:
    """Keep a list as it is shown under a name: one's own, or shared with those who have a role."""
    desk = session.info["desk"]
    desk.resource(view_resource)
    if role_id is not None:
        desk.require(SHARE)
    mine = _mine(session)
    wanted = (SavedView.user_id == mine, SavedView.resource == view_resource)
    found = session.scalars(sa.select(SavedView).where(*wanted, SavedView.name == name)).one_or_none()
    view = found or SavedView(user_id=mine, resource=view_resource, name=name)
    view.query, view.role_id, view.preferred = _tidy(query), role_id, preferred
    if preferred:
        for other in session.scalars(sa.select(SavedView).where(*wanted, SavedView.preferred)):
            other.preferred = other is view
    session.add(view)
    session.flush()
    return {"id": view.id, "version": view.version, "name": view.name, "query": view.query}


def _tidy(query: str) -> str:
    pairs = [(n, v) for n, v in parse_qsl(query.lstrip("?")) if n not in NO_PART_OF_A_VIEW]
    found = urlencode(pairs)
    if len(found) > LONGEST_QUERY:
        raise InvalidInput(_("This view is too long."), remedy=_("Use fewer filters."))
    return found


def _mine(session: Session) -> int:
    if session.context.actor_id is None:
        raise Forbidden(_("Only a person has a profile."), remedy=_("Sign in."))
    return session.context.actor_id


def forget_view(session: Session, *, view: int) -> dict[str, Any]:
    """Forget a view: one's own, or with the right to share them anybody's."""
    found = session.get(SavedView, view)
    own = found is not None and found.user_id == session.context.actor_id
    if found is None or not (own or (found.role_id is not None and session.info["desk"].may(SHARE))):
        raise NotFound(_("There is no such view."))
    session.delete(found)
    return {"id": view}


# -- comments ----------------------------------------------------------------------------------------------------

_MENTION = re.compile(r"(?<![\w@])@([\w.-]{2,64})")


def comment(session: Session, *, about: str, record: int, text: str) -> dict[str, Any]:
    """Say something about a record one may read; those named with @ are told."""
    _require_readable(session, about, record)
    if not text.strip():
        raise InvalidInput(_("Write something first."), fields={"text": [_("This is needed.")]})
    made = Comment(resource=about, record_id=record, user_id=session.context.actor_id, text=text.strip())
    session.add(made)
    session.flush()
    named = _named(session, text) - {session.context.actor_id}
    notify(session, named, "mentioned", resource=about, record_id=record, by=session.context.actor_id)
    return {"id": made.id, "version": made.version}


def _require_readable(session: Session, resource: str, record: int) -> None:
    desk = session.info["desk"]
    desk.find(session, desk.resource(resource), record, f"{resource}.read")


def _named(session: Session, text: str) -> set[int]:
    names = {name.rstrip(".-").lower() for name in _MENTION.findall(text)}
    if not names:
        return set()
    return set(session.scalars(sa.select(User.id).where(sa.func.lower(User.username).in_(names), User.active)))


def remove_comment(session: Session, *, comment: int) -> dict[str, Any]:
    """Take back what one said oneself; the audit log keeps it."""
    found = session.get(Comment, comment)
    if found is None or found.user_id is None or found.user_id != session.context.actor_id:
        raise NotFound(_("There is no such comment of yours."))
    session.delete(found)
    return {"id": comment}


# -- notices -----------------------------------------------------------------------------------------------------


def mark_read(session: Session, *, notice: int | None) -> dict[str, Any]:
    """Mark one notice as read, or all of one's own."""
    mine = [Notice.user_id == _mine(session), Notice.read_at.is_(None)]
    if notice is not None:
        mine.append(Notice.id == notice)
    session.execute(sa.update(Notice).where(*mine).values(read_at=session.now()))
    return {}


def approval_asked(session: Session, event: Any) -> None:
    """Tell those who may agree that somebody asks."""
    row = session.get(ApprovalRequest, event.subject_id)
    if row is None:
        return
    desk = session.info.get("desk")
    permission = desk.verb(row.action).permission if desk is not None else row.action
    told = _holders(session, "core.approve") & _holders(session, permission)
    facts = {"action": row.action, "by": session.context.actor_id}
    notify(session, told - {row.requested_by}, "approval_asked", resource="core.approval", record_id=row.id, **facts)


def approval_decided(session: Session, event: Any) -> None:
    """Tell whoever asked what was decided."""
    row = session.get(ApprovalRequest, event.subject_id)
    if row is None or row.requested_by is None or row.requested_by == row.decided_by:
        return
    facts = {"action": row.action, "state": row.state, "by": session.context.actor_id, "comment": row.comment}
    about = (row.resource, row.record_id) if row.resource and row.record_id else ("core.approval", row.id)
    notify(session, [row.requested_by], "approval_decided", resource=about[0], record_id=about[1], **facts)


def _holders(session: Session, permission: str) -> set[int]:
    """Return the active people whose roles give ``permission``, wherever it reaches."""
    from fnmatch import fnmatchcase

    grants = session.execute(sa.select(RoleGrant.role_id, RoleGrant.permission))
    roles = sorted({role for role, pattern in grants if fnmatchcase(permission, pattern)})
    wanted = sa.select(RoleAssignment.user_id).join(User, User.id == RoleAssignment.user_id)
    return set(session.scalars(wanted.where(RoleAssignment.role_id.in_(roles), User.active)))


# -- imports -----------------------------------------------------------------------------------------------------


def undo_import(session: Session, record: ImportRun, *, partly: bool) -> dict[str, Any]:
    """Delete what an import added and put back what it changed, as far as nobody touched it since."""
    return undo(session, record, partly=partly)


_VIEW = Field("view_resource", "code", label=_("List"), required=True, length=120)

ACTIONS = (
    Action(
        "core.save_view",
        save_view,
        label=_("Save this view"),
        permission=SIGNED_IN,
        fields=(
            _VIEW,
            Field("name", "text", label=_("Name"), required=True, length=80),
            Field("query", "text", label=_("Query"), length=4000, default=""),
            Field("role_id", "ref", label=_("Shared with"), target="core_role"),
            Field("preferred", "boolean", label=_("Opened first"), default=False),
        ),
    ),
    Action(
        "core.forget_view",
        forget_view,
        label=_("Forget this view"),
        permission=SIGNED_IN,
        fields=(Field("view", "integer", label=_("View"), required=True),),
    ),
    Action(
        "core.add_comment",
        comment,
        label=_("Comment"),
        permission=SIGNED_IN,
        fields=(
            Field("about", "code", label=_("Resource"), required=True, length=120),
            Field("record", "integer", label=_("Record"), required=True),
            Field("text", "long_text", label=_("Comment"), required=True, length=4000),
        ),
    ),
    Action(
        "core.remove_comment",
        remove_comment,
        label=_("Remove a comment"),
        permission=SIGNED_IN,
        fields=(Field("comment", "integer", label=_("Comment"), required=True),),
    ),
    Action(
        "core.mark_read",
        mark_read,
        label=_("Mark notices as read"),
        permission=SIGNED_IN,
        fields=(Field("notice", "integer", label=_("Notice")),),
    ),
    Action(
        "core.undo_import",
        undo_import,
        label=_("Undo the import"),
        resource="core.import",
        when=("state", ("loaded", "running")),
        destructive=True,
        confirm=_("Records it added are deleted; those it changed get their values back."),
        fields=(
            Field(
                "partly",
                "boolean",
                label=_("Leave what was touched since as it is"),
                default=False,
                help=_("Without this, nothing is undone when any record was touched since."),
            ),
        ),
    ),
)

RESOURCES = (
    Resource(
        "core.import",
        ImportRun,
        columns=("filename", "resource", "state", "rows", "created", "changed", "refused", "created_at"),
        label=_("Import"),
        plural=_("Imports"),
        description=_("Files that were loaded; a whole import can be undone."),
        filters=("resource", "state"),
        operations=frozenset(),
        badge="state",
        owner="created_by",
        menu="settings",
        menu_group=WORK,
    ),
    Resource(
        "core.saved_view",
        SavedView,
        columns=("name", "resource", "user_id", "role_id", "preferred"),
        label=_("Saved view"),
        plural=_("Saved views"),
        description=_("Lists as people like them: filters, order and columns under a name."),
        filters=("resource", "user_id", "role_id"),
        operations=frozenset(),
        owner="user_id",
        menu="settings",
        menu_group=ORGANISATION,
    ),
    Resource(
        "core.comment",
        Comment,
        columns=("text", "resource", "user_id"),
        label=_("Comment"),
        plural=_("Comments"),
        description=_("What people said about records."),
        filters=("resource", "user_id"),
        operations=frozenset(),
        owner="user_id",
    ),
)

PERMISSIONS = (Permission(SHARE, _("Share views of lists with a role")),)

LISTENERS = (
    On("core.approval_requested", approval_asked, name="notice_of_request"),
    On("core.approval_decided", approval_decided, name="notice_of_decision"),
)
