"""What happens last in a transaction: numbers by series, then whatever was asked for, then merged sums in key order.

Doing this after all listeners keeps row locks short, and the fixed order keeps transactions from waiting for each
other in a circle (balances upserted in no order: 4 entries a second and deadlocks; in order and late: over a thousand).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from backoffice.core.errors import ProgrammingError

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
        self.waiting: dict[Kept, dict[tuple[Any, ...], list[Any]]] = {}

    def add(self, model: type, key: Mapping[str, Any], amounts: Mapping[str, Any]) -> None:
        """Merge ``amounts`` into those waiting for the row of ``model`` with ``key``; keys are never null."""
        names = tuple(sorted(key))
        self.add_all(model, names, tuple(amounts), [(tuple([key[name] for name in names]), list(amounts.values()))])

    def add_all(
        self, model: type, key: tuple[str, ...], to: tuple[str, ...], rows: Iterable[tuple[tuple[Any, ...], list[Any]]]
    ) -> None:
        """Merge many at once: pairs of the values of ``key``, by name, and the amounts for the columns ``to``."""
        if list(key) != sorted(key):  # another order would lock the same rows in another order
            raise ProgrammingError("The columns of a key are given in the order of their names.")
        waiting = self.waiting.setdefault((model, key, to), {})
        for values, amounts in rows:
            there = waiting.get(values)
            waiting[values] = amounts if there is None else [a + b for a, b in zip(there, amounts, strict=True)]

    def write(self, session: Session) -> None:
        """Upsert what waits, tables by name, rows in key order."""
        waiting, self.waiting = self.waiting, {}
        for kept in sorted(waiting, key=lambda kept: (kept[0].__tablename__, *kept[1:])):  # type: ignore[attr-defined]
            model, key, to = kept
            names = (*key, *to)
            rows = [
                dict(zip(names, (*values, *amounts), strict=True)) for values, amounts in sorted(waiting[kept].items())
            ]
            add(session, model, rows, key=("organization_id", *key), to=to)


Kept = tuple[type, tuple[str, ...], tuple[str, ...]]
"""A model, the names of its key, and the columns that are added to."""
