"""Databases to try a plugin on: a new SQLite file each time, and a new database on a server where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from .subject import Place


def places_on(create_database: Callable[[], str] | None = None) -> Callable[[Path], Sequence[Place]]:
    """Return a function that gives the places for a folder to put files into.

    ``create_database()`` makes a database on a PostgreSQL server and returns its address; without it SQLite is all.
    """

    def places(folder: Path) -> Sequence[Place]:
        numbers = count(1)
        sqlite = Place("sqlite", lambda: f"sqlite:///{folder}/office-{next(numbers)}.db")
        return (sqlite,) if create_database is None else (sqlite, Place("postgresql", create_database))

    return places


__all__ = ["places_on"]
