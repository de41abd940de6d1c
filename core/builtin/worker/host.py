"""The office as background work sees it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import sqlalchemy as sa

from backoffice.core.clock import Clock
from backoffice.core.office import Backoffice, Desk
from backoffice.core.persistence import Database, Session
from backoffice.core.plugins.registry import Registry
from backoffice.core.users.models import User

NAMES_SECONDS: Final = 60
"""How long user names are kept."""


class OfficeHost:
    """Gives sessions and desks for deliveries and jobs; see :class:`backoffice.core.events.host.Host`."""

    def __init__(self, office: Backoffice) -> None:
        self.office = office
        self._names: dict[int, str] = {}
        self._looked = float("-inf")

    @property
    def database(self) -> Database:
        """The office's database."""
        return self.office.database

    @property
    def registry(self) -> Registry:
        """The declarations of the plugins that are active now."""
        return self.office.registry

    @property
    def clock(self) -> Clock:
        """The office's clock."""
        return self.office.clock

    def session_for(
        self, *, organization_id: int, company_id: int | None, user_id: int | None, action: str, request_id: str
    ) -> Session:
        """Return a session of the program itself that names ``user_id`` as the one who caused what it writes."""
        context = self.office.system_desk(organization_id, company_id, action=action).context
        if user_id is not None:
            context = replace(context, actor_id=user_id, actor_name=self._username(user_id))
        context = replace(context, request_id=request_id or context.request_id)
        return self.database.session(context, self.office.services)

    def desk_for(self, *, organization_id: int, company_id: int | None, user_id: int | None, action: str) -> Desk:
        """Return the desk of the person a job works for, with their permissions of today, or the program's own.

        Raises :class:`~backoffice.core.errors.NotSignedIn` when that person was deactivated.
        """
        if user_id is None:
            return self.office.system_desk(organization_id, company_id, action=action)
        identity = self.office.identity(user_id)
        return self.office.desk(identity, channel="job", company_id=company_id, action=action)

    def _username(self, user_id: int) -> str:
        if time.monotonic() - self._looked > NAMES_SECONDS:
            self._names.clear()
            self._looked = time.monotonic()
        if user_id not in self._names:
            with self.database.looking() as session:
                self._names[user_id] = session.scalar(sa.select(User.username).where(User.id == user_id)) or ""
        return self._names[user_id]
