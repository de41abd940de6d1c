"""A PostgreSQL server that may be killed and started again, with what it had written to the disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from backoffice.core.testing import postgres
from backoffice.core.testing.postgres import SMALL, Server


class Cluster:
    """A server of one's own. :meth:`kill` ends it as the loss of the machine's memory does."""

    def __init__(self, binaries: Path, folder: Path, account: object, settings: tuple[str, ...]) -> None:
        self._settings = settings
        self._binaries = binaries
        self._folder = folder
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None
        self.server = Server(f"postgresql+psycopg://{postgres.OWNER}@/postgres?host={folder}", True)
        """The server, as tests know servers."""

    def start(self) -> None:
        """Start it and wait until it answers; what a crash left behind is repaired by the server itself."""
        options = [word for setting in (*SMALL, *self._settings) for word in ("-c", setting)]
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self._folder / "data"), "-k", str(self._folder), *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, start_new_session=True,
                env=postgres._environment(), **postgres._as_user(self._account),
            )  # fmt: skip
        self._answer()

    def _answer(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self._process.poll() is not None:
                time.sleep(0.1)
                self.start()  # backends of the one before it may not be gone yet
                return
            try:
                psycopg.connect(host=str(self._folder), user=postgres.OWNER, dbname="postgres").close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self._folder / "log").read_text()[-2000:])

    def kill(self) -> None:
        """Kill every process of it, backends first with the same chance as last."""
        assert self._process is not None
        for number in (self._process.pid, *_children(self._process.pid)):
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(30)

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self.server.close()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
        shutil.rmtree(self._folder)


def _children(parent: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@contextmanager
def cluster(*, durable: bool) -> Iterator[Cluster]:
    """Give a cluster that writes each commit before it says so; ``durable`` makes it wait for the disk as well.

    What a process wrote outlives the process in the memory of the machine, so for killing processes it need not wait.
    """
    binaries = postgres.find_binaries()
    assert binaries is not None
    account = postgres._unprivileged() if os.geteuid() == 0 else None
    folder = postgres._make_folder(account, postgres._swift_place())
    postgres._initialise(binaries, folder, account)
    made = Cluster(binaries, folder, account, () if durable else ("fsync=off",))
    try:
        made.start()
        yield made
    finally:
        made.stop()
