"""A new key for the secrets: everything that is sealed is sealed anew, while the program goes on working."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.errors import ConfigurationError
from backoffice.core.office import Backoffice
from backoffice.core.persistence import Context, explained
from backoffice.core.persistence.records import CoreBase
from backoffice.core.persistence.types import SealedText
from backoffice.core.secrets import KeyRing, Sealed, Vault

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A column that holds secrets."""

    model: Any
    name: str

    def __str__(self) -> str:
        return f"{self.model.__tablename__}.{self.name}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the secrets of one place stand."""

    place: str
    secrets: int
    older: int
    """Those sealed under a key that is not the newest."""
    closed: int
    """Those no key opens that is here."""


def places(office: Backoffice) -> list[Place]:
    """Return every column of the core and the active plugins that holds secrets."""
    classes = mapped_classes({CoreBase, *office.registry.models.values()})
    return [
        Place(cls, prop.key)
        for cls in classes
        for prop in sa.inspect(cls).column_attrs
        if isinstance(prop.columns[0].type, SealedText)
    ]


def standings(office: Backoffice) -> list[Standing]:
    """Return how many secrets there are at each place, and which are not sealed under the newest key."""
    vault = Vault(KeyRing.of(office.configuration))
    return [_standing(office, vault, place) for place in places(office)]


def _standing(office: Backoffice, vault: Vault, place: Place) -> Standing:
    found = older = closed = 0
    for _id, sealed in _sealed(office, place):
        found += 1
        try:
            older += vault.reseal(sealed) is not None
        except ConfigurationError:
            closed += 1
    return Standing(str(place), found, older, closed)


def reseal(office: Backoffice, progress: Callable[[str, int], None] = lambda place, done: None) -> int:
    """Seal everything under the newest key and return how many secrets were not before.

    Each row is changed by itself, and only if nobody has changed it meanwhile. ``progress`` is told of each place when
    it is done.

    Raises:
        ConfigurationError: a secret cannot be opened; those before it are sealed anew.
    """
    vault = Vault(KeyRing.of(office.configuration))
    total = 0
    for place in places(office):
        done = sum(_resealed(office, vault, place, id_, sealed) for id_, sealed in _sealed(office, place))
        progress(str(place), done)
        total += done
    return total


def _sealed(office: Backoffice, place: Place) -> Iterator[tuple[int, Sealed]]:
    """Yield each secret of ``place`` with the id of its row, some at a time."""
    column, last = getattr(place.model, place.name), 0
    while True:
        with explained(office.database), office.database.looking() as session:
            wanted = sa.select(place.model.id, column).where(place.model.id > last, column.is_not(None))
            rows = session.execute(wanted.order_by(place.model.id).limit(CHUNK)).all()
        yield from ((row[0], row[1]) for row in rows)
        if len(rows) < CHUNK:
            return
        last = rows[-1][0]


def _resealed(office: Backoffice, vault: Vault, place: Place, id_: int, sealed: Sealed) -> bool:
    fresh = vault.reseal(sealed)
    if fresh is None:
        return False
    column = getattr(place.model, place.name)
    context = Context(
        organization_id=None, actor_name="system", channel="cli", action="core.rotate_secrets", clock=office.clock
    )
    with explained(office.database), office.database.system(context) as session:
        session.execute(
            sa.update(place.model).where(place.model.id == id_, column == sealed).values({place.name: fresh}),
            execution_options={"synchronize_session": False},
        )
        session.commit()
    return True


__all__ = ["Place", "Standing", "places", "reseal", "standings"]
