"""Coming and going: a database that had the plugin and lost it is one that never had it."""

from __future__ import annotations

from collections.abc import Iterator

from backoffice.core.maintenance.purging import purge
from backoffice.core.maintenance.switching import switch
from backoffice.core.office import Backoffice
from backoffice.hookspecs import messages

from .outcome import NotPossible
from .schema import schema_of
from .subject import Place, Subject

_ = messages("authoring")


def leaves_no_trace(subject: Subject) -> Iterator[str]:
    """Yield what is left of the plugin after it was installed, enabled, disabled and purged, on each database."""
    for place in subject.places:
        address = place.create()
        without = subject.open(address, alone=True)
        try:
            without.upgrade()
            before = _schema(without)
            _come_and_go(subject, address)
            yield from _traces(before, _schema(without), place)
        finally:
            without.close()


def _come_and_go(subject: Subject, address: str) -> None:
    office = subject.open(address)
    try:
        if subject.status(office).state != "active":
            raise NotPossible(
                _("The plugin cannot be used: {reason}").with_values(reason=subject.status(office).reason)
            )
        office.upgrade()
        office.start()
        switch(office, subject.name, on=False)
        switch(office, subject.name, on=True)
        number = len(list(subject.folder.glob("purged-*.zip")))
        purge(office, subject.name, subject.folder / f"purged-{number}.zip")
    finally:
        office.close()


def _schema(office: Backoffice) -> set[str]:
    with office.database.read_engine.connect() as connection:
        return set(schema_of(connection))


def _traces(before: set[str], after: set[str], place: Place) -> Iterator[str]:
    for line in sorted(after - before):
        yield _("On {database}, purging it leaves: {object}.").with_values(database=place.kind, object=line)
    for line in sorted(before - after):
        yield _("On {database}, purging it takes away: {object}.").with_values(database=place.kind, object=line)


__all__ = ["leaves_no_trace"]
