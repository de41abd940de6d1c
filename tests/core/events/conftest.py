"""An organisation with a company on both databases, and a few declarations to say and hear events with."""

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

import backoffice.core
from backoffice.core.audit import models as audit_models
from backoffice.core.audit.triggers import guards_of, mapped_classes
from backoffice.core.bookkeeping import models as bookkeeping_models
from backoffice.core.clock import FixedClock
from backoffice.core.events import log
from backoffice.core.persistence import Context, Database
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import Component, upgrade
from backoffice.core.persistence.records import CoreBase
from backoffice.core.users.models import Company, Organization, User

assert audit_models
assert bookkeeping_models


def prepare(address):
    """Make the core's tables at ``address``."""
    engine = migration_engine(address, create=True)
    folder = Path(next(iter(backoffice.core.__path__))) / "migrations"
    upgrade(engine, [Component("core", folder, tuple(guards_of(mapped_classes([CoreBase]))))])
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "books.db"
    prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def address(request, tmp_path):
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "books.db")
        yield f"sqlite:///{tmp_path}/books.db"
        return
    server = request.getfixturevalue("postgresql_server")
    address = server.create_database(server.template("events", prepare))
    yield address
    server.drop_database(address)


@pytest.fixture
def database(address):
    database = Database(address)
    yield database
    database.close()


@dataclass
class Heard:
    """A listener, as the registry of the plugins gives it."""

    plugin: str
    event: str
    name: str
    handler: object
    later: bool = False
    aside: bool = False


@dataclass
class Declared:
    """Declarations of plugins, as their registry gives them."""

    events: dict = field(default_factory=dict)
    jobs: dict = field(default_factory=dict)
    listeners: dict = field(default_factory=dict)

    def say(self, *events):
        self.events.update({event.name: event for event in events})

    def hear(self, *listeners):
        for listener in listeners:
            self.listeners.setdefault(listener.event, []).append(listener)


class Lent:
    """What an office lends to a session, as far as events go."""

    def __init__(self, registry):
        self.registry = registry
        self.hooks = None

    def emit(self, session, name, subject, facts: Mapping):
        return log.emit(session, self.registry, name, subject, facts)

    def emit_all(self, session, said):
        log.emit_all(session, self.registry, said)

    def emit_many(self, session, name, said, *, ids=True):
        return log.emit_many(session, self.registry, name, said, ids=ids)

    def setting(self, session, plugin, name):
        return None


@dataclass
class Shop:
    """An organisation with a company, on a real database."""

    database: Database
    registry: Declared
    clock: FixedClock
    organization_id: int
    company_id: int
    services: Lent
    user_id: int = 7

    def context(self, **facts):
        facts = {"organization_id": self.organization_id, "company_id": self.company_id, **facts}
        return Context(actor_name="amal", actor_id=self.user_id, clock=self.clock, request_id="r-1", **facts)

    def session(self, **facts):
        return self.database.session(self.context(**facts), self.services)

    def all(self, model):
        with self.database.reading(Context(organization_id=self.organization_id)) as session:
            return list(session.scalars(sa.select(model).order_by(model.id)))


def add_shop(database, registry, clock, code="shop"):
    """Return a new organisation with one company."""
    with database.system() as session:
        organization = Organization(code=code, name=code, created_at=clock.now())
        session.add(organization)
        session.flush()
        company = Company(organization_id=organization.id, code=code, name=code, currency="GBP")
        taken = session.get(User, Shop.user_id) is not None
        user = User(id=None if taken else Shop.user_id, organization_id=organization.id, username="amal", name="Amal")
        session.add_all([company, user])
        session.commit()
        return Shop(database, registry, clock, organization.id, company.id, Lent(registry), user.id)


@pytest.fixture
def clock():
    return FixedClock(datetime(2010, 12, 1, 8, 0, tzinfo=UTC))


@pytest.fixture
def shop(database, clock):
    return add_shop(database, Declared(), clock)


@pytest.fixture
def other_shop(shop, clock):
    return add_shop(shop.database, shop.registry, clock, f"other-{secrets.token_hex(3)}")


@pytest.fixture
def said():
    """A list for handlers to write what they were told."""
    return SimpleNamespace(events=[])


@pytest.fixture
def heard_by():
    """Makes listeners."""
    return Heard


class Desk:
    """A desk, as far as the jobs of these tests need one."""

    def __init__(self, shop):
        self.shop = shop

    def run(self, work):
        with self.shop.session(channel="job") as session:
            result = work(session)
            session.commit()
            return result


@dataclass
class Office:
    """What the worker asks of an office, with nothing of its own."""

    database: Database
    registry: Declared
    clock: FixedClock

    def session_for(self, *, organization_id, company_id, user_id, action, request_id):
        context = Context(
            organization_id=organization_id, company_id=company_id, actor_id=user_id, action=action, channel="job",
            request_id=request_id, clock=self.clock,
        )  # fmt: skip
        return self.database.session(context, Lent(self.registry))

    def desk_for(self, *, organization_id, company_id, user_id, action):
        return Desk(Shop(self.database, self.registry, self.clock, organization_id, company_id, Lent(self.registry)))


@pytest.fixture
def office(shop):
    return Office(shop.database, shop.registry, shop.clock)
