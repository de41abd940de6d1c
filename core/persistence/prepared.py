"""Statements compiled once and run by the driver itself: the short way for what happens thousands of times a second.

A session's own statements are analysed, scoped and compiled each time they run, which costs several times what the
database needs for them. :class:`Read` is scoped and compiled once for a dialect; :func:`insert`, :func:`change` and
:func:`add` write many rows of a model by one text. Nothing is given up: the organisation is part of every text, the
triggers audit every row, and what the database refuses is explained as elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, roles, visitors

from backoffice.core.errors import ProgrammingError
from backoffice.core.money import to_scaled

from .records import ItsOwn, OfBranch, OfCompany, Record, Scoped
from .scoping import refuse_unscoped
from .types import Instant, Scaled

if TYPE_CHECKING:
    from .session import Session

Convert = Callable[[Any], Any]

_ORGANIZATION = "_organization"
_COMPANIES = "_companies"
_BRANCHES = "_branches"

LARGEST_PORTION = 256
"""Rows of one statement on SQLite, a power of two; its parameters stay below SQLite's limit of 32,766."""


class among(sa.ColumnElement[bool]):  # noqa: N801 - it reads like the function it is
    """The condition that a column is one of a list given when the statement runs: ``among(Account.id, "ids")``.

    Unlike ``IN`` it is the same text however long the list is.
    """

    inherit_cache = False

    def __init__(self, column: Any, name: str) -> None:
        self.column: Any = coercions.expect(roles.ExpressionElementRole, column)
        self.values: Any = sa.bindparam(name, required=True)
        self.kind = "text" if isinstance(self.column.type, sa.String) else "bigint"

    def get_children(self, **keywords: Any) -> Iterator[Any]:
        """Yield the column and the parameter."""
        yield self.column
        yield self.values


@compiles(among)
def _among_sqlite(element: among, compiler: Any, **keywords: Any) -> str:
    column, values = compiler.process(element.column, **keywords), compiler.process(element.values, **keywords)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: Any, **keywords: Any) -> str:
    column = compiler.process(element.column, **keywords)
    name = element.values.key
    compiler.process(element.values, **keywords)
    return f"{column} = ANY(%({name})s::{element.kind}[])"


# -- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as the driver takes it."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    bind: Mapping[str, Convert]
    results: tuple[Convert | None, ...]


