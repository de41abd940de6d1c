"""The tables of the audit log and of its seals. Rows are only ever appended; the database refuses to change or remove
them, but for a payload whose erasure was recorded first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from backoffice.core.persistence import fields as field
from backoffice.core.persistence.fields import INFO
from backoffice.core.persistence.records import CoreBase, Guard, Row, Scoped, Table
from backoffice.core.persistence.types import Id, Instant
from backoffice.hookspecs import Field, messages

_ = messages("backoffice")

OPERATIONS = {"I": _("Created"), "U": _("Changed"), "D": _("Deleted")}


def _shown(kind: Any, label: str, choices: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe a column the triggers fill; the database is spared the checks of ordinary fields."""
    return {INFO: Field("", kind, label=label, read_only=True, choices=choices or {})}


_REFUSAL = "backoffice guard: The audit log is only ever added to."

_FIXED = (
    "id", "xid", "organization_id", "company_id", "at", "actor_id", "actor", "channel", "action", "request_id",
    "table_name", "subject_id", "record_id", "operation", "digest",
)  # fmt: skip
"""Columns of an audit row that nothing changes."""


def _only_erases(same: str) -> str:
    """Return the condition under which a row may be updated: its payload and salt go, and that is on record."""
    return " AND ".join(
        (
            "NEW.payload IS NULL AND NEW.salt IS NULL",
            *(f"NEW.{name} {same} OLD.{name}" for name in _FIXED),
            "EXISTS (SELECT 1 FROM core_erasure AS e WHERE e.audit_id = OLD.id)",
        )
    )


_AUDIT_GUARD = Guard(
    "core_audit_append_only",
    sqlite=(
        f"CREATE TRIGGER core_audit_append_only_update BEFORE UPDATE ON core_audit WHEN NOT ({_only_erases('IS')}) "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        "CREATE TRIGGER core_audit_append_only_delete BEFORE DELETE ON core_audit "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
    ),
    postgresql=(
        "CREATE FUNCTION core_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
        "CREATE TRIGGER core_audit_append_only BEFORE DELETE OR TRUNCATE ON core_audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION core_audit_append_only()",
        "CREATE FUNCTION core_audit_append_only_update() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN IF NOT ({_only_erases('IS NOT DISTINCT FROM')}) THEN RAISE EXCEPTION '{_REFUSAL}'; END IF; "
        "RETURN NEW; END $$",
        "CREATE TRIGGER core_audit_append_only_update BEFORE UPDATE ON core_audit "
        "FOR EACH ROW EXECUTE FUNCTION core_audit_append_only_update()",
    ),
)


def append_only(table: str, refusal: str) -> Guard:
    """Return the guard of a table whose rows are neither changed nor removed; ``refusal`` is an English sentence."""
    name = f"{table}_append_only"
    said = f"backoffice guard audit: {refusal}"
    return Guard(
        name,
        sqlite=tuple(
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{said}'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        postgresql=(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{said}'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
        ),
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
    __kept_apart__ = True
    """Entries without a company tell of users, roles and lines of every company: not for those limited to one."""
    guards = (_AUDIT_GUARD,)

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """One index serves the history of a record and its newest state, one the sealer; ids are never used again."""
        return (
            sa.Index("core_audit_subject_ix", "table_name", "subject_id", "record_id", "id"),
            sa.Index("core_audit_xid_ix", "xid", "id", sqlite_where=sa.text("xid IS NOT NULL")),
            {"sqlite_autoincrement": True},
        )

    id: Mapped[int] = mapped_column(Id, sa.Identity(), primary_key=True)
    xid: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The transaction on PostgreSQL, where ids do not follow the order of commits; nothing on SQLite."""
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


class Erasure(Row, CoreBase):
    """That the payload of an audit row was erased by right, and why. Who did it and when is in its own audit row."""

    __tablename__ = "core_erasure"
    __title__ = "reason"
    __referenced__ = False
    guards = (append_only("core_erasure", "Erasures are only ever added."),)
    audit_id: Mapped[int] = mapped_column(Id, nullable=False, unique=True)
    reason: Mapped[str] = field.text(400, label=_("Reason"))


class Seal(Table, CoreBase):
    """A leaf of the Merkle tree: the audit row that stands at this place, and the leaf's hash."""

    __tablename__ = "core_seal"
    __audited__ = False
    __audit_exempt__ = "It seals the audit log."
    guards = (append_only("core_seal", "Seals are only ever added."),)
    leaf_index: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = mapped_column(Id, nullable=False, unique=True)
    leaf_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), nullable=False)


class SealNode(Table, CoreBase):
    """The root of a complete subtree of the Merkle tree, on every eighth level, so that proofs read few rows."""

    __tablename__ = "core_seal_node"
    __audited__ = False
    __audit_exempt__ = "It follows from the seals."
    guards = (append_only("core_seal_node", "Seals are only ever added."),)
    level: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), nullable=False)


class CheckpointRow(Table, CoreBase):
    """The root of the Merkle tree at a size, signed; ``note`` is the signed note, which says the same."""

    __tablename__ = "core_checkpoint"
    __audited__ = False
    __audit_exempt__ = "It is signed."
    guards = (append_only("core_checkpoint", "Checkpoints are only ever added."),)
    size: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary(32), nullable=False)
    at: Mapped[datetime] = mapped_column(Instant, nullable=False)
    note: Mapped[str] = mapped_column(sa.Text, nullable=False)


class SealerRow(Table, CoreBase):
    """Where the sealer stands: the tree's frontier, and the last audit row it took. There is one row."""

    __tablename__ = "core_sealer"
    __audited__ = False
    __audit_exempt__ = "It follows from the seals."
    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    frontier: Mapped[bytes] = mapped_column(sa.LargeBinary, nullable=False)
    audit_xid: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    audit_id: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    cluster: Mapped[str] = mapped_column(sa.String(40), nullable=False)
    """The PostgreSQL cluster whose transactions are counted; another one counts from the beginning."""


class Handover(Table, CoreBase):
    """How far a place outside of the database was given checkpoints, and what went wrong."""

    __tablename__ = "core_handover"
    __audited__ = False
    __audit_exempt__ = "Bookkeeping of the worker."
    place: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger, nullable=False, default=0)
    handed_at: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(sa.Integer, nullable=False, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(sa.String(400))
    next_at: Mapped[datetime | None] = mapped_column(Instant)
