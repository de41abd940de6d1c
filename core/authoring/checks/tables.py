"""Tables: called after the plugin, made by its migrations alone, and gone without a trace when they are taken back."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from backoffice.core.office import Backoffice
from backoffice.core.persistence import metadata
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import (
    Component,
    differences,
    downgrade,
    script_directory,
    upgrade,
)
from backoffice.core.persistence.records import PLUGIN
from backoffice.hookspecs import messages

from .outcome import NotPossible
from .schema import schema_of
from .subject import Place, Subject

_ = messages("authoring")


def prefixes(subject: Subject) -> Iterator[str]:
    """Yield guards, templates and catalogues that are not called after the plugin; tables cannot be."""
    office = subject.office(subject.places[0])
    said = _("{name} should begin with {prefix}: another plugin may use it as well.")
    for component in office.components:
        for guard in component.guards if component.name == subject.name else ():
            if not guard.name.startswith(subject.name):
                yield said.with_values(name=guard.name, prefix=subject.name)
    yield from _folders(subject)


def _tables(subject: Subject) -> list[str]:
    return sorted(table.name for table in metadata.tables.values() if table.info.get(PLUGIN) == subject.name)


def _folders(subject: Subject) -> Iterator[str]:
    templates = subject.files / "templates"
    for path in sorted(templates.iterdir()) if templates.is_dir() else ():
        if path.name != subject.name:
            said = _("templates/{found} is never found; templates lie below templates/{name}.")
            yield said.with_values(found=path.name, name=subject.name)
    for path in sorted((subject.files / "locale").glob("*/LC_MESSAGES/*.po")):
        if path.stem != subject.name:
            said = _("{found} is never read; the catalogue is called {name}.po.")
            yield said.with_values(found=path.name, name=subject.name)


def one_head(subject: Subject) -> Iterator[str]:
    """Yield what is wrong with the row of migrations. Nothing of the plugin but these is loaded for it."""
    folder = subject.files / "migrations"
    scripts = script_directory(Component(subject.name, folder)) if folder.is_dir() else None
    found = list(scripts.walk_revisions()) if scripts is not None else []
    if scripts is None or not found:
        yield from _unmade(subject)
        return
    heads = scripts.get_heads()
    if len(heads) > 1:
        said = _("Its migrations end in {heads}; give one of them the other as down_revision.")
        yield said.with_values(heads=", ".join(sorted(heads)))
    for script in found:
        if not script.revision.startswith(f"{subject.name}_"):
            said = _("The migration {revision} should be called {name}_{revision}.")
            yield said.with_values(revision=script.revision, name=subject.name)


def _unmade(subject: Subject) -> Iterator[str]:
    """Say that tables have no migrations; a plugin without tables needs none."""
    office = subject.open(subject.places[0].create())
    try:
        subject.component(office)
    finally:
        office.close()
    if _tables(subject):
        said = _("It has tables and no migrations; run: backoffice db revision {name}")
        yield said.with_values(name=subject.name)


def up_down_up(subject: Subject) -> Iterator[str]:
    """Yield what differs when the tables are made, taken back and made again, on each kind of database."""
    for place in subject.places:
        office = subject.open(place.create())
        try:
            yield from _moved(office, subject.component(office), place)
        finally:
            office.close()


def _moved(office: Backoffice, component: Component, place: Place) -> Iterator[str]:
    if component.folder is None:
        raise NotPossible(_("It has no migrations."))
    engine = migration_engine(office.configuration.database, create=True)
    others = [one for one in office.components if one.name != component.name]
    left = _("On {database}, taking the migrations back leaves: {object}.")
    again = _("On {database}, making the tables again gives another: {object}.")
    try:
        upgrade(engine, others)
        before = _schema(engine, component)
        upgrade(engine, office.components)
        first = _schema(engine, component)
        downgrade(engine, component, others, "base")
        if after := list(_different(before, _schema(engine, component), left, place)):
            yield from after
            return
        upgrade(engine, office.components)
        yield from _different(first, _schema(engine, component), again, place)
    finally:
        engine.dispose()


def _schema(engine: sa.Engine, component: Component) -> set[str]:
    with engine.connect() as connection:
        return {line for line in schema_of(connection) if component.version_table not in line}


def _different(wanted: set[str], found: set[str], said: str, place: Place) -> Iterator[str]:
    for line in sorted(wanted ^ found):
        yield _filled(said, database=place.kind, object=line)


def _filled(said: str, **values: str) -> str:
    return said.with_values(**values)  # type: ignore[attr-defined,no-any-return]


def match_models(subject: Subject) -> Iterator[str]:
    """Yield where the tables that the migrations make differ from the models, on each kind of database."""
    for place in subject.places:
        office = subject.open(place.create())
        try:
            component = subject.component(office)
            office.upgrade()
            with office.database.read_engine.connect() as connection:
                for difference in differences(connection, component) if component.folder else ():
                    said = _("On {database}, the tables differ from the models: {difference}.")
                    yield said.with_values(database=place.kind, difference=difference)
        finally:
            office.close()


__all__ = ["match_models", "one_head", "prefixes", "up_down_up"]
