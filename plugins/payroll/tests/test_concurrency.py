"""Several processes that work the same pay out at once: each employee is paid once, whoever comes first."""

import subprocess
import sys

import sqlalchemy as sa
from backoffice_payroll.models import Slip

WORKER = """
import sys
from dataclasses import replace
from pathlib import Path

from backoffice.core.api import BackofficeError
from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import NOON, desk_of

database, folder, run = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
made = Backoffice(replace(Configuration(), database=database, folder=folder), clock=FixedClock(NOON), only={"payroll"})
office = made.start()
desk = desk_of(office)
print("ready", flush=True)
sys.stdin.readline()
try:
    desk.execute("payroll.compute", id=run)
    desk.execute("payroll.approve", id=run)
    print("paid")
except BackofficeError as error:
    print(f"refused: {error}")
office.close()
"""
PROCESSES, PEOPLE = 3, 4


def test_runs_of_the_same_days_pay_everybody_once(payroll_on_both):
    payroll = payroll_on_both
    payroll.components(basic="pay")
    structure = payroll.structure("race", "basic")
    for _n in range(PEOPLE):
        payroll.employee("race", 1000)
    runs = [payroll.do("run.create", from_date="2026-01-01", structure=structure)["id"] for _n in range(PROCESSES)]
    where = payroll.office.configuration
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, where.database, str(where.folder), str(run)], **pipes)
        for run in runs
    ]
    for one in workers:
        assert one.stdout.readline() == "ready\n", one.stderr.read()
    for one in workers:
        one.stdin.write("go\n")
        one.stdin.flush()
    told = []
    for one in workers:
        out, said = one.communicate(timeout=300)
        assert one.returncode == 0, said
        told.append(out.strip())
    assert told.count("paid") == 1, told
    with payroll.desk.reading() as session:
        final = session.execute(
            sa.select(Slip.employee_id, sa.func.count()).where(Slip.state == "final").group_by(Slip.employee_id)
        ).all()
    assert sorted(count for _employee, count in final) == [1] * PEOPLE
