"""Look closely: is the database whole, are its tables those the program expects, are the files of records there?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from backoffice.core.office import Backoffice
from backoffice.core.persistence import explained
from backoffice.core.persistence.migrations import differences
from backoffice.hookspecs import messages

from .backup import sqlite_problems
from .filing import lost

_ = messages("cli")


def problems(office: Backoffice) -> Iterator[str]:
    """Yield what is wrong with the office's database and files, a sentence each; nothing when it is sound."""
    if office.database.dialect == "sqlite":
        yield from sqlite_problems(Path(office.database.url.database or ""))
    else:
        yield from _postgresql_problems(office)
    standings = {item.name: item for item in office.standings()}
    for component in office.components:
        standing = standings[component.name]
        if standing.pending:
            yield _("The tables of {name} are older than the program; run: {command}").with_values(
                name=component.name, command="backoffice db upgrade"
            )
        elif component.folder is not None:
            with explained(office.database), office.database.read_engine.connect() as connection:
                for difference in differences(connection, component):
                    yield _("The tables of {name} differ from its models: {difference}").with_values(
                        name=component.name, difference=difference
                    )
    if not standings["core"].pending:
        yield from _lost_files(office)


def _lost_files(office: Backoffice) -> Iterator[str]:
    for name, digest in lost(office):
        yield _("The file {name} of a record is missing or damaged: {digest}").with_values(name=name, digest=digest)


def _postgresql_problems(office: Backoffice) -> Iterator[str]:
    """Yield indexes and constraints that are there but do not hold."""
    with explained(office.database), office.database.read_engine.connect() as connection:
        invalid = connection.exec_driver_sql(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1"
        ).scalars()
        for name in invalid:
            yield _("The index {name} is not valid; make it anew: REINDEX INDEX {name}").with_values(name=name)
        unchecked = connection.exec_driver_sql(
            "SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE NOT convalidated ORDER BY 1"
        ).scalars()
        for name in unchecked:
            yield _("The constraint {name} was never checked against the rows that are there.").with_values(name=name)
