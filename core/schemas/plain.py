"""Turn what actions and reports give into plain JSON: amounts as strings, dates in ISO form, never a float."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def to_plain(value: Any) -> Any:
    """Return ``value`` as JSON knows it; a record becomes its id, version and title.

    Raises ``TypeError`` for a float or anything else that JSON cannot say exactly.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): to_plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if hasattr(value, "__tablename__"):
        return _record(value)
    raise TypeError(f"{type(value).__name__} cannot be given as JSON: {value!r}")


def _record(record: Any) -> dict[str, Any]:
    plain = {"id": record.id}
    if hasattr(record, "version"):
        plain["version"] = record.version
    for name in (*record.__key__, record.__title__):
        if name and name not in plain:
            plain[name] = to_plain(getattr(record, name))
    return plain
