"""The command without its start: a process that has the program loaded forks another for each command.

Importing the program takes a second, a fork some milliseconds. What such a command does and prints is what it does when
it is started from a shell; only how long the start takes, and what it imports, has to be asked of a real one.

    with Forker() as forker:
        subprocess.run(["backoffice", "plugin", "list"], env={**os.environ, "PATH": forker.path})

``Forker(warm=True)`` has used an office with every installed plugin before, so that their modules, texts and mappings
are in memory as well: a command then takes a tenth of its time. ``forker.database`` is that office's SQLite file, with
every table and nothing in them, to be copied where a command would spend seconds on making the same tables.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

LOADED: Final = (
    "alembic.autogenerate",
    "backoffice.cli",
    "backoffice.core.builtin.console.install",
    "backoffice.core.builtin.rest.addresses",
    "backoffice.core.cli.output",
    "backoffice.core.cli.root",
    "backoffice.core.events.running",
    "backoffice.core.exchange",
    "backoffice.core.maintenance",
    "backoffice.core.office",
    "backoffice.core.users.setup",
    "backoffice.core.web",
    "waitress",
)
"""What a command needs whatever it is. No plugin is among them: which are loaded is for each office to say."""

DATABASE: Final = "tables.db"

COMMAND: Final = """\
#!{python} -IS
import json, os, signal, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
told = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(line, [len(told).to_bytes(8, "big")], [0, 1, 2])
line.sendall(told)
pid = int.from_bytes(line.recv(8), "big")
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, frame: os.kill(pid, number))
sys.exit(int.from_bytes(line.recv(8), "big") if pid else 1)
"""
READY_SECONDS: Final = 300


class Forker:
    """Runs the loaded process while it is entered; ``path`` is a ``PATH`` on which ``backoffice`` is forked from it."""

    def __init__(self, *, warm: bool = False) -> None:
        self.warm = warm
        self.folder = Path(tempfile.mkdtemp(prefix="backoffice-fork-"))
        self.address = str(self.folder / "line")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def path(self) -> str:
        """A ``PATH`` that begins with the folder of the command."""
        return os.pathsep.join([str(self.folder), str(Path(sys.executable).parent), os.environ["PATH"]])

    @property
    def database(self) -> Path:
        """The file of the office that was used, where there was one."""
        return self.folder / DATABASE

    def __enter__(self) -> Forker:
        command = self.folder / "backoffice"
        command.write_text(COMMAND.format(python=sys.executable, address=self.address))
        command.chmod(0o755)
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
        program = [sys.executable, "-c", f"from {__name__} import serve; serve({self.address!r}, {self.warm})"]
        self._process = subprocess.Popen(program, env=environment, stdin=subprocess.PIPE, cwd=self.folder)  # noqa: S603
        deadline = time.monotonic() + READY_SECONDS
        while not Path(self.address).exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the loaded process did not come up")
            time.sleep(0.02)
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._process is not None:
            self._process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


def serve(address: str, warm: bool = False) -> None:
    """Load the program and fork a process for each command asked for, until the standard input is closed."""
    for name in LOADED:
        importlib.import_module(name)
    if warm:
        _use_an_office(Path(address).with_name(DATABASE))
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address + ".new")
    listening.listen(64)
    os.rename(address + ".new", address)
    while True:
        ready, _, _ = select.select([listening.fileno(), 0], [], [])
        if 0 in ready:
            return
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _become(line)
        line.close()


def _use_an_office(path: Path) -> None:
    """Make the tables of every plugin and the pages of an office on them, and close it again."""
    from backoffice.core.configuration import Configuration
    from backoffice.core.office import Backoffice
    from backoffice.core.web import create_app

    office = Backoffice(Configuration(database=f"sqlite:///{path}", folder=path.parent), create=True)
    office.upgrade()
    create_app(office.start())
    with office.database.write_engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    office.close()


def _become(line: socket.socket) -> None:
    """Be the command that is asked for on ``line``, and end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, files, _flags, _address = socket.recv_fds(line, 8, 3)
    text = b""
    while len(text) < int.from_bytes(head, "big"):
        text += line.recv(1 << 20)
    words, folder, environment = json.loads(text)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    line.set_inheritable(False)
    line.sendall(os.getpid().to_bytes(8, "big"))
    code = _run(words, folder, environment)
    with contextlib.suppress(OSError):
        line.sendall(code.to_bytes(8, "big"))
    os._exit(code)


def _run(words: list[str], folder: str, environment: dict[str, str]) -> int:
    from backoffice.cli import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["backoffice", *words]
    sys.path[0:1] = [part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    try:
        code = _ended(main)
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return 1
    return code


def _ended(main: Any) -> int:
    try:
        main()
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)
        return 1
    return 0


__all__ = ["Forker", "serve"]
