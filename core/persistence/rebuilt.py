"""Tables that a migration builds anew on SQLite go on counting their ids where they were.

Alembic copies such a table into a new one, and forgets that ids of it are never given twice: the new one would begin
again after its highest row, or at 1, and rows written by :mod:`.rows` would meet rows that are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

COPY = "_alembic_tmp_"
"""What Alembic calls a table while it copies another one into it."""


@event.listens_for(sa.Table, "before_create")
def _keep_autoincrement(table: sa.Table, connection: sa.Connection, **_keywords: Any) -> None:
    """Let the copy of a table that never gives an id twice be such a table as well."""
    if connection.dialect.name != "sqlite" or not table.name.startswith(COPY):
        return
    made = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table.name.removeprefix(COPY),)
    ).scalar()
    if made is not None and "AUTOINCREMENT" in made:
        table.dialect_options["sqlite"]["autoincrement"] = True


@contextmanager
def counted_on(connection: sa.Connection) -> Iterator[None]:
    """Let no table on SQLite count its ids from a lower number after the block than before it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = _counters(connection)
    yield
    after, tables = _counters(connection), set(sa.inspect(connection).get_table_names())
    for name, last in before.items():
        if name not in tables or after.get(name, 0) >= last:
            continue
        said = "UPDATE sqlite_sequence SET seq = ? WHERE name = ?"
        if name not in after:
            said = "INSERT INTO sqlite_sequence (seq, name) VALUES (?, ?)"
        connection.exec_driver_sql(said, (last, name))


def _counters(connection: sa.Connection) -> dict[str, int]:
    there = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").scalar()
    if there is None:
        return {}
    return {row[0]: row[1] for row in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
