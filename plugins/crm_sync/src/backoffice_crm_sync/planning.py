"""What a run works by: the backend as it stood when the run began, and the connector that speaks to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from backoffice.core.api import ConfigurationError, Session
from backoffice.hookspecs import messages

from .connectors.hubspot import HubSpot
from .connectors.interface import Connector, Remote, Side, Where
from .connectors.salesforce import Salesforce
from .deciding import Mapped, known
from .models import Backend

_ = messages("crm_sync")

BUILT_IN: tuple[Connector, ...] = (HubSpot(), Salesforce())


def connectors(session: Session) -> dict[str, Connector]:
    """Return every connector by name."""
    found = {one.name: one for one in BUILT_IN}
    for some in session.hooks.call("crm_sync_connectors"):
        for one in some or ():
            found.setdefault(one.name, one)
    return found


def connector_of(session: Session, name: str) -> Connector:
    """Return a connector. Raises :class:`~backoffice.core.api.ConfigurationError` for one nobody brings."""
    found = connectors(session)
    if name not in found:
        raise ConfigurationError(
            _("There is no connector “{name}”.").with_values(name=name),
            remedy=_("There are {known}.").with_values(known=sorted(found)),
        )
    return found[name]


@dataclass(frozen=True)
class Plan:
    """A backend as a run reads it."""

    backend_id: int
    code: str
    connector: Connector
    where: Where
    fields: tuple[Mapped, ...]
    direction: str
    who: str
    creates_here: bool
    as_customer: bool
    follows_deletes: bool
    most_deleted: Decimal
    overlap: int
    read_until: datetime | None
    read_id: str

    @property
    def pulls(self) -> bool:
        """Whether ours is written."""
        return self.direction != "push"

    @property
    def pushes(self) -> bool:
        """Whether theirs is written."""
        return self.direction != "pull"

    def connect(self) -> Side:
        """Return a connection."""
        return self.connector.connect(self.where)

    def ours_of(self, remote: Remote) -> dict[str, str]:
        """Return their values by our names; placeholders are nothing."""
        return {one.ours: known(remote.values.get(one.theirs), one.placeholder) for one in self.fields}

    def theirs_of(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return values of ours by their names."""
        return {one.theirs: values[one.ours] for one in self.fields if one.ours in values}


def plan_of(session: Session, backend: Backend) -> Plan:
    """Return the plan of ``backend``. Raises :class:`~backoffice.core.api.ConfigurationError` for one not ready."""
    connector = connector_of(session, backend.connector)
    if backend.secret is None or not backend.fields:
        raise ConfigurationError(
            _("This backend is not ready."),
            why=_("It needs a secret and the fields that are kept alike."),
            remedy=_("Give it both."),
        )
    fields = tuple(
        Mapped(one.ours, one.theirs, one.owner, one.tie, one.placeholder or "", bool(one.identifies))
        for one in backend.fields
    )
    where = Where(
        backend.address, backend.kind or connector.kind, tuple(one.theirs for one in fields), backend.key_field,
        backend.client or "", session.reveal(backend.secret),
    )  # fmt: skip
    return Plan(
        backend_id=backend.id, code=backend.code, connector=connector, where=where, fields=fields,
        direction=backend.direction, who=backend.who, creates_here=backend.creates_here,
        as_customer=backend.as_customer, follows_deletes=backend.deletes == "follow",
        most_deleted=backend.most_deleted, overlap=backend.overlap, read_until=backend.read_until,
        read_id=backend.read_id or "",
    )  # fmt: skip
