"""The whole chain killed at random instants, resumed each time: in the end it is as if nothing had happened."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from backoffice_demo.london import company, orders

from backoffice.core.audit.verifying import verify
from backoffice.core.testing.offices import Offices, desk_of

KILLS = int(os.environ.get("BACKOFFICE_KILLS", "100"))
DOCUMENTS = int(os.environ.get("BACKOFFICE_DOCUMENTS", "30"))
PROGRAM = Path(__file__).with_name("killing.py")
KILLING = runpy.run_path(str(PROGRAM))
SEED = int(os.environ.get("BACKOFFICE_SEED", "11"))

pytestmark = pytest.mark.skipif(not os.environ.get("BACKOFFICE_THOROUGH"), reason="only when asked to be thorough")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A database with books, goods and opening stock, ready for the replay."""
    folder = tmp_path_factory.mktemp("killed") / "office"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=KILLING["PLUGINS"], clock=KILLING["CLOCK"])
    desk = desk_of(office)
    company.set_up_books(desk)
    company.set_up_goods(desk)
    found = orders.needed(orders.month()[:DOCUMENTS])
    company._products(desk, found)
    company._opening(desk, found)
    address = office.configuration.database
    office.close()
    return Path(address.removeprefix("sqlite:///"))


def test_a_replay_that_is_killed_again_and_again_ends_as_one_that_was_not(template, tmp_path):
    command = [sys.executable, str(PROGRAM), str(template), str(tmp_path), str(DOCUMENTS), str(KILLS), str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    print(told)
    assert (told["killed"] >= KILLS, told["wrong"]) == (True, [])
    office = KILLING["opened"](tmp_path / "killed.db")
    assert desk_of(office).execute("inventory.check")["drift"] == []
    found = verify(office)
    assert (found.findings, found.more) == ((), 0)
    office.close()
