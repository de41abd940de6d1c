"""Restore a backup. What is there is replaced only by what was verified, and kept under another name."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from backoffice.core.errors import BackofficeError, Conflict, DatabaseUnavailable, InvalidInput
from backoffice.core.persistence.engines import migration_engine, parse_url
from backoffice.core.persistence.migrations import Component, script_directory
from backoffice.hookspecs import messages

from . import postgresql
from .backup import appearing, check_sqlite, copy_pages, kind_of

_ = messages("cli")


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored database."""

    kept: str = ""
    """Where what was there before lies now: a file or the name of a database; empty when there was nothing."""


def restore(address: str | URL, source: Path, components: Sequence[Component], *, replace: bool = False) -> Restored:
    """Put the backup ``source`` into the place of the database at ``address``.

    Args:
        address: the database of the configuration; nobody else may be using it.
        source: a file written by :func:`~.backup.back_up`.
        components: the core and the plugins, whose revisions the backup must know how to be read by.
        replace: allow it although there is data; what was there is kept under another name.

    Raises:
        Conflict: there is data and ``replace`` is not set.
        InvalidInput: the file is no backup of such a database, or newer than the program.
        DatabaseUnavailable: the backup is damaged, or the database is in use.
    """
    url = parse_url(address)
    kind = kind_of(source)
    if kind != url.get_backend_name():
        raise InvalidInput(
            _("The backup is of {kind}, the database is {other}.").with_values(kind=kind, other=url.get_backend_name()),
            remedy=_("Name a database of the same kind in backoffice.toml."),
        )
    empty = is_empty(url)
    if not empty and not replace:
        raise Conflict(
            _("There is data in the database."),
            remedy=_("Restore into an empty database, or add --yes: what is there is kept under another name."),
        )
    if kind == "sqlite":
        return _restore_sqlite(Path(url.database or ""), source, components, empty)
    return _restore_postgresql(url, source, components, empty)


def is_empty(url: URL) -> bool:
    """Tell whether the database at ``url`` holds no table, or does not exist yet as a file."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if not path.exists() or path.stat().st_size == 0:
            return True
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            return int(_ask_sqlite(connection, "SELECT count(*) FROM sqlite_master")) == 0
    with postgresql.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").fetchone()
        return row is None or int(row[0]) == 0


def _ask_sqlite(connection: sqlite3.Connection, question: str) -> Any:
    try:
        return connection.execute(question).fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise DatabaseUnavailable(_("The database cannot be used."), why=str(error)) from error


def check_revisions(url: str | URL, components: Sequence[Component]) -> None:
    """Raise :class:`InvalidInput` when the database at ``url`` is none of ours, or newer than the program."""
    engine = migration_engine(url)
    try:
        with engine.connect() as connection:
            tables = set(sa.inspect(connection).get_table_names())
            if not {"core_organization", "core_alembic_version"} <= tables:
                raise InvalidInput(_("The backup holds no organisation of Backoffice."))
            for component in components:
                if component.version_table in tables:
                    _check_revision(connection, component)
    finally:
        engine.dispose()


def _check_revision(connection: sa.Connection, component: Component) -> None:
    scripts = script_directory(component)
    known = set() if scripts is None else {script.revision for script in scripts.walk_revisions()}
    found = connection.execute(sa.text(f"SELECT version_num FROM {component.version_table}")).scalars().all()
    if not set(found) <= known:
        raise InvalidInput(
            _("The backup is newer than the program."),
            why=_("The tables of {name} stand at {revision}, which this version does not know.").with_values(
                name=component.name, revision=", ".join(found)
            ),
            remedy=_("Install the version that wrote it, or a newer one."),
        )


def _kept_name(name: str) -> str:
    return f"{name}-before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"


# -- SQLite ----------------------------------------------------------------------------------------------------------


def _restore_sqlite(path: Path, source: Path, components: Sequence[Component], empty: bool) -> Restored:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = ""
    with appearing(path) as unfinished:
        check_sqlite(source)
        copy_pages(source, unfinished)
        check_sqlite(unfinished)
        check_revisions(f"sqlite:///{unfinished}", components)
        _close_log(unfinished)
        os.chmod(unfinished, path.stat().st_mode & 0o777 if path.exists() else 0o640)
        if path.exists():
            _close_log(path)
            if not empty:
                kept = str(path.with_name(_kept_name(path.name)))
                os.link(path, kept)
    return Restored(kept)


def _close_log(path: Path) -> None:
    """Bring everything into the one file ``path``; raise :class:`DatabaseUnavailable` while someone else uses it.

    A process that has the file open would go on writing into the one that was put aside.
    """
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
            said = str(connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0])
    except sqlite3.Error as error:
        raise _in_use(str(error)) from error
    if said != "delete" or Path(f"{path}-wal").exists():
        raise _in_use(said)


def _in_use(why: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        _("The database is in use."),
        why=why,
        remedy=_("Stop `backoffice serve`, workers and everything else that uses it, and try again."),
    )


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


def _restore_postgresql(url: URL, source: Path, components: Sequence[Component], empty: bool) -> Restored:
    postgresql.check_dump(url, source)
    if empty:
        postgresql.load(url, source)
        check_revisions(url, components)
        return Restored()
    fresh = url.set(database=f"{url.database}_restoring_{secrets.token_hex(4)}")
    with _server(url) as server:
        _create_like(server, url.database or "", fresh.database or "")
        try:
            postgresql.load(fresh, source)
            check_revisions(fresh, components)
            kept = _kept_name(url.database or "").replace("-", "_")[:63]
            _swap(server, url.database or "", fresh.database or "", kept)
        except BaseException:
            _execute(server, f"DROP DATABASE IF EXISTS {_quoted(fresh.database or '')}")
            raise
    return Restored(kept)


def _server(url: URL) -> Any:
    """Return a connection beside the database, from which it can be renamed."""
    try:
        return postgresql.connect(url.set(database="postgres"))
    except DatabaseUnavailable:
        return postgresql.connect(url.set(database="template1"))


def _create_like(server: Any, name: str, fresh: str) -> None:
    row = server.execute(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    encoding, collate, ctype = (part.replace("'", "''") for part in row)
    _execute(
        server,
        f"CREATE DATABASE {_quoted(fresh)} TEMPLATE template0 ENCODING '{encoding}' "
        f"LC_COLLATE '{collate}' LC_CTYPE '{ctype}'",
        remedy=_("Give the user the right to create databases, or restore into an empty database and name that one."),
    )


def _swap(server: Any, name: str, fresh: str, kept: str) -> None:
    _execute(server, f"ALTER DATABASE {_quoted(name)} RENAME TO {_quoted(kept)}")
    try:
        _execute(server, f"ALTER DATABASE {_quoted(fresh)} RENAME TO {_quoted(name)}")
    except BackofficeError:
        _execute(server, f"ALTER DATABASE {_quoted(kept)} RENAME TO {_quoted(name)}")
        raise


def _execute(server: Any, statement: str, remedy: str = "") -> None:
    import psycopg

    try:
        server.execute(statement)
    except psycopg.errors.ObjectInUse as error:
        raise _in_use(str(error).splitlines()[0]) from error
    except psycopg.Error as error:
        raise DatabaseUnavailable(
            _("The database could not be replaced; it is as it was."), why=str(error).splitlines()[0], remedy=remedy
        ) from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
