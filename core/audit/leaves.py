"""What a leaf of the tree says: the metadata of an audit row and the digest of its payload, in one canonical text.

The database writes the text, the same on SQLite and PostgreSQL, so that a million rows are checked without taking each
apart in Python; :func:`leaf_text` writes it from values, for those who check one row. The payload and its salt are not
in it: they can be erased by right while the leaf stays.

The text is, separated by ``|``: the version, the place in the tree, then the numbers, then each text after its length
in characters and a colon, then the digest. A missing number is empty, a missing text has no length.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

VERSION: Final = 1
NUMBERS: Final = ("id", "xid", "organization_id", "company_id", "actor_id", "subject_id", "record_id")
TEXTS: Final = ("at", "table_name", "operation", "actor", "channel", "action", "request_id")
DIGEST_LENGTH: Final = 64
"""Hexadecimal digits at the end of a leaf."""


def leaf_text(index: int, values: Mapping[str, Any]) -> str:
    """Return the text of leaf ``index`` for the columns of an audit row."""
    numbers = ["" if values[name] is None else str(values[name]) for name in NUMBERS]
    texts = [_measured(_written(values[name])) for name in TEXTS]
    return "|".join([str(VERSION), str(index), *numbers, *texts, str(values["digest"])])


def _written(value: Any) -> str | None:
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


def _measured(text: str | None) -> str:
    return ":" if text is None else f"{len(text)}:{text}"


def leaf_start(index: int) -> str:
    """Return how the text of leaf ``index`` begins; what :func:`leaf_rest` gives follows."""
    return f"{VERSION}|{index}|"


def leaf_rest(dialect: str, row: str) -> str:
    """Return the SQL of what follows :func:`leaf_start` for ``row``, an alias of ``core_audit``."""
    return _postgresql_rest(row) if dialect == "postgresql" else _sqlite_rest(row)


def _sqlite_rest(row: str) -> str:
    numbers = [f"ifnull({row}.{name}, '')" for name in NUMBERS]
    texts = [f"ifnull(length({row}.{name}) || ':' || {row}.{name}, ':')" for name in TEXTS]
    return " || '|' || ".join([*numbers, *texts, f"{row}.digest"])


def _postgresql_rest(row: str) -> str:
    at = f"to_char({row}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    values = [f"{row}.{name}" for name in NUMBERS]
    for name in TEXTS:
        text = at if name == "at" else f"{row}.{name}"
        values.append(f"length({text}), ':', {text}")
    return f"concat({', chr(124), '.join([*values, f'{row}.digest'])})"
