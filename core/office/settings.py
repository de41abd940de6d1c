"""Settings of plugins: declared with a default, set per company or for all of them, read through sessions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import Setting
from backoffice.core.errors import NotFound
from backoffice.core.persistence import Session
from backoffice.core.persistence.prepared import Read, among
from backoffice.core.plugins.registry import Registry
from backoffice.core.schemas import to_plain
from backoffice.core.secrets import Sealed

from .input import load


def get(session: Session, registry: Registry, plugin: str, name: str) -> Any:
    """Return the setting ``name`` of ``plugin`` for the session's company, or its default.

    A secret one is given sealed: ``session.reveal(…)`` opens it.
    """
    cache = session.info.setdefault("settings", {})
    if not cache:
        cache[""] = {}
        for owner, setting, value, sealed in _STORED.rows(session, companies=[0, session.company_id or 0]):
            cache.setdefault(owner, {})[setting] = sealed or value
    if name in (stored := cache.get(plugin, {})):
        return _typed(registry, plugin, name, stored[name])
    try:
        return registry.setting(plugin, name)[1].default
    except NotFound:
        return None


_STORED = Read(
    sa.select(Setting.plugin, Setting.name, Setting.value, Setting.sealed)
    .where(among(Setting.company, "companies"))
    .order_by(Setting.company)
)
"""What is set for all ``companies``, which are few: everything a transaction asks for is read at once."""


def _typed(registry: Registry, plugin: str, name: str, value: Any) -> Any:
    try:
        field = registry.setting(plugin, name)[1]
    except NotFound:
        return value
    if field.secret:
        return value if isinstance(value, Sealed) else None
    return load(f"setting.{plugin}.{name}", [field], {name.removesuffix("_id"): value}, partial=True)[field.name]


def put(
    session: Session, plugin: str, name: str, value: Any, *, company: int, secret: bool = False
) -> Setting:  # fmt: skip
    """Store ``value`` for ``company``, 0 for the whole organisation, and return the row.

    A ``secret`` one is sealed; the log of changes then shows that it was set, and nothing of what it is.
    """
    row = session.scalars(
        sa.select(Setting).where(Setting.plugin == plugin, Setting.name == name, Setting.company == company)
    ).one_or_none()
    if row is None:
        row = Setting(plugin=plugin, name=name, company=company)
        session.add(row)
    row.sealed = session.seal(value) if secret and value else None
    row.value = bool(value) if secret else to_plain(value)
    session.flush()
    session.info.pop("settings", None)
    return row
