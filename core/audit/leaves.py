"""What a leaf of the tree says: the metadata of an audit row and the digest of its payload, in one canonical text.

The database writes the text, the same on SQLite and PostgreSQL, so that a million rows are checked without taking each
apart in Python; :func:`leaf_text` writes it from values, for those who check one row. The payload and its salt are not
in it: they can be erased by right while the leaf stays.

The text is JSON without spaces: the version, the place in the tree, the numbers, and a list of the texts. The instant
is in UTC, as ``2026-01-15 12:00:00``, with as many decimals as it has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

VERSION: Final = 1
NUMBERS: Final = ("id", "xid", "organization_id", "company_id", "actor_id", "subject_id", "record_id")
TEXTS: Final = ("at", "table_name", "operation", "actor", "channel", "action", "request_id", "digest")
DIGEST: Final = slice(-67, -3)
"""Where in a leaf the digest stands: 64 hexadecimal digits before the quotation mark and two brackets."""
_NULLABLE: Final = {"xid", "organization_id", "company_id", "actor_id"}
_UNPLACED: Final = f"[{VERSION},0"


def leaf_text(index: int, values: Mapping[str, Any]) -> str:
    """Return the text of leaf ``index`` for the columns of an audit row."""
    texts = [_instant(values[name]) if name == "at" else values[name] for name in TEXTS]
    leaf = [VERSION, index, *(values[name] for name in NUMBERS), texts]
    return json.dumps(leaf, ensure_ascii=False, separators=(",", ":"))


def _instant(at: datetime) -> str:
    written = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return written.rstrip("0").rstrip(".")


def leaf_sql(dialect: str, row: str, place: str = "0", *, doubtful: bool = False) -> str:
    """Return the SQL of the text of a leaf for ``row``, an alias of ``core_audit``.

    ``place`` is an expression; without one the text is for :func:`placed`. With ``doubtful`` it can be made even of
    bytes that were put into a column of text, which SQLite lets happen.
    """
    if dialect == "postgresql":
        numbers = [
            f"coalesce({row}.{name}::text, 'null')" if name in _NULLABLE else f"{row}.{name}" for name in NUMBERS
        ]
        at = f"({row}.at AT TIME ZONE 'UTC')::text"
        texts = ", ".join(at if name == "at" else f"{row}.{name}" for name in TEXTS)
        start = f"'[{VERSION},', {place}, ',', "
        return f"concat({start}{', chr(44), '.join(numbers)}, ',', array_to_json(ARRAY[{texts}]), ']')"
    at = f"rtrim(rtrim({row}.at, '0'), '.')"
    numbers = [f"{row}.{name}" for name in NUMBERS]
    texts_ = [at if name == "at" else f"{row}.{name}" for name in TEXTS]
    if doubtful:
        numbers, texts_ = [_readable(one) for one in numbers], [_readable(one) for one in texts_]
    return f"json_array({VERSION}, {place}, {', '.join(numbers)}, json_array({', '.join(texts_)}))"


def _readable(value: str) -> str:
    return f"CASE typeof({value}) WHEN 'blob' THEN quote({value}) ELSE {value} END"


def placed(text: str, index: int) -> bytes:
    """Return the leaf whose text was written without a place, at place ``index``."""
    return f"[{VERSION},{index}{text[len(_UNPLACED) :]}".encode()
