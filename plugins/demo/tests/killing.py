"""Orders replayed by processes that are killed at random instants and begun again, until each replay comes to its end.

``python killing.py TEMPLATE FOLDER DOCUMENTS KILLS SEED`` copies the database TEMPLATE, has a process replay so many
documents of the month with their payments, kills it with SIGKILL at a random instant of its work, starts another, and
so on; a replay that came to its end is compared with an undisturbed one, and the next begins from a new copy. It prints
one JSON line.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from backoffice_demo.london import company, orders
from backoffice_sales.api import import_orders

from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import desk_of

PLUGINS = frozenset({"demo", "accounting", "inventory", "parties", "products", "sales", "taxes"})
CLOCK = FixedClock(datetime(2011, 1, 15, 12, tzinfo=UTC))
TOGETHER = 4
"""Documents in a transaction: few, so that there are many instants between two of them."""
OWN = ("sales_", "inventory_", "accounting_", "products_", "parties_")
NEVER_ALIKE = {"correlation"}
"""Named after the process that did it."""


def rows_of(documents):
    """Return the first rows of the month."""
    wanted = {one.number for one in orders.month()[:documents]}
    return [row for row in orders.rows() if row["InvoiceNo"] in wanted]


def opened(database):
    """Return the office on a database file."""
    settings = Configuration(database=f"sqlite:///{database}", folder=database.parent, requests_per_minute=0)
    return Backoffice(settings, clock=CLOCK, only=PLUGINS).start()


def replay(database, documents, ready=None):
    """Bring the documents in that are missing, and the payments of them; doing it again adds nothing."""
    office = opened(database)
    desk = desk_of(office)
    if ready is not None:
        os.write(ready, b".")
    import_orders(desk, rows_of(documents), company.MAPPING, per_transaction=TOGETHER)
    wanted = {one.number for one in orders.month()[:documents]}
    told = [
        {"provider": "simulated", "reference": f"SIM-{one.number}", "order": one.number, "amount": one.value,
         "currency": "GBP", "date": day}
        for one, day in orders.paid()
        if one.number in wanted and one.value > 0
    ]  # fmt: skip
    desk.execute_many("sales.record_payment", told, per_transaction=TOGETHER)
    office.close()


def state_of(database):
    """Return what is in every table of the chain, as one hash for each."""
    found = {}
    with sqlite3.connect(database) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in sorted(name for name in tables if name.startswith(OWN)):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in NEVER_ALIKE]
            rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            found[table] = f"{len(rows)} {hashlib.sha256(repr(sorted(rows, key=repr)).encode()).hexdigest()}"
        named = connection.execute("SELECT name, count(*) FROM core_event GROUP BY name ORDER BY name").fetchall()
    connection.close()
    return {**found, "core_event": named}


def copied(template, database):
    """Put a new copy of the template in the place of the database."""
    for ending in ("", "-wal", "-shm"):
        Path(f"{database}{ending}").unlink(missing_ok=True)
    shutil.copyfile(template, database)


def attempt(database, documents, wait=None):
    """Run one process, killed after so many seconds of its work; tell whether it came to its end by itself."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hears)
        replay(database, documents, says)
        os._exit(0)
    os.close(says)
    os.read(hears, 1)
    os.close(hears)
    if wait is not None:
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
    _child, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.waitstatus_to_exitcode(status) == 0, status
    return True


def main(template, folder, documents, kills, seed):
    """Kill so many processes; print how many replays they were killed in and which of those came to another end."""
    database, chance = folder / "killed.db", random.Random(seed)
    copied(template, database)
    began = time.monotonic()
    attempt(database, documents)
    span = (time.monotonic() - began) / 8
    expected, killed, rounds, wrong = state_of(database), 0, 0, []
    while killed < kills:
        copied(template, database)
        rounds += 1
        while not attempt(database, documents, chance.uniform(0, span) if killed < kills else None):
            killed += 1
        found = state_of(database)
        wrong += [(rounds, table) for table in expected if found[table] != expected[table]]
    print(json.dumps({"killed": killed, "rounds": rounds, "wrong": wrong, "tables": len(expected), "span": span}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *(int(one) for one in sys.argv[3:6]))
