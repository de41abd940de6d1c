"""The worker seals the audit log by itself, and goes on when that fails."""

import time

import pytest
import sqlalchemy as sa

from backoffice.core.audit import storage
from backoffice.core.audit.keys import key_path
from backoffice.core.audit.models import AuditRow, Seal
from backoffice.core.audit.verifying import verify
from backoffice.core.builtin.worker import sealing
from backoffice.core.builtin.worker.sealing import Sealing
from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.configuration import Configuration
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def office(offices):
    return offices.make(only=[])


def count(office, model):
    with office.database.looking() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model))


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_running_worker_seals_what_is_written(office):
    worker = Worker(office)
    worker.start()
    try:
        wait_until(lambda: count(office, Seal) == count(office, AuditRow))
        desk_of(office).execute("core.branch.create", code="b", name="B")
        wait_until(lambda: count(office, Seal) == count(office, AuditRow))
    finally:
        assert worker.stop()
    assert verify(office).ok


def test_it_seals_at_most_once_a_second_while_little_is_written(office):
    lane = Sealing(office)
    lane.tick()
    desk_of(office).execute("core.branch.create", code="b", name="B")
    assert lane.tick() == 0
    with storage.looking(office.database) as store:
        assert store.value("SELECT count(*) FROM core_checkpoint") == 1


def test_it_goes_on_at_once_while_much_waits(office, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 5)
    monkeypatch.setattr(sealing, "seal", lambda office: storage and seal_five(office))
    lane = Sealing(office)
    assert [lane.tick(), lane.tick()] == [5, 5]


def seal_five(office):
    from backoffice.core.audit.sealing import seal

    return seal(office, 5)


def test_it_hands_checkpoints_out(offices, tmp_path):
    settings = {"audit": {"checkpoint_folder": str(tmp_path)}}
    office = offices.make(only=[], configuration=Configuration(settings=settings))
    Sealing(office).tick()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failure_is_logged_and_does_not_stop_the_worker(office, capsys):
    Sealing(office).tick()
    key_path(office.configuration).unlink()
    desk_of(office).execute("core.branch.create", code="b", name="B")
    assert Sealing(office).tick() == 0
    assert "cannot be sealed" in capsys.readouterr().out


def test_it_says_when_something_else_is_wrong(office, monkeypatch, capsys):
    monkeypatch.setattr(sealing, "WATCH_SECONDS", 0.0)
    Sealing(office).tick()
    key_path(office.configuration).unlink()
    Sealing(office).tick()
    assert "needs attention" in capsys.readouterr().out
