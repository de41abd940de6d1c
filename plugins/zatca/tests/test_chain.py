"""The chain of a unit on both kinds of database: kept by it, and whole when several processes sign at once."""

import subprocess
import sys

import pytest
import sqlalchemy as sa
from backoffice_zatca.models import Link

from backoffice.core.api import BackofficeError

SELLER = """
import sys
from dataclasses import replace
from pathlib import Path

from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import NOON, desk_of

database, folder, many = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
plugins = {"parties", "taxes", "accounting", "einvoicing", "zatca"}
made = Backoffice(replace(Configuration(), database=database, folder=folder), clock=FixedClock(NOON), only=plugins)
office = made.start()
desk = desk_of(office)
print("ready", flush=True)
sys.stdin.readline()
for n in range(many):
    line = {"description": "Tea", "quantity": "1", "unit_price": "10.00"}
    desk.execute("accounting.issue_invoice", {"party": "noura", "date": "2026-01-15", "lines": [line]})
office.close()
"""
PROCESSES, EACH = 2, 3


def links(desk):
    with desk.reading() as session:
        return session.scalars(sa.select(Link).order_by(Link.counter)).all()


def test_processes_that_sign_at_once_leave_one_chain_without_gaps(desk):
    where = desk.office.configuration
    command = [sys.executable, "-c", SELLER, where.database, str(where.folder), str(EACH)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    sellers = [subprocess.Popen(command, **pipes) for _n in range(PROCESSES)]
    for one in sellers:
        assert one.stdout.readline() == "ready\n", one.stderr.read()
    for one in sellers:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in sellers:
        _out, said = one.communicate(timeout=300)
        assert one.returncode == 0, said
    chain = links(desk)
    assert [link.counter for link in chain] == list(range(1, PROCESSES * EACH + 1))
    assert desk.execute("zatca.verify_chain", id=chain[0].unit_id)["whole"]


def test_a_link_is_kept_by_the_database(desk):
    line = {"description": "Tea", "quantity": "1", "unit_price": "10.00"}
    desk.execute("accounting.issue_invoice", {"party": "noura", "date": "2026-01-15", "lines": [line]})

    def forge(session):
        session.execute(sa.update(Link).values(counter=7))

    with pytest.raises(BackofficeError, match="stays as it is"):
        desk.run(forge)


def test_two_documents_never_follow_the_same_one(desk):
    line = {"description": "Tea", "quantity": "1", "unit_price": "10.00"}
    desk.execute("accounting.issue_invoice", {"party": "noura", "date": "2026-01-15", "lines": [line]})
    (first,) = links(desk)

    def fork(session):
        values = {
            name: getattr(first, name) for name in ("unit_id", "invoice_id", "number", "kind", "uuid", "at", "digest")
        }
        session.add(Link(counter=2, previous=first.previous, **values))
        session.flush()

    with pytest.raises(BackofficeError):
        desk.run(fork)
