"""Statements compiled once and run by the driver itself: the short way for what happens thousands of times a second.

A session's own statements are analysed, scoped and compiled each time they run, which costs several times what the
database needs for them. :class:`Read` is scoped and compiled once for a dialect; :mod:`.rows` writes many rows of a
model by one text. Nothing is given up: the organisation is part of every text, the triggers audit every row, and what
the database refuses is explained as elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, roles, visitors

from backoffice.core.errors import ProgrammingError

from .records import ItsOwn, OfBranch, OfCompany, Scoped
from .remembered import MOST, answers_of
from .scoping import refuse_unscoped
from .statements import Lent, Take, run, run_all

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection

    from .context import Context
    from .session import Session

Convert = Callable[[Any], Any]
_ORGANIZATION = "_organization"
_COMPANY = "_company"
_COMPANIES = "_companies"
_BRANCHES = "_branches"


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


class _Hint(sa.ColumnElement[Any]):
    """A condition with a word on how many rows fulfil it, for SQLite, which guesses; PostgreSQL looks at the values."""

    inherit_cache = False
    type = sa.Integer()  # SQLite has no others; as a Boolean it would be compared with one, which no index knows
    text = "{}"

    def __init__(self, condition: Any) -> None:
        self.condition: Any = coercions.expect(roles.ExpressionElementRole, condition)

    def get_children(self, **keywords: Any) -> Iterator[Any]:
        """Yield the condition."""
        yield self.condition


class seldom(_Hint):  # noqa: N801 - it reads like the function it is
    """A condition few rows fulfil, so that it is begun with: what was settled after a day, what is still open."""

    text = "likelihood({}, 0.001)"


class commonly(_Hint):  # noqa: N801
    """A condition most rows fulfil, so that it is asked last: what happened until today."""

    text = "+({})"


@compiles(_Hint)
def _hint_sqlite(element: _Hint, compiler: Any, **keywords: Any) -> str:
    return element.text.format(compiler.process(element.condition, **keywords))


@compiles(_Hint, "postgresql")
def _hint_postgresql(element: _Hint, compiler: Any, **keywords: Any) -> str:
    return f"({compiler.process(element.condition, **keywords)})"


# -- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as the driver takes it."""

    sql: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]
    bind: Mapping[str, Convert]
    results: tuple[tuple[int, Convert], ...]
    """The columns whose values are converted, by their place."""


class Read:
    """A query compiled once: columns of mapped classes joined by inner joins, with named parameters.

    It stays inside the organisation, companies and branches of the session that runs it, as any other query does.
    One of models that are remembered is answered from memory where it can be.
    """

    def __init__(self, statement: sa.Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, int, bool], _Text] = {}
        self._remembered: bool | None = None
        self._listed = ""

    def rows(self, session: Session | Line, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows as plain tuples; lists for :class:`among` are given as lists."""
        waiting: dict[Any, list[tuple[Any, ...]]] | None = session.info.get(_AHEAD)
        if waiting and (found := waiting.pop(_asked(self, values), None)) is not None:
            return found
        _flush(session)
        [rows] = _answered(session, [(self, values)])
        return rows

    @staticmethod
    def together(session: Session | Line, *asked: tuple[Read, Mapping[str, Any]]) -> list[list[tuple[Any, ...]]]:
        """Return the rows of several reads, each with its values, which travel to the database together."""
        waiting: dict[Any, Any] | None = session.info.get(_AHEAD)
        if waiting:
            known = [waiting.pop(_asked(read, given), None) for read, given in asked]
            if None not in known:
                return known
        _flush(session)
        return _answered(session, asked)

    @staticmethod
    @contextmanager
    def ahead(session: Session, *asked: tuple[Read, Mapping[str, Any]]) -> Iterator[None]:
        """Let what is asked one after the other inside the block travel to the database together, where that is far.

        Each of the reads answers the first time it is asked with these values; nothing is written inside the block.
        """
        if session.dialect == "sqlite":
            yield
            return
        found = Read.together(session, *asked)
        session.info[_AHEAD] = {_asked(read, given): rows for (read, given), rows in zip(asked, found, strict=True)}
        try:
            yield
        finally:
            session.info.pop(_AHEAD, None)

    @staticmethod
    def with_next(
        session: Session, asked: Sequence[tuple[Read, Mapping[str, Any]]], take: Callable[[list[Any]], None]
    ) -> None:
        """Ask on the way to whatever is asked next, and hand the rows of each read to ``take`` when they are there.

        What ``take`` raises is raised there; :meth:`Session.catch_up` asks when nothing else does. On SQLite, where
        nothing travels, it is asked at once.
        """
        if session.dialect == "sqlite":
            take(Read.together(session, *asked))
            return
        session.line()  # the transaction begins with nothing left for later: whatever begins hears of that first
        found: list[Any] = []

        def keeping(text: _Text) -> Take:
            def keep(rows: list[Any]) -> None:
                found.append(_converted(rows, text.results))
                if len(found) == len(asked):
                    take(found)

            return keep

        for read, values in asked:
            text = read._text(session)
            session.left.append((text.sql, _bound(text, session, values), keeping(text)))

    def first(self, session: Session | Line, **values: Any) -> tuple[Any, ...] | None:
        """Return the first row, or ``None``."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def values(self, session: Session, **values: Any) -> list[Any]:
        """Return the first column of the rows."""
        return [row[0] for row in self.rows(session, **values)]

    @property
    def remembered(self) -> bool:
        """Whether it reads from models alone whose rows are remembered."""
        if self._remembered is None:
            models = [sa.inspect(entity).mapper.class_ for entity in _entities(self._statement)]
            self._remembered = bool(models) and all(model.__remembered__ for model in models)
            self._listed = _listed_by(self._statement)
        return self._remembered

    @property
    def listed(self) -> str:
        """The list that rows answer to one by one, by their first column; nothing where there is none."""
        return self._listed

    def _text(self, session: Session | Line) -> _Text:
        context = session.context
        # One company is compared with, as an index wants it; several are looked for in a list.
        companies = 0 if context.companies is None else 1 if len(context.companies) == 1 else 2
        key = (session.dialect, companies, context.branches is not None)
        return self._texts.get(key) or self._compile(session, key)

    def _compile(self, session: Session | Line, key: tuple[str, int, bool]) -> _Text:
        statement = self._statement
        if session.context.organization_id is not None:
            statement = statement.where(*_scope(_entities(statement), companies=key[1], branches=key[2]))
        dialect = session.dialect_used
        compiled: Any = statement.compile(dialect=dialect)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        names = tuple(compiled.positiontup or ()) if key[0] == "sqlite" else tuple(binds)
        processors = {n: bind.type.dialect_impl(dialect).bind_processor(dialect) for n, bind in binds.items()}
        convert = {n: made for n, made in processors.items() if made is not None}
        fixed = {n: bind.value for n, bind in binds.items() if not bind.required}
        made = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in statement.selected_columns
        ]
        results = tuple((place, one) for place, one in enumerate(made) if one is not None)
        text = _Text(str(compiled), names, fixed, convert, results)
        self._texts[key] = text
        return text


