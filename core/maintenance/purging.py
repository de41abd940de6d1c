"""Remove a plugin's data for good, whether its package is still there or long gone.

What it owns is known without it: the tables that were remembered when they were made, its version table, and the rows
of the core that are called after it. Everything is written to an archive first and removed in one transaction; the
audit log says so and keeps what it has, and so does the log of events. :mod:`.returning` puts an archive back.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa

from backoffice.core.attachments.store import Store as Files
from backoffice.core.audit.living import batches
from backoffice.core.audit.restating import told_as
from backoffice.core.audit.storage import Store
from backoffice.core.audit.triggers import deleted_sql
from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.errors import Conflict, NotFound, StillReferenced
from backoffice.core.office import Backoffice
from backoffice.core.office.noting import note_plugin
from backoffice.core.persistence import Context, SystemSession, explained
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import make_guards_again
from backoffice.core.persistence.records import PLUGIN, metadata
from backoffice.core.plugins.states import PluginStatus
from backoffice.hookspecs import messages

from .archiving import Archive
from .switching import dependents, put_out_of_service

_ = messages("cli")

ACTION: Final = "plugin purge"
How = Literal["plugin", "noun", "table", "role"]

MENTIONS: Final[tuple[tuple[str, str, How], ...]] = (
    ("core_delivery", "plugin", "plugin"),
    ("core_setting", "plugin", "plugin"),
    ("core_custom_field", "resource", "noun"),
    ("core_saved_view", "resource", "noun"),
    ("core_attachment", "subject_table", "table"),
    ("core_comment", "resource", "noun"),
    ("core_import", "resource", "noun"),
    ("core_notice", "resource", "noun"),
    ("core_draft", "resource", "noun"),
    ("core_webhook_message", "intake", "noun"),
    ("core_webhook_address", "intake", "noun"),
    ("core_job", "name", "noun"),
    ("core_used_key", "action", "noun"),
    ("core_approval", "action", "noun"),
    ("core_series", "name", "noun"),
    ("core_counter", "key", "noun"),
    ("core_role_grant", "permission", "noun"),
    ("core_role_grant", "role_id", "role"),
    ("core_role_assignment", "role_id", "role"),
    ("core_role", "plugin", "plugin"),
)
"""Rows of the core that go with a plugin: table, column, and whether it holds the plugin's name, a noun's, a table's or
one of its roles. Those that refer to others come first.

