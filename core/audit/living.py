"""Compare business rows with their last audited state, so that a change behind the application's back is found.

The database compares: it makes the JSON of a row by the same expression as the trigger did and looks whether the newest
audit row ends with it. Only rows that differ are looked at here, value by value.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.persistence.records import Table
from backoffice.hookspecs import messages

from .findings import Findings
from .storage import Store
from .triggers import audited_columns, part_column, row_sql

_ = messages("audit")

BATCH: Final = 500

Touched = Mapping[str, Collection[tuple[int, int]]]
"""By table, the rows to be looked at, as (subject, row)."""


@dataclass(slots=True)
class Living:
    """Compares table by table; ``rows`` counts what was compared, ``uncompared`` those whose last state was erased."""

    store: Store
    findings: Findings
    rows: int = 0
    uncompared: int = 0

    def check(self, cls: type[Table], only: Collection[tuple[int, int]] | None = None) -> None:
        """Compare every row of the table of ``cls``, or ``only`` some."""
        table = _Compared(cls, self.store)
        if only is None:
            self.rows += table.count()
            self._explain(table, table.differing())
            self._missing(table, table.gone())
            return
        for some in batches(only):
            there = table.there([row for _subject, row in some])
            self.rows += len(there)
            self._explain(table, table.differing(sorted(there)) if there else [])
            self._missing(table, [pair for pair in some if pair[1] not in there])

    def _explain(self, table: _Compared, ids: Sequence[int]) -> None:
        for some in batches(ids):
            for id_, row, operation, payload in table.details(some):
                self._explain_row(table, id_, row, operation, payload)

    def _explain_row(self, table: _Compared, id_: int, row: str, operation: str | None, payload: str | None) -> None:
        if operation is None:
            self.findings.add(table.name, id_, _("This row is there, and the audit log does not know of it."))
        elif operation == "D":
            self.findings.add(table.name, id_, _("This row is there, and the audit log says it was deleted."))
        elif payload is None:
            self.uncompared += 1
        elif changed := differing(json.loads(row), _after(payload)):
            said = _("This row is not as the audit log last saw it: {columns}.").with_values(columns=", ".join(changed))
            self.findings.add(table.name, id_, said, *changed)

    def _missing(self, table: _Compared, pairs: Sequence[tuple[int, int]]) -> None:
        for some in batches(pairs):
            for id_ in table.not_deleted(some):
                self.findings.add(table.name, id_, _("This row is gone, and the audit log did not see it deleted."))


class _Compared:
    """The questions asked about one table."""

    def __init__(self, cls: type[Table], store: Store) -> None:
        table: sa.Table = cls.__table__  # type: ignore[attr-defined]
        self.name = table.name
        self._store = store
        self._table = table
        self._row = row_sql(table, "t", store.dialect)
        self._subject = part_column(cls)
        self._columns = {column.name for column in audited_columns(table)}
        self._last = (
            f"FROM core_audit AS a WHERE a.table_name = '{self.name}' AND a.subject_id = t.{self._subject} "
            "AND a.record_id = t.id ORDER BY a.id DESC LIMIT 1"
        )

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._store.value(f"SELECT count(*) FROM {self.name}"))

    def there(self, ids: Sequence[int]) -> set[int]:
        """Return those of ``ids`` that exist."""
        return {id_ for (id_,) in self._store.rows(f"SELECT id FROM {self.name} WHERE id IN ({marks(ids)})", ids)}

    def differing(self, ids: Sequence[int] | None = None) -> list[int]:
        """Return the rows whose JSON is not what the newest audit row ends with, of ``ids`` or of all."""
        try:
            return self._differing(ids)
        except sa.exc.OperationalError:
            if self._store.dialect != "sqlite":
                raise
            self._row = row_sql(self._table, "t", "sqlite", doubtful=True)
            return self._differing(ids)

    def _differing(self, ids: Sequence[int] | None) -> list[int]:
        among = "" if ids is None else f" AND t.id IN ({marks(ids)})"
        rows = self._store.rows(
            f"SELECT t.id FROM {self.name} AS t WHERE coalesce((SELECT CASE WHEN a.operation <> 'D' "
            f"AND {self._ends_with_row()} THEN 1 END {self._last}), 0) = 0{among}",
            ids or (),
        )
        return [id_ for (id_,) in rows]

    def _ends_with_row(self) -> str:
        # What follows the first "after" can only be the row when it closes as many braces as it opens, and one more:
        # were that "after" inside of a value, it would close more.
        if self._store.dialect == "sqlite":
            return f"""substr(a.payload, instr(a.payload, '"after":')) = '"after":' || {self._row} || '}}'"""
        return f"""split_part(a.payload, '"after" : ', 2) = {self._row}::text || '}}'"""

    def details(self, ids: Sequence[int]) -> Iterator[tuple[int, str, str | None, str | None]]:
        """Yield rows as (id, JSON, last operation, payload of it)."""
        text = "" if self._store.dialect == "sqlite" else "::text"
        yield from self._store.rows(
            f"SELECT t.id, {self._row}{text}, a.operation, a.payload FROM {self.name} AS t "
            f"LEFT JOIN core_audit AS a ON a.id = (SELECT a.id {self._last}) "
            f"WHERE t.id IN ({marks(ids)}) ORDER BY t.id",
            ids,
        )

    def gone(self) -> list[tuple[int, int]]:
        """Return the rows that the log knows and the table does not, unless their last change was to be deleted."""
        return self._store.rows(
            "SELECT g.subject_id, g.record_id FROM (SELECT subject_id, record_id, max(id) AS id FROM core_audit "
            f"WHERE table_name = '{self.name}' GROUP BY subject_id, record_id) AS g "
            f"WHERE NOT EXISTS (SELECT 1 FROM {self.name} AS t WHERE t.id = g.record_id) "
            "AND (SELECT a.operation FROM core_audit AS a WHERE a.id = g.id) <> 'D'"
        )

    def not_deleted(self, pairs: Sequence[tuple[int, int]]) -> list[int]:
        """Return those of ``pairs``, rows that are gone, whose last change was not to be deleted.

        A line may have moved to another record; then its last change is found there.
        """
        ids = sorted({row for _subject, row in pairs})
        rows = self._store.rows(
            f"SELECT record_id, operation FROM core_audit WHERE table_name = '{self.name}' "
            f"AND record_id IN ({marks(ids)}){self._among_subjects(pairs)} ORDER BY id",
            ids,
        )
        return [id_ for id_, operation in dict(rows).items() if operation != "D"]

    def _among_subjects(self, pairs: Sequence[tuple[int, int]]) -> str:
        """Records are their own subjects, which the index begins with; lines may have had several."""
        if self._subject != "id":
            return ""
        return f" AND subject_id IN ({', '.join(str(int(subject)) for subject, _row in pairs)})"


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


def _after(payload: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payload).get("after", {})
    return found


def marks(values: Collection[Any]) -> str:
    """Return a ``?`` for each of ``values``."""
    return ", ".join("?" * len(values))


def batches(values: Collection[Any]) -> Iterator[list[Any]]:
    """Yield ``values`` in lists short enough for one statement."""
    rest = iter(values)
    while some := list(islice(rest, BATCH)):
        yield some
