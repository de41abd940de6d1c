"""What a leaf of the tree says: the metadata of an audit row and the digest of its payload, in one canonical text.

The database writes the text, the same on SQLite and PostgreSQL, so that a million rows are checked without taking each
apart in Python; :func:`leaf_text` writes it from values, for those who check one row. The payload and its salt are not
in it: they can be erased by right while the leaf stays.

The text is, separated by ``|``: the version, the place in the tree, then the numbers, then each text after its length
in bytes and a colon. A missing number is empty, a missing text has no length; the instant is a number of microseconds
since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

VERSION: Final = 1
NUMBERS: Final = ("id", "xid", "organization_id", "company_id", "actor_id", "subject_id", "record_id", "at")
TEXTS: Final = ("table_name", "operation", "actor", "channel", "action", "request_id", "digest")
DIGEST_LENGTH: Final = 64
"""Hexadecimal digits at the end of a leaf."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def leaf_text(index: int, values: Mapping[str, Any]) -> str:
    """Return the text of leaf ``index`` for the columns of an audit row."""
    numbers = [_number(values[name]) for name in NUMBERS]
    texts = [_measured(values[name]) for name in TEXTS]
    return "|".join([str(VERSION), str(index), *numbers, *texts])


def _number(value: Any) -> str:
    if isinstance(value, datetime):
        value = (value - _BEGINNING) // timedelta(microseconds=1)
    return "" if value is None else str(value)


def _measured(text: str | None) -> str:
    return ":" if text is None else f"{len(text.encode())}:{text}"


def leaf_sql(dialect: str, row: str, place: str = "''") -> str:
    """Return the SQL of the text of a leaf for ``row``, an alias of ``core_audit``, at ``place``, an expression.

    Without a place the text is one for :func:`placed`.
    """
    if dialect == "postgresql":
        numbers = [_postgresql_instant(row) if name == "at" else f"{row}.{name}" for name in NUMBERS]
        texts = [f"octet_length({row}.{name}), ':', {row}.{name}" for name in TEXTS]
        return f"concat({', chr(124), '.join([str(VERSION), place, *numbers, *texts])})"
    numbers = [_sqlite_instant(row) if name == "at" else _sqlite_number(f"{row}.{name}") for name in NUMBERS]
    texts = [f"length(CAST({row}.{name} AS BLOB)), {row}.{name}" for name in TEXTS]
    form = "|".join([str(VERSION), "%s", *["%s"] * len(NUMBERS), *["%s:%s"] * len(TEXTS)])
    return f"printf('{form}', {', '.join([place, *numbers, *texts])})"


def placed(text: str, index: int) -> bytes:
    """Return the leaf whose text was written without a place, at place ``index``."""
    return f"{VERSION}|{index}{text[2:]}".encode()


def _postgresql_instant(row: str) -> str:
    return f"(date_part('epoch', {row}.at) * 1000000)::bigint"


def _sqlite_instant(row: str) -> str:
    """Instants are stored as text of 26 characters; whatever follows them would be overlooked by strftime."""
    return (
        f"CASE WHEN length(CAST({row}.at AS BLOB)) = 26 THEN strftime('%s', {row}.at) || substr({row}.at, 21) "
        f"ELSE quote({row}.at) END"
    )


def _sqlite_number(column: str) -> str:
    """A column of numbers may hold text on SQLite; quoted it is never taken for a number."""
    return f"CASE WHEN {column} IS NULL THEN '' ELSE quote({column}) END"