def _listed_by(statement: sa.Select[*tuple[Any, ...]]) -> str:
    """Return the name of the list whose values stand in the first column, if each row is asked for by one of them."""
    first = next(iter(statement.selected_columns))
    lists = [element for element in visitors.iterate(statement) if isinstance(element, among)]
    plain = not statement._order_by_clauses and not statement._group_by_clauses and statement._limit_clause is None
    if plain and len(lists) == 1 and lists[0].column.compare(first):
        return str(lists[0].values.key)
    return ""


_Asked = Sequence[tuple[Read, Mapping[str, Any]]]


def _answered(session: Session | Line, asked: _Asked) -> list[list[tuple[Any, ...]]]:
    """Return the rows of reads: what is remembered from memory, the rest from the database together."""
    memory = _memory(session, asked)
    if memory is None:
        return _fetched(session, asked)
    recalled = [_Recalled(session, memory, *one) if one[0].remembered else None for one in asked]
    wanted = [
        one if known is None else (one[0], known.given)
        for one, known in zip(asked, recalled, strict=True)
        if known is None or known.missing
    ]
    fetched = iter(_fetched(session, wanted))
    return [next(fetched) if known is None else known.rows(fetched) for known in recalled]


def _memory(session: Session | Line, asked: _Asked) -> dict[Any, Any] | None:
    """Return what may be answered from memory.

    A snapshot on PostgreSQL asks all it needs at once; asking first what is remembered would be one more way there.
    """
    if isinstance(session, Line) or session.context.organization_id is None:
        return None
    if session.dialect == "postgresql" and not session.writes:
        return None
    return answers_of(session, run) if any(read.remembered for read, _given in asked) else None


def _fetched(session: Session | Line, asked: _Asked) -> list[list[tuple[Any, ...]]]:
    if not asked:
        return []
    texts = [read._text(session) for read, _given in asked]
    lists: dict[int, str] = {}
    bound = [_bound(text, session, given, lists) for text, (_read, given) in zip(texts, asked, strict=True)]
    found = run_all(session, [(text.sql, values) for text, values in zip(texts, bound, strict=True)])
    return [_converted(rows, text.results) for rows, text in zip(found, texts, strict=True)]


