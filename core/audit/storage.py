"""Where the seals lie: reading and writing the sealer's tables in plain SQL, the same on SQLite and PostgreSQL.

These tables belong to the whole installation, not to an organisation, and are read by the million: no ORM here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.persistence import Database
from backoffice.core.persistence.scoping import CHECKED

from .merkle import Frontier

LOCK: Final = 7_203_615
"""Key of the advisory lock that one sealer at a time holds on PostgreSQL."""
NODE_LEVELS: Final = 8
"""The roots of subtrees are kept on every so many levels."""


class Store:
    """A connection in a transaction, spoken to in SQL with ``?`` for parameters; it sees every organisation."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query as plain tuples."""
        cursor = self._do(self._marked(statement), tuple(parameters)).cursor
        return [] if cursor is None else list(cursor.fetchall())

    def rows_of_bytes(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query with much in bytes; PostgreSQL sends them as they are instead of as text."""
        driver: Any = self._connection.connection.driver_connection
        cursor = driver.cursor(binary=True) if self.dialect == "postgresql" else driver.cursor()
        statement = self._marked(statement)
        try:
            return list(cursor.execute(statement, tuple(parameters)).fetchall())
        except self._connection.dialect.loaded_dbapi.Error as error:
            raise sa.exc.OperationalError(statement, parameters, error) from error

    def row(self, statement: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, or nothing."""
        rows = self.rows(statement, parameters)
        return rows[0] if rows else None

    def value(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the first value of the first row."""
        row = self.row(statement, parameters)
        return None if row is None else row[0]

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that answers nothing."""
        self._do(self._marked(statement), tuple(parameters))

    def add(self, table: str, columns: dict[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert ``rows`` in one statement; ``columns`` are their names with the type on PostgreSQL."""
        if not rows:
            return
        names = ", ".join(columns)
        if self.dialect == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
            statement = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})"
            self._do(statement, tuple(map(list, zip(*rows, strict=True))))
            return
        marks = ", ".join("?" * len(columns))
        self._do(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))

    def add_leaves(self, first: int, ids: Sequence[int], hashes: Sequence[bytes]) -> None:
        """Insert leaves at the places from ``first`` on; there are many, so they go as two values to PostgreSQL."""
        if self.dialect != "postgresql":
            leaves = [(first + at, id_, hash_) for at, (id_, hash_) in enumerate(zip(ids, hashes, strict=True))]
            self.add("core_seal", {"leaf_index": "bigint", "audit_id": "bigint", "leaf_hash": "bytea"}, leaves)
            return
        self._do(
            "INSERT INTO core_seal (leaf_index, audit_id, leaf_hash) "
            "SELECT %s + n - 1, id, substring(hashes FROM (n * 32 - 31)::int FOR 32) "
            "FROM unnest(%s::bigint[]) WITH ORDINALITY AS u(id, n), (SELECT %b::bytea AS hashes) AS h",
            (first, "{" + ",".join(map(str, ids)) + "}", b"".join(hashes)),
        )

    def _do(self, statement: str, parameters: Any) -> sa.CursorResult[Any]:
        # The option is given with each statement: set on the connection it would stay there.
        return self._connection.exec_driver_sql(statement, parameters, execution_options={CHECKED: True})

    def _marked(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.dialect == "postgresql" else statement


@contextmanager
def looking(database: Database, *, snapshot: bool = False) -> Iterator[Store]:
    """Give a store that reads: one ``snapshot``, or the primary as it is at each statement."""
    engine = database.read_engine if snapshot or database.dialect == "sqlite" else database.write_engine
    with engine.connect() as connection:
        yield Store(connection)


@contextmanager
def writing(database: Database) -> Iterator[Store]:
    """Give a store that writes; committed when the block ends."""
    with database.write_engine.begin() as connection:
        yield Store(connection)


# -- where the sealer stands -----------------------------------------------------------------------------------------

NO_TREE: Final = Frontier()
NO_ROW: Final = 2**63 - 1
"""Greater than the id of any audit row."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the sealer stands: the tree so far, the last audit row it took, and in which cluster."""

    tree: Frontier = NO_TREE
    audit_xid: int = 0
    audit_id: int = 0
    cluster: str = ""

    @property
    def moved(self) -> bool:
        """Whether it goes on from the beginning of a transaction, in a cluster the database was moved to."""
        return self.audit_id == NO_ROW


def read_standing(store: Store) -> Standing:
    """Return where the sealer stands; raises :class:`ValueError` when what is stored makes no sense.

    It makes none when the tree is not the one that was signed last: nobody may sign on top of such a tree.
    """
    row = store.row(_STANDING)
    if row is None:
        raise ValueError("A checkpoint was signed, but where the sealer stands is gone.")
    size, frontier, xid, audit_id, cluster, signed, root = row
    if size is None:
        return Standing()
    tree = Frontier.from_bytes(size, bytes(frontier))
    if signed != size or bytes(root) != tree.root:
        raise ValueError(f"The sealer's tree of {size} leaves is not that of the newest checkpoint.")
    return Standing(tree, xid, audit_id, cluster)


_NEWEST: Final = "SELECT size, root FROM core_checkpoint ORDER BY size DESC LIMIT 1"
# One statement, so that a sealer at work beside us is seen before or after, and not in between.
_STANDING: Final = (
    "SELECT s.size, s.frontier, s.audit_xid, s.audit_id, s.cluster, c.size, c.root FROM (SELECT 1 AS one) AS o "
    f"LEFT JOIN core_sealer AS s ON s.id = o.one LEFT JOIN ({_NEWEST}) AS c ON 1 = 1 "
    "WHERE s.id IS NOT NULL OR c.size IS NULL"
)


def write_standing(store: Store, standing: Standing) -> None:
    """Remember where the sealer stands now."""
    store.run(
        "INSERT INTO core_sealer (id, size, frontier, audit_xid, audit_id, cluster) VALUES (1, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET size = excluded.size, frontier = excluded.frontier, "
        "audit_xid = excluded.audit_xid, audit_id = excluded.audit_id, cluster = excluded.cluster",
        (standing.tree.size, standing.tree.to_bytes(), standing.audit_xid, standing.audit_id, standing.cluster),
    )


def newest_checkpoint(store: Store) -> tuple[int, bytes, str] | None:
    """Return size, root and note of the newest checkpoint."""
    row = store.row("SELECT size, root, note FROM core_checkpoint ORDER BY size DESC LIMIT 1")
    return None if row is None else (row[0], bytes(row[1]), row[2])


# -- instants --------------------------------------------------------------------------------------------------------


def instant_text(at: datetime) -> str:
    """Return ``at`` as checkpoints write it: UTC, with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_in(store: Store, at: datetime) -> Any:
    """Return ``at`` as the driver stores it in a column of type Instant."""
    at = at.astimezone(UTC)
    return at if store.dialect == "postgresql" else at.strftime("%Y-%m-%d %H:%M:%S.%f")


def instant_out(value: Any) -> datetime:
    """Return what the driver read from a column of type Instant, in UTC with zone."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
