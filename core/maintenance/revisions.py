"""Write a migration for a plugin: the difference between its tables and its models."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from backoffice.core.errors import Conflict, NeedsMigration, NotFound
from backoffice.core.office import Backoffice
from backoffice.core.persistence import explained
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import Component, differences, write_revision
from backoffice.hookspecs import messages

_ = messages("cli")


def write(office: Backoffice, plugin: str, message: str) -> Path:
    """Write the migration that takes the tables of ``plugin`` (or ``core``) to its models, and return its path.

    Raises:
        NotFound: the plugin is not active or has no models.
        NeedsMigration: its earlier migrations are not in the database yet, so the difference cannot be seen.
        Conflict: there is no difference.
    """
    component = _component(office, plugin)
    with explained(office.database), office.database.read_engine.connect() as connection:
        standing = next(item for item in office.standings() if item.name == plugin)
        if standing.current != standing.head:
            raise NeedsMigration(
                _("The tables of {name} are older than its migrations.").with_values(name=plugin),
                remedy=_("Run: {command}").with_values(command="backoffice db upgrade"),
            )
        if not differences(connection, component):
            raise Conflict(_("The tables of {name} are those of its models.").with_values(name=plugin))
    engine = migration_engine(office.configuration.schema_database)
    try:
        path = write_revision(engine, component, message)
    finally:
        engine.dispose()
    tidy(path)
    return path


def tidy(path: Path) -> None:
    """Format a migration as its project does, where ruff is installed; what alembic writes is correct either way."""
    if importlib.util.find_spec("ruff") is None:
        return
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["check", "--fix", "--select", "I,F401"], ["format"]):
        subprocess.run(  # noqa: S603 - our own words
            [*ruff, *words, "--no-cache", "--quiet", path.name], cwd=path.parent, capture_output=True, check=False
        )


def _component(office: Backoffice, plugin: str) -> Component:
    for component in office.components:
        if component.name == plugin:
            return component if component.folder is not None else replace(component, folder=_folder(office, plugin))
    raise NotFound(
        _("{name} has no tables here.").with_values(name=plugin),
        remedy=_("Run: {command}").with_values(command="backoffice plugin list"),
    )


def _folder(office: Backoffice, plugin: str) -> Path:
    """Return where the first migration of ``plugin`` goes: beside its module."""
    module = office.manager.module_of(plugin)
    return Path(module.__file__ or "").parent / "migrations"
