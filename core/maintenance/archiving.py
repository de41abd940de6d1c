"""Write everything a plugin has to one file, before it is removed: rows as JSON, a line each, and attached files.

Amounts stand as they are stored, in ten-thousandths, and so on; ``archive.json`` says what is in it and which migration
the tables stood at, so that the same version of the plugin can read it back.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from backoffice.core.attachments.store import Store
from backoffice.core.errors import AlreadyExists, BackofficeError, NotFound, Unavailable
from backoffice.core.office import Backoffice
from backoffice.core.persistence import explained
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from .purging import Owned

_ = messages("cli")

ABOUT: Final = "archive.json"
FILES: Final = "files/"


class Archive:
    """A file of what a plugin had."""

    def __init__(self, path: Path, store: Store) -> None:
        self.path = path
        self._store = store

    def write(self, office: Backoffice, found: Owned) -> None:
        """Write what ``found`` names, in one snapshot, and read it back.

        Raises:
            AlreadyExists: the file is there.
            Unavailable: it cannot be written, or does not hold what was written.
        """
        if self.path.exists():
            raise AlreadyExists(
                _("{path} is there already.").with_values(path=str(self.path)), remedy=_("Choose another file.")
            )
        unfinished = self.path.with_name(f".{self.path.name}.unfinished")
        try:
            with explained(office.database), office.database.read_engine.connect() as connection:
                self._write(connection, found, unfinished)
            self._check(unfinished, found)
            os.replace(unfinished, self.path)
        except OSError as error:
            raise Unavailable(
                _("{path} cannot be written; nothing was removed.").with_values(path=str(self.path)),
                why=error.strerror or str(error),
                remedy=_("Choose another place with --archive."),
            ) from error
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def _write(self, connection: sa.Connection, found: Owned, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for table, _rows in found.tables:
                self._write_rows(archive, f"tables/{table}.jsonl", _rows_of(connection, table))
            for table, _rows in found.mentions:
                self._write_rows(archive, f"core/{table}.jsonl", _mentions_of(connection, found.plugin, table))
            for digest in _files_of(connection, found):
                with suppress(NotFound):  # what is lost already is no reason to keep the rest
                    archive.writestr(f"{FILES}{digest}", self._store.read(digest))
            archive.writestr(ABOUT, json.dumps(_about(connection, found), indent=2, ensure_ascii=False) + "\n")

    def _write_rows(self, archive: zipfile.ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> None:
        with archive.open(name, "w", force_zip64=True) as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n")

    def _check(self, path: Path, found: Owned) -> None:
        """Read back what was written: as many rows as the tables have, at the least."""
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            for table, wanted in found.tables:
                with archive.open(f"tables/{table}.jsonl") as file:
                    if damaged or sum(1 for _line in file) < wanted:
                        raise _not_whole(path)


def _not_whole(path: Path) -> BackofficeError:
    return Unavailable(
        _("{path} does not hold all rows; nothing was removed.").with_values(path=str(path)),
        why=_("What was written could not be read back, or somebody is still writing."),
        remedy=_("Stop the other processes and try again."),
    )


def _about(connection: sa.Connection, found: Owned) -> dict[str, Any]:
    stands: Any = sa.select(sa.column("version_num")).select_from(sa.table(found.version_table))
    row = connection.execute(
        sa.select(sa.column("version")).select_from(sa.table("core_plugin")).where(sa.column("name") == found.plugin)
    ).scalar_one_or_none()
    return {
        "plugin": found.plugin,
        "distribution": found.distribution,
        "version": row,
        "revision": connection.scalar(stands) if found.version_table else None,
        "tables": dict(found.tables),
        "core": dict(found.mentions),
    }


def _rows_of(connection: sa.Connection, table: str) -> Iterator[dict[str, Any]]:
    reflected = sa.Table(table, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    order = list(reflected.primary_key)
    for row in connection.execution_options(yield_per=1000).execute(sa.select(reflected).order_by(*order)).mappings():
        yield dict(row)


def _mentions_of(connection: sa.Connection, plugin: str, table: str) -> Iterator[dict[str, Any]]:
    from .purging import MENTIONS, conditions_of

    reflected = sa.Table(table, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    statement = sa.select(reflected).where(conditions_of(connection, MENTIONS, plugin, (table,))[table])
    for row in connection.execute(statement.order_by(*reflected.primary_key)).mappings():
        yield dict(row)


def _files_of(connection: sa.Connection, found: Owned) -> list[str]:
    """Return the digests of the files that are attached to its records."""
    if "core_attachment" not in dict(found.mentions):
        return []
    return sorted({row["digest"] for row in _mentions_of(connection, found.plugin, "core_attachment")})


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return str(value)


__all__ = ["ABOUT", "FILES", "Archive"]
