"""What people are told: a job of theirs ended, somebody asks for their agreement, a comment names them.

A notice says what happened as a kind and facts, so that it is read in the language of whoever opens it. It tells
nothing that is not recorded elsewhere, which is why it is not audited, and it leads to a record, which asks for
permission itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.persistence import Session, SystemSession
from backoffice.core.persistence import fields as field
from backoffice.core.persistence.prepared import Read
from backoffice.core.persistence.records import CoreBase, Indexed, Row
from backoffice.core.persistence.types import Id, Json
from backoffice.hookspecs import Label, messages

_ = messages("backoffice")

KINDS: Final[dict[str, Label]] = {
    "job_done": _("A job is done"),
    "job_dead": _("A job was given up"),
    "approval_asked": _("Somebody asks for agreement"),
    "approval_decided": _("A request was decided"),
    "mentioned": _("A comment names you"),
    "webhook_disabled": _("A webhook was switched off"),
}

MOST_COUNTED: Final = 100
"""Unread notices are counted as far as this; more are more."""


class Notice(Row, CoreBase):
    """Something one person was told."""

    __tablename__ = "core_notice"
    __title__ = "kind"
    __audited__ = False
    __audit_exempt__ = "It says again what is recorded elsewhere."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    at: Mapped[datetime] = field.instant(label=_("When"), read_only=True)
    kind: Mapped[str] = field.choice(KINDS, checked=False, label=_("Kind"), read_only=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False, default=dict)
    resource: Mapped[str] = field.code(120, label=_("Resource"), default="", read_only=True)
    record_id: Mapped[int | None] = mapped_column(Id)
    read_at: Mapped[datetime | None] = field.instant(label=_("Read"), read_only=True)
    newest_first = Indexed("user_id", "id")
    unread_first = Indexed("user_id", where="read_at IS NULL")


def notify(
    session: Session | SystemSession, users: Iterable[int], kind: str, *, resource: str = "",
    record_id: int | None = None, organization_id: int | None = None, **facts: Any,
) -> None:  # fmt: skip
    """Tell ``users`` something of ``kind`` in this transaction; the facts are plain JSON values.

    ``organization_id`` is said by sessions that belong to none.
    """
    own = organization_id or session.context.organization_id
    session.add_all(
        Notice(organization_id=own, user_id=user, at=session.now(), kind=kind, facts=facts, resource=resource,
               record_id=record_id)
        for user in sorted(set(users))
    )  # fmt: skip


UNREAD: Final = Read(
    sa.select(Notice.id).where(Notice.user_id == sa.bindparam("user_id"), Notice.read_at.is_(None)).limit(MOST_COUNTED)
)
"""The notices that somebody has not read, at most :data:`MOST_COUNTED`."""


def unread(session: Session, user_id: int) -> int:
    """Return how many notices ``user_id`` has not read, at most :data:`MOST_COUNTED`."""
    return len(UNREAD.rows(session, user_id=user_id))


__all__ = ["KINDS", "UNREAD", "Notice", "notify", "unread"]
