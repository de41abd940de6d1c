"""Offices for tests: a migrated database copied from a template, an organisation, a company and a few people.

Making the tables takes a second or two; a copy takes milliseconds, so the template is made once for each set of
plugins, by whichever process of the test run needs it first, and kept for the run.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from backoffice.core.clock import Clock, FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice, Desk
from backoffice.core.plugins.discovery import discover
from backoffice.core.users import setup

from .postgres import Server
from .sharing import made_once

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""When tests happen unless they say otherwise."""

PASSWORD = "correct horse battery staple"  # noqa: S105

# What plugins do wrong on purpose is logged: drawing an exception with its variables, in colour, takes half a second.
if isinstance(structlog.get_config()["processors"][-1], structlog.dev.ConsoleRenderer):
    structlog.get_config()["processors"][-1].exception_formatter = structlog.dev.plain_traceback


@dataclass(frozen=True)
class Offices:
    """Makes offices on one kind of database."""

    kind: str
    folder: Path
    server: Server | None = None

    def make(
        self,
        *,
        only: Iterable[str] | None = None,
        clock: Clock | None = None,
        empty: bool = False,
        prepare: Callable[[Backoffice], object] | None = None,
        configuration: Configuration | None = None,
        **options: Any,
    ) -> Backoffice:
        """Return a started office on a fresh database, with the organisation ``acme`` unless ``empty``.

        ``only`` names the plugins to load beside the built-in ones; by default all that are installed. The company
        ``main`` keeps its books in pounds; ``admin`` may do everything, ``clerk`` nothing until given a role.
        ``prepare(office)``, a function of a module, fills the database that is copied: it runs once a test run.
        """
        chosen = None if only is None else frozenset(only)
        address = self._copy(chosen, empty, prepare)
        # The clock stands still, so that a minute in which requests are counted would never end.
        base = configuration or Configuration(requests_per_minute=0)
        office = Backoffice(
            replace(base, database=address, folder=self.folder), clock=clock or FixedClock(NOON), only=chosen, **options
        )
        return office.start()

    def tables(self, only: Iterable[str]) -> str:
        """Return the address of a new database with the tables of the core and of ``only``, and nothing in them."""
        return self._copy(frozenset(only), True, None)

    def _copy(self, only: frozenset[str] | None, empty: bool, prepare: Callable[[Backoffice], object] | None) -> str:
        template = self._template(only, empty, prepare)
        if self.server is not None:
            return self.server.create_database(template)
        path = self.folder / f"office-{len(list(self.folder.glob('office-*.db')))}.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    def _template(
        self, only: frozenset[str] | None, empty: bool, prepare: Callable[[Backoffice], object] | None
    ) -> str:
        """Return the database to copy: the name of one on the server, or the path of a file."""
        filled = f"{prepare.__module__}.{prepare.__qualname__}" if prepare is not None else ""
        places = _places(only, tuple(sys.path))
        key = hashlib.sha256(repr((places, empty, filled)).encode()).hexdigest()[:12]

        # What is filled begins with a copy of what is not, so that the tables of a set of plugins are made once.
        def base() -> str:
            return self._template(only, empty, None) if prepare is not None else ""

        def fill(address: str) -> None:
            _fill(address, self.folder, only, empty, prepare)

        def make(path: Path) -> None:
            if prepare is not None:
                shutil.copyfile(base(), path)
            fill(f"sqlite:///{path}")

        if self.server is not None:
            return self.server.template(key, fill, base)
        return str(made_once(f"template-{key}.db", make))


@lru_cache(maxsize=256)
def _places(only: frozenset[str] | None, _path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the plugins meant and where they lie: two of one name in different places have different tables."""
    found = [one for one in discover() if not one.builtin and (only is None or one.name in only)]
    return tuple(sorted((one.name, str(one.location)) for one in found))


def _fill(
    address: str,
    folder: Path,
    only: frozenset[str] | None,
    empty: bool,
    prepare: Callable[[Backoffice], object] | None,
) -> None:
    office = Backoffice(Configuration(database=address, folder=folder), clock=FixedClock(NOON), only=only, create=True)
    if prepare is not None:
        prepare(office)
    else:
        office.upgrade()
        if not empty:
            add_organization(office, "acme", "Acme Trading")
    if office.database.dialect == "sqlite":
        with office.database.write_engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    office.close()


def add_organization(office: Backoffice, code: str, name: str, *, language: str = "en", currency: str = "GBP") -> int:
    """Add an organisation with the company ``main`` and the users ``admin`` and ``clerk``; return its id."""
    with office.database.system() as session, session.begin():
        place = setup.create_organization(session, code=code, name=name, language=language, now=session.now())
        setup.sync_roles(
            session, place.id, [(office.registry.owner_of("roles", n), r) for n, r in office.registry.roles.items()]
        )
        company = setup.create_company(
            session, organization_id=place.id, code="main", name=name, currency=currency, language=language
        )
        for username, roles in (("admin", ["core.administrator"]), ("clerk", [])):
            setup.create_user(
                session,
                organization_id=place.id,
                username=username,
                name=username.title(),
                roles=roles,
                language=language,
                company_id=company.id,
                password=PASSWORD if username == "admin" else None,
            )
        return place.id


def desk_of(office: Backoffice, username: str = "admin", organization: str = "acme", company: str = "main") -> Desk:
    """Return the desk of ``username``."""
    return office.acting_as(username, organization=organization, company=company)
