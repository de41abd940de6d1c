"""The history of a record: who changed what, when and through what, and the record as it was at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from backoffice.core.persistence import Session, fields_of, metadata
from backoffice.core.persistence.types import Instant, Scaled, plain
from backoffice.hookspecs import Field

from .models import AuditRow

SILENT = frozenset({"version", "updated_at", "created_at", "created_by", "organization_id", "search_key", "id"})
"""Columns that say nothing to a person who reads a history."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after. ``field`` describes it, or is ``None`` for bookkeeping columns."""

    name: str
    before: Any
    after: Any
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one row."""

    id: int
    at: datetime
    actor_id: int | None
    actor: str
    channel: str
    action: str
    request_id: str
    operation: Literal["I", "U", "D"]
    table: str
    record_id: int
    subject_id: int
    changes: tuple[FieldChange, ...]
    erased: bool = False


def history(
    session: Session, table: str, subject_id: int, *, limit: int = 200, before: int | None = None
) -> list[Change]:
    """Return the changes of the record ``subject_id`` of ``table`` and of its lines, newest first.

    ``before`` is the id of the oldest change of the page above.
    """
    parts = [table, *parts_of(table)]
    statement = sa.select(AuditRow).where(AuditRow.table_name.in_(parts), AuditRow.subject_id == subject_id)
    if before is not None:
        statement = statement.where(AuditRow.id < before)
    rows = session.scalars(statement.order_by(AuditRow.id.desc()).limit(limit))
    return [change_of(row) for row in rows]


def recent(
    session: Session, *, limit: int = 50, before: int | None = None, actor_id: int | None = None, table: str = ""
) -> list[Change]:
    """Return the newest changes of the organisation, of one person or of one table."""
    statement = sa.select(AuditRow)
    if before is not None:
        statement = statement.where(AuditRow.id < before)
    if actor_id is not None:
        statement = statement.where(AuditRow.actor_id == actor_id)
    if table:
        statement = statement.where(AuditRow.table_name == table)
    return [change_of(row) for row in session.scalars(statement.order_by(AuditRow.id.desc()).limit(limit))]


def as_of(session: Session, table: str, record_id: int, at: datetime) -> dict[str, Any] | None:
    """Return the values of a row as they were at the instant ``at``, or ``None`` when it did not exist then."""
    row = session.scalars(
        sa.select(AuditRow)
        .where(AuditRow.table_name == table, AuditRow.record_id == record_id, AuditRow.at <= at)
        .where(AuditRow.subject_id == record_id if not _part_column(table) else sa.true())
        .order_by(AuditRow.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.operation == "D" or row.payload is None:
        return None
    return decode(table, json.loads(row.payload)["after"])


def at_version(session: Session, table: str, record_id: int, version: int) -> dict[str, Any] | None:
    """Return the values of a record as they were saved at ``version``, or ``None`` when its history does not tell."""
    rows = session.scalars(
        sa.select(AuditRow)
        .where(AuditRow.table_name == table, AuditRow.record_id == record_id, AuditRow.subject_id == record_id)
        .order_by(AuditRow.id.desc())
    )
    for row in rows:
        after = json.loads(row.payload).get("after") if row.payload is not None else None
        if after and after.get("version") == version:
            return decode(table, after)
    return None


def lines_as_of(session: Session, table: str, subject_id: int, at: datetime) -> list[dict[str, Any]]:
    """Return the rows of ``table``, lines of the record ``subject_id``, as they were at the instant ``at``."""
    rows = session.scalars(
        sa.select(AuditRow)
        .where(AuditRow.table_name == table, AuditRow.subject_id == subject_id, AuditRow.at <= at)
        .order_by(AuditRow.id)
    )
    last = {row.record_id: row for row in rows}
    living = [row for row in last.values() if row.operation != "D" and row.payload is not None]
    return [decode(table, json.loads(row.payload or "")["after"]) for row in sorted(living, key=lambda r: r.record_id)]


def change_of(row: AuditRow) -> Change:
    """Return an audit row as a change with decoded values; only what differs, for an update."""
    payload = json.loads(row.payload) if row.payload is not None else {}
    before = decode(row.table_name, payload.get("before") or {})
    after = decode(row.table_name, payload.get("after") or {})
    return Change(
        row.id, row.at, row.actor_id, row.actor, row.channel, row.action, row.request_id,
        row.operation, row.table_name, row.record_id, row.subject_id,  # type: ignore[arg-type]
        tuple(_differences(row.table_name, before, after)), row.payload is None,
    )  # fmt: skip


def _differences(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[FieldChange]:
    described = _described(table)
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if name in SILENT or old == new:
            continue
        yield FieldChange(name, old, new, described.get(name))


def decode(table: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an audit payload as Python values: exact decimals, dates, instants."""
    columns: Any = metadata.tables[table].columns if table in metadata.tables else {}
    return {name: _decoded(columns[name].type, value) if name in columns else value for name, value in raw.items()}


def _decoded(type_: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(type_, Scaled):
        return plain(int(value), type_.scale)
    if isinstance(type_, Instant):
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if isinstance(type_, sa.Date):
        return date.fromisoformat(value)
    if isinstance(type_, sa.Boolean):
        return bool(value)
    return value


def parts_of(table: str) -> list[str]:
    """Return the tables whose rows are lines of records of ``table``."""
    from backoffice.core.persistence.fields import REF

    classes = classes_by_table()
    columns = {name: cls.__part_of__ for name, cls in classes.items() if cls.__part_of__ and name in metadata.tables}
    return [name for name, column in columns.items() if metadata.tables[name].c[column].info.get(REF) == table]


def classes_by_table() -> dict[str, Any]:
    """Return the mapped classes of the core and of every plugin that was loaded, by table."""
    from backoffice.core.persistence.records import CoreBase, Table

    found: dict[str, Any] = {}
    waiting: list[Any] = [Table, CoreBase]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if "__tablename__" in vars(cls):
                found[cls.__tablename__] = cls
    return found


def _part_column(table: str) -> str:
    cls = classes_by_table().get(table)
    return cls.__part_of__ if cls is not None else ""


def _described(table: str) -> dict[str, Field]:
    cls = classes_by_table().get(table)
    return fields_of(cls) if cls is not None else {}
