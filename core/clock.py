"""Time, injected. Everything that asks for the time asks a clock, so that tests and replays can set it."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Return the present instant, in UTC with zone."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, in UTC with zone."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the instant the clock was set to, in UTC with zone."""
        return self.at.astimezone(UTC)


def today(clock: Clock, zone: str | tzinfo = UTC) -> date:
    """Return the business date of ``clock`` in ``zone``, an IANA name or a zone."""
    return clock.now().astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()
