"""Compare business rows with their last audited state, so that a change behind the application's back is found.

The database compares: it makes the JSON of a row by the same expression as the trigger did and looks whether the newest
audit row ends with it. Only rows that differ are looked at here, value by value.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final, Literal

import sqlalchemy as sa

from backoffice.core.persistence.records import Table
from backoffice.hookspecs import messages

from .findings import Findings
from .storage import Store
from .triggers import last_audited, row_sql

_ = messages("audit")

BATCH: Final = 500

Touched = Mapping[str, Collection[tuple[int, int]]]
"""By table, the rows to be looked at, as (subject, row)."""
What = Literal["unknown", "deleted", "erased", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Stray:
    """A row that is not as the log last saw it: the log does not know it, saw it deleted, its last state was erased,
    these ``columns`` were changed, or it is gone though the log did not see it deleted.
    """

    id: int
    what: What
    columns: tuple[str, ...] = ()


@dataclass(slots=True)
class Living:
    """Compares table by table; ``rows`` counts what was compared, ``uncompared`` those whose last state was erased."""

    store: Store
    findings: Findings
    rows: int = 0
    uncompared: int = 0

    def check(self, cls: type[Table], only: Collection[tuple[int, int]] | None = None) -> None:
        """Compare every row of the table of ``cls``, or ``only`` some."""
        table = Compared(cls, self.store)
        if only is None:
            self.rows += table.count()
            self._name(table.name, table.strays())
            return
        for some in batches(only):
            there = table.there([row for _subject, row in some])
            self.rows += len(there)
            self._name(table.name, table.strays_among(there, some))

    def _name(self, table: str, strays: Iterable[Stray]) -> None:
        for stray in strays:
            if stray.what == "erased":
                self.uncompared += 1
            else:
                said = _SAID[stray.what].with_values(columns=", ".join(stray.columns))
                self.findings.add(table, stray.id, said, *stray.columns)


_SAID: Final = {
    "unknown": _("This row is there, and the audit log does not know of it."),
    "deleted": _("This row is there, and the audit log says it was deleted."),
    "changed": _("This row is not as the audit log last saw it: {columns}."),
    "gone": _("This row is gone, and the audit log did not see it deleted."),
}


class Compared:
    """The questions asked about one table.

    ``columns`` are those the table has, where it does not have all of its class; ``added`` says that a column the log
    does not know yet counts as changed unless it is empty.
    """

    def __init__(
        self, cls: type[Table], store: Store, *, columns: Collection[str] | None = None, added: bool = False
    ) -> None:
        self.cls = cls
        self.name = cls.__tablename__
        self._store = store
        self._table = _with_columns(cls, columns)
        self._row = row_sql(self._table, "t", store.dialect)
        self._added = added

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._store.value(f"SELECT count(*) FROM {self.name}"))

    def there(self, ids: Sequence[int]) -> set[int]:
        """Return those of ``ids`` that exist."""
        return {id_ for (id_,) in self._store.rows(f"SELECT id FROM {self.name} WHERE id IN ({marks(ids)})", ids)}

    def strays(self) -> Iterator[Stray]:
        """Yield the rows that are not as the log last saw them."""
        for some in batches(self._differing()):
            yield from self._looked_at(some)
        for pairs in batches(self._gone()):
            yield from self._not_deleted(pairs)

    def strays_among(self, there: Collection[int], pairs: Sequence[tuple[int, int]]) -> Iterator[Stray]:
        """Yield those of ``pairs`` that are not as the log last saw them; ``there`` are the rows that exist."""
        if there:
            yield from self._looked_at(self._differing(sorted(there)))
        if gone := [pair for pair in pairs if pair[1] not in there]:
            yield from self._not_deleted(gone)

    # -- rows that are there -----------------------------------------------------------------------------------

    def _differing(self, ids: Sequence[int] | None = None) -> list[int]:
        """Return the rows whose JSON is not what the newest audit row ends with, of ``ids`` or of all."""
        try:
            return self._compared(ids)
        except sa.exc.OperationalError:
            if self._store.dialect != "sqlite":
                raise
            self._row = row_sql(self._table, "t", "sqlite", doubtful=True)
            return self._compared(ids)

    def _compared(self, ids: Sequence[int] | None) -> list[int]:
        same = f"CASE WHEN a.operation <> 'D' AND {self._ends_with_row()} THEN 1 END"
        among = "" if ids is None else f" AND t.id IN ({marks(ids)})"
        rows = self._store.rows(
            f"SELECT t.id FROM {self.name} AS t WHERE coalesce({last_audited(self.cls, same)}, 0) = 0{among}", ids or ()
        )
        return [id_ for (id_,) in rows]

    def _ends_with_row(self) -> str:
        # What follows the first "after" can only be the row when it closes as many braces as it opens, and one more:
        # were that "after" inside of a value, it would close more.
        if self._store.dialect == "sqlite":
            return f"""substr(a.payload, instr(a.payload, '"after":')) = '"after":' || {self._row} || '}}'"""
        return f"""split_part(a.payload, '"after" : ', 2) = {self._row}::text || '}}'"""

    def _looked_at(self, ids: Sequence[int]) -> Iterator[Stray]:
        if not ids:
            return
        text = "" if self._store.dialect == "sqlite" else "::text"
        rows = self._store.rows(
            f"SELECT t.id, {self._row}{text}, a.operation, a.payload FROM {self.name} AS t "
            f"LEFT JOIN core_audit AS a ON a.id = {last_audited(self.cls, 'a.id')} "
            f"WHERE t.id IN ({marks(ids)}) ORDER BY t.id",
            ids,
        )
        for id_, row, operation, payload in rows:
            if (stray := self._stray(id_, row, operation, payload)) is not None:
                yield stray

    def _stray(self, id_: int, row: str, operation: str | None, payload: str | None) -> Stray | None:
        if operation is None:
            return Stray(id_, "unknown")
        if operation == "D":
            return Stray(id_, "deleted")
        if payload is None:
            return Stray(id_, "erased")
        now, last = json.loads(row), _after(payload)
        changed = differing(now, last)
        if self._added:
            changed += [name for name, value in now.items() if name not in last and value is not None]
        return Stray(id_, "changed", tuple(changed)) if changed else None

    # -- rows that are gone ------------------------------------------------------------------------------------

    def _gone(self) -> list[tuple[int, int]]:
        """Return the rows that the log knows and the table does not, unless their last change was to be deleted."""
        return self._store.rows(
            "SELECT g.subject_id, g.record_id FROM (SELECT subject_id, record_id, max(id) AS id FROM core_audit "
            f"WHERE table_name = '{self.name}' GROUP BY subject_id, record_id) AS g "
            f"WHERE NOT EXISTS (SELECT 1 FROM {self.name} AS t WHERE t.id = g.record_id) "
            "AND (SELECT a.operation FROM core_audit AS a WHERE a.id = g.id) <> 'D'"
        )

    def _not_deleted(self, pairs: Sequence[tuple[int, int]]) -> Iterator[Stray]:
        """Yield those of ``pairs``, rows that are gone, whose last change was not to be deleted.

        A line may have moved to another record; then its last change is found there.
        """
        ids = sorted({row for _subject, row in pairs})
        rows = self._store.rows(
            f"SELECT record_id, operation FROM core_audit WHERE table_name = '{self.name}' "
            f"AND record_id IN ({marks(ids)}){self._among_subjects(pairs)} ORDER BY id",
            ids,
        )
        yield from (Stray(id_, "gone") for id_, operation in dict(rows).items() if operation != "D")

    def _among_subjects(self, pairs: Sequence[tuple[int, int]]) -> str:
        """Records are their own subjects, which the index begins with; lines may have had several."""
        if self.cls.__part_of__:
            return ""
        return f" AND subject_id IN ({', '.join(str(int(subject)) for subject, _row in pairs)})"


def _with_columns(cls: type[Table], columns: Collection[str] | None) -> sa.Table:
    table: sa.Table = cls.__table__  # type: ignore[attr-defined]
    if columns is None:
        return table
    there = [sa.Column(c.name, c.type, info=c.info) for c in table.columns if c.name in columns]
    return sa.Table(table.name, sa.MetaData(), *there)


def differing(row: Mapping[str, Any], last: Mapping[str, Any]) -> list[str]:
    """Return the columns that a row and its last audited state share and that do not say the same."""
    return [name for name, value in row.items() if name in last and not same(value, last[name])]


def same(one: Any, other: Any) -> bool:
    """Tell whether two values of JSON are the same; instants may be written in two zones."""
    if one == other and type(one) is type(other):
        return True
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
        return first.tzinfo is not None and second.tzinfo is not None and first == second
    except (TypeError, ValueError):
        return False


def _after(payload: Any) -> dict[str, Any]:
    """Return the state an audit row left behind; nothing of one that was tampered with, which is found elsewhere."""
    try:
        found = json.loads(payload)["after"]
    except (ValueError, TypeError, KeyError):
        return {}
    return found if isinstance(found, dict) else {}


def marks(values: Collection[Any]) -> str:
    """Return a ``?`` for each of ``values``."""
    return ", ".join("?" * len(values))


def batches(values: Collection[Any]) -> Iterator[list[Any]]:
    """Yield ``values`` in lists short enough for one statement."""
    rest = iter(values)
    while some := list(islice(rest, BATCH)):
        yield some
