"""What a connector offers. Another plugin may bring one: it answers the hook ``crm_sync_connectors``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

Values = Mapping[str, str]


@dataclass(frozen=True)
class Remote:
    """A record of theirs: its id, the version it has, when it was changed, and its values by their names."""

    id: str
    version: str
    modified: datetime
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Cursor:
    """How far changes were read: up to this instant, and within it up to this id."""

    modified: datetime | None = None
    id: str = ""


@dataclass(frozen=True)
class Where:
    """What a connector needs to know: the address, the secret, which records, which fields, the one for our code."""

    address: str
    kind: str
    fields: tuple[str, ...]
    key_field: str
    client: str = ""
    secret: str = field(default="", repr=False)


class Refused(Exception):
    """They do not take one record: the others go on."""


class Stale(Refused):
    """Their record was changed since it was read; it has to be read again."""


class Ambiguous(Refused):
    """Several records of theirs bear our key."""


class Side(Protocol):
    """A connection to one system. Raises ``Unavailable`` when it cannot be reached, ``Refused`` for one record."""

    def changes(self, cursor: Cursor) -> Iterator[Sequence[Remote]]:
        """Yield pages of what was changed at or after the cursor, the earliest first, none of them left out."""

    def deleted(self, since: datetime) -> Iterator[str]:
        """Yield the ids of records deleted since an instant."""

    def read(self, id_: str) -> Remote | None:
        """Return one record, or None when it is gone."""

    def create(self, values: Values, key: str) -> Remote:
        """Make a record, or change the one that bears our key: made twice, it is there once."""

    def update(self, id_: str, values: Values, version: str) -> Remote:
        """Change values of a record, if it still has that version where the system can tell."""

    def delete(self, id_: str) -> None:
        """Delete a record; one that is gone is no error."""

    def close(self) -> None:
        """Let the connection go."""


class Connector(Protocol):
    """A kind of system."""

    name: str
    label: str
    kind: str
    """What its people are called there, where nothing else is said."""
    fields: Mapping[str, str]
    """Our fields with their names there, proposed for a new backend."""

    def connect(self, where: Where) -> Side:
        """Return a connection."""