class _Recalled:
    """A read answered from memory: of a list each value has its own answer, so that other lists find it as well."""

    def __init__(
        self, session: Session | Line, memory: dict[Any, dict[Any, Any]], read: Read, given: Mapping[str, Any]
    ) -> None:
        context, listed = session.context, read.listed
        rest = tuple(tuple(v) if isinstance(v, list) else v for name, v in given.items() if name != listed)
        self._answers = memory.setdefault((read, context.companies, context.branches, rest), {})
        if len(self._answers) > MOST:
            self._answers.clear()
        self._listed = listed
        self._values = dict.fromkeys(given[listed]) if listed else {None: None}
        self.missing = [value for value in self._values if value not in self._answers]
        self.given = {**given, listed: self.missing} if listed else given

    def rows(self, fetched: Iterator[list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
        """Return the rows; those that were missing are the next of ``fetched``, and remembered."""
        if self.missing:
            self._remember(next(fetched))
        return list(chain.from_iterable(self._answers[value] for value in self._values))

    def _remember(self, rows: list[tuple[Any, ...]]) -> None:
        if not self._listed:
            self._answers[None] = rows
            return
        answers: dict[Any, list[tuple[Any, ...]]] = {value: [] for value in self.missing}
        for row in rows:
            answers[row[0]].append(row)
        self._answers.update(answers)


_AHEAD = "backoffice.ahead"


def _asked(read: Read, values: Mapping[str, Any]) -> Any:
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return id(read), frozenset(given.items())


def _flush(session: Session | Line) -> None:
    """Write what is pending before it is asked for, as the session's own queries do."""
    if session.autoflush and not session.info.get("flushing"):
        session.flush()


def _bound(text: _Text, session: Session | Line, values: Mapping[str, Any], lists: dict[int, str] | None = None) -> Any:
    """Return the parameters of ``text``; ``lists`` keeps, by identity, those that several reads are asked with."""
    given = {**text.fixed, **values, **_inside(session.context)}
    if session.dialect != "sqlite":
        bind = text.bind
        return {n: bind[n](given[n]) if n in bind and type(given[n]) is not list else given[n] for n in text.names}
    bound = []
    for name in text.names:
        value = given[name]
        if type(value) is list:
            value = _listed(value, lists)
        elif name in text.bind:
            value = text.bind[name](value)
        bound.append(value)
    return tuple(bound)


def _listed(values: list[Any], lists: dict[int, str] | None) -> str:
    if lists is None:
        return json.dumps(values)
    known = lists.get(id(values))
    if known is None:
        known = lists[id(values)] = json.dumps(values)
    return known


def _inside(context: Context) -> dict[str, Any]:
    """Return the parameters that keep a read inside organisation, companies and branches."""
    found: dict[str, Any] = {_ORGANIZATION: context.organization_id}
    if context.companies is not None:
        found[_COMPANIES] = list(context.companies)
        found[_COMPANY] = next(iter(context.companies), None)
    if context.branches is not None:
        found[_BRANCHES] = list(context.branches)
    return found


def _converted(found: list[Any], results: tuple[tuple[int, Convert], ...]) -> list[tuple[Any, ...]]:
    """Return the rows with their values converted, column by column, which is quicker than row by row."""
    if not results or not found:
        return found
    columns: list[Any] = list(zip(*found, strict=True))
    for place, convert in results:
        columns[place] = [convert(value) for value in columns[place]]
    return list(zip(*columns, strict=True))


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


def _scope(entities: Sequence[Any], *, companies: int, branches: bool) -> Iterator[Any]:
    for entity in entities:
        cls = sa.inspect(entity).mapper.class_
        if issubclass(cls, Scoped):
            yield entity.organization_id == sa.bindparam(_ORGANIZATION)
        elif issubclass(cls, ItsOwn):
            yield entity.id == sa.bindparam(_ORGANIZATION)
        if companies and issubclass(cls, OfCompany):
            one = companies == 1
            yield entity.company_id == sa.bindparam(_COMPANY) if one else among(entity.company_id, _COMPANIES)
        if branches and issubclass(cls, OfBranch):
            yield sa.or_(entity.branch_id.is_(None), among(entity.branch_id, _BRANCHES))


class Line:
    """A connection for prepared reads alone, across organisations, of what is committed now: who is it that asks?

    It has what :class:`Read` asks of a session, without what a session of the ORM takes to begin and to end. On
    PostgreSQL that is no transaction either, so what is asked together takes one way to the server and back.
    """

    def __init__(self, engine: sa.Engine, context: Context) -> None:
        self.context = context
        self.dialect_used = engine.dialect
        self.dialect = str(engine.dialect.name)
        self.left: list[tuple[str, Any, Take | None]] = []
        self.sent: list[Take | None] = []
        self.info: dict[str, Any] = {}
        self.autoflush = False
        self._lent = Lent(engine.dialect, _borrowed(engine))
        if self.dialect == "sqlite":
            self.line()[1].execute("BEGIN")
        else:
            self.line()[1].autocommit = True

    def line(self) -> tuple[Lent, Any]:
        """Return the connection and the driver's own behind it."""
        return self._lent, self._lent.connection.driver_connection

    def flush(self) -> None:
        """Do nothing: nothing is written here."""

    def close(self) -> None:
        """Give the connection back as it was."""
        driver = self.line()[1]
        if self.dialect != "sqlite" and driver is not None and not driver.closed:
            driver.autocommit = False
        self._lent.connection.close()


def _borrowed(engine: sa.Engine) -> PoolProxiedConnection:
    try:
        return engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        # As a session says that there is no database.
        made: Any = exc.DBAPIError.instance(
            "", None, error, engine.dialect.loaded_dbapi.Error, hide_parameters=True, dialect=engine.dialect
        )
        raise made from error


__all__ = ["Line", "Read", "among", "commonly", "seldom"]
