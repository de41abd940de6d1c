"""Start the real processes, take them away at bad moments, and keep what they were promised in a place outside."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .operations import operation

HERE = Path(__file__).parent
METADATA = "Metadata-Version: 2.1\nName: backoffice-ripple\nVersion: 1.0\nRequires-Dist: backoffice-accounting\n"


def install_ripple(folder: Path) -> list[str]:
    """Make the plugin of these tests known from ``folder``; return what to add to ``sys.path``."""
    info = folder / "backoffice_ripple-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    (info / "entry_points.txt").write_text("[backoffice]\nripple = backoffice_ripple.plugin\n")
    return [str(folder), str(HERE / "ripple")]


class Journal:
    """What happened to each request, in a file that is written before anything else is done."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, what: str, key: str, told: Any = None) -> None:
        """Add a line."""
        with self._path.open("a") as file:
            file.write(json.dumps([what, key, told]) + "\n")


class Hand:
    """A child process: a client or a worker."""

    def __init__(self, number: int, journal: Path) -> None:
        self.number = number
        self.journal = journal
        self.began = time.monotonic()
        self._handle = os.pidfd_open(number)

    def kill(self) -> None:
        """End it as a power cut does: with no chance to say goodbye."""
        self._signal(signal.SIGKILL)
        self.wait(30)

    def end(self) -> None:
        """Tell it to come to its end."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self._handle, number)
        except ProcessLookupError:  # it was done before
            pass

    def wait(self, seconds: float) -> bool:
        """Wait until it is gone; tell whether it is."""
        ready, _writing, _other = select.select([self._handle], [], [], seconds)
        return bool(ready)


@dataclass
class Promises:
    """What clients were told, by key: the journal outside of the database."""

    sent: set[str] = field(default_factory=set)
    done: dict[str, list[Any]] = field(default_factory=dict)
    refused: dict[str, list[Any]] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    again: int = 0
    broken: list[Any] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Take in a journal."""
        if not path.exists():
            return
        for line in path.read_text().splitlines():
            what, key, told = json.loads(line)
            if what == "sent":
                self.sent.add(key)
            elif what == "done":
                self.done.setdefault(key, []).append(told)
            elif what == "refused":
                self.refused.setdefault(key, []).append(told)
            elif what == "asked":
                self.jobs.add(key)
            elif what == "again":
                self.again += 1
            else:
                self.broken.append((key, told))

    @property
    def open(self) -> set[str]:
        """Requests nobody knows the end of."""
        return self.sent - self.done.keys() - self.refused.keys()

    def keys(self, kinds: Iterable[str], *, answered: bool = True) -> dict[str, str]:
        """Return the keys of requests, those of the single effects of each, with their kind."""
        chosen = self.done if answered else self.open
        asked = [operation(key) for key in chosen]
        return {one: each.kind for each in asked for one in each.keys if each.kind in set(kinds)}


def _read(journals: Iterable[Path]) -> Promises:
    found = Promises()
    for path in journals:
        found.read(path)
    return found


class Hands:
    """The processes of one office; see ``hands.py``."""

    def __init__(self, database: str, folder: Path, journals: Path, paths: Iterable[str]) -> None:
        self.paths = list(paths)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*self.paths, os.environ.get("PYTHONPATH", "")])}
        self._folder = journals
        self.alive: list[Hand] = []
        self.journals: list[Path] = []
        self._parent = subprocess.Popen(
            [sys.executable, str(HERE / "hands.py"), database, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True,
        )  # fmt: skip
        self._heard()

    def _heard(self) -> str:
        assert self._parent.stdout is not None
        line = self._parent.stdout.readline()
        assert line, "the process that makes the others could not start"
        return line.strip()

    def journal_outside(self) -> Journal:
        """Return a journal for a client that is no process made here."""
        return Journal(self._next_journal())

    def _next_journal(self) -> Path:
        self.journals.append(self._folder / f"journal-{len(self.journals)}")
        return self.journals[-1]

    def start(self, what: str, **told: Any) -> Hand:
        """Start a process that does ``what``."""
        journal = self._next_journal()
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps({"what": what, "journal": str(journal), **told}) + "\n")
        self._parent.stdin.flush()
        hand = Hand(int(self._heard()), journal)
        self.alive.append(hand)
        return hand

    def run(self, what: str, *, seconds: float = 600, **told: Any) -> Hand:
        """Start a process and wait until it has done everything."""
        hand = self.start(what, **told)
        assert hand.wait(seconds), f"{what} did not come to its end"
        return hand

    def promises(self) -> Promises:
        """Return what all clients so far were told."""
        return _read(self.journals)

    def told(self, clients: Iterable[Hand]) -> Promises:
        """Return what these clients were told."""
        return _read(client.journal for client in clients)

    def errors(self) -> str:
        """Return what the processes complained of."""
        found = [Path(f"{path}.err") for path in self.journals]
        return "\n".join(text for path in found if path.exists() and (text := path.read_text()))

    def close(self) -> None:
        """End every process."""
        for hand in self.alive:
            hand.kill()
        assert self._parent.stdin is not None
        self._parent.stdin.close()
        self._parent.wait(30)
        assert self._parent.stdout is not None
        self._parent.stdout.close()


@contextmanager
def hands_of(database: str, folder: Path, journals: Path, paths: Iterable[str]) -> Iterator[Hands]:
    """Give the processes of an office, whose journals are kept outside of it, and end those that are left."""
    hands = Hands(database, folder, journals, paths)
    try:
        yield hands
    finally:
        hands.close()


class Keys:
    """Gives keys nobody has used."""

    def __init__(self) -> None:
        self._given = 0

    def some(self, count: int, sort: str = "any") -> list[str]:
        """Return ``count`` new ones, of requests of any sort or of one."""
        first, self._given = self._given, self._given + count
        return [f"{sort}-{n:06}" for n in range(first, self._given)]


def kill_many(hands: Hands, keys: Keys, times: int, *, chance: random.Random, **told: Any) -> None:
    """Kill a posting client ``times`` times at random moments: after a few requests, anywhere inside the next one.

    Half of the next clients first send again what their predecessor left open, as a person does who got no answer.
    """
    left: list[str] = []
    for _time in range(times):
        client = hands.start("post", keys=[*left, *keys.some(30)], **told)
        lines = _lines_after(client, chance.randrange(1, 20))
        client.wait(chance.uniform(0, 1.5 * _pace(client, lines)))
        client.kill()
        left = sorted(hands.told([client]).open) if chance.random() < 0.5 else []


def _lines_after(client: Hand, count: int) -> int:
    """Wait until a client has noted ``count`` things, or ended; return how many there are."""
    end = time.monotonic() + 60
    while (lines := _lines(client)) < count and time.monotonic() < end and not client.wait(0.001):
        pass
    return lines


def _lines(client: Hand) -> int:
    return client.journal.read_bytes().count(b"\n") if client.journal.exists() else 0


def _pace(client: Hand, lines: int) -> float:
    """Return about how many seconds a request of this client takes on this machine just now."""
    return min(0.5, 2 * (time.monotonic() - client.began) / max(lines, 2))


def wait_until_idle(hands: Hands, idle: Any, seconds: float) -> None:
    """Let a worker do what is left until ``idle()``."""
    worker = hands.start("work")
    end = time.monotonic() + seconds
    try:
        while not idle():
            assert time.monotonic() < end, "the worker did not come to its end"
            time.sleep(0.05)
        worker.end()
        assert worker.wait(30)
    finally:
        worker.kill()
