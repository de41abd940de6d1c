"""Two organisations with companies, a branch and people who know their passwords, on both databases."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import backoffice.core
from backoffice.core.audit import models as audit_models
from backoffice.core.audit.triggers import guards_of, mapped_classes
from backoffice.core.bookkeeping import models as bookkeeping_models
from backoffice.core.clock import FixedClock
from backoffice.core.events import models as event_models
from backoffice.core.persistence import Context, Database
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import Component, upgrade
from backoffice.core.persistence.records import CoreBase
from backoffice.core.secrets import KeyRing, Vault, new_key
from backoffice.core.users import setup, sign_in
from backoffice.core.users.models import Branch, Company, Organization, Role, RoleGrant

assert audit_models
assert bookkeeping_models
assert event_models

START = datetime(2010, 12, 1, 8, 0, tzinfo=UTC)
PASSWORD = "seven quiet camels"


@dataclass
class World:
    """A real database with the organisations ``shop`` and ``farm``."""

    database: Database
    clock: FixedClock

    def system(self):
        return self.database.system(Context(organization_id=None, actor_name="system", clock=self.clock))

    def session(self, code="shop"):
        return self.database.session(Context(organization_id=self.organization(code), clock=self.clock))

    def organization(self, code="shop"):
        return self.one(sa.select(Organization.id).where(Organization.code == code))

    def company(self, code):
        return self.one(sa.select(Company.id).where(Company.code == code))

    def branch(self, code):
        return self.one(sa.select(Branch.id).where(Branch.code == code))

    def user(self, username, organization="shop"):
        place = self.organization(organization)
        with self.system() as session:
            return setup.find_user(session, place, username).id

    def one(self, statement):
        with self.system() as session:
            return session.execute(statement).scalar_one()

    def all(self, statement):
        with self.system() as session:
            return session.scalars(statement).all()

    def add_user(self, username, organization="shop", **fields):
        """Add someone without a password, and return their id."""
        place = self.organization(organization)
        with self.system() as session:
            user = setup.create_user(session, organization_id=place, username=username, name=username, **fields)
            session.commit()
            return user.id

    def add_role(self, code, permissions, user="", company="", branch=""):
        """Add a role with these permissions, name → scope, and give it to ``user``."""
        organization = self.organization()
        with self.system() as session:
            role = Role(organization_id=organization, code=code, name=code)
            for permission, scope in permissions.items():
                role.grants.append(RoleGrant(organization_id=role.organization_id, permission=permission, scope=scope))
            session.add(role)
            session.flush()
            if user:
                self._give(session, user, code, company, branch)
            session.commit()

    def give(self, user, code, company="", branch=""):
        with self.system() as session:
            self._give(session, user, code, company, branch)
            session.commit()

    def _give(self, session, user, code, company, branch):
        def id_of(model, code):
            return session.scalar(sa.select(model.id).where(model.code == code)) if code else None

        shop = id_of(Organization, "shop")
        person = setup.find_user(session, shop, user)
        setup.give_role(session, person, code, company_id=id_of(Company, company), branch_id=id_of(Branch, branch))

    def sign_in(self, username="amal@shop", password=PASSWORD, **how):
        return sign_in.sign_in(self.database, username=username, password=password, clock=self.clock, **how)

    def later(self, **passed):
        self.clock.at += timedelta(**passed)


def prepare(address):
    """Make the core's tables at ``address`` and fill them."""
    engine = migration_engine(address, create=True)
    folder = Path(next(iter(backoffice.core.__path__))) / "migrations"
    upgrade(engine, [Component("core", folder, tuple(guards_of(mapped_classes([CoreBase]))))])
    engine.dispose()
    database = Database(address)
    context = Context(organization_id=None, actor_name="system", clock=FixedClock(START))
    with database.system(context) as session:
        for code in ("shop", "farm"):
            _fill(session, code)
        session.commit()
    database.close()


def _fill(session, code):
    organization = setup.create_organization(session, code=code, name=code.capitalize(), now=START)
    if code == "shop":
        for name in ("north", "south"):
            company = setup.create_company(
                session, organization_id=organization.id, code=name, name=name, currency="GBP", zone="Europe/London"
            )
            setup.create_branch(session, company=company, code=f"{name}-1", name=f"{name} 1")
            setup.create_branch(session, company=company, code=f"{name}-2", name=f"{name} 2")
    setup.create_user(
        session, organization_id=organization.id, username="amal", name="Amal", password=PASSWORD,
        email=f"amal@{code}.example", roles=[setup.ADMINISTRATOR],
    )  # fmt: skip


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "books.db"
    prepare(f"sqlite:///{path}")
    return path


ONE_DATABASE = {"test_reset", "test_second_factor", "test_sign_in"}
"""Modules whose tests run on SQLite alone: what they do in the database is what others do on both."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Leave out PostgreSQL where it makes no difference."""
    chosen = Path(metafunc.module.__file__).stem in ONE_DATABASE and not os.environ.get("BACKOFFICE_THOROUGH")
    if "address" in metafunc.fixturenames and chosen:
        metafunc.definition.add_marker(pytest.mark.parametrize("address", ["sqlite"], indirect=True))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def address(request, tmp_path):
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "books.db")
        yield f"sqlite:///{tmp_path}/books.db"
        return
    server = request.getfixturevalue("postgresql_server")
    address = server.create_database(server.template("users", prepare))
    yield address
    server.drop_database(address)


@pytest.fixture
def world(address):
    database = Database(address, vault=Vault(KeyRing((new_key(),))))
    yield World(database, FixedClock(START))
    database.close()
