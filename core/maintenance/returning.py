"""Put back what :mod:`.purging` wrote to an archive: a plugin that was purged goes on where it was.

It needs the plugin in the version that wrote the archive, installed and enabled with empty tables. Rows come back with
the numbers they had, in one transaction, and the audit log tells of each. Rows of the core come back where nothing has
taken their place; the plugin's roles come back as people had them, with everybody who had one.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backoffice.core.attachments.store import Store
from backoffice.core.audit.restating import restated
from backoffice.core.audit.verifying import audited_classes
from backoffice.core.errors import Conflict, InvalidInput, NotFound, Unavailable
from backoffice.core.office import Backoffice
from backoffice.core.persistence import explained
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import drop_guards, make_guards_again
from backoffice.hookspecs import messages

from .archiving import ABOUT, FILES
from .purging import MENTIONS, conditions_of

_ = messages("cli")

ACTION: Final = "plugin restore"
SOME: Final = 500
ROLES: Final = ("core_role_assignment", "core_role_grant", "core_role")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Returned:
    """What was put back."""

    plugin: str
    tables: tuple[tuple[str, int], ...]
    """Tables of the plugin with their rows."""
    core: tuple[tuple[str, int], ...]
    """Tables of the core with the rows that came back."""
    taken: tuple[tuple[str, int], ...]
    """Tables of the core with the rows whose place something else has taken."""

    @property
    def rows(self) -> int:
        """How many rows of its own the plugin has again."""
        return sum(count for _table, count in self.tables)


def bring_back(office: Backoffice, path: Path) -> Returned:
    """Put the archive ``path`` back into the database of ``office``.

    Raises:
        NotFound: there is no such file, or its plugin is not installed and enabled.
        InvalidInput: the file is no archive of a purge, or of another version of the tables.
        Conflict: the plugin's tables hold rows.
        Unavailable: the archive is damaged.
    """
    with _opened(path) as archive:
        about = json.loads(archive.read(ABOUT))
        _refuse(office, about)
        for name in archive.namelist():
            if name.startswith(FILES):
                Store.of(office.configuration).keep(archive.read(name))
        work = _Work(office, archive, about)
        engine = migration_engine(office.configuration.schema_database)
        try:
            with explained(office.database):
                make_guards_again(engine, office.components, work.done)
        finally:
            engine.dispose()
    return work.told()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                raise _damaged(path, damaged)
            if ABOUT not in archive.namelist():
                raise _no_archive(path)
            yield archive
    except FileNotFoundError as error:
        raise NotFound(_("There is no file {path}.").with_values(path=str(path))) from error
    except zipfile.BadZipFile as error:
        raise _no_archive(path) from error


def _no_archive(path: Path) -> InvalidInput:
    return InvalidInput(
        _("{path} is no archive of a plugin.").with_values(path=str(path)),
        remedy=_("Name a file that `backoffice plugin purge` wrote."),
    )


def _damaged(path: Path, why: str) -> Unavailable:
    return Unavailable(
        _("The archive {path} is damaged.").with_values(path=str(path)),
        why=why,
        remedy=_("Do not use it; take one that is whole."),
    )


def _refuse(office: Backoffice, about: Mapping[str, Any]) -> None:
    name = about["plugin"]
    if name not in office.manager.active():
        raise NotFound(
            _("The plugin {name} is not in use here.").with_values(name=name),
            remedy=_("Install {distribution} {version}, enable it, and run: {command}").with_values(
                distribution=about["distribution"], version=about["version"] or "", command="backoffice db upgrade"
            ),
        )
    stands = {item.name: item.current for item in office.standings()}.get(name)
    if stands != about["revision"]:
        raise InvalidInput(
            _("The archive is of other tables than those that are here."),
            why=_("It was written at {revision}, the tables stand at {current}.").with_values(
                revision=about["revision"] or _("nothing"), current=stands or _("nothing")
            ),
            remedy=_("Install version {version}, put the archive back, and upgrade then.").with_values(
                version=about["version"] or ""
            ),
        )


class _Work:
    """The rows of one archive on their way back, in one transaction."""

    def __init__(self, office: Backoffice, archive: zipfile.ZipFile, about: Mapping[str, Any]) -> None:
        self._office = office
        self._archive = archive
        self._about = about
        self._tables: dict[str, int] = {}
        self._core: dict[str, int] = {}
        self._taken: dict[str, int] = {}

    def told(self) -> Returned:
        """Return what was put back."""
        return Returned(
            self._about["plugin"], tuple(self._tables.items()), tuple(self._core.items()), tuple(self._taken.items())
        )

    @contextmanager
    def done(self, connection: sa.Connection) -> Iterator[None]:
        """Put everything back while the guards are down, and let the audit log tell of it."""
        self._refuse_rows(connection)
        drop_guards(connection)
        with restated(connection, audited_classes(self._office), ACTION):
            self._put_back(connection)
        yield  # the guards are made again

    def _refuse_rows(self, connection: sa.Connection) -> None:
        for table in self._about["tables"]:
            if connection.scalar(sa.select(sa.exists(sa.select(sa.text("1")).select_from(sa.table(table))))):
                raise Conflict(
                    _("There are rows in the table {table}.").with_values(table=table),
                    why=_("What is put back would mix with them."),
                    remedy=_("Purge the plugin once more, or put the archive back where it was not used yet."),
                )

    def _put_back(self, connection: sa.Connection) -> None:
        # Written with those that refer to others first; they go in the other way round.
        later: list[tuple[sa.Table, Values]] = []
        for name in reversed(list(self._about["tables"])):
            self._tables[name] = self._table(connection, name, later)
        for table, values in later:
            connection.execute(sa.update(table).where(table.c.id == values.pop("id")).values(values))
        self._drop_fresh_roles(connection)
        for name in reversed(list(self._about["core"])):
            self._mentions(connection, name)

    # -- rows of the plugin ------------------------------------------------------------------------------------

    def _table(self, connection: sa.Connection, name: str, later: list[tuple[sa.Table, Values]]) -> int:
        table = _reflected(connection, name)
        postponed = self._pointing_ahead(connection, name)
        count = 0
        left = self._rows(f"tables/{name}.jsonl", table)
        while rows := list(islice(left, SOME)):
            for row in rows:
                ahead = {column: row[column] for column in postponed if row.get(column) is not None}
                if ahead:
                    later.append((table, {"id": row["id"], **ahead}))
                    row.update(dict.fromkeys(ahead))
            connection.execute(sa.insert(table), rows)
            count += len(rows)
        _go_on_counting(connection, table)
        return count

    def _pointing_ahead(self, connection: sa.Connection, name: str) -> set[str]:
        """Return the columns that may refer to rows that are not back yet, and can wait for them empty."""
        waiting = set(self._about["tables"]) - self._tables.keys()
        inspector = sa.inspect(connection)
        empty = {column["name"] for column in inspector.get_columns(name) if column["nullable"]}
        return {
            column
            for key in inspector.get_foreign_keys(name)
            if key["referred_table"] in waiting
            for column in key["constrained_columns"]
            if column in empty
        }

    def _rows(self, member: str, table: sa.Table) -> Iterator[Values]:
        columns = {column.name: column for column in table.columns if column.computed is None}
        with self._archive.open(member) as file:
            for line in file:
                row = json.loads(line)
                yield {name: _value(row.get(name), column) for name, column in columns.items()}

    # -- rows of the core --------------------------------------------------------------------------------------

    def _drop_fresh_roles(self, connection: sa.Connection) -> None:
        """Make room for the roles as they were; enabling the plugin has made them anew, and nobody has them yet."""
        conditions = conditions_of(connection, MENTIONS, self._about["plugin"], ROLES)
        for table in ROLES:
            connection.execute(sa.delete(sa.table(table)).where(conditions[table]))

    def _mentions(self, connection: sa.Connection, name: str) -> None:
        table = _reflected(connection, name)
        back = taken = 0
        for row in self._rows(f"core/{name}.jsonl", table):
            if self._inserted(connection, table, row):
                back += 1
            else:
                taken += 1
        _go_on_counting(connection, table)
        self._core.update({name: back} if back else {})
        self._taken.update({name: taken} if taken else {})

    def _inserted(self, connection: sa.Connection, table: sa.Table, row: Values) -> bool:
        if not _refers_to_what_is_there(connection, table, row):
            return False
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(table), row)
        except IntegrityError:
            return False
        return True


def _reflected(connection: sa.Connection, name: str) -> sa.Table:
    table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    for column in table.columns:
        if isinstance(column.type, sa.JSON):
            column.type = type(column.type)(none_as_null=True)
    return table


def _value(value: Any, column: sa.Column[Any]) -> Any:
    """Return a value of the archive as the database takes it."""
    if value is None or isinstance(column.type, sa.JSON):
        return value
    if isinstance(column.type, sa.DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    if isinstance(column.type, sa.LargeBinary):
        return bytes.fromhex(value)
    return Decimal(value) if isinstance(column.type, sa.Numeric) else value


def _refers_to_what_is_there(connection: sa.Connection, table: sa.Table, row: Values) -> bool:
    """Tell whether every row that ``row`` refers to exists; on SQLite nothing else asks meanwhile."""
    return all(_there(connection, key, row) for key in sa.inspect(connection).get_foreign_keys(table.name))


def _there(connection: sa.Connection, key: Mapping[str, Any], row: Values) -> bool:
    wanted = {
        there: row.get(here) for here, there in zip(key["constrained_columns"], key["referred_columns"], strict=True)
    }
    if None in wanted.values():
        return True
    conditions = [sa.column(name) == value for name, value in wanted.items()]
    found = sa.select(sa.text("1")).select_from(sa.table(key["referred_table"])).where(*conditions)
    return bool(connection.scalar(sa.select(sa.exists(found))))


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL give the next number to the next row; SQLite looks by itself."""
    if connection.dialect.name != "postgresql" or "id" not in table.columns:
        return
    sequence = connection.scalar(sa.func.pg_get_serial_sequence(table.name, "id").select())
    highest = connection.scalar(sa.select(sa.func.max(table.c.id)))
    if sequence and highest:
        last = connection.scalar(sa.text(f"SELECT last_value FROM {sequence}"))
        if highest > last:
            connection.execute(sa.func.setval(sequence, highest).select())


__all__ = ["Returned", "bring_back"]
