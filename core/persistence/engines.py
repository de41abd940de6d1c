"""Engines that behave alike on SQLite and PostgreSQL: one that writes, one that reads a snapshot and cannot write.

SQLite: WAL, full synchronisation, foreign keys, recursive triggers (else ``INSERT OR REPLACE`` walks past them) and
``BEGIN IMMEDIATE`` for writers, since Python's own transaction control opens none for SELECT and fails read-then-write.
PostgreSQL: READ COMMITTED for writers, a read-only REPEATABLE READ snapshot for readers, both in UTC.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Engine
from sqlalchemy.pool import NullPool

from backoffice.core.errors import ConfigurationError, DatabaseUnavailable
from backoffice.hookspecs import messages

from . import exchange

_ = messages("backoffice")

BUSY_TIMEOUT_MS = 30_000

CHECKPOINT_PAGES = 8_000
"""Pages in SQLite's write-ahead log (32 MB) before they are copied into the file. The default of 1,000 copies the same
busy pages so often that posting many entries spends a third of its time on it."""

RESTED_SECONDS = 1.0
"""A connection to a server that rested longer is asked whether it lives, so that no request fails after the server was
started again; those in constant use are spared the question."""


def parse_url(url: str | URL) -> URL:
    """Return ``url`` as a URL with the driver this project uses; refuse other databases."""
    parsed = sa.make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgres":
        backend = "postgresql"
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed.set(drivername="sqlite+pysqlite")
    raise ConfigurationError(
        _("The database address {url} cannot be used.").with_values(url=parsed.render_as_string()),
        why=_("Backoffice runs on a SQLite file or on PostgreSQL."),
        remedy=_('Write database = "sqlite:///books.db" or "postgresql://user@host/name" in backoffice.toml.'),
    )


def make_engines(url: str | URL, *, create: bool = False, pool_size: int = 8) -> tuple[Engine, Engine]:
    """Return the writing and the reading engine of ``url``.

    With ``create`` a missing SQLite file is made, else it is an error, since a mistyped path would otherwise open
    an empty set of books.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engines(parsed, create)
    return _postgresql_engines(parsed, pool_size)


def _sqlite_engines(url: URL, create: bool) -> tuple[Engine, Engine]:
    path = Path(url.database or "")
    if not path.exists():
        if not create:
            raise DatabaseUnavailable(
                _("There is no database at {path}.").with_values(path=str(path)),
                why=_("The file does not exist."),
                remedy=_("Run `backoffice init` to make it, or correct the path in backoffice.toml."),
            )
        path.parent.mkdir(parents=True, exist_ok=True)
    arguments: dict[str, Any] = {"connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}}
    write = sa.create_engine(url, pool_size=8, max_overflow=24, pool_timeout=60, **arguments)
    read = sa.create_engine(url, pool_size=8, max_overflow=24, pool_timeout=60, **arguments)
    event.listen(write, "connect", _prepare_sqlite)
    event.listen(write, "begin", _begin_writing)
    event.listen(read, "connect", _prepare_sqlite)
    event.listen(read, "connect", _forbid_writes)
    event.listen(read, "begin", _begin_reading)
    return write, read


def _begin_writing(connection: sa.Connection) -> None:
    """Begin as writer without the detour of a statement; that another writer did not end in time is told as usual."""
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        dialect, parent = connection.dialect, connection.dialect.loaded_dbapi.Error
        made: Any = exc.DBAPIError.instance("BEGIN IMMEDIATE", None, error, parent, dialect=dialect)
        raise made from error


def _begin_reading(connection: sa.Connection) -> None:
    """Begin without the detour of a statement: nothing is locked yet, so nothing can fail that were to be explained."""
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN")


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        "cache_size=-32768",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    install_functions(connection, record.info.setdefault("backoffice.audit", {}))


def _forbid_writes(connection: sqlite3.Connection, record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def install_functions(connection: sqlite3.Connection, values: dict[str, Any]) -> None:
    """Give a SQLite connection the functions the audit triggers call; ``values`` is the context they read.

    The salt is an HMAC of the payload under a key that lives only as long as the connection, so that asking twice for
    the same payload gives the same salt, and nobody can guess it afterwards.
    """
    key = secrets.token_bytes(32)
    last = ["", ""]

    def salt(payload: str) -> str:
        if last[0] != payload:
            last[:] = payload, hashlib.blake2b(payload.encode(), key=key, digest_size=16).hexdigest()
        return last[1]

    def digest(payload: str) -> str:
        return hashlib.sha256((salt(payload) + payload).encode()).hexdigest()

    connection.create_function("backoffice_context", 1, values.get)
    connection.create_function("backoffice_salt", 1, salt, deterministic=True)
    connection.create_function("backoffice_digest", 1, digest, deterministic=True)


def _postgresql_engines(url: URL, pool_size: int) -> tuple[Engine, Engine]:
    common = "-c timezone=UTC -c client_encoding=UTF8 -c lock_timeout=30000 -c datestyle=ISO"
    write = sa.create_engine(
        url, isolation_level="READ COMMITTED", pool_size=pool_size, max_overflow=24, pool_timeout=60,
        connect_args={"options": common, "connect_timeout": 10},
    )  # fmt: skip
    read = sa.create_engine(
        url, isolation_level="REPEATABLE READ", pool_size=pool_size, max_overflow=24, pool_timeout=60,
        connect_args={"options": f"{common} -c default_transaction_read_only=on", "connect_timeout": 10},
    )  # fmt: skip
    for engine in (write, read):
        _ask_rested(engine)
    _let_go_first(write)
    _end_by_commit(read)
    return write, read


def _let_go_first(engine: Engine) -> None:
    """Let a connection hear what is under way on it before it is rolled back."""
    event.listen(engine, "rollback", lambda connection: exchange.rolls_back(connection.info))
    event.listen(engine, "rollback_savepoint", lambda connection, name, context: exchange.rolls_back(connection.info))
    event.listen(engine, "reset", lambda connection, record, state: exchange.rolls_back(record.info))


def _end_by_commit(engine: Engine) -> None:
    """Let snapshots end by COMMIT, which is the same to whoever only read.

    After a ROLLBACK psycopg throws away the statements it prepared on the connection, and the next page pays again.
    """
    dialect: Any = engine.dialect
    dialect.do_rollback = dialect.do_commit


def _ask_rested(engine: Engine) -> None:
    """Ask connections that rested for a while whether they live, and replace all of them when one does not."""

    def rest(connection: Any, record: Any) -> None:
        record.info["rested_from"] = monotonic()

    def ask(connection: Any, record: Any, proxy: Any) -> None:
        if monotonic() - record.info.get("rested_from", monotonic()) <= RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise exc.InvalidatePoolError from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", ask)


def migration_engine(url: str | URL, *, create: bool = False) -> Engine:
    """Return an engine for migrations: on SQLite foreign keys are off, since a rebuilt table would take its children.

    With ``create`` a missing SQLite file is made.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        options = "-c timezone=UTC -c client_encoding=UTF8"
        return sa.create_engine(parsed, poolclass=NullPool, connect_args={"options": options, "connect_timeout": 10})
    path = Path(parsed.database or "")
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})

    def prepare(connection: sqlite3.Connection, record: Any) -> None:
        _prepare_sqlite(connection, record)
        connection.execute("PRAGMA foreign_keys=OFF")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
