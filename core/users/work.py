"""Transactions of the program itself around signing in, short and separate from those of business.

Login sessions, attempts and tokens are read and written here, before or after an action, never inside one: on SQLite
a second connection that writes would wait for the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager

from backoffice.core.clock import Clock
from backoffice.core.persistence import Context, Database, Session, SystemSession, explained
from backoffice.core.persistence.prepared import Line
from backoffice.core.persistence.session import SystemReadingSession


@contextmanager
def writing(database: Database, clock: Clock, *, action: str, channel: str) -> Iterator[SystemSession]:
    """Give a session across organisations whose work is committed at the end of the block."""
    context = Context(organization_id=None, actor_name="system", action=action, channel=channel, clock=clock)
    with explained(database), database.system(context) as session:
        yield session
        session.commit()


@contextmanager
def reading(database: Database, clock: Clock) -> Iterator[SystemReadingSession]:
    """Give a session across organisations that reads what is committed now, on the primary and not on a replica."""
    context = Context(organization_id=None, channel="system", clock=clock)
    engine = database.read_engine if database.dialect == "sqlite" else database.write_engine
    with explained(database), SystemReadingSession(engine, context) as session:
        yield session


@contextmanager
def looking(database: Database, clock: Clock) -> Iterator[Line]:
    """Give a connection for prepared reads of what is committed now, on the primary: what every request asks first."""
    context = Context(organization_id=None, channel="system", clock=clock)
    with explained(database), closing(Line(database.current_engine, context)) as line:
        yield line


@contextmanager
def acting(database: Database, context: Context) -> Iterator[Session]:
    """Give a session of one person in one organisation whose work is committed at the end of the block."""
    with explained(database), database.session(context) as session:
        yield session
        session.commit()


def digest(token: str) -> str:
    """Return what is stored of a random token: it has too many bits to be guessed, so one SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


__all__ = ["acting", "digest", "looking", "reading", "writing"]
