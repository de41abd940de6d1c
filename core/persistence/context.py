"""Who does what, for whom and through what: the facts every session carries and the audit log writes down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from backoffice.core.clock import Clock, SystemClock, today


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The facts of one piece of work. A session's context never changes.

    ``organization_id`` is ``None`` only in system sessions, which see every organisation. ``companies`` restricts
    reading to some companies of the organisation; ``None`` means all of them.
    """

    organization_id: int | None
    company_id: int | None = None
    branch_id: int | None = None
    companies: frozenset[int] | None = None
    branches: frozenset[int] | None = None
    actor_id: int | None = None
    actor_name: str = ""
    channel: str = "python"
    action: str = ""
    request_id: str = ""
    language: str = "en"
    zone: str = "UTC"
    clock: Clock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        """Return the present instant, in UTC with zone."""
        return self.clock.now()

    def today(self) -> date:
        """Return the business date in the company's zone."""
        return today(self.clock, self.zone)

    def audit_values(self, at: datetime) -> dict[str, Any]:
        """Return what the audit triggers read: ``at`` is the instant the transaction began, in UTC."""
        return {
            "organization": self.organization_id,
            "company": self.company_id,
            "branch": self.branch_id,
            "actor": self.actor_id,
            "actor_name": self.actor_name,
            "channel": self.channel,
            "action": self.action,
            "request": self.request_id,
            "at": at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        }
