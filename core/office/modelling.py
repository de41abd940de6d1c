"""Look at the plugins' models and migrations before anything uses them: what is broken puts its own plugin aside.

Every table stands in one MetaData. A mapper that cannot be configured, a foreign key that leads nowhere or a migration
that cannot be read would otherwise fail in the hands of whoever comes first, mostly somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.persistence.migrations import Component, script_directory
from backoffice.core.persistence.records import PLUGIN, CoreBase, metadata
from backoffice.core.plugins.manager import PluginManager
from backoffice.core.plugins.registry import Registry
from backoffice.core.plugins.states import run
from backoffice.hookspecs import Label, messages

_ = messages("backoffice")


def refuse_unusable(manager: PluginManager, registry: Registry) -> None:
    """Configure the models of the core and of each plugin, dependencies first, and refuse plugins where that fails.

    Raises :class:`~backoffice.core.errors.PluginProblem` when a required plugin is refused.
    """
    CoreBase.registry.configure(cascade=True)
    for name, base in list(registry.models.items()):
        if base is CoreBase or not manager.is_active(name):
            continue
        problem = _problem(manager, name, base)
        if problem is not None:
            status = manager.status(name)
            remedy = run("pip install --upgrade {package}", package=status.distribution if status else name)
            manager.refuse(name, "invalid-declarations", problem, remedy)
    manager.check_required()


def _problem(manager: PluginManager, name: str, base: Any) -> Label | None:
    tables = [cls.__table__ for cls in mapped_classes([base])]  # type: ignore[attr-defined]
    astray = next(_astray(tables, {"core", name, *manager.needs(name)}), None)
    if astray is not None:
        _forget(tables)
        said = _("Its table {table} refers to {target}, which belongs to no plugin it requires.")
        return said.with_values(table=astray[0], target=astray[1])
    try:
        base.registry.configure(cascade=True)
    except Exception as error:
        return _("Its models cannot be used: {problem}.").with_values(problem=_first_line(error))
    try:
        scripts = script_directory(Component(name, manager.folders(name).migrations))
        heads = scripts.get_heads() if scripts is not None else []
    except Exception as error:
        return _("Its migrations cannot be read: {problem}.").with_values(problem=_first_line(error))
    if len(heads) > 1:
        return _("Its migrations end in several: {names}.").with_values(names=", ".join(sorted(heads)))
    return None


def _astray(tables: list[sa.Table], allowed: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each of ``tables`` with the table it refers to and must not: none, or one of a plugin not ``allowed``."""
    for table in tables:
        for key in table.foreign_keys:
            target = key.target_fullname.rpartition(".")[0]
            if target not in metadata.tables or metadata.tables[target].info.get(PLUGIN, "core") not in allowed:
                yield table.name, target


def _forget(tables: list[sa.Table]) -> None:
    """Take ``tables`` out of the MetaData: with one that leads nowhere in it, none can be compared or sorted."""
    for table in tables:
        if table.name in metadata.tables:
            metadata.remove(table)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".rstrip(".")


__all__ = ["refuse_unusable"]
