"""Offices for tests: a migrated database copied from a template, an organisation, a company and a few people.

Making the tables takes a second or two; a copy takes milliseconds, so the template is made once for each set of
plugins and kept for the test run.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backoffice.core.clock import Clock, FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice, Desk
from backoffice.core.users import setup

from .postgres import Server

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""When tests happen unless they say otherwise."""

PASSWORD = "correct horse battery staple"  # noqa: S105


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

    def _copy(self, only: frozenset[str] | None, empty: bool, prepare: Callable[[Backoffice], object] | None) -> str:
        filled = f"{prepare.__module__}.{prepare.__qualname__}" if prepare is not None else ""
        wanted = (sorted(only) if only is not None else None, empty, filled)
        key = hashlib.sha256(repr(wanted).encode()).hexdigest()[:12]
        if self.server is not None:
            template = self.server.template(key, lambda address: _fill(address, self.folder, only, empty, prepare))
            return self.server.create_database(template)
        made = self.folder.parent / f"template-{key}.db"
        if not made.exists():
            unfinished = made.with_suffix(".new")
            unfinished.unlink(missing_ok=True)
            _fill(f"sqlite:///{unfinished}", self.folder, only, empty, prepare)
            unfinished.rename(made)
        path = self.folder / f"office-{len(list(self.folder.glob('office-*.db')))}.db"
        shutil.copyfile(made, path)
        return f"sqlite:///{path}"


def _fill(
    address: str,
    folder: Path,
    only: frozenset[str] | None,
    empty: bool,
    prepare: Callable[[Backoffice], object] | None,
) -> None:
    office = Backoffice(Configuration(database=address, folder=folder), clock=FixedClock(NOON), only=only, create=True)
    office.upgrade()
    if not empty:
        add_organization(office, "acme", "Acme Trading")
    if prepare is not None:
        prepare(office)
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
