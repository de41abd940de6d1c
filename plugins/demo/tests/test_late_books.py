"""Accounting that comes after the sales: replayed, the books are those they would have been, killed or not."""

import os
import random
import shutil
import subprocess
import sys

import pytest
from backoffice_demo.london import company, orders

from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import Offices, desk_of

BEFORE = ["demo", "inventory", "parties", "products", "sales", "taxes"]
THOROUGH = bool(os.environ.get("BACKOFFICE_THOROUGH"))
DOCUMENTS = len(orders.month()) if THOROUGH else 40
KILLS = 50 if THOROUGH else 2
PROGRAM = [sys.executable, "-c", "from backoffice.cli import main; main()"]


def books_of(office):
    """Everything the ledger says at the end of the month."""
    report = desk_of(office).report("accounting.trial_balance", {"until": orders.UNTIL})
    return [row.cells for row in report.rows]


def sell(office):
    """Sell what the first documents of the month say, from stock, and take the payments."""
    desk = desk_of(office)
    company.set_up_goods(desk)
    chosen = orders.month()[:DOCUMENTS]
    wanted = {one.number for one in chosen}
    rows = [row for row in orders.rows() if row["InvoiceNo"] in wanted]
    company.sell(desk, rows, lambda done, total: None, orders.needed(chosen))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("late") / "office"
    made.mkdir()
    return made


@pytest.fixture(scope="module")
def expected(folder):
    """The books of an office that had accounting from the start."""
    office = Offices("sqlite", folder).make(only=[*BEFORE, "accounting"])
    company.set_up_books(desk_of(office))
    sell(office)
    found = books_of(office)
    office.close()
    assert len(found) > 4
    return found


@pytest.fixture(scope="module")
def sold(folder):
    """The database of an office that sold without accounting, ready for it."""
    office = Offices("sqlite", folder).make(only=BEFORE)
    sell(office)
    address = office.configuration.database
    office.close()
    late = Backoffice(Configuration(database=address, folder=folder), only=frozenset([*BEFORE, "accounting"]))
    late.upgrade()
    late.start()
    company.set_up_books(desk_of(late))
    assert books_of(late) == []
    late.close()
    return address.removeprefix("sqlite:///")


@pytest.fixture
def late(sold, tmp_path):
    """A copy of it with a configuration, for the command line."""
    shutil.copyfile(sold, tmp_path / "office.db")
    names = ", ".join(f'"{name}"' for name in [*BEFORE, "accounting"])
    (tmp_path / "backoffice.toml").write_text(f'database = "sqlite:///office.db"\nplugins = [{names}]\n')
    return tmp_path


def replaying(late):
    command = [*PROGRAM, "--config", str(late / "backoffice.toml"), "plugin", "replay", "accounting", "--work"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def there(late):
    office = Backoffice(
        Configuration(database=f"sqlite:///{late / 'office.db'}", folder=late), only=frozenset([*BEFORE, "accounting"])
    ).start()
    try:
        return books_of(office)
    finally:
        office.close()


def test_the_books_are_those_of_an_office_that_had_accounting_all_along(expected, late):
    done = replaying(late)
    said, _nothing = done.communicate(timeout=600)
    assert done.returncode == 0, said
    assert there(late) == expected


def test_killed_at_any_moment_and_asked_again_the_books_are_the_same(expected, late):
    chance = random.Random(7)
    for _time in range(KILLS):
        running = replaying(late)
        try:
            running.wait(chance.uniform(0.5, 4))
        except subprocess.TimeoutExpired:
            running.kill()
        running.communicate()
    last = replaying(late)
    said, _nothing = last.communicate(timeout=600)
    assert last.returncode == 0, said
    assert there(late) == expected