The files of attachments go with the next sweep, as those of every attachment do; the archive holds them.
"""

KEPT: Final[tuple[tuple[str, str, How], ...]] = (
    ("core_event", "name", "noun"),
    ("core_audit", "table_name", "table"),
)
"""Rows that stay: they are only ever added to."""


@dataclass(frozen=True, slots=True)
class Owned:
    """What a purge would remove, and what stands against it."""

    plugin: str
    distribution: str
    tables: tuple[tuple[str, int], ...]
    """Tables with their rows, those that others refer to last."""
    version_table: str
    """Empty when there is none."""
    mentions: tuple[tuple[str, int], ...]
    """Tables of the core with the rows that go."""
    kept: tuple[tuple[str, int], ...]
    """Tables of the core with the rows that stay."""
    blocked: tuple[tuple[str, str], ...] = ()
    """Tables of others that refer to one of its tables."""

    @property
    def rows(self) -> int:
        """How many rows its tables hold."""
        return sum(count for _table, count in self.tables)


def owned(office: Backoffice, name: str) -> Owned:
    """Return what the plugin ``name`` has in the database; nothing is changed.

    Raises :class:`NotFound` when nothing is known of it.
    """
    with explained(office.database), office.database.read_engine.connect() as connection:
        return _owned(office, connection, name)


def weighed(office: Backoffice, status: PluginStatus) -> PluginStatus:
    """Return the status of a plugin whose package is gone with how much it left behind; any other as it is."""
    if status.state != "orphaned":
        return status
    found = owned(office, status.name)
    said = _("{reason} Tables left: {tables}, rows: {count}.").with_values(
        reason=status.reason, count=found.rows, tables=len(found.tables)
    )
    return replace(status, reason=said)


def _owned(office: Backoffice, connection: sa.Connection, name: str) -> Owned:
    row = connection.execute(sa.select(PluginRow.__table__).where(PluginRow.name == name)).mappings().one_or_none()
    present = set(sa.inspect(connection).get_table_names())
    declared = {table.name for table in metadata.tables.values() if table.info.get(PLUGIN) == name}
    tables = sorted(({*(row["tables"] if row is not None else ())} | declared) & present)
    version = f"{name}_alembic_version"
    if row is None and not tables and version not in present:
        raise NotFound(
            _("Nothing is known of a plugin {name} here.").with_values(name=name),
            remedy=_("Run: {command}").with_values(command="backoffice plugin list"),
        )
    ordered, blocked = _keys(connection, tables, present)
    return Owned(
        name, row["distribution"] if row is not None else "", tuple((one, _count(connection, one)) for one in ordered),
        version if version in present else "", tuple(_mentioned(connection, MENTIONS, name, present)),
        tuple(_mentioned(connection, KEPT, name, present)), tuple(blocked),
    )  # fmt: skip


def _keys(
    connection: sa.Connection, tables: Sequence[str], present: set[str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return ``tables`` with those that refer to others first, and the tables of others that refer to one of them."""
    inspector, own = sa.inspect(connection), set(tables)
    refers: dict[str, set[str]] = {}
    for table in sorted(present):
        refers[table] = {key["referred_table"] for key in inspector.get_foreign_keys(table)} - {table}
    blocked = [(table, target) for table in sorted(present - own) for target in sorted(refers[table] & own)]
    left, ordered = set(tables), []
    while left:
        free = sorted(one for one in left if not any(one in refers[other] for other in left)) or sorted(left)
        ordered += free
        left -= set(free)
    return ordered, blocked


def _count(connection: sa.Connection, table: str) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0


def _mentioned(
    connection: sa.Connection, kinds: Sequence[tuple[str, str, How]], name: str, present: set[str]
) -> Iterator[tuple[str, int]]:
    for table, condition in conditions_of(connection, kinds, name, present).items():
        found = connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table)).where(condition)) or 0
        if found:
            yield table, found


def conditions_of(
    connection: sa.Connection, kinds: Sequence[tuple[str, str, How]], name: str, present: Container[str]
) -> dict[str, Any]:
    """Return which rows of the core's tables are called after the plugin ``name``, by table."""
    found: dict[str, Any] = {}
    for table, column, how in kinds:
        if table in present:
            condition = _condition(connection, column, how, name)
            found[table] = sa.or_(found[table], condition) if table in found else condition
    return found


def _condition(connection: sa.Connection, column: str, how: How, name: str) -> Any:
    here: Any = sa.column(column)
    if how == "table":
        row = connection.scalar(sa.select(PluginRow.tables).where(PluginRow.name == name))
        return here.in_(row or [])
    if how == "role":
        roles: Any = sa.select(sa.column("id")).select_from(sa.table("core_role")).where(sa.column("plugin") == name)
        return here.in_(roles)
    return here == name if how == "plugin" else here.startswith(f"{name}.", autoescape=True)


# -- removing --------------------------------------------------------------------------------------------------------


def purge(office: Backoffice, name: str, archive: Path) -> Owned:
    """Write all that the plugin ``name`` has to ``archive``, then remove it; returns what was removed.

    A plugin that is still in service is taken out first, and its hook ``uninstall`` has the last word.

    Raises:
        NotFound: nothing is known of it.
        Conflict: other plugins need it, it is required, or it is one of the core's own.
        StillReferenced: tables of others refer to its tables.
    """
    found = owned(office, name)
    _refuse(office, found)
    put_out_of_service(office, name, purge=True)
    Archive(archive, Files.of(office.configuration)).write(office, found)
    engine = migration_engine(office.configuration.schema_database)
    components = [one for one in office.components if one.name != name]
    try:
        with explained(office.database):
            make_guards_again(engine, components, lambda connection: _removed(office, connection, found))
    finally:
        engine.dispose()
    _forget(office, found)
    return found


