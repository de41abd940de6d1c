"""Migrations: a version table per plugin, in dependency order, under a lock, all or nothing.

Guards and triggers are dropped first and made again afterwards from the models, because a rebuilt SQLite table loses
them silently; foreign keys are off meanwhile and checked before the commit, because a rebuilt table would otherwise
take its children along. Nothing here runs at start: ``backoffice db upgrade`` does.
"""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc
from sqlalchemy.types import TypeDecorator

from backoffice.core.errors import BackofficeError, DatabaseUnavailable, NeedsMigration, PluginProblem
from backoffice.hookspecs import messages

from .rebuilt import counted_on
from .records import PLUGIN, Guard, metadata
from .remembered import forget_all

_ = messages("backoffice")

LOCK = 7_203_614
"""Key of the advisory lock on PostgreSQL."""

GUARDS = "core_guard"
"""Table that remembers which guards were made, so that a changed declaration shows as pending."""


@dataclass(frozen=True, slots=True)
class Component:
    """The core or a plugin, as far as its tables go."""

    name: str
    folder: Path | None
    guards: tuple[Guard, ...] = ()

    @property
    def version_table(self) -> str:
        """The table that holds this component's revision."""
        return f"{self.name}_alembic_version"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a component's tables stand."""

    name: str
    current: str | None
    head: str | None
    guards_current: bool = True
    known: bool = True
    """Whether the installed program has the migration that the tables stand at; a newer one made them if not."""

    @property
    def pending(self) -> bool:
        """Whether ``backoffice db upgrade`` has something to do."""
        return self.known and (self.current != self.head or not self.guards_current)


def script_directory(component: Component) -> ScriptDirectory | None:
    """Return the revisions of ``component``, or nothing when it has no tables."""
    return None if component.folder is None else ScriptDirectory.from_config(_config(component))


def _config(component: Component, **configure: Any) -> Config:
    config = Config(cmd_opts=Namespace(quiet=True))
    config.set_main_option("script_location", str(Path(__file__).with_name("alembic")).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(component.folder).replace("%", "%%"))
    config.attributes["configure"] = {
        "target_metadata": metadata,
        "version_table": component.version_table,
        "render_as_batch": True,
        "include_object": _owned_by(component.name),
        "compare_type": True,
        "render_item": _render_item,
        **configure,
    }
    return config


