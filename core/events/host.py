"""What the worker's parts ask of the office, which stands above them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, Final, Protocol

from backoffice.core.clock import Clock
from backoffice.core.errors import BackofficeError
from backoffice.core.persistence import Context, Database, Session, SystemSession
from backoffice.core.persistence.session import SystemReadingSession

from .declared import Registry

LONGEST_WAIT: Final = timedelta(hours=1)

NEVER_SO_LONG: Final = 2 * LONGEST_WAIT
"""What is due later than this was written by a clock that was ahead; waiting for it to be right could take years."""

PENDING: Final = ("waiting", "failed")
"""States from which work is taken up when it is due."""


class Host(Protocol):
    """The office, as far as background work needs it."""

    @property
    def database(self) -> Database:
        """Where the work is stored."""

    @property
    def registry(self) -> Registry:
        """The declarations of the active plugins."""

    @property
    def clock(self) -> Clock:
        """What tells the time."""

    def session_for(
        self, *, organization_id: int, company_id: int | None, user_id: int | None, action: str, request_id: str
    ) -> Session:
        """Return a session that writes in that company through the channel ``job``."""

    def desk_for(self, *, organization_id: int, company_id: int | None, user_id: int | None, action: str) -> Any:
        """Return the desk at which a job works: that user's, or the program's own when there is none."""


def peek(host: Host) -> SystemReadingSession:
    """Return a session that looks across organisations and neither writes nor holds a lock."""
    return host.database.looking()


def everywhere(host: Host) -> SystemSession:
    """Return a session that writes across organisations, for the bookkeeping of the worker itself."""
    return host.database.system(Context(organization_id=None, channel="job", action="worker", clock=host.clock))


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after the failure number ``attempts``: 1 s, 4 s, 16 s … an hour, give or take a quarter.

    The spread keeps what failed together from coming back together.
    """
    wait = min(timedelta(seconds=1 << 2 * min(attempts - 1, 16)), LONGEST_WAIT)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311 - it spreads load and guards nothing


def said_by(error: BaseException, length: int) -> str:
    """Return what ``error`` says to people, at most ``length`` characters; where it arose is for the log alone."""
    text = str(error) if isinstance(error, BackofficeError) else f"{type(error).__name__}: {error}"
    return text if len(text) <= length else text[: length - 1] + "…"
