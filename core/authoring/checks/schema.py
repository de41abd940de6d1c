"""The shape of a database as lines of text, to compare two of them object by object."""

from __future__ import annotations

import re

import sqlalchemy as sa

_SQLITE = "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"  # noqa: E501

_POSTGRESQL = (
    """SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' not null ' ELSE ' ' END || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v')
        AND a.attnum > 0 AND NOT a.attisdropped""",
    """SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0""",
    """SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = current_schema()::regnamespace""",
    """SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal""",
    """SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prokind IN ('f', 'p')""",
    """SELECT 'sequence ' || relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'""",
)


def schema_of(connection: sa.Connection) -> list[str]:
    """Return every table, column, constraint, index, trigger and function as a line, in alphabetical order."""
    asked = (_SQLITE,) if connection.dialect.name == "sqlite" else _POSTGRESQL
    lines = (line for statement in asked for line in connection.execute(sa.text(statement)).scalars())
    return sorted(" ".join(_settled(line).split()) for line in lines)


def _settled(line: str) -> str:
    """Put the constraints of a table of SQLite in alphabetical order: a table that is copied may change it."""
    head, *clauses = re.split(r",\s+(?=CONSTRAINT )", line.removesuffix(")").rstrip())
    return ", ".join([head, *sorted(clauses)]) if line.startswith("table ") else line


__all__ = ["schema_of"]
