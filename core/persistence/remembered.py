"""What a process remembers of tables that change seldom: charts of accounts, journals, periods, companies, products.

Such rows are asked for with every document and are the same every time. A model that says ``__remembered__ = True``
has triggers that count each change of its rows in :class:`Generation`; a transaction reads that count once, and
prepared reads of such models alone are answered from memory as long as it is what it was. A transaction that changes
such a row itself asks the database from then on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import cache
from os import getpid
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .records import CoreBase, Guard, Row, Table, UniqueInOrganization

if TYPE_CHECKING:
    from .session import Session

MEMORY: Final = "backoffice_memory"
"""Execution option of an engine that holds what the process remembers of its database."""

MOST = 50_000
"""Answers remembered of one organisation; beyond that all are forgotten."""

AT_ONCE: Final = 64
"""Ids taken from a sequence of PostgreSQL together when fewer are needed: they cost the same."""

_CHANGED = "backoffice.changed"
_KNOWN = "backoffice.known"


class Generation(Row, CoreBase):
    """How often rows of the organisation were changed that are remembered."""

    __tablename__ = "core_generation"
    __audited__ = False
    __audit_exempt__ = "It counts changes that are audited themselves."
    __referenced__ = False
    count: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    xid: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The transaction that counted last, on PostgreSQL: it counts once, however many rows it changes."""
    unique = UniqueInOrganization()


class Memory:
    """What one process remembers of one database."""

    def __init__(self) -> None:
        self._answers: dict[int, tuple[int, dict[Any, Any]]] = {}
        self._ids: dict[str, deque[int]] = {}
        self._process = getpid()
        self._lock = Lock()

    def answers(self, organization_id: int, generation: int) -> dict[Any, Any]:
        """Return the answers of ``generation``; a newer one takes the place of those known, an older one does not."""
        known = self._answers.get(organization_id)
        if known is not None and known[0] == generation:
            return known[1]
        fresh: dict[Any, Any] = {}
        if known is None or known[0] < generation:
            self._answers[organization_id] = (generation, fresh)
        return fresh

    def ids(self, table: str, count: int) -> list[int]:
        """Return ``count`` ids of ``table`` that were taken ahead, in order; nothing when there are fewer."""
        with self._lock:
            if self._process != getpid():  # a fork must not give what its parent gives as well
                self._process, self._ids = getpid(), {}
            waiting = self._ids.get(table, ())
            return [waiting.popleft() for _ in range(count)] if len(waiting) >= count else []  # type: ignore[union-attr]

    def keep_ids(self, table: str, ids: Sequence[int]) -> None:
        """Keep ids of ``table`` that nobody needs yet; they follow those there are."""
        with self._lock:
            self._ids.setdefault(table, deque()).extend(ids)


def memory_of(session: Session) -> Memory | None:
    """Return the memory of the database behind ``session``, if it has one."""
    found: Memory | None = session.get_bind().get_execution_options().get(MEMORY)
    return found


def answers_of(session: Session, ask: Any) -> dict[Any, Any] | None:
    """Return what may be answered from memory to ``session``; nothing when it changed such a row itself.

    ``ask(session, sql, values)`` asks the database for the count of changes, once a transaction.
    """
    if session.info.get(_CHANGED):
        return None
    known: dict[Any, Any] | None = session.info.get(_KNOWN)
    if known is None:
        memory = memory_of(session)
        if memory is None:
            return None
        organization = session.organization_id
        rows = ask(session, _COUNT[session.dialect], (organization,))
        known = session.info[_KNOWN] = memory.answers(organization, rows[0][0] if rows else 0)
        if len(known) > MOST:
            known.clear()
    return known


_COUNT = {
    "sqlite": "SELECT count FROM core_generation WHERE organization_id = ?",
    "postgresql": "SELECT count FROM core_generation WHERE organization_id = %s",
}


def begin(session: Session) -> None:
    """Let a transaction that begins ask for the count of changes anew."""
    session.info.pop(_CHANGED, None)
    session.info.pop(_KNOWN, None)


def changed(session: Session, model: Any) -> None:
    """Note that ``session`` changes rows of ``model`` itself."""
    if getattr(model, "__remembered__", False):
        session.info[_CHANGED] = True


def forget_all(connection: sa.Connection) -> None:
    """Let every process forget: a migration changed tables behind the triggers' back."""
    connection.execute(sa.update(Generation.__table__).values(count=Generation.__table__.c.count + 1))


# -- counting --------------------------------------------------------------------------------------------------------


@cache
def counting_guard(cls: type[Table]) -> Guard:
    """Return the guard that counts every change of the table of ``cls``."""
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    name = f"{table.name}_remembered"
    return Guard(name, sqlite=tuple(_sqlite(table.name, name)), postgresql=_postgresql(table.name, name))


def _sqlite(table: str, name: str) -> Sequence[str]:
    return [
        f"CREATE TRIGGER {name}_{verb.lower()} AFTER {verb} ON {table} BEGIN "
        f"INSERT INTO core_generation (organization_id, count) VALUES ({row}.organization_id, 1) "
        "ON CONFLICT (organization_id) DO UPDATE SET count = count + 1; END"
        for verb, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
    ]


def _postgresql(table: str, name: str) -> tuple[str, ...]:
    """Count just before the commit, so that nobody waits for another's count longer than a commit takes."""
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "DECLARE organization bigint := coalesce(NEW.organization_id, OLD.organization_id);\n"
        "DECLARE tx bigint := pg_current_xact_id()::text::bigint;\n"
        "BEGIN\n"
        "IF EXISTS (SELECT 1 FROM core_generation g WHERE g.organization_id = organization AND g.xid = tx) "
        "THEN RETURN NULL; END IF;\n"
        "INSERT INTO core_generation AS g (organization_id, count, xid) VALUES (organization, 1, tx)\n"
        "ON CONFLICT (organization_id) DO UPDATE SET count = g.count + 1, xid = tx;\n"
        "RETURN NULL;\nEND $$",
        f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


__all__ = [
    "AT_ONCE", "MEMORY", "MOST", "Generation", "Memory", "answers_of", "begin", "changed", "counting_guard",
    "forget_all", "memory_of",
]  # fmt: skip
