"""The table of requests about people: who was exported or erased, why, and what became of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Mapped

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.records import CoreBase, Indexed, Record
from backoffice.hookspecs import messages

_ = messages("personal")

KINDS = {"export": _("Handed over"), "erase": _("Erased")}


class PersonRequest(Record, CoreBase):
    """That everything about a person was handed over or erased. It names the record, never the person."""

    __tablename__ = "core_person_request"
    __title__ = "reason"
    __referenced__ = False
    kind: Mapped[str] = field.choice(KINDS, label=_("What was done"), read_only=True)
    resource: Mapped[str] = field.code(120, label=_("About"), read_only=True)
    record_id: Mapped[int] = field.integer(label=_("Record"), read_only=True)
    reason: Mapped[str] = field.text(400, label=_("Reason"), read_only=True)
    asked_by: Mapped[int | None] = field.ref("core_user", label=_("Asked by"), read_only=True)
    decided_by: Mapped[int | None] = field.ref("core_user", label=_("Decided by"), read_only=True)
    erased: Mapped[int] = field.integer(label=_("Records erased"), default=0, read_only=True)
    kept: Mapped[int] = field.integer(label=_("Records kept by law"), default=0, read_only=True)
    payloads: Mapped[int] = field.integer(label=_("Entries of the audit log erased"), default=0, read_only=True)
    outcome: Mapped[Any | None] = field.data(label=_("Outcome"), read_only=True)
    by_record = Indexed("resource", "record_id")


__all__ = ["KINDS", "PersonRequest"]
