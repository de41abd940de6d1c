"""On PostgreSQL one account owns the tables and another serves: what the second may, and what it may not."""

import secrets
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from backoffice.core.configuration import Configuration
from backoffice.core.maintenance.checks import findings
from backoffice.core.office import Backoffice
from backoffice.core.persistence.accounts import account_of
from backoffice.core.persistence.engines import migration_engine
from backoffice.core.testing.offices import add_organization, desk_of

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def addresses(postgresql_server):
    """A database with an owner and a server, as an administrator of PostgreSQL makes them."""
    mark = secrets.token_hex(3)
    owner, server = f"owner_{mark}", f"server_{mark}"
    address = postgresql_server.create_database()
    engine = migration_engine(address)
    with engine.begin() as connection:
        for name in (owner, server):
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        connection.exec_driver_sql(f"GRANT CREATE, USAGE ON SCHEMA public TO {owner}")
    url = make_url(address)
    yield {name: url.set(username=name).render_as_string(hide_password=False) for name in (owner, server)}.values()
    postgresql_server.drop_database(address)
    with migration_engine(postgresql_server.address).connect().execution_options(isolation_level="AUTOCOMMIT") as last:
        for name in (owner, server):
            last.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


@pytest.fixture(scope="module")
def office(addresses, tmp_path_factory):
    owner, server = addresses
    configuration = Configuration(
        database=server, migrations_database=owner, folder=tmp_path_factory.mktemp("two"), requests_per_minute=0
    )
    office = Backoffice(configuration, only=frozenset())
    office.upgrade()
    add_organization(office, "acme", "Acme")
    yield office.start()
    office.close()


@pytest.fixture
def serving(office):
    with office.database.write_engine.connect() as connection:
        yield connection


def test_the_program_works_with_the_account_that_serves(office):
    made = desk_of(office).execute("core.user.create", username="huda", name="Huda")
    assert desk_of(office).get("core.user", "huda").id == made["id"]


def test_the_account_that_serves_owns_nothing_and_empties_nothing(serving):
    found = account_of(serving)
    assert found.name.startswith("server_")
    assert found.harmless


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE core_audit CASCADE",
        "TRUNCATE core_setting",
        "ALTER TABLE core_audit DISABLE TRIGGER ALL",
        "DROP TRIGGER core_audit_append_only ON core_audit",
        "DROP FUNCTION core_user_audit_update CASCADE",
        "DROP TABLE core_audit",
        "SET session_replication_role = replica",
        "UPDATE core_guard SET digest = ''",
        "DELETE FROM core_alembic_version",
        "CREATE TABLE mine (id int)",
        "CREATE OR REPLACE FUNCTION core_user_audit_update() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
    ],
)
def test_it_may_not_get_behind_the_guards(serving, statement):
    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        serving.exec_driver_sql(statement)


def test_it_may_not_delete_from_the_log_of_changes(serving):
    with pytest.raises(sa.exc.DatabaseError, match="backoffice guard"):
        serving.exec_driver_sql("DELETE FROM core_audit")


def test_upgrading_again_grants_again(office, serving):
    owner = migration_engine(office.configuration.schema_database)
    with owner.begin() as connection:
        connection.exec_driver_sql(f"REVOKE ALL ON core_user FROM {account_of(serving).name}")
    office.upgrade()
    assert serving.exec_driver_sql("SELECT count(*) FROM core_user").scalar_one()
    owner.dispose()


def finding(office):
    return next(one for one in findings(office) if one.name == "core.account")


def test_the_doctor_is_content_with_two_accounts(office):
    assert finding(office).state == "ok"


def test_the_doctor_says_when_the_account_that_serves_owns_tables(office, addresses):
    owner, _server = addresses
    one = Backoffice(replace(office.configuration, database=owner, migrations_database=""), only=frozenset())
    said = finding(one)
    one.close()
    assert said.state == "warning"
    assert "could drop their guards" in said.said.filled()


def test_the_doctor_says_when_the_account_is_a_superuser(office, postgresql_server):
    url = make_url(postgresql_server.address).set(database=office.database.url.database)
    values = {"database": url.render_as_string(hide_password=False), "migrations_database": ""}
    one = Backoffice(replace(office.configuration, **values, environment="production"), only=frozenset())
    said = finding(one)
    one.close()
    assert said.state == "error"
    assert "superuser" in said.said.filled()
