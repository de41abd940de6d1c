"""Tables of everyday work around records: comments on them, and the imports that brought them in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import CoreBase, Indexed, Record
from backoffice.core.persistence.types import Id
from backoffice.hookspecs import messages

_ = messages("backoffice")


class Comment(Record, CoreBase):
    """What somebody says about a record; whoever may read the record reads it."""

    __tablename__ = "core_comment"
    __title__ = "text"
    __referenced__ = False
    resource: Mapped[str] = field.code(120, label=_("Resource"), read_only=True)
    record_id: Mapped[int] = mapped_column(Id, nullable=False)
    user_id: Mapped[int | None] = field.ref("core_user", label=_("Written by"), read_only=True)
    text: Mapped[str] = field.long_text(label=_("Comment"), personal=True)
    of_record = Indexed("resource", "record_id")


IMPORT_STATES = {
    "running": _("Under way"),
    "loaded": _("Loaded"),
    "undone": _("Undone"),
}


class ImportRun(Record, CoreBase):
    """One import of a file: what it was, how far it came, and by which mark the audit log knows what it did."""

    __tablename__ = "core_import"
    __title__ = "filename"
    __referenced__ = False
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"), read_only=True)
    resource: Mapped[str] = field.code(120, label=_("Into"), read_only=True)
    filename: Mapped[str] = field.text(200, label=_("File"), read_only=True)
    heads: Mapped[str] = field.code(64, label=_("Columns"), read_only=True, default="")
    """Digest of the names of the file's columns."""
    mapping: Mapped[dict[str, Any] | None] = field.data(label=_("Loaded into"), read_only=True)
    """Column → name of the field, remembered for the next file with the same columns."""
    state: Mapped[str] = field.choice(IMPORT_STATES, label=_("State"), default="running", read_only=True)
    mark: Mapped[str] = field.code(64, label=_("Request"), read_only=True)
    rows: Mapped[int] = field.integer(label=_("Rows read"), default=0, read_only=True)
    created: Mapped[int] = field.integer(label=_("Added"), default=0, read_only=True)
    changed: Mapped[int] = field.integer(label=_("Changed"), default=0, read_only=True)
    unchanged: Mapped[int] = field.integer(label=_("The same already"), default=0, read_only=True)
    refused: Mapped[int] = field.integer(label=_("Refused"), default=0, read_only=True)
    undone_at: Mapped[datetime | None] = field.instant(label=_("Undone"), read_only=True)
    of_columns = Indexed("resource", "heads", "id")


__all__ = ["IMPORT_STATES", "Comment", "ImportRun"]
