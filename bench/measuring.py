"""Turns that alternate, what they print, and the databases they run on."""

import json
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path


def rate(turn, count, seconds):
    """Return how many a second ``turn``, which does ``count`` of them, does for ``seconds``."""
    return rates(turn, count, seconds)[0]


def rates(turn, count, seconds):
    """Return the same, and how many ``turn`` does in a second that this process computes, whoever else is busy."""
    done, began, computed = 0, time.perf_counter(), time.process_time()
    while True:
        turn()
        done += count
        passed = time.perf_counter() - began
        if passed >= seconds:
            return done / passed, done / (time.process_time() - computed)


def took(turn, times=1):
    """Return the seconds ``turn`` takes, the least of ``times``."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        turn()
        found.append(time.perf_counter() - began)
    return min(found)


def computed(turn, times=1):
    """Return the seconds this process computes for ``turn``, the least of ``times``; others do not count in them."""
    found = []
    for _ in range(times):
        began = time.process_time()
        turn()
        found.append(time.process_time() - began)
    return min(found)


def alternate(rounds, **turns):
    """Call each of ``turns`` once a round, one after the other, and return what each gave, round by round."""
    found = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            found[name].append(turn())
    return found


def emit(name, unit, figures, floors, *, floor, better="more", **more):
    """Print the medians of a figure and its floor, and of their ratios round by round, as one JSON line.

    ``better`` says whether more or less is better; the ratio is always figure to floor.
    """
    line = {
        "name": name,
        **compared(figures, floors),
        "unit": unit,
        "beside": floor,
        "better": better,
        **more,
        "environment": environment(),
    }
    print(json.dumps(line), flush=True)


def compared(figures, floors):
    """Return the medians of figures, of their floors, and of their ratios round by round."""
    ratios = [figure / beside for figure, beside in zip(figures, floors, strict=True)]
    return {
        "figure": _short(statistics.median(figures)),
        "floor": _short(statistics.median(floors)),
        "ratio": _short(statistics.median(ratios)),
        "ratios": [_short(min(ratios)), _short(max(ratios))],
    }


def _short(number):
    return float(f"{number:.4g}")


def environment():
    """Return what a figure depends on beside the program."""
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "flush_ms": round(flush_milliseconds(), 2),
    }


def flush_milliseconds(times=20):
    """Return how long the disk takes to keep eight kilobytes."""
    path = Path(tempfile.gettempdir(), f"flush-{os.getpid()}.tmp")
    with path.open("wb") as file:
        found = []
        for _ in range(times):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            found.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(found) * 1000


@contextmanager
def databases(options, folder):
    """Yield pairs of a dialect and a function that makes the address of a new database, called with a name."""
    found = []
    with _server(options) as server:
        if options.database != "postgresql":
            found.append(("sqlite", lambda name: f"sqlite:///{folder}/{name}.db"))
        if server is not None:
            found.append(("postgresql", lambda name: server.create_database()))
        yield found


@contextmanager
def _server(options):
    """Give a PostgreSQL that waits for its disk, as one that is relied on does."""
    from backoffice.core.testing.postgres import private_postgres, why_unavailable

    reason = why_unavailable()
    if options.database == "sqlite" or reason:
        if reason:
            print(json.dumps({"skipped": "postgresql", "why": str(reason)}), flush=True)
        yield None
        return
    with private_postgres(durable=True) as server:
        yield server
