"""The private PostgreSQL of the tests: it starts, is quick to copy from, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from backoffice.core.errors import DatabaseUnavailable
from backoffice.core.testing import postgres

reason = postgres.why_unavailable()
pytestmark = pytest.mark.skipif(bool(reason), reason=reason)


@pytest.fixture(scope="module")
def server():
    with postgres.private_postgres() as server:
        yield server


def ask(address, statement):
    engine = create_engine(address)
    try:
        with engine.begin() as connection:
            return connection.execute(text(statement)).scalar()
    finally:
        engine.dispose()


def fill(address):
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE colour (name text)"))
        connection.execute(text("INSERT INTO colour VALUES ('أخضر')"))
    engine.dispose()


def folder_of(server):
    return Path(make_url(server.address).query["host"])


def test_a_database_is_created_and_keeps_unicode(server):
    address = server.create_database()
    fill(address)
    assert ask(address, "SELECT name FROM colour") == "أخضر"


def test_a_copy_of_a_template_holds_what_was_prepared_and_is_its_own(server):
    name = server.template("colours", fill)
    first, second = server.create_database(name), server.create_database(name)
    ask(first, "DELETE FROM colour RETURNING 1")
    assert ask(second, "SELECT count(*) FROM colour") == 1


def test_a_template_is_prepared_once(server):
    def unexpected(address):
        raise AssertionError(address)

    name = server.template("once", fill)
    assert server.template("once", unexpected) == name


def test_a_database_in_use_is_dropped(server):
    address = server.create_database()
    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as open_connection:
        server.drop_database(address)
        with pytest.raises(psycopg.OperationalError):
            open_connection.execute("SELECT 1")


def test_the_server_listens_on_its_socket_alone(server):
    assert ask(server.create_database(), "SHOW listen_addresses") == ""


def test_the_server_does_not_wait_for_the_disk_unless_asked(server):
    assert ask(server.create_database(), "SHOW fsync") == "off"
    with postgres.private_postgres(durable=True) as durable:
        assert ask(durable.create_database(), "SHOW fsync") == "on"


def test_nothing_is_left_when_the_block_ends():
    with postgres.private_postgres() as server:
        folder = folder_of(server)
        assert folder.exists()
    assert not folder.exists()


def test_nothing_is_left_when_the_process_is_killed():
    program = (
        "from backoffice.core.testing.postgres import private_postgres\n"
        "with private_postgres() as server:\n"
        "    print(server.address, flush=True)\n"
        "    input()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    folder = Path(make_url(child.stdout.readline().strip()).query["host"])
    assert folder.exists()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_a_named_server_is_used_and_left_clean(server, monkeypatch):
    monkeypatch.setenv(postgres.ADDRESS_VARIABLE, server.address.replace("postgresql+psycopg", "postgresql"))
    with postgres.private_postgres() as named:
        assert not named.private
        name = make_url(named.create_database()).database
    assert ask(server.address, f"SELECT count(*) FROM pg_database WHERE datname = '{name}'") == 0


def test_the_reason_names_the_package_when_there_are_no_binaries(monkeypatch):
    monkeypatch.delenv(postgres.ADDRESS_VARIABLE, raising=False)
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)
    assert "install the package postgresql" in postgres.why_unavailable()
    with pytest.raises(DatabaseUnavailable, match="install the package postgresql"), postgres.private_postgres():
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
def test_root_runs_the_server_as_someone_else(server):
    assert folder_of(server).stat().st_uid != 0
