"""The table of attachments: which file belongs to which record. The bytes lie in the store, under their digest."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import CoreBase, Indexed, Record
from backoffice.hookspecs import messages

_ = messages("attachments")


class Attachment(Record, CoreBase):
    """A file that belongs to a record of any table. Reading it asks what reading that record asks."""

    __tablename__ = "core_attachment"
    __title__ = "name"
    __referenced__ = False
    company_id: Mapped[int | None] = field.ref("core_company", label=_("Company"), read_only=True)
    subject_table: Mapped[str] = field.code(80, label=_("Belongs to"), read_only=True)
    subject_id: Mapped[int] = field.integer(label=_("Record"), read_only=True)
    name: Mapped[str] = field.text(200, label=_("Name"), personal=True)
    type: Mapped[str] = field.code(100, label=_("Kind"), read_only=True)
    size: Mapped[int] = field.integer(label=_("Bytes"), read_only=True)
    digest: Mapped[str] = field.code(64, label=_("SHA-256"), read_only=True)
    purpose: Mapped[str] = field.code(80, label=_("Purpose"), read_only=True, default="")
    by_subject = Indexed("subject_table", "subject_id")
    by_digest = Indexed("digest")


__all__ = ["Attachment"]
