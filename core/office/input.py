"""Load raw input through schemas and say every mistake at once, under the name of the input it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import marshmallow as ma

from backoffice.core.errors import InvalidInput
from backoffice.core.schemas.derive import schema_for
from backoffice.core.schemas.quick import Declined, Reader, quick_reader
from backoffice.hookspecs import Field, messages

_ = messages("backoffice")

MOST_READERS = 512


def load(name: str, fields: Sequence[Field], given: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """Return ``given`` loaded by the schema of ``fields``.

    Raises :class:`InvalidInput` with every mistake, nested ones under names such as ``lines.2.amount``.
    """
    if isinstance(fields, tuple):
        try:
            return _reader(fields, partial)(given)
        except Declined:
            pass  # the schema reads it, or says what is wrong
    return load_with(_schema(name, _Key(tuple(fields)), partial), given, fields=fields)


_readers: dict[tuple[int, bool], tuple[tuple[Field, ...], Reader]] = {}
"""Readers by the identity of the fields they read, kept with them so that no other tuple takes their place."""


def _reader(fields: tuple[Field, ...], partial: bool) -> Reader:
    known = _readers.get((id(fields), partial))
    if known is not None:
        return known[1]
    if len(_readers) >= MOST_READERS:
        _readers.clear()
    reader = quick_reader(fields, partial=partial)
    _readers[id(fields), partial] = (fields, reader)
    return reader


def load_with(schema: ma.Schema, given: Mapping[str, Any], *, fields: Sequence[Field] = ()) -> dict[str, Any]:
    """Return ``given`` loaded by ``schema``."""
    try:
        loaded: dict[str, Any] = schema.load(_aliased(given, fields))
    except ma.ValidationError as error:
        raise invalid(error) from error
    return loaded


def invalid(error: ma.ValidationError) -> InvalidInput:
    """Return the error for what marshmallow found."""
    said = flatten(error.messages)
    return InvalidInput(
        _("Some values cannot be accepted."),
        remedy=_("Correct the values marked below."),
        fields=said,
    )


def flatten(messages_: Any, path: str = "") -> dict[str, list[str]]:
    """Return nested messages as dotted names → messages."""
    if isinstance(messages_, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in messages_.items():
            found.update(flatten(inner, f"{path}.{name}" if path else str(name)))
        return found
    said = messages_ if isinstance(messages_, list) else [messages_]
    return {path.replace("._schema", "") or "_schema": list(said)}


def _aliased(given: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """Accept ``account_id`` for ``account``: the column's own name is what Python authors write."""
    renamed = dict(given)
    for field in fields:
        if field.kind == "ref" and field.name.endswith("_id") and field.name in renamed:
            renamed.setdefault(field.name.removesuffix("_id"), renamed.pop(field.name))
        elif field.fields and isinstance(renamed.get(field.name), list):
            renamed[field.name] = [
                _aliased(line, field.fields) if isinstance(line, Mapping) else line for line in renamed[field.name]
            ]
    return renamed


class _Key(tuple[Field, ...]):
    """Fields as a cache key: by identity of their description, which frozen records with dicts cannot hash."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(tuple((f.name, f.kind, f.label, f.required, f.fields and _Key(f.fields)) for f in self))


@lru_cache(maxsize=512)
def _schema(name: str, fields: _Key, partial: bool) -> ma.Schema:
    return schema_for(name.replace(".", "_"), fields, partial=partial)()
