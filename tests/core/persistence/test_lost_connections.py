"""Connections that rest: those that were cut are replaced before anybody notices, the others keep what they know."""

import pytest
import sqlalchemy as sa

from backoffice.core.persistence import engines
from backoffice.core.testing.offices import desk_of

pytestmark = pytest.mark.parametrize(
    "offices", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def cut(offices, monkeypatch):
    """An office whose connections were used, rested, and were then ended by the server."""
    office = offices.make(only=[])
    desk = desk_of(office)
    desk.execute("core.branch.create", code="one", name="One")
    desk.list("core.branch")
    offices._offices.server._execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    )
    monkeypatch.setattr(engines, "RESTED_SECONDS", 0)
    return desk


def test_reading_and_writing_go_on(cut):
    cut.execute("core.branch.create", code="two", name="Two")
    assert [branch.code for branch in cut.list("core.branch").records] == ["one", "two"]


def test_a_connection_in_constant_use_is_not_asked(offices, monkeypatch):
    office = offices.make(only=[])
    asked = []
    monkeypatch.setattr(office.database.read_engine.dialect, "do_ping", asked.append)
    with office.database.read_engine.connect() as first:
        first.execute(sa.text("SELECT 1"))
    with office.database.read_engine.connect() as second:
        second.execute(sa.text("SELECT 1"))
    assert asked == []


def test_what_the_driver_prepared_outlives_a_snapshot(offices):
    desk = desk_of(offices.make(only=[]))
    for _ in range(8):  # the driver prepares what it was given five times
        desk.list("core.branch")
    with desk.office.database.read_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements")) > 0
