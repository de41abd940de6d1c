"""Many rows of a model by few statements, compiled once: how what happens a thousand times a second is written.

On SQLite a statement of many rows keeps the pages it may have to give back once and not for each row; on PostgreSQL the
rows travel as one JSON value, and the triggers see them all at once. They are audited and held inside the organisation
as everything is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from backoffice.core.errors import ProgrammingError
from backoffice.core.money import to_scaled

from .prepared import Convert
from .records import Record
from .remembered import AT_ONCE, changed, memory_of
from .statements import leave, run, run_many
from .types import Instant, Scaled

if TYPE_CHECKING:
    from .session import Session

LARGEST_PORTION = 256
"""Rows of one statement on SQLite, a power of two; its parameters stay below SQLite's limit of 32,766."""

FEW = 8
"""Rows that always are one statement on SQLite."""


def insert(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] | None = None
) -> list[int]:
    """Insert ``rows`` of ``model``, all with the same columns, and return their ids in order.

    ``same`` are values all of them have. Organisation, company, actor, instant and the model's plain defaults are
    filled in where they are left out. Records loaded before do not learn of it.
    """
    if not rows:
        return []
    plan, fixed, values = _ready(session, model, rows, same or {})
    if plan.dialect == "sqlite":
        first = _next_id(session, model.__tablename__)
        _insert_numbered(session, plan, fixed, first, values)
        return list(range(first, first + len(rows)))
    sql = f"{_insert_postgresql(plan)} RETURNING id"
    return sorted(row[0] for row in run(session, sql, (*fixed, _recordset(plan.names, values))))


def write(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] | None = None
) -> None:
    """Insert ``rows`` as :func:`insert` does, without asking for their ids."""
    if not rows:
        return
    plan, fixed, values = _ready(session, model, rows, same or {})
    if plan.dialect == "postgresql":
        leave(session, _insert_postgresql(plan), (*fixed, _recordset(plan.names, values)))
    elif plan.model.__audited__:  # the log is written from the ids
        _insert_numbered(session, plan, fixed, _next_id(session, plan.table), values)
    else:
        _run_portions(session, plan, fixed, values)


def reserve(session: Session, model: Any, count: int) -> list[int]:
    """Return ``count`` ids that rows of ``model`` will have and nothing else gets, in order."""
    _writable(session)
    session.flush()
    table = model.__tablename__
    if session.dialect == "sqlite":
        last = _last_id(session, table)
        if last is None:
            run(session, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, count))
        else:
            run(session, "UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last + count, table))
        first = (last or 0) + 1
        return list(range(first, first + count))
    memory = memory_of(session)
    if memory is None:
        return _next_ids(session, table, count)
    ids = memory.ids(table, count)
    if not ids:
        taken = _next_ids(session, table, max(count, AT_ONCE))
        ids = taken[:count]
        memory.keep_ids(table, taken[count:])
    return ids


def _next_ids(session: Session, table: str, count: int) -> list[int]:
    sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return sorted(row[0] for row in run(session, sql, (table, count)))


def write_whole(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], part: Any, parts: Sequence[Mapping[str, Any]],
    same: Mapping[str, Any], begins: Mapping[str, Any],
) -> None:  # fmt: skip
    """Insert ``rows`` of ``model`` and their ``parts`` so that each record is there and logged once, complete.

    The ids of the records were reserved, next to each other, and stand in ``rows`` under ``id`` and in ``parts``.
    ``same`` are values all records have. On PostgreSQL both are one statement, after which the triggers see
    everything; on SQLite the records stand as ``begins`` says until their parts are written.
    """
    if session.dialect == "sqlite":
        _write_by_steps(session, model, rows, part, parts, same, begins)
        return
    plan, fixed, values = _ready(session, model, rows, same)
    part_plan, part_fixed, part_values = _ready(session, part, parts, {})
    sql = f"WITH whole AS ({_insert_postgresql(plan)}) {_insert_postgresql(part_plan)}"
    given = (*fixed, _recordset(plan.names, values), *part_fixed, _recordset(part_plan.names, part_values))
    leave(session, sql, given)


def _write_by_steps(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], part: Any, parts: Sequence[Mapping[str, Any]],
    same: Mapping[str, Any], begins: Mapping[str, Any],
) -> None:  # fmt: skip
    first = rows[0]["id"]
    own = [{name: value for name, value in row.items() if name != "id" and name not in begins} for row in rows]
    plan, fixed, values = _ready(session, model, own, {**same, **begins})
    with _logging_whole(session, plan, fixed, first, len(rows)):
        _run_portions(session, plan, fixed, [(*row, first + n) for n, row in enumerate(values)])
        insert(session, part, parts)
        ending = [{name: row[name] for name in ("id", *begins) if name in row} for row in rows]
        common = {name: same[name] for name in begins if name in same}
        _end_with(session, _plan(model, tuple(common), tuple(ending[0]), session.dialect_used), common, ending)


