"""Lists: typed filters, folded search, declared orders and keyset pages that cost the same at a million rows.

A page begins after a value, never at an offset. The condition is ``a >= :v AND (a > :v OR id > :id)`` rather than the
textbook ``a > :v OR (a = :v AND id > :id)``, which no database walks by index. Missing values form a segment of
their own at the end, since comparison with NULL loses rows.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from backoffice.core.errors import InvalidInput, MalformedRequest
from backoffice.core.persistence import Session, fields_of
from backoffice.core.schemas import to_plain
from backoffice.core.schemas.derive import public_name, schema_for
from backoffice.core.text import fold
from backoffice.hookspecs import Field, Resource, messages

_ = messages("backoffice")

LARGEST_PAGE = 500
OPERATORS = ("from", "to", "contains", "in", "empty", "not")


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


def answer(session: Session, resource: Resource, question: Question, extra: Sequence[Any] = ()) -> Page:
    """Return the page of ``resource`` that ``question`` asks for; ``extra`` conditions come from record rules."""
    name, descending = order_of(resource, question.order)
    statement = sa.select(resource.model).where(*conditions(resource, question), *extra)
    size = max(1, min(question.limit, LARGEST_PAGE))
    backwards = bool(question.before)
    cursor = _decode(question.before or question.after)
    rows = _segmented(session, resource, statement, name, descending, cursor, backwards, size + 1)
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


def order_of(resource: Resource, asked: str) -> tuple[str, bool]:
    """Return the field and direction of ``asked`` or of the resource's own order; only declared ones are accepted."""
    order = asked or resource.order or "-id"
    name, descending = order.removeprefix("-"), order.startswith("-")
    allowed = {"id", *resource.sorts, resource.order.removeprefix("-") or "id"}
    if name not in allowed or (name != "id" and fields_of(resource.model)[name].permission and asked):
        raise MalformedRequest(
            _("A list cannot be ordered by {name}.").with_values(name=name),
            remedy=_("Use one of: {names}.").with_values(names=", ".join(sorted(allowed))),
        )
    return name, descending


def _segmented(
    session: Session, resource: Resource, statement: Any, name: str, descending: bool, cursor: list[Any] | None,
    backwards: bool, limit: int,
) -> list[Any]:  # fmt: skip
    """Walk the rows that have a value, then those without one, or the other way round when paging backwards."""
    column = getattr(resource.model, name)
    if name == "id" or not column.property.columns[0].nullable:
        return _walk(session, resource, statement, name, descending, cursor, backwards, limit)
    rows: list[Any] = []
    segments = (column.is_not(None), column.is_(None))
    missing = cursor is not None and cursor[0] is None
    for empty in (True, False) if backwards else (False, True):
        if cursor is not None and missing is not empty and not rows and (missing is not backwards):
            continue
        part = statement.where(segments[empty])
        start = cursor if cursor is not None and missing is empty else None
        sort = "id" if empty else name
        key = [start[1], start[1]] if start and empty else start
        rows += _walk(session, resource, part, sort, descending, key, backwards, limit - len(rows))
        if len(rows) >= limit:
            break
    return rows


def _walk(
    session: Session, resource: Resource, statement: Any, name: str, descending: bool, cursor: list[Any] | None,
    backwards: bool, limit: int,
) -> list[Any]:  # fmt: skip
    column, key = getattr(resource.model, name), resource.model.id
    down = descending is not backwards
    if cursor is not None:
        value, last = _typed(resource, name, cursor[0]), cursor[1]
        if name == "id":
            statement = statement.where(key < last if down else key > last)
        elif down:
            statement = statement.where(column <= value, sa.or_(column < value, key < last))
        else:
            statement = statement.where(column >= value, sa.or_(column > value, key > last))
    order = [column.desc() if down else column.asc()]
    if name != "id":
        order.append(key.desc() if down else key.asc())
    return list(session.scalars(statement.order_by(*order).limit(limit)).unique())


def _typed(resource: Resource, name: str, value: Any) -> Any:
    kind = getattr(resource.model, name).property.columns[0].type.python_type
    if value is None or name == "id":
        return value
    if kind is Decimal:
        return Decimal(value)
    return kind.fromisoformat(value) if kind in (date, datetime) else value


def _encode(record: Any, name: str) -> str:
    said = json.dumps([to_plain(getattr(record, name)), record.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _decode(cursor: str) -> list[Any] | None:
    if not cursor:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(value, list) and len(value) == 2 and type(value[1]) is int:
            return value
    except ValueError:
        pass
    raise MalformedRequest(_("This page address is broken."), remedy=_("Go back to the first page of the list."))


# -- filters ---------------------------------------------------------------------------------------------------------


def conditions(resource: Resource, question: Question) -> list[Any]:
    """Return the SQL conditions of the question's filters and search."""
    found = [_condition(resource, name, value) for name, value in question.filters.items() if value not in ("", None)]
    words = fold(question.search).split()
    if words and hasattr(resource.model, "search_key"):
        found += [resource.model.search_key.contains(word, autoescape=True) for word in words]
    elif words:
        found.append(sa.false())
    return found


def filterable(resource: Resource) -> dict[str, Field]:
    """Return the fields a list may be filtered by, under their public names."""
    described = fields_of(resource.model)
    names = resource.filters or tuple(n for n in resource.columns if n in described)
    return {public_name(described[name]): described[name] for name in names if not described[name].secret}


def _condition(resource: Resource, written: str, value: Any) -> Any:
    name, _mark, operator = written.partition("__")
    known = filterable(resource)
    if name == "id" and not operator:
        return resource.model.id == _whole(value)
    if name not in known or (operator and operator not in OPERATORS):
        raise MalformedRequest(
            _("A list cannot be filtered by {name}.").with_values(name=written),
            remedy=_("Use one of: {names}.").with_values(names=", ".join(sorted(known))),
        )
    field = known[name]
    column = getattr(resource.model, field.name)
    if operator == "empty":
        return column.is_(None) if str(value).lower() in {"1", "true", "yes"} else column.is_not(None)
    if operator == "contains":
        return sa.func.lower(column).contains(str(value).lower(), autoescape=True)
    if operator == "in":
        return column.in_([_load(field, part) for part in str(value).split(",")])
    loaded = _load(field, value)
    if field.kind == "instant" and operator == "to" and isinstance(loaded, datetime) and loaded.time() == time():
        loaded += timedelta(days=1) - timedelta(microseconds=1)
    return {"": column == loaded, "not": column != loaded, "from": column >= loaded, "to": column <= loaded}[operator]


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise MalformedRequest(_("An id is a whole number.")) from error


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
            fields=error.normalized_messages(),
        ) from error
