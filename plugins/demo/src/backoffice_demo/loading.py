"""Every company of the demo, one after the other: what `backoffice demo` calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from backoffice.core.api import Desk
from backoffice.hookspecs import Table

from . import london, riyadh


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of each company."""

    parts: tuple[Any, ...]

    @property
    def agrees(self) -> bool:
        """Whether every figure of every company agrees."""
        return all(part.agrees for part in self.parts)

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables to print."""
        for part in self.parts:
            yield from part


def load(desk: Desk, progress: Callable[..., None] | None = None) -> Loaded:
    """Load what is missing of every company; doing it again adds nothing."""
    return Loaded((london.load(desk, progress), riyadh.load(desk)))


load.reports = london.load.reports  # type: ignore[attr-defined]  # printed by `backoffice demo`

__all__ = ["Loaded", "load"]