class Read:
    """A query compiled once: columns of mapped classes joined by inner joins, with named parameters.

    It stays inside the organisation, companies and branches of the session that runs it, as any other query does.
    """

    def __init__(self, statement: sa.Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, bool, bool], _Text] = {}

    def rows(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows as plain tuples; lists for :class:`among` are given as lists."""
        text = self._text(session)
        session.flush()
        return _converted(run(session, text.sql, _bound(text, session, values)).fetchall(), text.results)

    @staticmethod
    def together(session: Session, *asked: tuple[Read, Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
        """Return the rows of several reads, each with its values, which travel to the database together."""
        session.flush()
        texts = [read._text(session) for read, _values in asked]
        bound = [_bound(text, session, given) for text, (_read, given) in zip(texts, asked, strict=True)]
        found = run_all(session, [(text.sql, values) for text, values in zip(texts, bound, strict=True)])
        return [_converted(rows, text.results) for rows, text in zip(found, texts, strict=True)]

    def first(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row, or ``None``."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def _text(self, session: Session) -> _Text:
        context = session.context
        key = (session.dialect, context.companies is not None, context.branches is not None)
        return self._texts.get(key) or self._compile(session, key)

    def _compile(self, session: Session, key: tuple[str, bool, bool]) -> _Text:
        statement = self._statement
        if session.context.organization_id is not None:
            statement = statement.where(*_scope(_entities(statement), companies=key[1], branches=key[2]))
        dialect = session.dialect_used
        compiled: Any = statement.compile(dialect=dialect)
        binds = {bind.key: bind for bind in compiled.binds.values()}
        names = tuple(compiled.positiontup or ()) if key[0] == "sqlite" else tuple(binds)
        processors = {n: bind.type.dialect_impl(dialect).bind_processor(dialect) for n, bind in binds.items()}
        convert = {n: made for n, made in processors.items() if made is not None}
        fixed = {n: bind.value for n, bind in binds.items() if not bind.required}
        results = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns
        )
        text = _Text(str(compiled), names, fixed, convert, results if any(results) else ())
        self._texts[key] = text
        return text


def _bound(text: _Text, session: Session, values: Mapping[str, Any]) -> Any:
    context, sqlite = session.context, session.dialect == "sqlite"
    given = {**text.fixed, **values, _ORGANIZATION: context.organization_id}
    if context.companies is not None:
        given[_COMPANIES] = list(context.companies)
    if context.branches is not None:
        given[_BRANCHES] = list(context.branches)
    bound = {}
    for name in text.names:
        value = given[name]
        if isinstance(value, list):
            bound[name] = json.dumps(value) if sqlite else value
        else:
            bound[name] = text.bind[name](value) if name in text.bind else value
    return tuple(bound[name] for name in text.names) if sqlite else bound


def _converted(found: list[Any], results: tuple[Convert | None, ...]) -> list[tuple[Any, ...]]:
    if not results:
        return found
    return [
        tuple(value if convert is None else convert(value) for value, convert in zip(row, results, strict=True))
        for row in found
    ]


def _entities(statement: sa.Select[*tuple[Any, ...]]) -> list[Any]:
    """Return the mapped classes, or aliases of them, a statement reads from; refuse what could not be scoped."""
    refuse_unscoped(statement)
    found: dict[Any, Any] = {}
    sources = [part for source in statement.get_final_froms() for part in visitors.iterate(source)]
    outer = any(isinstance(part, sa.Join) and (part.isouter or part.full) for part in sources)
    for element in visitors.iterate(statement):
        if outer or (isinstance(element, sa.Select) and element is not statement):
            raise ProgrammingError("A prepared read reads from mapped classes and inner joins of them alone.")
        entity = getattr(element, "_annotations", {}).get("parententity")
        if entity is not None:
            found[entity] = entity.entity
    return list(found.values())


def _scope(entities: Sequence[Any], *, companies: bool, branches: bool) -> Iterator[Any]:
    for entity in entities:
        cls = sa.inspect(entity).mapper.class_
        if issubclass(cls, Scoped):
            yield entity.organization_id == sa.bindparam(_ORGANIZATION)
        elif issubclass(cls, ItsOwn):
            yield entity.id == sa.bindparam(_ORGANIZATION)
        if companies and issubclass(cls, OfCompany):
            yield among(entity.company_id, _COMPANIES)
        if branches and issubclass(cls, OfBranch):
            yield sa.or_(entity.branch_id.is_(None), among(entity.branch_id, _BRANCHES))


# -- writing ---------------------------------------------------------------------------------------------------------


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
        numbered = [(first + n, *row) for n, row in enumerate(values)]
        for some in _portions(numbered):
            run(session, _insert_sqlite(plan, len(some)), (*fixed, *chain.from_iterable(some)))
        return list(range(first, first + len(rows)))
    sql = f"{_insert_postgresql(plan)} RETURNING id"
    return sorted(row[0] for row in run(session, sql, (*fixed, _recordset(plan.names, values))).fetchall())


def write(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] | None = None
) -> None:
    """Insert ``rows`` as :func:`insert` does, without asking for their ids."""
    if not rows:
        return
    if session.dialect == "sqlite":
        insert(session, model, rows, same)
        return
    plan, fixed, values = _ready(session, model, rows, same or {})
    _leave(session, _insert_postgresql(plan), (*fixed, _recordset(plan.names, values)))


def change(session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]) -> None:
    """Give the rows of ``model`` named by their ``id`` the other values of ``rows``, all with the same columns.

    ``same`` are values all of them get. Version and time of change move along. Records loaded before do not learn of
    it.
    """
    if not rows:
        return
    _writable(session)
    session.flush()
    common = {**same, "updated_at": session.now()} if issubclass(model, Record) else dict(same)
    plan = _plan(model, tuple(common), tuple(rows[0]), session.dialect_used)
    fixed, values = _fixed(plan, common), _values(plan, rows)
    given = json.dumps(values) if plan.dialect == "sqlite" else _recordset(plan.names, values)
    _leave(session, _change_text(plan), (*fixed, given, session.organization_id))


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
        return list(run(session, f"{sql} RETURNING {', '.join(to)}", given[0]).fetchall())
    if len(values) == 1:
        return list(run(session, f"{sql} RETURNING {', '.join(f't.{name}' for name in to)}", given).fetchall())
    if plan.dialect == "sqlite":
        run_many(session, sql, given)
    else:
        _leave(session, sql, given)
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
    take: Callable[[Mapping[str, Any]], Any]

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)


def _ready(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any]
) -> tuple[_Plan, list[Any], list[list[Any]]]:
    _writable(session)
    session.flush()
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


def _values(plan: _Plan, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    wanted, take, own = len(plan.names), plan.take, plan.own
    values = []
    for row in rows:
        if len(row) != wanted:
            raise ProgrammingError("Rows that are written together have the same columns.")
        made = list(take(row))
        for place, convert in own:
            if made[place] is not None:
                made[place] = convert(made[place])
        values.append(made)
    return values


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
    take = itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)
    kinds = {name: _kind(c.type) for name, c in columns.items()}
    return _Plan(model, dialect.name, fixed, names, kinds, convert, own, take)


@cache
def _insert_sqlite(plan: _Plan, count: int) -> str:
    """Return the statement for ``count`` rows: one statement keeps the pages it may have to give back only once."""
    own = len(plan.fixed) + 1
    marks = [f"?{n}" for n in range(1, own)]
    width = len(plan.names) + 1
    rows = [", ".join([*marks, *(f"?{own + width * row + place}" for place in range(width))]) for row in range(count)]
    listed = _quoted((*plan.fixed, "id", *plan.names))
    return f"INSERT INTO {plan.table} ({listed}) VALUES ({'), ('.join(rows)})"


@cache
def _insert_postgresql(plan: _Plan) -> str:
    return f"INSERT INTO {plan.table} ({_quoted((*plan.fixed, *plan.names))}) {_select(plan)}"


@cache
def _change_text(plan: _Plan) -> str:
    changed = [name for name in plan.names if name != "id"]
    version = issubclass(plan.model, Record)
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
    """Yield ``rows`` in portions of few different sizes, so that few texts are needed."""
    start, size = 0, LARGEST_PORTION
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
    if dialect.name == "sqlite":
        made: Convert | None = type_.dialect_impl(dialect).bind_processor(dialect)
        return made
    if isinstance(type_, Instant):
        return lambda value: value.isoformat()
    return (lambda value: value.isoformat()) if isinstance(type_, sa.Date) else None


def _next_id(session: Session, table: str) -> int:
    """Return the id SQLite would give next; nobody else writes meanwhile."""
    found = run(session, "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return (found[0] if found else 0) + 1


def _writable(session: Session) -> None:
    from .session import ReadingSession

    if isinstance(session, ReadingSession):
        raise ProgrammingError("This session reads a snapshot and cannot write.")


# -- the driver ------------------------------------------------------------------------------------------------------


def run(session: Session, sql: str, values: Any) -> Any:
    """Run ``sql``, a text of this module, behind what was left for later, and return the driver's cursor."""
    connection, driver = session.line()
    left = session.left
    try:
        if not left:
            return driver.execute(sql, values)
        with driver.pipeline():
            _hand_over(driver, left)
            return driver.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, driver, sql, error) from error


