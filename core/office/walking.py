"""Walk a list in its order, a page at a time, at the same cost after a million rows.

A page begins after a value, never at an offset. The condition is ``a >= :v AND (a > :v OR id > :id)`` rather than the
textbook ``a > :v OR (a = :v AND id > :id)``, which no database walks by index. Missing values form a segment of
their own at the end, since comparison with NULL loses rows.

Whoever shows a list says which columns: then no records are made of its rows, and a list that leaves nothing out is
read by a statement that was compiled before.
"""

from __future__ import annotations

import keyword
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from backoffice.core.persistence import Session
from backoffice.core.persistence.prepared import Read

Cursor = tuple[Any, int]
"""The value and the id of the row a page begins after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The rows of ``model`` in the order of the field ``name``; ``down`` from the largest.

    ``columns`` are those to read, none for whole records; ``conditions`` leave rows out.
    """

    model: Any
    name: str
    down: bool
    columns: tuple[str, ...] = ()
    conditions: tuple[Any, ...] = ()


def walked(session: Session, walk: Walk, cursor: Cursor | None, limit: int, *, backwards: bool) -> list[Any]:
    """Return ``limit`` rows behind ``cursor``: those that have a value, then those without; backwards the other way.

    ``cursor`` holds what the column holds; without one the walk begins at its end.
    """
    if walk.name == "id" or not _column(walk).property.columns[0].nullable:
        return _rows(session, walk, cursor, limit)
    rows: list[Any] = []
    missing = cursor is not None and cursor[0] is None
    for empty in (True, False) if backwards else (False, True):
        if cursor is not None and missing is not empty and not rows and (missing is not backwards):
            continue
        start = cursor if cursor is not None and missing is empty else None
        rows += _rows(session, walk, start, limit - len(rows), empty=empty)
        if len(rows) >= limit:
            break
    return rows


def shown_in(model: Any, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that hold the fields ``names`` of ``model``, or none when one of them is no column."""
    wanted = tuple(dict.fromkeys(("id", *names)))
    known = model.__mapper__.column_attrs
    plain = all(name in known and not keyword.iskeyword(name) and not name.startswith("_") for name in wanted)
    return wanted if plain else ()


def _column(walk: Walk) -> Any:
    return getattr(walk.model, walk.name)


def _rows(
    session: Session, walk: Walk, cursor: Cursor | None, limit: int, *, empty: bool | None = None
) -> list[Any]:  # fmt: skip
    """Return rows of one segment: ``empty`` those without a value, in the order of their ids."""
    if walk.columns and not walk.conditions:
        read, row = _prepared(walk, empty, cursor is not None, limit), _row(walk.columns)
        value, last = cursor or (None, None)
        return list(map(row._make, read.rows(session, value=value, last=last)))
    value, last = cursor or (None, None)
    statement = _statement(walk, empty, cursor is not None, value, last).limit(limit)
    if walk.columns:
        return list(session.execute(statement))
    return list(session.scalars(statement).unique())


@lru_cache(maxsize=1024)
def _prepared(walk: Walk, empty: bool | None, behind: bool, limit: int) -> Read:
    """Return the statement of a walk that leaves nothing out, compiled once.

    The limit stands in it as a number: planned once for any, PostgreSQL would sort the whole list for a large one.
    """
    column = _column(walk) if not empty else walk.model.id
    value = sa.bindparam("value", type_=column.type, required=True)
    last = sa.bindparam("last", type_=walk.model.id.type, required=True)
    return Read(_statement(walk, empty, behind, value, last).limit(sa.literal_column(str(limit))))


@lru_cache(maxsize=1024)
def _row(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)


def _statement(walk: Walk, empty: bool | None, behind: bool, value: Any, last: Any) -> Any:
    model = walk.model
    wanted = [getattr(model, name) for name in walk.columns] or [model]
    statement = sa.select(*wanted).where(*walk.conditions)
    if empty is not None:
        column = _column(walk)
        statement = statement.where(column.is_(None) if empty else column.is_not(None))
    walk = replace(walk, name="id") if empty else walk
    if behind:
        statement = statement.where(*_behind(walk, value, last))
    order = dict.fromkeys((walk.name, "id"))
    columns = [getattr(model, name) for name in order]
    return statement.order_by(*(column.desc() if walk.down else column.asc() for column in columns))


def _behind(walk: Walk, value: Any, last: Any) -> tuple[Any, ...]:
    column, key = _column(walk), walk.model.id
    if walk.name == "id":
        return (key < last if walk.down else key > last,)
    if walk.down:
        return column <= value, sa.or_(column < value, key < last)
    return column >= value, sa.or_(column > value, key > last)


__all__ = ["Cursor", "Walk", "shown_in", "walked"]
