"""Many processes set aside the last goods: never too many, none lost, and nobody is told of a deadlock."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_inventory.answers import available
from backoffice_inventory.models import Balance

from backoffice.core.clock import SystemClock
from backoffice.core.testing.offices import desk_of

from .conftest import PLUGINS, THOROUGH, Stockroom, with_places

HERE = Path(__file__).parent
PROCESSES = {"sqlite": 8 if THOROUGH else 3, "postgresql": 64 if THOROUGH else 6}
ROUNDS = 20 if THOROUGH else 1
ITEMS, UNITS = (20, 1000) if THOROUGH else (5, 60)


@pytest.fixture
def room(offices):
    return Stockroom(desk_of(offices.make(only=PLUGINS, prepare=with_places, clock=SystemClock())))


def test_many_processes_never_oversell_and_lose_nothing(offices, room, tmp_path):
    codes = [room.product() for _ in range(ITEMS)]
    folder = Path(room.desk.office.configuration.folder)
    database = room.desk.office.configuration.database
    address = database if isinstance(database, str) else database.render_as_string(hide_password=False)
    there = dict.fromkeys(codes, 0)
    promised = held = 0
    for n in range(ROUNDS):
        for code in codes:
            room.receive(code, str(UNITS // ITEMS), "2")
            there[code] += UNITS // ITEMS
        room.desk.office.database.close()
        words = [sys.executable, str(HERE / "storming.py"), address, str(folder), str(PROCESSES[offices.kind]), str(n)]
        done = subprocess.run([*words, str(tmp_path)], capture_output=True, text=True, timeout=3000, check=False)
        assert not done.returncode, done.stderr
        told = [json.loads(path.read_text()) for path in sorted(tmp_path.glob(f"{n}-*.json"))]
        assert len(told) == PROCESSES[offices.kind]
        assert not [one for each in told for one in each["wrong"]]
        with room.desk.reading() as session:
            figures = available(session, [room.id(code) for code in codes])
        for code in codes:
            id_ = room.id(code)
            left = sum(each["left"].get(str(id_), 0) for each in told)
            kept = sum(each["held"].get(str(id_), 0) for each in told)
            there[code] -= left
            assert figures[id_].on_hand == there[code]
            assert figures[id_].reserved <= figures[id_].on_hand
            promised, held = promised + left + kept, held + kept
        assert sum(one.reserved for one in figures.values()) == held
        said = room.desk.execute("inventory.check")
        assert said["right"], said["drift"]
    assert promised <= ROUNDS * UNITS
    print(
        f"{offices.kind}: {ROUNDS} rounds, {PROCESSES[offices.kind]} processes, {promised} promised of {ROUNDS * UNITS}"
    )


def test_the_rows_of_balances_alone_keep_reservations_honest(room):
    """The database refuses more than is there, whatever program asks."""
    tea = room.product()
    room.receive(tea, "5", "2")
    with pytest.raises(Exception, match="refused"):
        room.desk.run(lambda session: session.execute(sa.update(Balance).values(reserved=6)))
