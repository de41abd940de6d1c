"""An office with a past that was sealed, and an attacker who can write into its database."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy.engine import make_url

from backoffice.core.audit.sealing import seal
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.persistence.migrations import drop_guards
from backoffice.core.testing.offices import add_organization, desk_of


@pytest.fixture
def office(offices):
    return offices.make(only=[])


@pytest.fixture
def desk(office):
    return desk_of(office)


@pytest.fixture
def sealed(office, desk):
    """The office with two organisations, records of both, changes and deletions, sealed in several steps."""
    add_organization(office, "globex", "Globex")
    other = desk_of(office, organization="globex")
    made = []
    for at, own in enumerate((desk, other, desk)):
        made.append(own.execute("core.branch.create", code=f"b{at}", name=f"فرع {at}"))
        grants = [{"permission": "*.read"}, {"permission": f"core.branch.{at}"}]
        role = own.execute("core.role.create", code=f"r{at}", name=f"Role {at}", grants=grants)
        seal(office, 4)
        own.execute("core.role.change", id=role["id"], version=role["version"], grants=[{"permission": "core.*"}])
        seal(office)
    desk.execute("core.branch.change", id=made[0]["id"], version=made[0]["version"], name="Main")
    desk.execute("core.branch.delete", id=made[2]["id"])
    desk.execute("core.exchange_rate.create", date="2026-01-01", base="GBP", currency="SAR", rate="4.7")
    while seal(office, 5):
        pass
    return office


class Attacker:
    """Writes into the database as its owner may: no guard, no trigger and no foreign key is left in the way."""

    def __init__(self, office):
        self.office = office
        self.dialect = office.database.dialect
        with migration_engine(office.configuration.database).begin() as connection:
            drop_guards(connection)

    def run(self, statement, parameters=()):
        """Run a statement with ``?`` for parameters; return its rows, if any."""
        if self.dialect == "sqlite":
            with closing(sqlite3.connect(self.office.database.url.database, timeout=30)) as connection, connection:
                return connection.execute(statement, parameters).fetchall()
        import psycopg

        url = make_url(self.office.configuration.database).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            connection.execute("SET session_replication_role = replica")
            cursor = connection.execute(statement.replace("?", "%s"), parameters)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def attacker(sealed):
    return Attacker(sealed)


@pytest.fixture
def attacking():
    """Gives the attacker of an office: call it once everything is written that should be audited."""
    return Attacker
