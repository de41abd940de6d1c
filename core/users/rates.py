"""How often someone asks for something: counted for a stretch of time, over all processes, with few writes.

Each process counts for itself and tells the database of a twentieth of the limit at a time, and is told the sum of all.
Far below the limit nothing is written at all; near it, as many requests more may pass as there are processes times a
twentieth. What must be exact, wrong passwords and codes, is counted by :mod:`.attempts` instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite

from backoffice.core.clock import Clock
from backoffice.core.persistence import Database
from backoffice.core.persistence.engines import BUSY_TIMEOUT_MS

from .models import RateWindow

log = structlog.get_logger("backoffice.rates")

MINUTE: Final = timedelta(minutes=1)
KEPT: Final = timedelta(hours=1)
SHARE: Final = 20
"""The database is told each time this part of the limit was used."""
MOST_KEYS: Final = 20_000
PATIENCE_MS: Final = 100
"""How long a request waits for a busy SQLite file only to be counted."""


@dataclass(slots=True)
class _Window:
    began: datetime
    pending: int = 0
    """Counted here, and not told yet."""
    telling: int = 0
    """Being told at this moment, by one thread at a time."""
    known: int = 0
    """What the database said when it was last told."""


class Rates:
    """Counters of one process, added up with those of the others through ``database``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._lock = Lock()
        self._swept = clock.now()

    def count(self, key: str, limit: int, window: timedelta = MINUTE) -> int:
        """Count ``key`` once more and return how many seconds it must wait, 0 when it is within ``limit``."""
        now = self._clock.now()
        began = _beginning(now, window)
        with self._lock:
            mine = self._window(key, began)
            mine.pending += 1
            total = mine.known + mine.telling + mine.pending
            due = mine.pending >= max(1, limit // SHARE) or total > limit
            told = mine.pending if due and mine.known <= limit and not mine.telling else 0
            mine.pending, mine.telling = mine.pending - told, mine.telling + told
        if told:
            total = self._tell(key, mine, told, now)
        return 0 if total <= limit else max(1, round((began + window - now).total_seconds()))

    def _window(self, key: str, began: datetime) -> _Window:
        found = self._windows.get(key)
        if found is None or found.began != began:
            if len(self._windows) >= MOST_KEYS:
                self._windows = {name: one for name, one in self._windows.items() if one.began >= began}
            found = self._windows[key] = _Window(began)
        return found

    def _tell(self, key: str, mine: _Window, told: int, now: datetime) -> int:
        """Add ``told`` in the database and return the sum over all processes; without it, our own count."""
        known = None
        try:
            with _impatient(self._database) as connection:
                known = int(connection.execute(_added(connection, key, mine.began, told)).scalar_one())
                self._sweep(connection, now)
        except exc.OperationalError as error:
            # The request is more important than its count; what was not told is told next time.
            log.warning("requests not counted together", reason=str(error.orig).splitlines()[0])
        with self._lock:
            mine.telling = 0
            if known is None:
                mine.pending += told
            else:
                mine.known = max(mine.known, known)
            return mine.known + mine.pending

    def _sweep(self, connection: sa.Connection, now: datetime) -> None:
        """Delete the counters of the last hours, from time to time."""
        if now - self._swept >= KEPT:
            self._swept = now
            connection.execute(sa.delete(_TABLE).where(_TABLE.c.began_at < now - KEPT))


_TABLE: Final = RateWindow.__table__
assert isinstance(_TABLE, sa.Table)


def _beginning(now: datetime, window: timedelta) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _added(connection: sa.Connection, key: str, began: datetime, told: int) -> Any:
    """Return the statement that adds ``told`` to a counter, made when missing, and gives its new value."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(_TABLE).values(key=key[:120], began_at=began, count=told)
    return statement.on_conflict_do_update(
        index_elements=["key", "began_at"], set_={"count": _TABLE.c["count"] + statement.excluded["count"]}
    ).returning(_TABLE.c["count"])


@contextmanager
def _impatient(database: Database) -> Iterator[sa.Connection]:
    """Give a connection whose transaction is committed, and that waits for others only a moment."""
    with database.write_engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        quick = database.dialect == "sqlite"
        if quick:
            raw.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            with connection.begin():
                yield connection
        finally:
            if quick:
                raw.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


__all__ = ["MINUTE", "Rates"]
