"""A plugin with listeners and jobs, installed in a folder of its own so that other processes find it as well."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from textwrap import dedent

import pytest

from backoffice.core.builtin.worker.worker import Worker

PLUGIN = '''
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

from backoffice.core.users.models import Branch
from backoffice.hookspecs import Event, Field, Job, On, hookimpl

ORDER = (Field("order", "integer", required=True),)


@hookimpl
def events():
    return [Event("stockroom.shipped", fields=ORDER), Event("stockroom.counted", fields=ORDER)]


@hookimpl
def listeners():
    return [On("stockroom.shipped", count, later=True, name="count")]


@hookimpl
def jobs():
    return [
        Job("stockroom.nightly", nightly, every=timedelta(days=1)),
        Job("stockroom.sweep", nightly, every=timedelta(days=1), scope="system"),
        Job("stockroom.fragile", fragile),
        Job("stockroom.endless", endless),
        Job("stockroom.open", open_branch, fields=(Field("code", "code", required=True),), attempts=1),
    ]


def die_once():
    """Kill this process the first time it comes here."""
    flag = os.environ.get("STOCKROOM_DIES")
    if flag and not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def count(session, event):
    session.emit("stockroom.counted", order=event.facts["order"])
    session.flush()
    die_once()


def nightly(job):
    pass


def fragile(job):
    job.office.run(lambda session: session.add(Branch(code="before", name="b")) if job.attempt == 1 else None)

    def work(session):
        session.add(Branch(code="kept", name="b"))
        session.flush()
        die_once()

    job.office.run(work)
    return job.attempt


def endless(job):
    if job.attempt > 1 or os.environ.get("STOCKROOM_HURRIES"):
        return
    for step in range(100000):
        job.progress(step)
        time.sleep(0.01)


def open_branch(job, code):
    return job.office.execute("core.branch.create", code=code, name=code)["id"]
'''

PROCESS = """
import _thread, signal, sys, threading
from datetime import timedelta
from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.office import Backoffice

office = Backoffice.open(sys.argv[1], only=frozenset({"stockroom"})).start()
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: _thread.start_new_thread(stop.set, ()))
Worker(office, lost_after=timedelta(seconds=1.5), beat=0.2).run_forever(stop, grace=1)
office.close()
"""


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """The folder in which the plugin ``stockroom`` is installed."""
    folder = tmp_path_factory.mktemp("shelf")
    package = folder / "fixture_stockroom"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(dedent(PLUGIN))
    info = folder / "backoffice_stockroom-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: backoffice-stockroom\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[backoffice]\nstockroom = fixture_stockroom.plugin\n")
    return folder


@pytest.fixture
def stockroom(offices, shelf, monkeypatch):
    """Makes an office with the plugin ``stockroom``."""
    monkeypatch.syspath_prepend(str(shelf))
    return lambda **options: offices.make(only=["stockroom"], **options)


@pytest.fixture
def worker_of():
    """Makes workers of an office, which end with the test."""
    made = []

    def make(office, **options):
        made.append(Worker(office, lost_after=timedelta(seconds=1.5), beat=0.2, **options))
        return made[-1]

    yield make
    for worker in made:
        worker.stop(5)


@pytest.fixture
def processes(shelf):
    """Starts workers in processes of their own; those still running are ended with the test."""
    started = []

    def start(office, **environment):
        environment = {**os.environ, "PYTHONPATH": str(shelf), **environment}
        started.append(
            subprocess.Popen([sys.executable, "-c", PROCESS, office.configuration.database], env=environment)
        )
        return started[-1]

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(90)  # what it is at may take its time on a busy machine, and so may the database


@pytest.fixture
def everything():
    """Returns all rows of a mapped class in an office."""
    import sqlalchemy as sa

    def everything(office, model, **values):
        with office.database.looking() as session:
            return list(session.scalars(sa.select(model).filter_by(**values).order_by(model.id)))

    return everything


@pytest.fixture
def eventually():
    """Waits until something is so."""

    def eventually(condition, seconds=90):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.05)

    return eventually
