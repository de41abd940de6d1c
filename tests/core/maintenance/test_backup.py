"""Backups are whole whatever happens meanwhile; a restore destroys nothing before it is sure."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from backoffice.core.errors import ConfigurationError, Conflict, DatabaseUnavailable, InvalidInput
from backoffice.core.maintenance import postgresql
from backoffice.core.maintenance.backup import back_up, check_sqlite, kind_of, sqlite_problems
from backoffice.core.maintenance.restoring import is_empty, restore
from backoffice.core.persistence.engines import parse_url
from backoffice.core.testing.offices import desk_of
from backoffice.core.users.models import Branch, Organization


@pytest.fixture
def office(offices):
    return offices.make(only=[])


def add(office, code):
    desk_of(office).execute("core.branch.create", code=code, name="A branch")


def branches(address):
    engine = sa.create_engine(parse_url(address))
    with engine.connect() as connection:
        found = list(connection.exec_driver_sql("SELECT code FROM core_branch ORDER BY code").scalars())
    engine.dispose()
    return found


def test_what_was_backed_up_is_restored(office, tmp_path):
    address, components = office.configuration.database, office.components
    add(office, "a")
    made = back_up(address, tmp_path / "one")
    assert made.size == (tmp_path / "one").stat().st_size
    add(office, "b")
    office.database.close()
    kept = restore(address, tmp_path / "one", components, replace=True).kept
    assert branches(address) == ["a"]
    url = parse_url(address)
    before = f"sqlite:///{kept}" if office.database.dialect == "sqlite" else url.set(database=kept)
    assert branches(before) == ["a", "b"]
    if office.database.dialect == "postgresql":
        with postgresql.connect(url) as connection:
            connection.execute(f'DROP DATABASE "{kept}"')


def test_a_backup_is_of_one_moment_while_others_write(office, tmp_path):
    """Each transaction adds two rows; no backup may hold one of them alone."""
    stop = threading.Event()
    desk = desk_of(office)

    def write():
        number = 0
        while not stop.is_set():
            number += 1

            def both(session, number=number):
                session.add(Branch(code=f"{number:04}a", name="A"))
                session.flush()
                session.add(Branch(code=f"{number:04}b", name="B"))

            desk.run(both)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(3):
            back_up(office.configuration.database, tmp_path / str(n))
    finally:
        stop.set()
        writer.join()
    if office.database.dialect == "sqlite":
        for n in range(3):
            assert len(branches(f"sqlite:///{tmp_path / str(n)}")) % 2 == 0


def test_a_restore_into_an_empty_database_needs_no_consent(office, offices, tmp_path, request):
    add(office, "a")
    back_up(office.configuration.database, tmp_path / "one")
    if offices.kind == "sqlite":
        address = f"sqlite:///{tmp_path}/new/folder/books.db"
    else:
        server = request.getfixturevalue("postgresql_server")
        address = server.create_database()
    assert restore(address, tmp_path / "one", office.components).kept == ""
    assert branches(address) == ["a"]
    if offices.kind == "postgresql":
        server.drop_database(address)


def test_data_is_not_replaced_without_consent(office, tmp_path):
    back_up(office.configuration.database, tmp_path / "one")
    with pytest.raises(Conflict):
        restore(office.configuration.database, tmp_path / "one", office.components)


def test_a_backup_newer_than_the_program_is_refused(office, tmp_path):
    with office.database.system() as session, session.begin():
        session.connection().exec_driver_sql("UPDATE core_alembic_version SET version_num = 'core_9999'")
    back_up(office.configuration.database, tmp_path / "one")
    office.database.close()
    with pytest.raises(InvalidInput) as caught:
        restore(office.configuration.database, tmp_path / "one", office.components, replace=True)
    assert "core_9999" in str(caught.value)


def test_a_database_that_others_use_is_not_replaced(office, tmp_path):
    back_up(office.configuration.database, tmp_path / "one")
    with office.database.read_engine.connect() as connection:
        connection.execute(sa.select(Organization.id))
        with pytest.raises(DatabaseUnavailable):
            restore(office.configuration.database, tmp_path / "one", office.components, replace=True)
    assert not is_empty(parse_url(office.configuration.database))


def test_a_backup_of_the_other_kind_of_database_is_refused(office, offices, tmp_path):
    back_up(office.configuration.database, tmp_path / "one")
    other = "postgresql://nobody@127.0.0.1:1/x" if offices.kind == "sqlite" else f"sqlite:///{tmp_path}/x.db"
    with pytest.raises(InvalidInput):
        restore(other, tmp_path / "one", office.components)


def test_the_kind_of_a_backup_is_known_by_its_beginning(office, offices, tmp_path):
    back_up(office.configuration.database, tmp_path / "one")
    assert kind_of(tmp_path / "one") == offices.kind


def test_a_backup_leaves_no_pieces_when_it_fails(tmp_path):
    (tmp_path / "books.db").write_bytes(b"SQLite format 3\0" + b"\x55" * 8000)
    with pytest.raises(DatabaseUnavailable):
        back_up(f"sqlite:///{tmp_path}/books.db", tmp_path / "one")
    assert [path.name for path in tmp_path.iterdir()] == ["books.db"]


# -- SQLite --------------------------------------------------------------------------------------------------------


def test_a_damaged_file_is_told_from_a_whole_one(tmp_path):
    path = tmp_path / "books.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, said TEXT)")
        connection.executemany("INSERT INTO t (said) VALUES (?)", [("x" * 100,)] * 500)
        connection.execute("CREATE INDEX i ON t (said)")
        connection.commit()
    check_sqlite(path)
    content = bytearray(path.read_bytes())
    content[20_000:30_000] = b"\x55" * 10_000
    path.write_bytes(content)
    assert sqlite_problems(path)
    with pytest.raises(DatabaseUnavailable):
        check_sqlite(path)


def test_a_broken_reference_is_found(tmp_path):
    path = tmp_path / "books.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id));")
        connection.execute("INSERT INTO b VALUES (7)")
        connection.commit()
    assert sqlite_problems(path) == ["b #1 → a"]


# -- PostgreSQL's tools --------------------------------------------------------------------------------------------


def test_a_tool_that_is_missing_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(postgresql, "_programs", lambda tool: iter(()))
    with pytest.raises(ConfigurationError) as caught:
        postgresql.find("pg_dump", 15)
    assert "postgresql-client-15" in str(caught.value)


def test_a_tool_older_than_the_server_is_not_used(monkeypatch):
    monkeypatch.setattr(postgresql, "_programs", lambda tool: iter([Path("/old"), Path("/older")]))
    monkeypatch.setattr(postgresql, "_version_of", lambda path: {"old": 14, "older": 13}[path.name])
    with pytest.raises(ConfigurationError) as caught:
        postgresql.find("pg_dump", 15)
    assert "14" in str(caught.value)


def test_the_newest_tool_is_used(monkeypatch):
    monkeypatch.setattr(postgresql, "_programs", lambda tool: iter([Path("/a"), Path("/b")]))
    monkeypatch.setattr(postgresql, "_version_of", lambda path: {"a": 15, "b": 17}[path.name])
    assert postgresql.find("pg_dump", 15) == Path("/b")


def test_a_password_is_never_among_the_words_of_a_program():
    url = parse_url("postgresql://amal:geheim@db.example.com:5433/books?sslmode=require")
    assert postgresql.address(url) == "postgresql://amal@db.example.com:5433/books?sslmode=require"
