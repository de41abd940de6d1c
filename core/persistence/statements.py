"""Texts handed to the driver itself, behind what was left for later; on PostgreSQL they travel together.

:mod:`.prepared` and :mod:`.rows` make the texts. What the database says to them is raised as SQLAlchemy raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import exc

from . import exchange

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection

    from .prepared import Line
    from .session import Session

Take = Callable[[list[Any]], None]
"""What is done with the rows of a statement that travelled with another."""


def run(session: Session | Line, sql: str, values: Any) -> list[Any]:
    """Run ``sql`` behind what was left for later, and return its rows."""
    [rows] = run_all(session, [(sql, values)])
    return rows


def run_all(session: Session | Line, asked: Sequence[tuple[str, Any]]) -> list[list[Any]]:
    """Run several texts, together where they have to travel, and return the rows of each."""
    connection, driver = session.line()
    try:
        if session.dialect == "sqlite":
            return [driver.execute(sql, values).fetchall() for sql, values in asked]
        left = _taken_over(session)
        found = _wire_of(connection).ask([*left, *asked])
    except connection.dialect.loaded_dbapi.Error as error:
        raise wrapped(connection, driver, asked[0][0] if asked else "", error) from error
    first = len(found) - len(asked)
    _hand_out(session, found[:first])
    return found[first:]


def run_many(session: Session, sql: str, values: Sequence[Any]) -> None:
    """Run ``sql`` for each of ``values``, on SQLite."""
    connection, driver = session.line()
    try:
        driver.executemany(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise wrapped(connection, driver, sql, error) from error


def leave(session: Session, sql: str, values: Any) -> None:
    """Run ``sql``, which gives nothing: on SQLite at once, on PostgreSQL without waiting for what comes of it.

    The server works on it while more is made ready here. :meth:`Session.catch_up` hears of it before anything else
    reaches the database.
    """
    if session.dialect == "sqlite":
        run(session, sql, values)
        return
    connection, driver = session.line()  # the transaction and its context come first
    session.left.append((sql, values, None))
    try:
        _wire_of(connection).send(_taken_over(session))
    except connection.dialect.loaded_dbapi.Error as error:
        raise wrapped(connection, driver, sql, error) from error


def catch_up(session: Session) -> None:
    """Run what was left for later, and hear what came of what is under way."""
    run_all(session, [])


def commit(session: Session, connection: sa.Connection) -> None:
    """Run what was left for later, of which nobody waits for an answer, and commit, all on one way to the database."""
    try:
        _wire_of(connection).commit(_taken_over(session))
    except connection.dialect.loaded_dbapi.Error as error:
        raise wrapped(connection, connection.connection.driver_connection, "", error) from error
    session.sent.clear()


def _wire_of(connection: sa.Connection | Lent) -> exchange.Wire:
    """Return the wire of a connection to PostgreSQL."""
    there: Any = connection.connection
    return exchange.wire(there.info, there.driver_connection)


def _taken_over(session: Session | Line) -> list[tuple[str, Any]]:
    """Return what was left, to be sent now, and note who waits for it."""
    left = [(sql, values) for sql, values, _take in session.left]
    session.sent += [take for _sql, _values, take in session.left]
    session.left.clear()
    return left


def _hand_out(session: Session | Line, found: list[list[Any]]) -> None:
    takes = list(session.sent)
    session.sent.clear()
    for take, rows in zip(takes, found, strict=True):
        if take is not None:
            take(rows)


def wrapped(connection: sa.Connection | Lent, driver: Any, sql: str, error: Any) -> exc.DBAPIError:
    """Return ``error`` as SQLAlchemy raises it; a connection that is gone is not used again."""
    lost = connection.dialect.is_disconnect(error, driver, None)
    if lost:
        connection.invalidate(error)
    made: Any = exc.DBAPIError.instance(
        sql, None, error, connection.dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost,
        dialect=connection.dialect,
    )  # fmt: skip
    return made  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Lent:
    """A connection of the pool, as what explains errors knows one."""

    dialect: sa.Dialect
    connection: PoolProxiedConnection

    def invalidate(self, error: BaseException) -> None:
        """Give the connection up: it is gone."""
        self.connection.invalidate(error)


__all__ = ["Lent", "Take", "catch_up", "commit", "leave", "run", "run_all", "run_many", "wrapped"]
