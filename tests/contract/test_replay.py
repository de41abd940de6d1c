"""Installed late, replayed, killed midway and asked again: a plugin makes of the past what it would have made."""

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from backoffice.core.builtin.worker.host import OfficeHost
from backoffice.core.events.deliveries import outstanding
from backoffice.core.office import Backoffice
from backoffice.core.office.desk import Question
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.work import work_off

TELLER, HEARER = "acme_teller", "acme_hearer"
PROGRAM = [sys.executable, "-c", "from backoffice.cli import main; main()"]
EVENTS = 8
HEARING = """
import os

from .models import Task

CALLS = []


def announce(session, event):
    session.add(Task(code=event.facts["code"], title=f"{event.id} {event.facts['day']}"))
    session.flush()
    CALLS.append(event.id)
    if len(CALLS) == int(os.environ.get("DIE_AT", "0")):
        os._exit(9)
"""


@pytest.fixture(scope="module")
def plugins(written):
    """One plugin that says things and one that listens to it, inside the transaction."""
    teller, hearer = written("acme-teller"), written("acme-hearer")
    package = hearer[1]
    code = (package / "plugin.py").read_text()
    heard = code.replace(f'On("{HEARER}.task_finished"', f'On("{TELLER}.task_finished"')
    (package / "plugin.py").write_text(heard.replace("later=True", "later=False"))
    (package / "events.py").write_text(HEARING)
    return [str(folder.parent) for _names, folder in (teller, hearer)]


@pytest.fixture
def importable(plugins, monkeypatch):
    for folder in plugins:
        monkeypatch.syspath_prepend(folder)


def business(office):
    """Do what a month would bring."""
    desk = desk_of(office)
    for number in range(1, EVENTS + 1):
        desk.execute(f"{TELLER}.task.create", code=f"T{number}", title="x")
        desk.execute(f"{TELLER}.finish_task", id=number)


def made(office):
    """Return what the listener made, in the order of the events."""
    records = desk_of(office).list(f"{HEARER}.task", Question(limit=100)).records
    return sorted((record.code, record.title) for record in records)


@pytest.fixture
def expected(importable, offices):
    """What a plugin makes of it that was there from the start."""
    office = offices.make(only=[TELLER, HEARER])
    business(office)
    found = made(office)
    assert len(found) == EVENTS
    return found


@pytest.fixture
def late(importable, offices):
    """An office with a past, into which the listening plugin comes late."""
    office = offices.make(only=[TELLER])
    business(office)
    office.close()
    later = Backoffice(office.configuration, only=frozenset({TELLER, HEARER}), clock=office.clock)
    later.upgrade()
    yield later.start()
    later.close()


@pytest.fixture
def replay(late, plugins, tmp_path):
    """Run `backoffice plugin replay` in a process of its own that dies at a delivery, or does not."""
    (tmp_path / "backoffice.toml").write_text(
        f'database = "{late.configuration.database}"\nplugins = ["{TELLER}", "{HEARER}"]\n'
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "LC_", "LANG"))}
    path = os.pathsep.join([*plugins, kept.get("PYTHONPATH", "")]).rstrip(os.pathsep)

    def replay(die_at=0):
        return subprocess.run(
            [*PROGRAM, "plugin", "replay", HEARER, "--work"],
            cwd=tmp_path, env={**kept, "PYTHONPATH": path, "DIE_AT": str(die_at)}, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return replay


def test_a_plugin_installed_late_makes_of_the_past_what_it_would_have_made(late, replay, expected):
    done = replay()
    assert done.returncode == 0, done.stderr
    assert f"{EVENTS} deliveries were added" in done.stdout
    assert made(late) == expected


def test_killed_in_the_middle_and_asked_again_it_comes_to_the_same(late, replay, expected):
    for die_at in (1, 3):
        assert replay(die_at).returncode == 9
        assert len(made(late)) == die_at - 1  # the first run that died left nothing, the second left two
    done = replay()
    assert done.returncode == 0, done.stderr
    assert made(late) == expected
    assert outstanding(OfficeHost(late), HEARER) == {"waiting": 0, "dead": 0}


def test_asked_again_it_adds_nothing(late, replay, expected):
    from backoffice.core.events.deliveries import replay as hand_over

    assert hand_over(OfficeHost(late), HEARER) == EVENTS
    assert hand_over(OfficeHost(late), HEARER) == 0
    work_off(late)
    assert hand_over(OfficeHost(late), HEARER) == 0
    assert made(late) == expected


def test_only_what_was_missed_while_it_was_off_is_handed_over(late):
    from backoffice.core.events.deliveries import replay as hand_over
    from backoffice.core.maintenance.switching import missed_since, switch

    hand_over(OfficeHost(late), HEARER)
    work_off(late)
    switch(late, HEARER, on=False)
    with late.database.looking() as session:
        newest = session.scalar(sa.text("SELECT max(id) FROM core_event"))
    assert missed_since(late, HEARER) == newest
    assert hand_over(OfficeHost(late), HEARER, after=newest) == 0