def _end_with(session: Session, plan: _Plan, common: Mapping[str, Any], rows: list[dict[str, Any]]) -> None:
    given = json.dumps(_values(plan, rows))
    run(session, _change_text(plan, versioned=False), (*_fixed(plan, common), given, session.organization_id))


def change(session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]) -> None:
    """Give the rows of ``model`` named by their ``id`` the other values of ``rows``, all with the same columns.

    ``same`` are values all of them get. Version and time of change move along. Records loaded before do not learn of
    it.
    """
    if not rows:
        return
    _writable(session)
    session.flush()
    changed(session, model)
    common = {**same, "updated_at": session.now()} if issubclass(model, Record) else dict(same)
    plan = _plan(model, tuple(common), tuple(rows[0]), session.dialect_used)
    fixed, values = _fixed(plan, common), _values(plan, rows)
    if plan.dialect == "sqlite" and len(values) == 1:
        run(session, _change_one_text(plan), (*fixed, *values[0], session.organization_id))
        return
    given = json.dumps(values) if plan.dialect == "sqlite" else _recordset(plan.names, values)
    leave(session, _change_text(plan), (*fixed, given, session.organization_id))


def add(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], *, key: Sequence[str], to: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Add the columns ``to`` of ``rows`` to the stored rows with the same ``key``, which are made where missing.

    The key begins with the organisation, which is filled in. Rows are locked in the order given. Returns the new
    values of ``to`` when there is one row, else nothing.
    """
    if not rows:
        return []
    plan, fixed, values = _ready(session, model, rows, {})
    sql = _add_text(plan, tuple(key), tuple(to))
    given = [(*fixed, *row) for row in values] if plan.dialect == "sqlite" else (*fixed, _recordset(plan.names, values))
    if len(values) == 1 and plan.dialect == "sqlite":
        return run(session, f"{sql} RETURNING {', '.join(to)}", given[0])
    if len(values) == 1:
        return run(session, f"{sql} RETURNING {', '.join(f't.{name}' for name in to)}", given)
    if plan.dialect == "sqlite":
        run_many(session, sql, given)
    else:
        leave(session, sql, given)
    return []


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """How rows of a model with the same columns are written: those all of them share first, then each one's own."""

    model: Any
    dialect: str
    fixed: tuple[str, ...]
    names: tuple[str, ...]
    kinds: Mapping[str, str]
    convert: Mapping[str, Convert]
    own: tuple[tuple[int, Convert], ...]

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)


def _ready(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]
) -> tuple[_Plan, list[Any], list[tuple[Any, ...]]]:
    _writable(session)
    session.flush()
    changed(session, model)
    first = rows[0]
    common = {name: value for name, value in _defaults(session, model).items() if name not in first}
    common.update(same)
    plan = _plan(model, tuple(common), tuple(first), session.dialect_used)
    return plan, _fixed(plan, common), _values(plan, rows)


def _fixed(plan: _Plan, common: Mapping[str, Any]) -> list[Any]:
    found = []
    for name, value in common.items():
        made = plan.convert[name](value) if value is not None and name in plan.convert else value
        found.append(json.dumps(made) if plan.kinds[name] == "jsonb" and plan.dialect == "postgresql" else made)
    return found