def _owned_by(plugin: str) -> Callable[..., bool]:
    def include(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        table = item if kind == "table" else item.table if hasattr(item, "table") else None
        if kind == "table" and reflected and other is None:
            return name in metadata.tables and metadata.tables[name or ""].info.get(PLUGIN) == plugin
        if isinstance(table, sa.Table) and table.name in metadata.tables:
            return metadata.tables[table.name].info.get(PLUGIN) == plugin
        return False

    return include


def _render_item(kind: str, item: Any, context: Any) -> Any:
    """Write the plain type behind ours, so that old migrations do not depend on today's code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if kind == "type" and isinstance(item, sa.BigInteger) and "sqlite" in item._variant_mapping:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if kind == "type" and isinstance(item, sa.JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


# -- where things stand ----------------------------------------------------------------------------------------------


def standing(connection: sa.Connection, components: Iterable[Component]) -> list[Standing]:
    """Return where each of ``components`` stands in the database behind ``connection``."""
    made = _made_guards(connection)
    return [_standing_of(connection, component, made) for component in components]


def _standing_of(connection: sa.Connection, component: Component, made: dict[str, str]) -> Standing:
    if component.folder is None:
        return Standing(component.name, None, None)
    head, revisions = _revisions(component.folder, _stamp(component.folder))
    context = MigrationContext.configure(connection, opts={"version_table": component.version_table})
    wanted = {guard.name: _digest(guard, connection.dialect.name) for guard in component.guards}
    current = context.get_current_revision()
    return Standing(
        component.name,
        current,
        head,
        all(made.get(name) == digest for name, digest in wanted.items()),
        current is None or current in revisions,
    )


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    found = ((path.name, path.stat()) for path in sorted(folder.glob("*.py")))
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in found)


@lru_cache(maxsize=512)
def _revisions(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> tuple[str | None, frozenset[str]]:
    """Return the newest revision in ``folder`` and all of them, read once for as long as the files are the same."""
    scripts = ScriptDirectory.from_config(_config(Component("", folder)))
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def _digest(guard: Guard, dialect: str) -> str:
    return hashlib.sha256("\n".join(getattr(guard, dialect)).encode()).hexdigest()[:32]


def _made_guards(connection: sa.Connection) -> dict[str, str]:
    if not sa.inspect(connection).has_table(GUARDS):
        return {}
    rows = connection.execute(sa.text(f"SELECT name, digest FROM {GUARDS}"))
    return {row.name: row.digest for row in rows}


def require_current(connection: sa.Connection, components: Iterable[Component]) -> list[Standing]:
    """Return the standings; raise :class:`NeedsMigration` when the core's own tables are behind, or ahead."""
    standings = standing(connection, components)
    for item in standings:
        if item.name == "core":
            require_known(item)
        if item.name == "core" and item.pending:
            raise NeedsMigration(
                _("The database is older than the program."),
                why=_("Its tables stand at {current}, the program needs {head}.").with_values(
                    current=item.current or _("nothing"), head=item.head
                ),
                remedy=_("Run `backoffice db upgrade`."),
            )
    return standings


def require_known(item: Standing) -> None:
    """Raise :class:`NeedsMigration` when the tables of the core were made by a newer program than this one."""
    if item.known:
        return
    raise NeedsMigration(
        _("The database is newer than the program."),
        why=_("Its tables stand at {current}, the program knows them up to {head}.").with_values(
            current=item.current, head=item.head
        ),
        remedy=_("Install the newer program again, or restore a backup made with this one."),
    )


# -- moving ----------------------------------------------------------------------------------------------------------


Around = Callable[[sa.Connection], AbstractContextManager[None]]
"""Makes what goes on around a migration in its transaction, such as writing into the audit log what it changed."""


def upgrade(
    engine: sa.Engine,
    components: Sequence[Component],
    *,
    target: str = "head",
    around: Around | None = None,
    only: Collection[str] | None = None,
) -> list[Standing]:
    """Bring ``components`` to ``target`` in their order, in one transaction, and make their guards again.

    Tables that a newer program made are left as they are.

    Args:
        engine: from :func:`~.engines.migration_engine`.
        components: the core and every plugin with tables; the guards of all are made again.
        target: where to.
        around: sees the tables before and after.
        only: the names of those to move; nothing moves all.

    Returns:
        Where each component stands afterwards.
    """
    tables = {component.version_table for component in components if only is None or component.name in only}

    def move(config: Config) -> None:
        configure = config.attributes["configure"]
        if configure["version_table"] in tables and _is_known(configure["connection"], config):
            command.upgrade(config, target)

    return _migrate(engine, components, move, around)


def _is_known(connection: sa.Connection, config: Config) -> bool:
    opts = {"version_table": config.attributes["configure"]["version_table"]}
    current = MigrationContext.configure(connection, opts=opts).get_current_revision()
    scripts = ScriptDirectory.from_config(config)
    return current is None or any(script.revision == current for script in scripts.walk_revisions())


def make_guards_again(engine: sa.Engine, components: Sequence[Component], before: Around) -> None:
    """Drop every guard, those of plugins that are gone included, and make those of ``components`` again.

    ``before`` works on the tables in the same transaction, while no guard is there.
    """
    _migrate(engine, components, lambda config: None, before)


def downgrade(engine: sa.Engine, component: Component, others: Sequence[Component], target: str) -> list[Standing]:
    """Take ``component`` back to the revision ``target`` (``base`` removes its tables), the ``others`` stay."""

    def move(config: Config) -> None:
        if config.attributes["configure"]["version_table"] == component.version_table:
            command.downgrade(config, target)

    return _migrate(engine, [*others, component], move)


def _migrate(
    engine: sa.Engine,
    components: Sequence[Component],
    move: Callable[[Config], None],
    around: Around | None = None,
) -> list[Standing]:
    try:
        with engine.begin() as connection, _locked(connection):
            with around(connection) if around is not None else nullcontext():
                drop_guards(connection)
                with counted_on(connection):
                    for component in components:
                        if component.folder is not None:
                            _moved(component.name, move, _config(component, connection=connection))
                newest = [component for component in components if _at_head(connection, component)]
                make_guards(connection, [guard for component in newest for guard in component.guards])
                if any(component.name == "core" for component in newest):
                    forget_all(connection)
            _check_foreign_keys(connection)
            return standing(connection, components)
    except exc.OperationalError as error:
        raise _cannot_migrate(error) from error


def _moved(name: str, move: Callable[[Config], None], config: Config) -> None:
    """Run the migrations of ``name``; a failure says whose they are, since they fail for everybody."""
    try:
        move(config)
    except exc.OperationalError:
        raise
    except Exception as error:
        remedy = _("Report this to the author of the migration.")
        aside = _("Run: {command}").with_values(command=f"backoffice plugin disable {name}")
        raise PluginProblem(
            _("A migration of {name} failed; nothing was changed.").with_values(name=name),
            why=f"{type(error).__name__}: {error}",
            remedy=remedy if name == "core" else aside,
        ) from error


def _at_head(connection: sa.Connection, component: Component) -> bool:
    """Tell whether the tables are those of the models, so that guards made from the models fit them."""
    scripts = script_directory(component)
    context = MigrationContext.configure(connection, opts={"version_table": component.version_table})
    return scripts is not None and context.get_current_revision() == scripts.get_current_head()


def _cannot_migrate(error: exc.OperationalError) -> BackofficeError:
    return DatabaseUnavailable(
        _("The database could not be migrated; nothing was changed."),
        why=str(error.orig).splitlines()[0],
        remedy=_("Stop other programs that use it, check its permissions, and run `backoffice db upgrade` again."),
    )


@contextmanager
def _locked(connection: sa.Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    yield


def _check_foreign_keys(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise DatabaseUnavailable(
            _("A migration would leave records without the records they refer to; nothing was changed."),
            why=", ".join(f"{row[0]} #{row[1]} → {row[2]}" for row in broken[:5]),
            remedy=_("Report this to the author of the migration."),
        )


# -- guards ----------------------------------------------------------------------------------------------------------


def drop_guards(connection: sa.Connection) -> None:
    """Drop every trigger and function that guards made."""
    if connection.dialect.name == "sqlite":
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return
    made = list(_made_guards(connection))
    for function in _functions(connection, made):
        connection.exec_driver_sql(f"DROP FUNCTION {function} CASCADE")


def _functions(connection: sa.Connection, prefixes: Sequence[str]) -> list[str]:
    if not prefixes:
        return []
    rows = connection.execute(
        sa.text(
            "SELECT oid::regprocedure::text, proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        )
    )
    return [signature for signature, name in rows if any(name.startswith(prefix) for prefix in prefixes)]


def make_guards(connection: sa.Connection, guards: Sequence[Guard]) -> None:
    """Make ``guards`` whose tables exist and remember them."""
    connection.exec_driver_sql(
        f"CREATE TABLE IF NOT EXISTS {GUARDS} (name VARCHAR(120) PRIMARY KEY, digest VARCHAR(64))"
    )
    connection.exec_driver_sql(f"DELETE FROM {GUARDS}")
    dialect = connection.dialect.name
    for guard in guards:
        for statement in getattr(guard, dialect):
            connection.exec_driver_sql(statement.replace("%", "%%") if dialect == "postgresql" else statement)
        connection.execute(
            sa.text(f"INSERT INTO {GUARDS} VALUES (:name, :digest)"),
            {"name": guard.name, "digest": _digest(guard, dialect)},
        )


# -- writing ---------------------------------------------------------------------------------------------------------


def write_revision(engine: sa.Engine, component: Component, message: str) -> Path:
    """Write the migration that takes the tables of ``component`` to its models, and return its path.

    The database behind ``engine`` stands at the component's head.
    """
    assert component.folder is not None
    component.folder.mkdir(parents=True, exist_ok=True)
    with engine.begin() as connection:
        config = _config(component, connection=connection)
        scripts = ScriptDirectory.from_config(config)
        number = f"{len(list(scripts.walk_revisions())) + 1:04}"
        slug = "_".join(message.lower().split())[:40]
        config.set_main_option("file_template", f"{number}_{slug}")
        made = command.revision(
            config, message, autogenerate=True, rev_id=f"{component.name}_{number}",
            version_path=str(component.folder), head="head" if number != "0001" else "base",
        )  # fmt: skip
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


def differences(connection: sa.Connection, component: Component) -> list[str]:
    """Return what the tables of ``component`` lack or have too much compared with its models."""
    config = _config(component)
    options = {key: value for key, value in config.attributes["configure"].items() if key != "target_metadata"}
    context = MigrationContext.configure(connection, opts={**options, "target_metadata": metadata})
    operations = produce_migrations(context, metadata).upgrade_ops
    return [] if operations is None else [str(diff) for diff in operations.as_diffs()]
