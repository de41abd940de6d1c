"""Soft locks: days until which nothing more is posted, and exceptions from them that end by themselves."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, UniqueInCompany, User, field
from backoffice.hookspecs import messages

from .base import Base

_ = messages("accounting")

LOCKED_KINDS = {
    "all": _("Everything"),
    "tax": _("What concerns taxes"),
    "sale": _("Sales"),
    "purchase": _("Purchases"),
}


class Lock(OfCompany, Record, Base):
    """A day until which nothing of a kind is posted any more; it may be moved."""

    __tablename__ = "accounting_lock"
    __remembered__ = True
    __title__ = "kind"
    __key__ = ("kind",)
    __referenced__ = False

    kind: Mapped[str] = field.choice(LOCKED_KINDS, label=_("What"))
    until: Mapped[datetime.date] = field.day(label=_("Locked until"))

    unique = UniqueInCompany("kind")
    by_until = Indexed("until", "id")


class LockException(OfCompany, Record, Base):
    """Leave for one person to post before a lock until an instant, with its reason."""

    __tablename__ = "accounting_lock_exception"
    __title__ = "reason"
    __referenced__ = False

    kind: Mapped[str] = field.choice(LOCKED_KINDS, label=_("What"), read_only=True)
    user_id: Mapped[int] = field.ref(User, label=_("Who"), read_only=True)
    since: Mapped[datetime.date] = field.day(label=_("Posts from"), read_only=True)
    expires_at: Mapped[datetime.datetime] = field.instant(label=_("Ends"), read_only=True)
    reason: Mapped[str] = field.text(200, label=_("Reason"), read_only=True)

    by_user = Indexed("user_id", "expires_at")
    by_end = Indexed("expires_at", "id")
