"""Facts as JSON: what events carry and jobs are given, written and read by the fields that describe them.

Amounts, quantities and rates become strings of digits, dates and instants ISO text; reading gives the exact types back.
Interfaces read what people type with the schemas instead; this is for programs, so it converts little and refuses much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import Field, messages

_ = messages("backoffice")

_DECIMALS = ("money", "quantity", "rate", "percent")


class _Refused(Exception):
    """A value does not fit its field; the messages are by dotted path below it."""

    def __init__(self, said: str, path: str = "") -> None:
        super().__init__(said)
        self.said = {path: [said]}


def write(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` as JSON, complete: a field left out has its default or ``None``.

    Raises:
        InvalidInput: a field is unknown, missing, or does not fit; its ``fields`` name each.
    """
    if isinstance(fields, tuple):
        try:
            return _write_quickly(_plan(fields), values)
        except _Refused:
            pass  # it is written again, more slowly, to tell of everything that does not fit
    return _write_telling(fields, values)


def _write_telling(fields: Iterable[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """Write field by field and tell of all that do not fit, not of the first alone."""
    described = {field.name: field for field in fields}
    said: dict[str, list[str]] = {name: [_("There is no such field.")] for name in values if name not in described}
    written: dict[str, Any] = {}
    for name, field in described.items():
        try:
            written[name] = _write_field(field, values.get(name))
        except _Refused as refused:
            said |= {f"{name}.{path}" if path else name: messages for path, messages in refused.said.items()}
    if said:
        raise InvalidInput(_("Some values cannot be accepted."), fields=said)
    return written


def read(fields: Iterable[Field], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what :func:`write` stored with exact types: decimals, dates and instants."""
    return {field.name: _read_field(field, stored.get(field.name)) for field in fields}


def as_json(value: Any) -> Any:
    """Return any ``value`` a program may answer with as JSON; what JSON has no word for becomes text."""
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _instant(value) if isinstance(value, datetime) else _decimal_text(value)


def _decimal_text(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


# -- writing ---------------------------------------------------------------------------------------------------------

Step = tuple[str, Any, bool, Callable[[Any], Any]]
"""A field's name, default, whether it is needed, and how its value is written."""

_plans: dict[int, tuple[tuple[Field, ...], tuple[Step, ...]]] = {}
_MOST_PLANS = 1000


def _plan(fields: tuple[Field, ...]) -> tuple[Step, ...]:
    """Return how values of ``fields`` are written, thought out once: events are written by the thousand."""
    known = _plans.get(id(fields))
    if known is None:
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        steps = tuple((field.name, field.default, field.required, _written_by(field)) for field in fields)
        known = _plans[id(fields)] = (fields, steps)  # the fields are kept, so that no others take their place
    return known[1]


def _written_by(field: Field) -> Callable[[Any], Any]:
    if field.many and field.kind == "data" and isinstance(field.fields, tuple) and field.fields:
        return partial(_write_lines, _plan(field.fields))
    if field.many or field.choices or field.kind == "data":
        return partial(_write_given, field)
    return _WRITERS.get(field.kind, _text)


def _write_quickly(plan: tuple[Step, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    used = 0
    for name, default, required, write_ in plan:
        value = values.get(name)
        used += value is not None or name in values
        if value is None:
            value = default
        if value is not None:
            written[name] = write_(value)
        elif required:
            raise _Refused("")
        else:
            written[name] = None
    if used != len(values):
        raise _Refused("")
    return written


def _write_lines(plan: tuple[Step, ...], value: Any) -> list[dict[str, Any]]:
    """Write lines, such as those of a document, each by the same plan."""
    if not isinstance(value, list | tuple) or not all(isinstance(line, Mapping) for line in value):
        raise _Refused("")
    return [_write_quickly(plan, line) for line in value]


def _write_field(field: Field, value: Any) -> Any:
    if value is None:
        value = field.default
    if value is None:
        if field.required:
            raise _Refused(_("It is missing."))
        return None
    return _write_given(field, value)


def _write_given(field: Field, value: Any) -> Any:
    if not field.many:
        return _write_one(field, value)
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise _Refused(_("It should be a list."))
    return [_numbered(field, index, item) for index, item in enumerate(value)]


def _numbered(field: Field, index: int, item: Any) -> Any:
    try:
        return _write_one(field, item)
    except _Refused as refused:
        refused.said = {f"{index}.{path}".rstrip("."): said for path, said in refused.said.items()}
        raise


def _write_one(field: Field, value: Any) -> Any:
    if field.kind == "data":
        return _write_nested(field, value) if field.fields else _strict(value)
    if field.choices and value not in field.choices:
        raise _Refused(_("It should be one of {choices}.").with_values(choices=", ".join(field.choices)))
    writer = _WRITERS.get(field.kind)
    return _text(value) if writer is None else writer(value)


def _write_nested(field: Field, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _Refused(_("It should have fields of its own."))
    try:
        return write(field.fields, value)
    except InvalidInput as error:
        refused = _Refused("")
        refused.said = error.fields
        raise refused from error


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, float):
        raise _Refused(_("It holds a binary fraction; write amounts as Decimal."))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    raise _Refused(_("It holds a {type}, which JSON cannot say.").with_values(type=type(value).__name__))


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if not isinstance(value, str):
        raise _Refused(_("It should be text."))
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Refused(_("It should be a whole number."))
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Refused(_("It should be yes or no."))
    return value


def _decimal(value: Any) -> str:
    if type(value) is Decimal and value.is_finite():
        return format(value, "f")
    try:
        if isinstance(value, bool | float) or not (found := Decimal(value)).is_finite():
            raise _Refused(_("It should be an exact number, as Decimal or in digits."))
    except (InvalidOperation, TypeError, ValueError) as error:
        raise _Refused(_("It should be an exact number, as Decimal or in digits.")) from error
    return format(found, "f")


def _date(value: Any) -> str:
    if type(value) is date:
        return value.isoformat()
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _Refused(_("It should be a date such as 2026-01-31.")) from error
    if isinstance(found, datetime) or not isinstance(found, date):
        raise _Refused(_("It should be a date such as 2026-01-31."))
    return found.isoformat()


def _instant(value: Any) -> str:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise _Refused(_("It should be an instant with its zone.")) from error
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise _Refused(_("It should be an instant with its zone."))
    return found.astimezone(UTC).isoformat()


def _reference(value: Any) -> int:
    return _integer(value if isinstance(value, int) else getattr(value, "id", None))


_WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "instant": _instant,
    "ref": _reference,
    **dict.fromkeys(_DECIMALS, _decimal),
}


# -- reading ---------------------------------------------------------------------------------------------------------


def _read_field(field: Field, stored: Any) -> Any:
    if stored is None:
        return None
    if field.many:
        return [_read_one(field, item) for item in stored]
    return _read_one(field, stored)


def _read_one(field: Field, stored: Any) -> Any:
    if field.kind == "data":
        return read(field.fields, stored) if field.fields else stored
    reader = _READERS.get(field.kind)
    return reader(stored) if reader is not None else stored


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
    **dict.fromkeys(_DECIMALS, Decimal),
}
