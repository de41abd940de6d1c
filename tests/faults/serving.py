"""The program as people run it, ``backoffice serve``, with programs that post over HTTP while it is killed."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from backoffice.core.users.models import User
from backoffice.core.users.tokens import create_token

from .operations import operation

CLIENTS = 4


class Site:
    """A configuration, a token, and the server started on them as often as it was killed."""

    def __init__(self, world: Any, folder: Path) -> None:
        self._world = world
        self._configuration = folder / "backoffice.toml"
        self._configuration.write_text(
            f'database = "{world.office.configuration.database}"\n'
            'plugins = ["parties", "taxes", "accounting", "ripple"]\n'
            f'[audit]\nkey_file = "{world.office.configuration.folder}/backoffice-audit.key"\n'
        )
        self._token = _token(world.office)
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self._journal = world.hands.journal_outside()
        self.sent: set[str] = set()
        self.done: set[str] = set()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *raised: Any) -> None:
        self.kill()

    def start(self) -> None:
        """Start the server on any port that is free."""
        paths = os.pathsep.join([*self._world.hands.paths, os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from backoffice.cli import main; main()", "serve", "--port", "0",
             "--config", str(self._configuration)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
        assert self._process.stdout is not None
        found = re.search(r"http://[^:]+:(\d+)/", self._process.stdout.readline())
        assert found, "the server did not start"
        self._port = int(found[1])

    def kill(self) -> None:
        """End the server as a power cut does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def post_until_killed(self, keys: list[str], after: float) -> None:
        """Post from several programs; the server is killed ``after`` seconds."""
        killer = threading.Timer(after, self.kill)
        killer.start()
        self._post([*sorted(self.sent - self.done), *keys])
        killer.join()

    def finish(self) -> None:
        """Send again what was left open."""
        self._post(sorted(self.sent - self.done))

    def _post(self, keys: list[str]) -> None:
        with ThreadPoolExecutor(CLIENTS) as programs:
            list(programs.map(lambda n: self._program(keys[n::CLIENTS]), range(CLIENTS)))

    def _program(self, keys: list[str]) -> None:
        for key in keys:
            self.sent.add(key)
            self._journal.write("sent", key)
            try:
                status, answer = self._ask(operation(key))
            except (OSError, http.client.HTTPException):
                return  # the server is gone; what was sent is open
            assert status == 200, answer
            self.done.add(key)
            self._journal.write("done", key, [json.loads(answer)])

    def _ask(self, asked: Any) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json",
                   "Idempotency-Key": asked.keys[0]}  # fmt: skip
        try:
            connection.request("POST", f"/api/v1/actions/{asked.action}", json.dumps(asked.arguments[0]), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def _token(office: Any) -> str:
    with office.database.system() as session, session.begin():
        user = session.scalars(sa.select(User).where(User.username == "admin")).one()
        until = session.now() + timedelta(days=1)
        return create_token(session, user_id=user.id, name="faults", scopes=["*"], expires_at=until).plain
