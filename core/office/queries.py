"""Lists: typed filters, folded search, declared orders, and pages that say where their neighbours begin."""

from __future__ import annotations

import base64
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from operator import eq, ge, le, ne
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from backoffice.core.errors import InvalidInput, MalformedRequest
from backoffice.core.money import exact
from backoffice.core.persistence import Session, fields_of
from backoffice.core.schemas import to_plain
from backoffice.core.schemas.derive import public_name, schema_for
from backoffice.core.text import fold
from backoffice.hookspecs import Field, Resource, messages

from .input import flatten
from .walking import Cursor, Walk, shown_in, walked

_ = messages("backoffice")

LARGEST_PAGE = 500
LARGEST = 2**63 - 1
"""The largest id and whole number a database keeps."""
LONGEST_NUMBER = 20

Names = Container[str] | None
OPERATORS = ("from", "to", "contains", "in", "empty", "not")
_OPERATORS_OF = {
    "data": ("empty",),
    "file": ("empty",),
    "boolean": ("in", "empty", "not"),
    "choice": ("in", "empty", "not"),
    "ref": ("in", "empty", "not"),
    **dict.fromkeys(("integer", "money", "quantity", "rate", "percent", "date", "instant"),
                    ("from", "to", "in", "empty", "not")),
}  # fmt: skip
"""Operators by kind; all of them for text."""


def operators(field: Field) -> tuple[str, ...]:
    """Return the operators a filter on ``field`` takes beside equality, which JSON has not."""
    return _OPERATORS_OF.get(field.kind, OPERATORS)


def is_text(field: Field) -> bool:
    """Tell whether a value of ``field`` is plain text, of which the empty one is a value as well."""
    return field.kind not in _OPERATORS_OF


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a list is asked for. ``filters`` maps ``field`` or ``field__operator`` to the text that was written."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    search: str = ""
    order: str = ""
    after: str = ""
    before: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """A page of records, and where the neighbouring pages begin; empty text where there is none."""

    records: Sequence[Any]
    next: str = ""
    previous: str = ""
    order: str = ""


def answer(
    session: Session, resource: Resource, question: Question, extra: Sequence[Any] = (), *, readable: Names = None,
    only: Sequence[str] = (),
) -> Page:  # fmt: skip
    """Return the page of ``resource`` that ``question`` asks for; ``extra`` conditions come from record rules.

    ``readable`` are the fields the person may read: by others a list is neither filtered nor ordered, since the order
    alone would tell their values. ``None`` allows all. ``only`` are the fields that will be shown: where each is a
    column, rows hold those, their id and what the list is ordered by, and are no records.
    """
    name, descending = order_of(resource, question.order, readable)
    size = max(1, min(question.limit, LARGEST_PAGE))
    backwards = bool(question.before)
    walk = Walk(
        model=resource.model,
        name=name,
        down=descending is not backwards,
        columns=shown_in(resource.model, (*only, name)) if only else (),
        conditions=(*conditions(resource, question, readable), *extra),
    )
    cursor = _cursor(resource, name, question.before or question.after)
    rows = walked(session, walk, cursor, size + 1, backwards=backwards)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next = more if not backwards else True
    has_previous = more if backwards else bool(question.after)
    return Page(
        rows,
        _encode(rows[-1], name) if rows and has_next else "",
        _encode(rows[0], name) if rows and has_previous else "",
        ("-" if descending else "") + name,
    )


def order_of(resource: Resource, asked: str, readable: Names = None) -> tuple[str, bool]:
    """Return the field and direction of ``asked`` or of the resource's own order; only declared ones are accepted."""
    allowed = sortable(resource, readable)
    order = asked or resource.order or "-id"
    name, descending = order.removeprefix("-"), order.startswith("-")
    if name in allowed:
        return name, descending
    if not asked:
        return "id", True
    raise MalformedRequest(
        _("A list cannot be ordered by {name}.").with_values(name=name),
        remedy=_("Use one of: {names}.").with_values(names=", ".join(sorted(allowed))),
    )


def sortable(resource: Resource, readable: Names = None) -> set[str]:
    """Return the fields a list may be ordered by."""
    declared = {*resource.sorts, resource.order.removeprefix("-") or "id"} - {"id"}
    described = fields_of(resource.model)
    return {"id"} | {
        n for n in declared
        if n not in described or (not described[n].secret and (readable is None or n in readable))
    }  # fmt: skip


def _cursor(resource: Resource, name: str, written: str) -> Cursor | None:
    """Return the place a page begins after, as the column of the order holds it."""
    found = _decode(written)
    if found is None:
        return None
    value, last = found
    missing = value is None and getattr(resource.model, name).property.columns[0].nullable
    return (None if missing else _typed(resource, name, value)), last