def run_all(session: Session, asked: Sequence[tuple[str, Any]]) -> list[list[Any]]:
    """Run several texts that give rows, together where the driver can, and return the rows of each."""
    connection, driver = session.line()
    if session.dialect == "sqlite":
        return [run(session, sql, values).fetchall() for sql, values in asked]
    try:
        with driver.pipeline():
            _hand_over(driver, session.left)
            cursors = [driver.execute(sql, values) for sql, values in asked]
        return [cursor.fetchall() for cursor in cursors]
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, driver, asked[0][0], error) from error


def run_many(session: Session, sql: str, values: Sequence[Any]) -> None:
    """Run ``sql`` for each of ``values``, on SQLite."""
    connection, driver = session.line()
    try:
        driver.executemany(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, driver, sql, error) from error


def _leave(session: Session, sql: str, values: Any) -> None:
    """Run ``sql``, which gives nothing: on SQLite at once, on PostgreSQL on the way to the next that gives something.

    A round trip costs PostgreSQL more than a small statement. :meth:`Session.catch_up` runs what was left before
    anything else reaches the database.
    """
    if session.dialect == "sqlite":
        run(session, sql, values)
    else:
        session.line()  # the transaction and its context come first
        session.left.append((sql, values))


def catch_up(session: Session) -> None:
    """Run what was left for later."""
    connection, driver = session.line()
    try:
        with driver.pipeline():
            _hand_over(driver, session.left)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, driver, "", error) from error


def _hand_over(driver: Any, left: list[tuple[str, Any]]) -> None:
    waiting, left[:] = list(left), []
    for sql, values in waiting:
        driver.execute(sql, values)


def _wrapped(connection: sa.Connection, driver: Any, sql: str, error: Any) -> exc.DBAPIError:
    """Return ``error`` as SQLAlchemy raises it; a connection that is gone is not used again."""
    lost = connection.dialect.is_disconnect(error, driver, None)
    if lost:
        connection.invalidate(error)
    made: Any = exc.DBAPIError.instance(
        sql, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost,
        dialect=connection.dialect,
    )  # fmt: skip
    return made  # type: ignore[no-any-return]


__all__ = ["Read", "add", "among", "catch_up", "change", "insert", "write"]