def _refuse(office: Backoffice, found: Owned) -> None:
    if office.manager.is_builtin(found.plugin):
        raise Conflict(_("{name} is part of the core.").with_values(name=found.plugin))
    if others := dependents(office, found.plugin):
        raise Conflict(
            _("These need {name}: {names}.").with_values(name=found.plugin, names=", ".join(others)),
            remedy=_("Remove them first."),
        )
    if found.blocked:
        table, target = found.blocked[0]
        raise StillReferenced(
            _("The table {table} refers to {target}.").with_values(table=table, target=target),
            why=_("It belongs to somebody else, and its rows would point nowhere."),
            remedy=_("Purge the plugin it belongs to first."),
        )


@contextmanager
def _removed(office: Backoffice, connection: sa.Connection, found: Owned) -> Iterator[None]:
    """Remove rows and tables before the guards of what is left are made again, all in one transaction."""
    told_as(connection, ACTION)
    present = sa.inspect(connection).get_table_names()
    for table, condition in conditions_of(connection, MENTIONS, found.plugin, present).items():
        connection.execute(sa.delete(sa.table(table)).where(condition))
    _tell_deleted(connection, found)
    tables = [*(table for table, _rows in found.tables), *([found.version_table] if found.version_table else [])]
    _drop(connection, tables)
    yield


def _tell_deleted(connection: sa.Connection, found: Owned) -> None:
    """Write into the audit log that the records are gone: what is not there any more was not removed in secret."""
    store = Store(connection)
    for table, _rows in found.tables:
        last = store.rows(
            "SELECT max(id) FROM core_audit WHERE table_name = ? GROUP BY subject_id, record_id ORDER BY 1", [table]
        )
        for some in batches([id_ for (id_,) in last]):
            marks = ", ".join("?" * len(some))
            living = store.rows(
                f"SELECT id FROM core_audit WHERE id IN ({marks}) AND operation <> 'D' AND payload IS NOT NULL", some
            )
            for ids in batches([id_ for (id_,) in living]):
                store.run(deleted_sql(table, store.dialect, ", ".join("?" * len(ids))), ids)


def _drop(connection: sa.Connection, tables: Sequence[str]) -> None:
    quoted = [connection.dialect.identifier_preparer.quote(table) for table in tables]
    if quoted and connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TABLE {', '.join(quoted)}")
        return
    for table in quoted:
        connection.exec_driver_sql(f"DROP TABLE {table}")


def _forget(office: Backoffice, found: Owned) -> None:
    """Forget the plugin; one whose package is still there stays known as disabled, or it would come back."""
    installed = office.manager.status(found.plugin) is not None
    context = Context(organization_id=None, channel="system", action=ACTION, clock=office.clock)
    with explained(office.database), office.database.system(context) as session, session.begin():
        row = session.scalar(sa.select(PluginRow).where(PluginRow.name == found.plugin))
        if row is None:
            return
        note_plugin(session, row, {"state": "removed", "rows": found.rows}, None)
        _keep_or_delete(session, row, installed)


def _keep_or_delete(session: SystemSession, row: PluginRow, installed: bool) -> None:
    if installed:
        row.enabled, row.tables, row.changed_at = False, [], session.now()
    else:
        session.delete(row)


def archive_name(plugin: str, at: datetime) -> str:
    """Return what the archive of a purge is called unless somebody says otherwise."""
    return f"{plugin}-{at.astimezone(UTC):%Y%m%d-%H%M%S}.zip"


__all__ = ["KEPT", "MENTIONS", "Owned", "archive_name", "conditions_of", "owned", "purge", "weighed"]
