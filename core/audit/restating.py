"""Write into the log what a migration did to business rows: the triggers that would have are off meanwhile.

What had been changed behind the log's back before the migration is left as it is, so that no upgrade hides it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from backoffice.core.persistence.context import Context
from backoffice.core.persistence.migrations import Component, standing
from backoffice.core.persistence.records import Table

from .living import Compared, Stray, batches, marks
from .storage import Store
from .triggers import deleted_sql, restate_sql

ACTION: Final = "db upgrade"
CHANNEL: Final = "migration"


@contextmanager
def audited_migration(
    connection: sa.Connection, components: Sequence[Component], classes: Sequence[type[Table]]
) -> Iterator[None]:
    """Let the block migrate ``components`` on ``connection``, then write what it changed into the log.

    ``classes`` are the audited ones. Nothing is compared when there is nothing to migrate, or no data yet.
    """
    if not any(item.current and item.current != item.head for item in standing(connection, components)):
        yield
        return
    with restated(connection, classes, ACTION):
        yield


@contextmanager
def restated(connection: sa.Connection, classes: Sequence[type[Table]], action: str) -> Iterator[None]:
    """Let the block change rows of the audited ``classes`` without their triggers; the log then tells it as ``action``.

    The triggers have to be off: what they wrote would be told twice.
    """
    told_as(connection, action)
    store = Store(connection)
    before = {cls.__tablename__: _strays(cls, store, _columns(connection, cls)) for cls in classes}
    yield
    for cls in classes:
        if not _is_newest(connection, cls):
            continue
        known = before[cls.__tablename__]
        found = _strays(cls, store, added=True)
        _restate(cls, store, [stray for id_, stray in found.items() if id_ not in known])


def _is_newest(connection: sa.Connection, cls: type[Table]) -> bool:
    """Tell whether the table is that of the model; the one of a plugin that waits for its migrations may not be."""
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    return {column.name for column in table.columns} <= _columns(connection, cls)


def _columns(connection: sa.Connection, cls: type[Table]) -> set[str]:
    inspector = sa.inspect(connection)
    table = cls.__tablename__
    return {column["name"] for column in inspector.get_columns(table)} if inspector.has_table(table) else set()


def _strays(cls: type[Table], store: Store, columns: set[str] | None = None, added: bool = False) -> dict[int, Stray]:
    """Return the rows that are not as the log last saw them; none of a table that is not there."""
    if columns == set():
        return {}
    compared = Compared(cls, store, columns=columns, added=added)
    return {stray.id: stray for stray in compared.strays() if stray.what != "erased"}


def _restate(cls: type[Table], store: Store, strays: Sequence[Stray]) -> None:
    for what in ("unknown", "changed", "deleted"):
        for some in batches([stray.id for stray in strays if stray.what == what]):
            store.run(restate_sql(cls, store.dialect, marks(some), new=what == "unknown"), some)
    for some in batches([stray.id for stray in strays if stray.what == "gone"]):
        last = store.rows(
            f"SELECT max(id) FROM core_audit WHERE table_name = '{cls.__tablename__}' "
            f"AND record_id IN ({marks(some)}) GROUP BY record_id ORDER BY 1",
            some,
        )
        ids = [id_ for (id_,) in last]
        store.run(deleted_sql(cls.__tablename__, store.dialect, marks(ids)), ids)


def told_as(connection: sa.Connection, action: str) -> None:
    """Let what the migration on ``connection`` changes stand in the log under the name ``action``."""
    context = Context(organization_id=None, channel=CHANNEL, action=action)
    values = context.audit_values(datetime.now(UTC))
    if connection.dialect.name == "sqlite":
        connection.info["backoffice.audit"].update(values)
    else:
        connection.execute(
            sa.text("SELECT set_config('backoffice.context', :values, true)"), {"values": json.dumps(values)}
        )
