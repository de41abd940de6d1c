"""Write into the audit log that plugins were put aside, enabled, disabled or removed: once for each organisation.

Facts about programs belong to no organisation, but its administrators are the ones who ask later what happened that
night. A plugin may fail in the middle of somebody's transaction, so what it led to is written by a thread of its own,
which waits until the database is free.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any, Final, Protocol

import sqlalchemy as sa
import structlog

from backoffice.core.audit.models import AuditRow
from backoffice.core.audit.noting import note
from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.clock import Clock
from backoffice.core.persistence import Context, Database, SystemSession
from backoffice.core.plugins.states import PluginStatus, plain
from backoffice.core.users.models import Organization

log = structlog.get_logger("backoffice.plugins")

TABLE: Final = PluginRow.__tablename__
AGAIN: Final = timedelta(hours=1)
"""The same plugin put aside again within this time, for the same reason, is not written down again."""
PATIENCE_SECONDS: Final = 10.0
"""How long the end of a process waits for what is not written yet."""


class Host(Protocol):
    """The office, as far as notes need it."""

    @property
    def database(self) -> Database:
        """Where they are written."""

    @property
    def clock(self) -> Clock:
        """What tells the time."""


class PluginNotes:
    """What is to be written about plugins that were put aside in this process."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._waiting: SimpleQueue[tuple[PluginStatus, datetime]] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, status: PluginStatus) -> None:
        """Have it written down soon; does not wait."""
        self._waiting.put((status, self._host.clock.now()))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="backoffice-notes", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Wait until everything is written, at most :data:`PATIENCE_SECONDS`."""
        thread = self._thread
        if thread is not None:
            thread.join(PATIENCE_SECONDS)

    def _write_all(self) -> None:
        while True:
            with self._lock:
                if self._waiting.empty():
                    self._thread = None
                    return
            status, at = self._waiting.get()
            try:
                self._write(status, at)
            except Exception:
                # The plugin is aside whether or not that could be written down; the log has both.
                log.exception("plugin state not recorded", plugin=status.name, state=status.state)

    def _write(self, status: PluginStatus, at: datetime) -> None:
        context = Context(organization_id=None, channel="system", action="plugin.quarantine", clock=self._host.clock)
        with self._host.database.system(context) as session, session.begin():
            row = plugin_row(session, status)
            after = {"state": status.state, "version": status.version, "reason": plain(status.reason)}
            if not _is_told(session, row.id, after["reason"], at - AGAIN):
                note_plugin(session, row, {"state": "active"}, after)


def note_plugin(
    session: SystemSession, row: PluginRow, before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> None:
    """Write what became of a plugin into the audit log of every organisation; ``after`` is nothing when it is gone."""
    for organization in session.scalars(sa.select(Organization.id).order_by(Organization.id)):
        told = {"name": row.name, "distribution": row.distribution}
        note(
            session, TABLE, row.id, {**told, **before}, None if after is None else {**told, **after},
            organization_id=organization,
        )  # fmt: skip


def plugin_row(session: SystemSession, status: PluginStatus) -> PluginRow:
    """Return what the database knows of a plugin; made when nothing is known of it."""
    row = session.scalar(sa.select(PluginRow).where(PluginRow.name == status.name))
    if row is None:
        row = PluginRow(
            name=status.name, distribution=status.distribution, version=status.version, enabled=True, tables=[]
        )
        session.add(row)
        session.flush()
    return row


def _is_told(session: SystemSession, plugin: int, reason: str, since: datetime) -> bool:
    newest = session.scalars(
        sa.select(AuditRow)
        .where(AuditRow.table_name == TABLE, AuditRow.subject_id == plugin, AuditRow.record_id == plugin)
        .order_by(AuditRow.id.desc())
        .limit(1)
    ).one_or_none()
    return newest is not None and newest.at > since and _reason(newest) == reason


def _reason(row: AuditRow) -> str:
    import json

    after = json.loads(row.payload or "{}").get("after") or {}
    return str(after.get("reason", ""))


__all__ = ["PluginNotes", "note_plugin", "plugin_row"]
