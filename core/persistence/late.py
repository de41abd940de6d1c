"""What happens last in a transaction: numbers by series, then whatever was asked for, then merged sums in key order.

Doing this after all listeners keeps row locks short, and the fixed order keeps transactions from waiting for each
other in a circle (balances upserted in no order: 4 entries a second and deadlocks; in order and late: over a thousand).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from .rows import add

if TYPE_CHECKING:
    from .session import Session

Late = Callable[["Session"], None]


class LatePhase:
    """The late work of one session."""

    def __init__(self) -> None:
        self.work: list[tuple[tuple[Any, ...], Late]] = []
        self.numbers: dict[tuple[Any, ...], list[Any]] = {}
        self.sums = Sums()

    def add(self, order: tuple[Any, ...], run: Late) -> None:
        """Add ``run`` to be called in the order of ``order``."""
        self.work.append((order, run))

    def run(self, session: Session) -> None:
        """Run numbers, work and sums until nothing is left; work may ask for more of each."""
        from .numbering import assign_all

        while self.numbers or self.work or self.sums.waiting:
            if self.numbers:
                numbers, self.numbers = self.numbers, {}
                assign_all(session, numbers)
            elif self.work:
                work, self.work = self.work, []
                for _order, run in sorted(work, key=lambda item: item[0]):
                    run(session)
            else:
                session.flush()
                self.sums.write(session)

    def clear(self) -> None:
        """Forget everything, after a rollback."""
        self.__init__()  # type: ignore[misc]


class Sums:
    """Amounts to be added to stored rows: balances per account and period, stock per product and location."""

    def __init__(self) -> None:
        self.waiting: dict[type, dict[tuple[Any, ...], dict[str, Any]]] = {}
        self._names: dict[type, tuple[str, ...]] = {}

    def add(self, model: type, key: Mapping[str, Any], amounts: Mapping[str, Any]) -> None:
        """Merge ``amounts`` into those waiting for the row of ``model`` with ``key``; keys are never null."""
        names = self._names.setdefault(model, tuple(sorted(key)))
        rows = self.waiting.setdefault(model, {})
        row = rows.setdefault(tuple(key[name] for name in names), {})
        for name, amount in amounts.items():
            row[name] = row.get(name, 0) + amount

    def write(self, session: Session) -> None:
        """Upsert what waits, tables by name, rows in key order."""
        waiting, self.waiting = self.waiting, {}
        for model in sorted(waiting, key=lambda m: m.__tablename__):  # type: ignore[attr-defined]
            names = self._names[model]
            rows = [
                {**dict(zip(names, key, strict=True)), **amounts} for key, amounts in sorted(waiting[model].items())
            ]
            _upsert(session, model, names, rows)


def _upsert(session: Session, model: Any, key: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    """Add ``rows`` one after the other by statements compiled once; those that add to the same columns together."""
    for added, some in groupby(rows, key=lambda row: tuple(name for name in row if name not in key)):
        add(session, model, list(some), key=("organization_id", *key), to=added)
