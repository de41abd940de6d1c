"""Read sealed history for verification: the leaves chunk by chunk, with everything that is said about them.

On PostgreSQL the next chunk is read while one is checked; on SQLite reading is work of the same processor.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from .leaves import leaf_sql
from .storage import NODE_LEVELS, Store

LEAVES: Final = 8192
"""Leaves that are read at a time."""

Leaf = tuple[int, int, bytes, bytes | None, bytes | None]
"""Place, audit row, stored hash, text of the leaf and salted payload, the last two empty where there is none."""
StoredCheckpoint = tuple[int, bytes, Any, str]
"""Size, root, instant as the driver gives it, note."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The leaves at the places from ``low`` to before ``high``, and what else is stored about them."""

    low: int
    high: int
    leaves: Sequence[Leaf]
    checkpoints: Sequence[StoredCheckpoint]
    nodes: Mapping[tuple[int, int], bytes]
    """Roots of subtrees that end here, by level and position."""
    erased: frozenset[int]
    """Audit rows without payload and salt whose erasure is on record."""


def chunks(store: Store, start: int, size: int) -> Iterator[Chunk]:
    """Yield the leaves from place ``start`` to before ``size``. Nobody else may use ``store`` meanwhile."""
    read = (_read(store, low, min(low + LEAVES, size)) for low in range(start, size, LEAVES))
    return _ahead(read) if store.dialect == "postgresql" else read


def _read(store: Store, low: int, high: int) -> Chunk:
    leaves = _read_leaves(store, low, high)
    checkpoints = store.rows(
        "SELECT size, root, at, note FROM core_checkpoint WHERE size > ? AND size <= ? ORDER BY size", (low, high)
    )
    empty = [id_ for _place, id_, _hash, text, payload in leaves if payload is None and text is not None]
    return Chunk(
        low,
        high,
        leaves,
        readable(checkpoints),
        _read_nodes(store, low, high),
        _read_erased(store, empty),
    )


def _read_leaves(store: Store, low: int, high: int) -> list[Leaf]:
    if store.dialect == "postgresql":
        return _select_leaves(store, low, high, "convert_to({}, 'UTF8')", leaf_sql("postgresql", "a", "s.leaf_index"))
    try:
        return _select_leaves(store, low, high, "CAST({} AS BLOB)", leaf_sql("sqlite", "a", "s.leaf_index"))
    except sa.exc.OperationalError:
        leaf = leaf_sql("sqlite", "a", "s.leaf_index", doubtful=True)
        return _select_leaves(store, low, high, "CAST({} AS BLOB)", leaf)


def _select_leaves(store: Store, low: int, high: int, as_bytes: str, leaf: str) -> list[Leaf]:
    return store.rows_of_bytes(
        f"SELECT s.leaf_index, s.audit_id, s.leaf_hash, CASE WHEN a.id IS NOT NULL THEN {as_bytes.format(leaf)} END, "
        f"{as_bytes.format('a.salt || a.payload')} FROM core_seal AS s LEFT JOIN core_audit AS a ON a.id = s.audit_id "
        "WHERE s.leaf_index >= ? AND s.leaf_index < ? ORDER BY s.leaf_index",
        (low, high),
    )


def _read_nodes(store: Store, low: int, high: int) -> dict[tuple[int, int], bytes]:
    found = {}
    for level in range(NODE_LEVELS, high.bit_length(), NODE_LEVELS):
        rows = store.rows(
            "SELECT position, hash FROM core_seal_node WHERE level = ? AND position >= ? AND position < ?",
            (level, low >> level, high >> level),
        )
        found.update({(level, position): _bytes(hash_) for position, hash_ in rows})
    return found


def _read_erased(store: Store, ids: Sequence[int]) -> frozenset[int]:
    found: set[int] = set()
    for at in range(0, len(ids), 500):
        some = ids[at : at + 500]
        rows = store.rows(
            "SELECT a.id FROM core_audit AS a JOIN core_erasure AS e ON e.audit_id = a.id "
            f"WHERE a.payload IS NULL AND a.salt IS NULL AND a.id IN ({', '.join('?' * len(some))})",
            some,
        )
        found.update(id_ for (id_,) in rows)
    return frozenset(found)


def readable(rows: Sequence[tuple[Any, ...]]) -> list[StoredCheckpoint]:
    """Return stored checkpoints with values of the types they should have."""
    return [(size, _bytes(root), at, note if isinstance(note, str) else "") for size, root, at, note in rows]


def _bytes(stored: Any) -> bytes:
    """Return a hash, or nothing when something else was put in its place; SQLite takes any type."""
    return stored if isinstance(stored, bytes) else b""


# -- reading ahead ---------------------------------------------------------------------------------------------------


def _ahead(read: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield what ``read`` gives, which runs in a thread of its own, one chunk ahead."""
    filled: queue.Queue[Chunk | BaseException | None] = queue.Queue(1)
    wanted = threading.Event()
    wanted.set()
    thread = threading.Thread(target=_fill, args=(read, filled, wanted.is_set), daemon=True)
    thread.start()
    try:
        while (chunk := filled.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk
    finally:
        wanted.clear()
        while thread.is_alive():
            _drain(filled)
            thread.join(0.01)


def _fill(read: Iterator[Chunk], filled: queue.Queue[Chunk | BaseException | None], wanted: Callable[[], bool]) -> None:
    try:
        for chunk in read:
            filled.put(chunk)
            if not wanted():
                return
        filled.put(None)
    except BaseException as error:
        # It is raised where the chunks are used.
        filled.put(error)


def _drain(filled: queue.Queue[Chunk | BaseException | None]) -> None:
    try:
        filled.get_nowait()
    except queue.Empty:
        return
