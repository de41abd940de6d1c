"""The table of the audit log. Rows are only ever appended; the database refuses to change or remove them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.fields import INFO
from backoffice.core.persistence.records import CoreBase, Guard, Scoped
from backoffice.core.persistence.types import Id
from backoffice.hookspecs import Field, messages

_ = messages("backoffice")

OPERATIONS = {"I": _("Created"), "U": _("Changed"), "D": _("Deleted")}


def _shown(kind: Any, label: str, choices: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe a column the triggers fill; the database is spared the checks of ordinary fields."""
    return {INFO: Field("", kind, label=label, read_only=True, choices=choices or {})}


_REFUSAL = "backoffice guard: The audit log is only ever added to."

_SQLITE = tuple(
    f"CREATE TRIGGER core_audit_append_only_{verb.lower()} BEFORE {verb} ON core_audit "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for verb in ("UPDATE", "DELETE")
)

_POSTGRESQL = (
    "CREATE FUNCTION core_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
    f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
    "CREATE TRIGGER core_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON core_audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION core_audit_append_only()",
)


class AuditRow(Scoped, CoreBase):
    """One change of one row: who, when, through what, before and after.

    ``payload`` is JSON text ``{"before": …, "after": …}`` as the trigger wrote it, byte for byte; ``digest`` is the
    SHA-256 of ``salt`` and ``payload``, so that a payload can be erased by right while the digest stays.
    """

    __tablename__ = "core_audit"
    __audited__ = False
    __audit_exempt__ = "It is the audit log."
    __referenced__ = False
    guards = (Guard("core_audit_append_only", sqlite=_SQLITE, postgresql=_POSTGRESQL),)

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """One index serves the history of a record; ids are never used again."""
        return (
            sa.Index("core_audit_subject_ix", "organization_id", "table_name", "subject_id"),
            {"sqlite_autoincrement": True},
        )

    id: Mapped[int] = mapped_column(Id, sa.Identity(), primary_key=True)
    organization_id: Mapped[int | None] = mapped_column(Id)  # type: ignore[assignment]
    company_id: Mapped[int | None] = mapped_column(Id)
    at: Mapped[datetime] = field.instant(label=_("When"))
    actor_id: Mapped[int | None] = mapped_column(Id)
    actor: Mapped[str] = mapped_column(sa.Text, nullable=False, info=_shown("code", _("Who")))
    channel: Mapped[str] = mapped_column(sa.Text, nullable=False, info=_shown("code", _("Through")))
    action: Mapped[str] = mapped_column(sa.Text, nullable=False, info=_shown("code", _("Action")))
    request_id: Mapped[str] = mapped_column(sa.Text, nullable=False, info=_shown("code", _("Request")))
    table_name: Mapped[str] = mapped_column(sa.Text, nullable=False, info=_shown("code", _("Table")))
    subject_id: Mapped[int] = mapped_column(Id, nullable=False, info=_shown("integer", _("Record")))
    record_id: Mapped[int] = mapped_column(Id, nullable=False, info=_shown("integer", _("Row")))
    operation: Mapped[str] = mapped_column(
        sa.String(1), nullable=False, info=_shown("choice", _("Operation"), OPERATIONS)
    )
    payload: Mapped[str | None] = mapped_column(sa.Text)
    salt: Mapped[str | None] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.Text, nullable=False)
