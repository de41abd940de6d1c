"""What verification finds: each thing with the table, the row and, where it can be told, the column."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from backoffice.hookspecs import Label, messages

_ = messages("audit")

MOST: Final = 1000
"""So many findings are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written.

    ``id`` is the row's: the leaf's place in ``core_seal``, the size in ``core_checkpoint``; ``None`` when it is not
    about one row. ``columns`` are empty when any of them may have been changed.
    """

    table: str
    id: int | None
    said: Label
    columns: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The place in one word: ``core_branch 17 name``."""
        number = () if self.id is None else (str(self.id),)
        return " ".join((self.table, *number, *self.columns))


@dataclass(slots=True)
class Findings:
    """Collects findings, at most :data:`MOST` of them; a row is named once for each thing said of it."""

    listed: list[Finding] = field(default_factory=list)
    more: int = 0
    _seen: set[tuple[str, int | None, str]] = field(default_factory=set)

    def add(self, table: str, id_: int | None, said: Label, *columns: str) -> None:
        """Add one."""
        key = (table, id_, str(said))
        if key in self._seen:
            return
        if len(self.listed) >= MOST:
            self.more += 1
            return
        self._seen.add(key)
        self.listed.append(Finding(table, id_, said, columns))


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification looked at and what it found; sound when ``findings`` is empty."""

    findings: tuple[Finding, ...]
    more: int
    """Findings beyond those listed."""
    sealed: int
    """Leaves that were looked at."""
    size: int
    """Leaves of the whole tree."""
    unsealed: int
    """Audit rows the sealer has not come to; whoever can write in the database could still change them unseen."""
    erased: int
    """Payloads erased by right, with a record of it."""
    rows: int
    """Business rows compared with their last audited state."""
    uncompared: int
    """Business rows whose last audited state was erased."""
    signed_at: datetime | None
    """When the newest checkpoint was signed."""
    compared_with: int | None
    """Size of the checkpoint kept elsewhere."""
    exempt: tuple[tuple[str, str], ...]
    """Tables that are not audited, and why."""
    unknown: tuple[str, ...]
    """Audited tables of plugins that are not installed here: their rows were not compared."""
    incremental: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything is as it was written."""
        return not self.findings and not self.more
