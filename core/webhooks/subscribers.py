"""Which webhooks want which events, remembered for a few seconds, so that saying an event costs no question."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import sqlalchemy as sa

from backoffice.core.persistence import Database

from .models import Webhook

SECONDS: Final = 5.0
"""How long it takes at most until every process knows of a new webhook."""


@dataclass(frozen=True, slots=True)
class _Wish:
    webhook_id: int
    company_id: int | None
    patterns: tuple[str, ...]

    def wants(self, name: str, company_id: int | None) -> bool:
        here = self.company_id is None or self.company_id == company_id
        return here and any(fnmatchcase(name, pattern) for pattern in self.patterns)


class Subscribers:
    """The active webhooks of every organisation, as one process knows them."""

    def __init__(self) -> None:
        self._wishes: dict[int, list[_Wish]] = {}
        self._read_at = float("-inf")

    def forget(self) -> None:
        """Read anew at the next question, because a webhook was changed here."""
        self._read_at = float("-inf")

    def wanting(self, database: Database, organization_id: int, name: str, company_id: int | None) -> list[int]:
        """Return the ids of the webhooks that want the event ``name`` of a company."""
        if time.monotonic() - self._read_at > SECONDS:
            self._read(database)
        wishes = self._wishes.get(organization_id, ())
        return [wish.webhook_id for wish in wishes if wish.wants(name, company_id)]

    def _read(self, database: Database) -> None:
        self._read_at = time.monotonic()
        found: dict[int, list[_Wish]] = {}
        with database.looking() as session:
            columns = (Webhook.organization_id, Webhook.id, Webhook.company_id, Webhook.events)
            for organization_id, id_, company_id, events in session.execute(sa.select(*columns).where(Webhook.active)):
                found.setdefault(organization_id, []).append(_Wish(id_, company_id, tuple(events.split())))
        self._wishes = found


__all__ = ["SECONDS", "Subscribers"]