def _values(plan: _Plan, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Return the values of ``rows`` as the driver takes them, made column by column, which is quicker than by row."""
    wanted = len(plan.names)
    if any(len(row) != wanted for row in rows):
        raise ProgrammingError("Rows that are written together have the same columns.")
    if len(rows) == 1:
        return [_one(plan, rows[0])]
    columns = [[row[name] for row in rows] for name in plan.names]
    for place, convert in plan.own:
        columns[place] = [None if value is None else convert(value) for value in columns[place]]
    return list(zip(*columns, strict=True))


def _one(plan: _Plan, row: Mapping[str, Any]) -> tuple[Any, ...]:
    values = [row[name] for name in plan.names]
    for place, convert in plan.own:
        if values[place] is not None:
            values[place] = convert(values[place])
    return tuple(values)


def _defaults(session: Session, model: Any) -> dict[str, Any]:
    context, now = session.context, session.now()
    known = {
        "organization_id": context.organization_id,
        "company_id": context.company_id,
        "branch_id": context.branch_id,
        "created_by": context.actor_id,
        "created_at": now,
        "updated_at": now,
    }
    return {name: known.get(name, value) for name, value in _plain_defaults(model).items()}


@cache
def _plain_defaults(model: Any) -> dict[str, Any]:
    """Return the columns of ``model`` that are filled in where they are left out."""
    found: dict[str, Any] = {}
    for column in model.__table__.columns:
        if column.default is not None and column.name != "id":
            found[column.name] = column.default.arg if column.default.is_scalar else None
    return found


@cache
def _plan(model: Any, fixed: tuple[str, ...], names: tuple[str, ...], dialect: sa.Dialect) -> _Plan:
    columns = {name: model.__table__.c[name] for name in (*fixed, *names)}
    convert = {name: made for name, c in columns.items() if (made := _converter(c.type, dialect)) is not None}
    own = tuple((place, convert[name]) for place, name in enumerate(names) if name in convert)
    kinds = {name: _kind(c.type) for name, c in columns.items()}
    return _Plan(model, dialect.name, fixed, names, kinds, convert, own)


log_of_inserted: Callable[[Any], str] | None = None
"""The SQL that writes rows of a model, by their first and last id, into the audit log: set by the log itself.

SQLite's triggers run once a row, which costs more than writing the row. So they stand aside while many rows are written
here, and one statement logs all of them from the table itself.
"""


def _insert_numbered(
    session: Session, plan: _Plan, fixed: Sequence[Any], first: int, values: Sequence[Sequence[Any]]
) -> None:
    """Insert rows with ids from ``first`` on, on SQLite; a single one is logged by its trigger as cheaply as apart."""
    numbered = [(*row, first + n) for n, row in enumerate(values)]
    if len(numbered) == 1 or not plan.model.__audited__:
        _run_portions(session, plan, fixed, numbered)
        return
    with _logging_whole(session, plan, fixed, first, len(values)):
        _run_portions(session, plan, fixed, numbered)


@contextmanager
def _logging_whole(session: Session, plan: _Plan, fixed: Sequence[Any], first: int, count: int) -> Iterator[None]:
    """Let the triggers that log rows of the model stand aside for the block, and log the rows made at its end."""
    if log_of_inserted is None or not _may_log_whole(session, plan, fixed):
        yield
        return
    told = session.line()[0].info["backoffice.audit"]
    around, unlogged = told.get("whole"), session.info.get(UNLOGGED)
    told["whole"] = plan.table
    session.info[UNLOGGED] = (plan.table, session.get_nested_transaction() or session.get_transaction())
    try:
        yield
    finally:
        told["whole"] = around
    run(session, log_of_inserted(plan.model), {**told, "first": first, "last": first + count - 1})
    session.info[UNLOGGED] = unlogged


UNLOGGED: Final = "backoffice.unlogged"
"""Where a session keeps the table it inserted into and could not log, and in which transaction or savepoint: while
that is not taken back, nothing is committed."""


def taken_back(session: Session, transaction: Any) -> None:
    """Forget what could not be logged when it was written inside ``transaction``, which is rolled back."""
    _table, inside = session.info.get(UNLOGGED) or ("", None)
    while inside is not None:
        if inside is transaction:
            session.info[UNLOGGED] = None
            return
        inside = inside.parent


def _may_log_whole(session: Session, plan: _Plan, fixed: Sequence[Any]) -> bool:
    """Tell whether rows are logged by one statement: those of an audited model in the session's own organisation."""
    own = session.context.organization_id
    of_rows = fixed[plan.fixed.index("organization_id")] if "organization_id" in plan.fixed else None
    return plan.model.__audited__ and (own is None or own == of_rows)


def _run_portions(session: Session, plan: _Plan, fixed: Sequence[Any], rows: list[Any]) -> None:
    """Insert rows of the plan's columns on SQLite, each with its id at the end where it has one already."""
    numbered = len(rows[0]) > len(plan.names)
    for some in _portions(rows):
        run(session, _insert_sqlite(plan, len(some), numbered), (*fixed, *chain.from_iterable(some)))


@cache
def _insert_sqlite(plan: _Plan, count: int, numbered: bool) -> str:
    """Return the statement for ``count`` rows: one statement keeps the pages it may have to give back only once."""
    names = (*plan.names, "id") if numbered else plan.names
    own, width = len(plan.fixed) + 1, len(names)
    marks = [f"?{n}" for n in range(1, own)]
    rows = [", ".join([*marks, *(f"?{own + width * row + place}" for place in range(width))]) for row in range(count)]
    listed = _quoted((*plan.fixed, *names))
    return f"INSERT INTO {plan.table} ({listed}) VALUES ({'), ('.join(rows)})"


@cache
def _insert_postgresql(plan: _Plan) -> str:
    return f"INSERT INTO {plan.table} ({_quoted((*plan.fixed, *plan.names))}) {_select(plan)}"


@cache
def _change_text(plan: _Plan, *, versioned: bool = True) -> str:
    changed = [name for name in plan.names if name != "id"]
    version = versioned and issubclass(plan.model, Record)
    if plan.dialect == "sqlite":
        places = ", ".join(f"json_extract(value, '$[{n}]') AS \"{name}\"" for n, name in enumerate(plan.names))
        sets = [*(f'"{name}" = ?' for name in plan.fixed), *(f'"{name}" = x."{name}"' for name in changed)]
        sets += ["version = version + 1"] if version else []
        # The plus keeps the index of organisations out of it: rows are found by their ids.
        return (
            f"UPDATE {plan.table} SET {', '.join(sets)} FROM (SELECT {places} FROM json_each(?)) AS x "
            f"WHERE {plan.table}.id = x.id AND +{plan.table}.organization_id = ?"
        )
    sets = [*(f'"{name}" = %s::{plan.kinds[name]}' for name in plan.fixed), *(f'"{n}" = x."{n}"' for n in changed)]
    sets += ["version = t.version + 1"] if version else []
    return (
        f"UPDATE {plan.table} AS t SET {', '.join(sets)} FROM {_source(plan)} "
        "WHERE t.id = x.id AND t.organization_id = %s"
    )


@cache
def _change_one_text(plan: _Plan) -> str:
    """Return the statement that changes one row on SQLite, which need not take it out of a JSON value."""
    places = {name: n for n, name in enumerate((*plan.fixed, *plan.names), start=1)}
    sets = [f'"{name}" = ?{n}' for name, n in places.items() if name != "id"]
    sets += ["version = version + 1"] if issubclass(plan.model, Record) else []
    where = f"id = ?{places['id']} AND +organization_id = ?{len(places) + 1}"
    return f"UPDATE {plan.table} SET {', '.join(sets)} WHERE {where}"


@cache
def _add_text(plan: _Plan, key: tuple[str, ...], to: tuple[str, ...]) -> str:
    sums = ", ".join(f"{name} = t.{name} + excluded.{name}" for name in to)
    conflict = f"ON CONFLICT ({_quoted(key)}) DO UPDATE SET {sums}"
    names = (*plan.fixed, *plan.names)
    head = f"INSERT INTO {plan.table} AS t ({_quoted(names)})"
    if plan.dialect == "sqlite":
        return f"{head} VALUES ({', '.join('?' for _ in names)}) {conflict}"
    return f"{head} {_select(plan)} {conflict}"


def _select(plan: _Plan) -> str:
    """Return the query that gives the rows of one JSON parameter, in their order."""
    columns = [*(f"%s::{plan.kinds[name]}" for name in plan.fixed), *(f'x."{name}"' for name in plan.names)]
    return f"SELECT {', '.join(columns)} FROM {_source(plan)}"


def _source(plan: _Plan) -> str:
    columns = ", ".join(f'"{name}" {plan.kinds.get(name, "bigint")}' for name in plan.names)
    return f"json_to_recordset(%s::json) AS x({columns})"


def _recordset(names: tuple[str, ...], values: Sequence[Sequence[Any]]) -> str:
    return json.dumps([dict(zip(names, row, strict=True)) for row in values], ensure_ascii=False)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _portions(rows: list[Any]) -> Iterator[list[Any]]:
    """Yield ``rows`` in portions of few different sizes, so that few texts are needed; a few rows are one portion."""
    start, size = 0, len(rows) if len(rows) <= FEW else LARGEST_PORTION
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


_KINDS: tuple[tuple[type, str], ...] = (
    (sa.Integer, "bigint"),
    (sa.Boolean, "boolean"),
    (sa.DateTime, "timestamptz"),
    (sa.Date, "date"),
    (sa.JSON, "jsonb"),
    (sa.String, "text"),
)


def _kind(type_: Any) -> str:
    """Return the type a value has on its way; text is ``text``, since a cast to a length would cut it silently."""
    bare = type_.impl if isinstance(type_, sa.TypeDecorator) else type_
    for known, name in _KINDS:
        if isinstance(bare, known):
            return name
    raise ProgrammingError(f"Columns of the type {type_!r} are not written by prepared statements.")


def _converter(type_: Any, dialect: sa.Dialect) -> Convert | None:
    if isinstance(type_, Scaled):
        return partial(to_scaled, scale=type_.scale)
    if isinstance(type_, sa.Date):
        return date.isoformat
    if dialect.name == "sqlite":
        made: Convert | None = type_.dialect_impl(dialect).bind_processor(dialect)
        return made
    return (lambda value: value.isoformat()) if isinstance(type_, Instant) else None


def _next_id(session: Session, table: str) -> int:
    """Return the id SQLite would give next; nobody else writes meanwhile."""
    return (_last_id(session, table) or 0) + 1


def _last_id(session: Session, table: str) -> int | None:
    """Return the id SQLite gave last; nothing where it never gave one."""
    found = run(session, "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int(found[0][0]) if found else None


def _writable(session: Session) -> None:
    if not session.writes:
        raise ProgrammingError("This session reads a snapshot and cannot write.")


__all__ = ["add", "change", "insert", "reserve", "taken_back", "write", "write_whole"]
