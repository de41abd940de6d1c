"""The same record met by several processes at once is linked once and becomes one party."""

import subprocess
import sys

import sqlalchemy as sa
from backoffice_crm_sync.models import Link
from backoffice_parties.models import Party

from backoffice.core.testing.offices import desk_of

WORKER = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from backoffice_crm_sync import comparing
from backoffice_crm_sync.connectors.interface import Remote
from backoffice_crm_sync.models import Backend, Run
from backoffice_crm_sync.planning import plan_of

from backoffice.core.api import BackofficeError
from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import NOON, desk_of

database, folder, backend, run = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
only = {"parties", "crm_sync"}
made = Backoffice(replace(Configuration(), database=database, folder=folder), clock=FixedClock(NOON), only=only)
office = made.start()
desk = desk_of(office)
with desk.reading() as session:
    plan = plan_of(session, session.get(Backend, backend))
records = [
    Remote(str(n), "1", datetime(2026, 1, 10, tzinfo=UTC), {"firstname": f"N{n}", "email": f"n{n}@x.example"})
    for n in range(20)
]
print("ready", flush=True)
sys.stdin.readline()
for remote in records:
    try:
        desk.run(lambda session: comparing.compare(session, plan, run, remote))
    except BackofficeError:
        pass
office.close()
"""
PROCESSES = 3


def test_the_same_record_met_twice_at_once_is_one_party(offices):
    office = offices.make(only=["parties", "crm_sync"])
    desk = desk_of(office)
    fields = [{"ours": "given_name", "theirs": "firstname"}, {"ours": "family_name", "theirs": "lastname"},
              {"ours": "email", "theirs": "email", "identifies": True}]  # fmt: skip
    backend = desk.execute(
        "crm_sync.backend.create", code="crm", name="CRM", connector="hubspot", address="https://crm.example",
        key_field="code", fields=fields,
    )["id"]  # fmt: skip
    desk.execute("crm_sync.set_secret", id=backend, secret="token")

    def begin(session):
        from backoffice_crm_sync.models import Run

        run = Run(backend_id=backend, started_at=session.now(), beat_at=session.now())
        session.add(run)
        session.flush()
        return run.id

    run, where = desk.run(begin), office.configuration
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", WORKER, where.database, str(where.folder), str(backend), str(run)]
    workers = [subprocess.Popen(command, **pipes) for _n in range(PROCESSES)]
    for one in workers:
        assert one.stdout.readline() == "ready\n", one.stderr.read()
    for one in workers:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in workers:
        _out, said = one.communicate(timeout=300)
        assert one.returncode == 0, said
    with desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Link)) == 20
        assert session.scalar(sa.select(sa.func.count()).select_from(Party)) == 20
