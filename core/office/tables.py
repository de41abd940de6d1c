"""The tables of an office: who has which, how they are brought to their newest shape, what is remembered of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from backoffice.core.audit.restating import audited_migration
from backoffice.core.audit.triggers import guards_of, mapped_classes
from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.persistence.accounts import grant_service
from backoffice.core.persistence.database import explained
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import Component, Standing, require_known, standing
from backoffice.core.persistence.migrations import upgrade as move_up
from backoffice.core.persistence.records import PLUGIN, CoreBase, Table, metadata
from backoffice.core.plugins.states import PluginStatus

if TYPE_CHECKING:
    from .backoffice import Backoffice

CORE: Final = Path(__file__).parents[1]


def components_of(office: Backoffice) -> list[Component]:
    """Return the core and every plugin that has tables, in dependency order, with their guards."""
    found = [Component("core", CORE / "migrations", tuple(guards_of(mapped_classes([CoreBase]))))]
    for name, base in office.registry.models.items():
        if base is not CoreBase:
            guards = tuple(guards_of(mapped_classes([base])))
            found.append(Component(name, office.manager.folders(name).migrations, guards))
    return found


def standings_of(office: Backoffice) -> list[Standing]:
    """Return where the tables of the core and of each plugin stand."""
    with explained(office.database), office.database.read_engine.connect() as connection:
        return standing(connection, office.components)


def upgrade(office: Backoffice, only: Collection[str] | None) -> list[Standing]:
    """Bring the tables of ``only`` these components, or of all, to their newest shape; see :meth:`Backoffice.upgrade`.

    Raises :class:`NeedsMigration` when the core's own tables were made by a newer program.
    """
    components = office.components
    classes = [cls for cls in mapped_classes({CoreBase, *office.registry.models.values()}) if cls.__audited__]
    standings = move_up(
        migration_engine(office.configuration.schema_database, create=office.create),
        components,
        only=only,
        around=lambda connection: _around(office, connection, components, classes),
    )
    _remember(office, {item.name for item in standings if item.known and item.current == item.head})
    return standings


@contextmanager
def _around(
    office: Backoffice, connection: sa.Connection, components: list[Component], classes: list[type[Table]]
) -> Iterator[None]:
    for item in standing(connection, components[:1]):
        require_known(item)
    with audited_migration(connection, components, classes):
        yield
    if office.configuration.migrations_database:
        grant_service(connection, _serving_account(office))


def _serving_account(office: Backoffice) -> str:
    """Return under which account the program works, which owns no tables."""
    with explained(office.database), office.database.read_engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT session_user").scalar_one())


def _remember(office: Backoffice, current: Collection[str]) -> None:
    """Remember the plugins that are there; whose tables are not ``current`` keeps the version that made them."""
    with_tables = {component.name for component in office.components}
    statuses = [one for one in office.manager.statuses() if one.name in current or one.name not in with_tables]
    with office.database.system() as session, session.begin():
        known = {row.name: row for row in session.scalars(sa.select(PluginRow))}
        for status in statuses:
            if status.state == "orphaned" or status.builtin:
                continue
            row = known.get(status.name) or PluginRow(name=status.name)
            if row.id is None or status.state == "active":
                _describe(row, status)
                row.changed_at = session.now()
                session.add(row)


def _describe(row: PluginRow, status: PluginStatus) -> None:
    row.distribution, row.version = status.distribution, status.version
    tables = [table.name for table in metadata.tables.values() if table.info.get(PLUGIN) == status.name]
    row.tables = sorted(tables) or row.tables or []


__all__ = ["CORE", "components_of", "standings_of", "upgrade"]