def _typed(resource: Resource, name: str, value: Any) -> Any:
    kind = getattr(resource.model, name).property.columns[0].type.python_type
    if name == "id":
        return value
    try:
        if kind is Decimal:
            return exact(value)
        found = kind.fromisoformat(value) if kind in (date, datetime) else value
    except (TypeError, ValueError, InvalidInput) as error:
        raise _broken() from error
    unwritable = isinstance(found, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in found)
    if not isinstance(found, kind) or unwritable or (isinstance(found, datetime) and found.tzinfo is None):
        raise _broken()
    return found


def _encode(record: Any, name: str) -> str:
    said = json.dumps([to_plain(getattr(record, name)), record.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any] | None:
    if not cursor:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise _broken() from error
    right = isinstance(value, list) and len(value) == 2 and type(value[1]) is int
    if not right or not all(type(part) is not int or abs(part) <= LARGEST for part in value):
        raise _broken()
    found: list[Any] = value
    return found


def _broken() -> MalformedRequest:
    return MalformedRequest(_("This page address is broken."), remedy=_("Go back to the first page of the list."))


# -- filters ---------------------------------------------------------------------------------------------------------


def conditions(resource: Resource, question: Question, readable: Names = None) -> list[Any]:
    """Return the SQL conditions of the question's filters and search; a filter with nothing in it is left out."""
    known = filterable(resource, readable)
    found = []
    for name, value in question.filters.items():
        _require_known(known, name)
        if value not in ("", None):
            found.append(_condition(resource, known, name, value))
    words = fold(question.search).split()
    if words and hasattr(resource.model, "search_key"):
        found += [resource.model.search_key.contains(word, autoescape=True) for word in words]
    elif words:
        found.append(sa.false())
    return found


def filterable(resource: Resource, readable: Names = None) -> dict[str, Field]:
    """Return the fields a list may be filtered by, under their public names."""
    described = fields_of(resource.model)
    names = resource.filters or tuple(n for n in resource.columns if n in described)
    return {
        public_name(described[n]): described[n]
        for n in names
        if not described[n].secret
        and (readable is None or n in readable)
        and hasattr(resource.model, n)
        and not isinstance(getattr(resource.model, n), property)
    }


def _require_known(known: Mapping[str, Field], written: str) -> None:
    name, mark, operator = written.partition("__")
    if written == "id":
        return
    if name in known and (operator in operators(known[name]) if mark else known[name].kind not in {"data", "file"}):
        return
    raise MalformedRequest(
        _("A list cannot be filtered by {name}.").with_values(name=written),
        remedy=_("Use one of: {names}.").with_values(names=", ".join(sorted(known))),
    )


def _condition(resource: Resource, known: Mapping[str, Field], written: str, value: Any) -> Any:
    name, _mark, operator = written.partition("__")
    if name == "id" and name not in known:
        return resource.model.id == _whole(value)
    field = known[name]
    column = getattr(resource.model, field.name)
    if operator == "empty":
        return column.is_(None) if _yes_or_no(value) else column.is_not(None)
    if operator == "contains":
        return sa.func.lower(column).contains(str(value).lower(), autoescape=True)
    if operator == "in":
        return column.in_([_load(field, part) for part in str(value).split(",")])
    loaded = _load(field, value)
    if field.kind == "instant" and operator == "to" and isinstance(loaded, datetime) and loaded.time() == time():
        loaded = datetime.combine(loaded.date(), time.max, loaded.tzinfo)
    return _COMPARE[operator](column, loaded)


_COMPARE = {"": eq, "not": ne, "from": ge, "to": le}


def _yes_or_no(value: Any) -> bool:
    text = str(value).lower()
    if text in {"1", "true", "yes", "0", "false", "no"}:
        return text in {"1", "true", "yes"}
    raise MalformedRequest(_("Whether something is empty is asked with true or false."))


def _whole(value: Any) -> int:
    text = str(value)
    if text.isascii() and text.isdigit() and len(text) < LONGEST_NUMBER and 1 <= int(text) <= LARGEST:
        return int(text)
    raise MalformedRequest(_("An id is a whole number above zero."))


def _load(field: Field, value: Any) -> Any:
    """Return the written ``value`` as the field's type."""
    if field.kind == "ref":
        return _whole(value)
    schema = schema_for("Filter", [field], partial=True)()
    try:
        return schema.load({public_name(field): value})[field.name]
    except ma.ValidationError as error:
        raise InvalidInput(
            _("The filter on {name} cannot be understood.").with_values(name=field.label),
            fields=flatten(error.messages),
        ) from error
