"""Tables of what the console keeps for one person alone: forms that were not saved yet, and their favourites."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import CoreBase, Indexed, Row, UniqueInOrganization
from backoffice.core.persistence.types import Id, Json
from backoffice.hookspecs import messages

_ = messages("backoffice")


class Draft(Row, CoreBase):
    """What somebody typed into a form and has not saved; nobody else sees it, and it goes with the person."""

    __tablename__ = "core_draft"
    __title__ = "form"
    __audited__ = False
    __audit_exempt__ = "It changes nothing, and is gone once the form is saved, which is audited."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    form: Mapped[str] = field.code(250, label=_("Form"), read_only=True)
    resource: Mapped[str] = field.code(120, label=_("Resource"), default="", read_only=True)
    record_id: Mapped[int | None] = mapped_column(Id)
    """The record the form changes, so that the draft goes with it."""
    texts: Mapped[dict[str, Any]] = mapped_column(Json, nullable=False, default=dict)
    record_version: Mapped[int | None] = field.integer(label=_("Version"), read_only=True)
    """The version that is being typed over: what others save meanwhile is merged when the draft is."""
    saved_at: Mapped[datetime] = field.instant(label=_("Kept"), read_only=True)
    unique = UniqueInOrganization("user_id", "form")
    of_record = Indexed("resource", "record_id")
    oldest_first = Indexed("saved_at")


class Favourite(Row, CoreBase):
    """A list, report or page that somebody put at the top of their navigation."""

    __tablename__ = "core_favourite"
    __title__ = "place"
    __audited__ = False
    __audit_exempt__ = "It says where one person likes to go, and opens nothing to them."
    __referenced__ = False
    user_id: Mapped[int] = field.ref("core_user", label=_("User"))
    place: Mapped[str] = field.code(200, label=_("Place"), read_only=True)
    unique = UniqueInOrganization("user_id", "place")


__all__ = ["Draft", "Favourite"]
