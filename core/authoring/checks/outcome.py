"""What a check is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .subject import Subject

Level = Literal["required", "recommended"]
"""A required check refuses the plugin; a recommended one says what would make it better."""

State = Literal["passed", "failed", "skipped"]


class NotPossible(Exception):
    """A check cannot be made here; ``reason``, a label, says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Check:
    """A question every plugin is asked."""

    name: str
    label: str
    """What holds when it is passed, a label."""
    run: Callable[[Subject], Iterator[str]]
    """Yields one label for each problem; raises :class:`NotPossible` where it cannot be made."""
    level: Level = "required"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check."""

    check: Check
    state: State
    problems: tuple[str, ...] = ()
    """What is wrong, labels; of a skipped check, why it was skipped."""
    seconds: float = 0.0

    @property
    def refuses(self) -> bool:
        """Whether the plugin should not be published like this."""
        return self.state == "failed" and self.check.level == "required"

    def plain(self, told: Callable[[str], str]) -> dict[str, Any]:
        """Return it as plain JSON values; ``told`` translates labels."""
        return {
            "name": self.check.name,
            "label": told(self.check.label),
            "level": self.check.level,
            "state": self.state,
            "problems": [told(one) for one in self.problems],
            "milliseconds": round(self.seconds * 1000),
        }


__all__ = ["Check", "Level", "NotPossible", "Outcome", "State"]
