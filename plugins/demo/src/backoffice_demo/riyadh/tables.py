"""The company's papers, as they lie in the files beside this module."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby

Line = dict[str, str]


def text(name: str) -> str:
    """Return the file ``name`` as text."""
    return files(__package__).joinpath("data", name).read_text(encoding="utf-8")


@cache
def rows(name: str) -> tuple[Line, ...]:
    """Return the lines of the CSV file ``name``, each by the names in its head."""
    return tuple(csv.DictReader(text(name).splitlines()))


def papers(name: str) -> Iterator[tuple[Line, list[Line]]]:
    """Yield the papers of a file in order: the first line of each, which is its head, and all of its lines."""
    for _key, lines in groupby(rows(name), key=lambda line: line["key"]):
        own = list(lines)
        yield own[0], own


__all__ = ["Line", "papers", "rows", "text"]
