"""A process that makes processes: it loads the office once and forks a client or a worker for each line it is told.

Loading takes a second, forking a few milliseconds, so hundreds of processes can be killed in minutes. What a child was
promised by the office it writes into a file of its own before it goes on; a file outlives the process that wrote it.

Usage: ``python hands.py DATABASE FOLDER``; lines of JSON on standard input, the number of the child on standard output.
"""

from __future__ import annotations

import _thread
import json
import os
import random
import resource
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from operations import operation

from backoffice.core.clock import SystemClock
from backoffice.core.configuration import Configuration
from backoffice.core.errors import BackofficeError, Unavailable
from backoffice.core.office import Backoffice

PLUGINS = frozenset({"parties", "taxes", "accounting", "ripple"})
PATIENCE = 60.0
"""Seconds a client goes on asking a database that is not there."""


class JumpingClock(SystemClock):
    """A clock somebody keeps setting: by a second, or by ten years, forward and back."""

    jumps = False

    def now(self) -> Any:
        """Return the time, or some other time."""
        now = super().now()
        if not self.jumps:
            return now
        return now + timedelta(seconds=random.choice((-1, 1, -86400, 31 * 86400, -3650 * 86400, 3650 * 86400)))


class Journal:
    """What happened to each request, in a file that is written before anything else is done."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, what: str, key: str, told: Any = None) -> None:
        """Add a line in one call, so that it is there whole or not at all."""
        os.write(self._file, json.dumps([what, key, told]).encode() + b"\n")


def post(office: Backoffice, told: dict[str, Any]) -> None:
    """Send the requests ``told["keys"]`` one after the other."""
    journal = Journal(told["journal"])
    if limit := told.get("file_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    desk = office.acting_as("admin", company="main")
    for key in told["keys"]:
        send(desk, journal, key, told)
        time.sleep(random.uniform(0, told.get("pause", 0)))


def send(desk: Any, journal: Journal, key: str, told: dict[str, Any]) -> Any:
    """Send one request; a patient client sends it again, under the same key, until the database is back."""
    asked = operation(key)
    journal.write("sent", key)
    end = time.monotonic() + PATIENCE
    while True:
        try:
            answer = do(desk, asked)
        except BackofficeError as error:
            if isinstance(error, Unavailable) and told.get("patient") and time.monotonic() < end:
                journal.write("again", key, error.code)
                time.sleep(0.05)
                continue
            journal.write("refused", key, [error.code, str(error)[:300]])
            return None
        except BaseException as error:
            journal.write("broken", key, f"{type(error).__name__}: {error}"[:500])
            raise
        journal.write("done", key, answer)
        return answer


def do(desk: Any, asked: Any) -> Any:
    """Do what an operation says."""
    if asked.kind == "many":
        return desk.execute_many(asked.action, asked.arguments, keys_=asked.keys)
    return [desk.execute(asked.action, asked.arguments[0], key=asked.keys[0])]


def double(office: Backoffice, told: dict[str, Any]) -> None:
    """Send each request from several threads at the same moment."""
    journal, threads = Journal(told["journal"]), told["threads"]
    gate = threading.Barrier(threads)

    def one() -> None:
        desk = office.acting_as("admin", company="main")
        for key in told["keys"]:
            gate.wait(120)
            send(desk, journal, key, told)

    running = [threading.Thread(target=one) for _thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def work(office: Backoffice, told: dict[str, Any]) -> None:
    """Be a worker until killed or told to end."""
    from backoffice.core.builtin.worker.worker import Worker

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: _thread.start_new_thread(stop.set, ()))
    Worker(office, lost_after=timedelta(seconds=1.5), beat=0.2).run_forever(stop, grace=2)


def enqueue(office: Backoffice, told: dict[str, Any]) -> None:
    """Ask for jobs."""
    journal = Journal(told["journal"])
    desk = office.acting_as("admin", company="main")
    for key in told["keys"]:
        desk.run(lambda session, key=key: session.enqueue("ripple.tally", {"tally": key}))
        journal.write("asked", key)


KINDS = {"post": post, "double": double, "work": work, "enqueue": enqueue}


def child(office: Backoffice, clock: JumpingClock, told: dict[str, Any]) -> None:
    """Do what one line says; the end of this function is the end of the process."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        random.seed()
        clock.jumps = bool(told.get("jumps"))
        errors = os.open(told["journal"] + ".err", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(errors, 1)
        os.dup2(errors, 2)
        KINDS[told["what"]](office, told)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def warm(office: Backoffice) -> None:
    """Do each kind of request once, so that children begin with every statement compiled."""
    desk = office.acting_as("admin", company="main")
    for kind in ("entry", "many", "invoice", "party"):
        do(desk, operation(f"{kind}-warm"))


def main() -> None:
    """Load the office, say so, and fork for each line until there are no more."""
    database, folder = sys.argv[1:]
    clock = JumpingClock()
    configuration = Configuration(database=database, folder=Path(folder))
    office = Backoffice(configuration, only=PLUGINS, clock=clock).start()
    warm(office)
    office.database.close()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        if (number := os.fork()) == 0:
            child(office, clock, told)
        print(number, flush=True)


if __name__ == "__main__":
    main()
