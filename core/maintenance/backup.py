"""Back up a database while it is in use, and make sure that what was written can be read back."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlalchemy.engine import URL

from backoffice.core.errors import AlreadyExists, DatabaseUnavailable, InvalidInput, NotFound
from backoffice.core.persistence.engines import parse_url
from backoffice.hookspecs import messages

from . import postgresql

_ = messages("cli")

PAGES_AT_ONCE: Final = 4096
Kind = Literal["sqlite", "postgresql"]
Shown = Callable[[int, int], None]
"""``shown(done, total)`` is told how far the work is."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made and verified."""

    path: Path
    size: int
    """Bytes."""


def back_up(
    address: str | URL, target: Path, *, overwrite: bool = False, shown: Shown = lambda done, total: None
) -> Backup:
    """Write the database at ``address`` to the file ``target`` and return what was written.

    The database may be in use. The file appears when it is whole and was read back without a fault, never before.

    Raises:
        AlreadyExists: ``target`` exists and ``overwrite`` is not set.
        DatabaseUnavailable: the database cannot be read, or what was written is not whole.
    """
    if target.exists() and not overwrite:
        raise AlreadyExists(
            _("{path} exists already.").with_values(path=str(target)),
            remedy=_("Choose another name, or add --overwrite."),
        )
    url = parse_url(address)
    with appearing(target) as unfinished:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(url.database or ""), unfinished, shown)
            check_sqlite(unfinished)
        else:
            postgresql.dump(url, unfinished)
            postgresql.check_dump(url, unfinished)
    return Backup(target, target.stat().st_size)


def kind_of(path: Path) -> Kind:
    """Return which database the backup ``path`` was made of.

    Raises:
        NotFound: there is no such file.
        InvalidInput: the file is no backup.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(16)
    except FileNotFoundError as error:
        raise NotFound(_("There is no backup {path}.").with_values(path=str(path))) from error
    if beginning.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if beginning.startswith(postgresql.MAGIC):
        return "postgresql"
    raise InvalidInput(
        _("{path} is no backup.").with_values(path=str(path)),
        why=_("It begins neither as a SQLite database nor as a dump of PostgreSQL."),
        remedy=_("Name a file that `backoffice db backup` wrote."),
    )


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Give the path of a file that takes the place of ``target`` when the block ends well, for its owner alone."""
    handle, name = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name}.")
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        _to_disk(unfinished)
        unfinished.replace(target)
        _to_disk(target.absolute().parent)
    finally:
        for leftover in (unfinished, Path(f"{name}-wal"), Path(f"{name}-shm"), Path(f"{name}-journal")):
            leftover.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# -- SQLite ----------------------------------------------------------------------------------------------------------


def _copy_sqlite(source: Path, target: Path, shown: Shown) -> None:
    if not source.exists():
        raise DatabaseUnavailable(
            _("There is no database at {path}.").with_values(path=str(source)),
            remedy=_("Correct the path in backoffice.toml."),
        )
    copy_pages(source, target, shown)


def copy_pages(source: Path, target: Path, shown: Shown = lambda done, total: None) -> None:
    """Copy a SQLite database page by page as it is at this moment; writers are not kept waiting."""
    try:
        with closing(sqlite3.connect(source, timeout=30, isolation_level=None)) as reading:
            # An open transaction pins the snapshot, else every commit of others would start the copy anew.
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(target)) as writing:
                reading.backup(
                    writing, pages=PAGES_AT_ONCE, progress=lambda status, left, total: shown(total - left, total)
                )
                # One file, without a log beside it that could be left behind.
                writing.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as error:
        raise DatabaseUnavailable(
            _("The database {path} cannot be copied.").with_values(path=str(source)),
            why=str(error),
            remedy=_("Check the free space and the permissions; `backoffice db check` looks at the database itself."),
        ) from error


def check_sqlite(path: Path) -> None:
    """Raise :class:`DatabaseUnavailable` unless the SQLite file ``path`` is whole."""
    problems = sqlite_problems(path)
    if problems:
        raise DatabaseUnavailable(
            _("The database file {path} is damaged.").with_values(path=str(path)),
            why="; ".join(problems),
            remedy=_("Do not use it; restore the last backup that is whole."),
        )


def sqlite_problems(path: Path) -> list[str]:
    """Return what SQLite itself finds wrong in the file ``path``: pages, indexes, references; at most a few."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [one for one in said if one != "ok"] + [f"{row[0]} #{row[1]} → {row[2]}" for row in broken]
