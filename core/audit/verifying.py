"""Verify the audit log: sealed history against its seals and a checkpoint kept elsewhere, and business rows against it.

What it trusts is outside of the database: the public keys, a checkpoint kept elsewhere, and for an incremental
verification the file that says how far the last sound one came.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from backoffice.core.configuration import Configuration
from backoffice.core.errors import InvalidInput
from backoffice.core.persistence import explained
from backoffice.core.persistence.records import CoreBase, Table
from backoffice.hookspecs import messages

from . import storage
from .chain import Chain, Kept, read_kept
from .findings import Findings, Verification
from .keys import Installation, key_path, verifiers
from .living import Living, Touched
from .merkle import Frontier
from .notes import Verifier
from .reading import chunks
from .sealed import History
from .sealing import count_unsealed, overlooked, to_come
from .storage import Standing, Store
from .triggers import mapped_classes

_ = messages("audit")

PROGRESS_FILE: Final = ".verified"
"""Appended to the name of the key's file: how far the last sound verification came."""

Progress = Callable[[int, int], None]
"""``progress(done, total)`` in leaves."""


def verify(
    office: Installation,
    checkpoint: Path | str | None = None,
    incremental: bool = False,
    *,
    progress: Progress | None = None,
) -> Verification:
    """Verify the whole audit log, or with ``incremental`` what was added since the last sound verification.

    Args:
        office: the installation; nothing is written into its database.
        checkpoint: one kept elsewhere: a file, a folder (the newest in it counts) or the signed note itself. Without
            it, somebody who can write in the database could have put back an older state of all of it.
        incremental: begin where the last one ended, and compare only business rows changed since.
        progress: called with the number of leaves looked at and of all leaves.

    Returns:
        What was looked at and what was found, each finding with its table and row.

    Raises:
        InvalidInput: the checkpoint kept elsewhere is none, or not signed by a known key.
        NotFound: there is no checkpoint where one was said to be.
        ConfigurationError: a file with keys is damaged.
    """
    began = time.monotonic()
    known = verifiers(office.configuration)
    kept = [] if checkpoint is None else [read_kept(checkpoint, known)]
    start = _read_progress(office.configuration) if incremental else _Start()
    with explained(office.database), ThreadPoolExecutor(1) as beside:
        if start.tree.size:
            history = _verify_history(office, known, kept, start, progress)
            living = _compare(office, history.touched)
        else:
            comparing = beside.submit(_compare, office, None)
            history = _verify_history(office, known, kept, start, progress)
            living = comparing.result()
    if history.sound and not living.findings.listed:
        _write_progress(office.configuration, history.end)
    return _result(office, history, living, kept, start, time.monotonic() - began)


def audited_classes(office: Installation) -> list[type[Table]]:
    """Return the mapped classes of the core and of the active plugins whose tables are audited."""
    return [cls for cls in _classes(office) if cls.__audited__]


def _classes(office: Installation) -> list[type[Table]]:
    return mapped_classes({CoreBase, *office.registry.models.values()})


@contextmanager
def _snapshot(office: Installation) -> Iterator[Store]:
    with storage.looking(office.database, snapshot=True) as store:
        if store.dialect == "postgresql":
            store.run("SET LOCAL jit = off")
            store.run("SET LOCAL work_mem = '64MB'")
        yield store


# -- sealed history --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a verification begins: a tree that was found sound, and the hash of the newest note then."""

    tree: Frontier = storage.NO_TREE
    note: bytes = b""


@dataclass(frozen=True, slots=True)
class _Verified:
    """What there is to say of the sealed history."""

    findings: Findings
    size: int
    seen: int
    erased: int
    unsealed: int
    signed_at: datetime | None
    end: _Start
    touched: Touched
    unknown: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.findings.listed and self.end.tree.size == self.size


def _verify_history(
    office: Installation, known: Sequence[Verifier], kept: Sequence[Kept], start: _Start, progress: Progress | None
) -> _Verified:
    findings = Findings()
    chain = Chain(known, findings, start.note)
    history = History(start.tree, chain, kept, findings)
    with _snapshot(office) as store:
        size = max(_signed_size(store, chain), start.tree.size)
        for chunk in chunks(store, start.tree.size, size):
            history.check(chunk)
            if progress is not None:
                progress(chunk.high, size)
        _check_end(store, chain, size, kept, findings)
        standing = _check_standing(store, history, findings)
        unsealed = _check_unsealed(store, standing, history, findings)
        touched = _touched(store, standing, start.tree.size) if start.tree.size else {}
        unknown = _unknown_tables(store, {cls.__tablename__ for cls in audited_classes(office)})
    end = _Start() if history.tree is None else _Start(history.tree, chain.last)
    return _Verified(
        findings, size, history.seen, history.erased, unsealed, chain.signed_at, end, touched, unknown
    )  # fmt: skip


def _signed_size(store: Store, chain: Chain) -> int:
    """Return the size of the newest checkpoint that was really signed; whatever else claims to be larger is not."""
    before = 2**63 - 1
    while rows := store.rows(
        "SELECT size, note FROM core_checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 50", (before,)
    ):
        for _size, note in rows:
            said = chain.signed(note)
            if said is not None:
                return said.size
        before = rows[-1][0] - 1
    return 0


def _check_end(store: Store, chain: Chain, size: int, kept: Sequence[Kept], findings: Findings) -> None:
    """Check that nothing stands beyond what was signed, and that no later checkpoint was kept elsewhere."""
    beyond = store.rows("SELECT leaf_index FROM core_seal WHERE leaf_index >= ? ORDER BY 1 LIMIT 1000", (size,))
    for (place,) in beyond:
        findings.add("core_seal", place, _("This leaf is beyond the newest checkpoint."))
    chain.finish(store, size)
    for one in kept:
        if one.checkpoint.size > size:
            cut = _("The log has {size} leaves; there were {signed} when this checkpoint was signed.")
            values = {"size": size, "signed": one.checkpoint.size}
            findings.add(one.place, one.checkpoint.size, cut.with_values(**values))


def _check_standing(store: Store, history: History, findings: Findings) -> Standing:
    """Check where the sealer stands, and return it; an empty one when it makes no sense."""
    try:
        standing = storage.read_standing(store)
    except ValueError as error:
        findings.add("core_sealer", 1, _("Where the sealer stands was changed: {why}").with_values(why=str(error)))
        return Standing()
    if history.tree not in (None, standing.tree):
        findings.add("core_sealer", 1, _("The sealer's tree is not that of the leaves."), "size", "frontier")
    if standing.tree.size and not _is_last(store, standing):
        findings.add("core_sealer", 1, _("The sealer would not go on where it ended."), "audit_xid", "audit_id")
    return standing


def _is_last(store: Store, standing: Standing) -> bool:
    """Tell whether the last audit row the sealer took is one it took last."""
    if store.dialect == "sqlite":
        last = store.value("SELECT audit_id FROM core_seal WHERE leaf_index = ?", (standing.tree.size - 1,))
        return bool(last == standing.audit_id)
    taken = "SELECT 1 FROM core_audit AS a JOIN core_seal AS s ON s.audit_id = a.id WHERE a.id = ? AND a.xid = ?"
    return standing.moved or store.row(taken, (standing.audit_id, standing.audit_xid)) is not None


def _check_unsealed(store: Store, standing: Standing, history: History, findings: Findings) -> int:
    """Return how many rows the sealer has not come to; name those it never would, which were put in behind others."""
    waiting = count_unsealed(store, standing)
    rows = store.value("SELECT count(*) FROM core_audit") - store.value("SELECT count(*) FROM core_seal")
    strays = overlooked(store, standing) if rows != waiting or history.missing or findings.listed else {}
    for id_ in strays:
        findings.add("core_audit", id_, _("This audit row has no leaf, though later ones are sealed."))
    history.finish(strays)
    return waiting


def _touched(store: Store, standing: Standing, start: int) -> Touched:
    """Return the business rows that sealed history from ``start`` on, or what waits to be sealed, speaks of."""
    waiting, last = to_come(store, standing)
    columns = "a.table_name, a.subject_id, a.record_id"
    rows = store.rows(
        f"SELECT {columns} FROM core_seal AS s JOIN core_audit AS a ON a.id = s.audit_id WHERE s.leaf_index >= ? "
        f"UNION SELECT {columns} FROM {waiting}",
        (start, *last),
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for table, subject, row in rows:
        found.setdefault(table, []).append((subject, row))
    return found


def _unknown_tables(store: Store, known: set[str]) -> tuple[str, ...]:
    """Return the audited tables that no active plugin has; the names are found by stepping through the index."""
    rows = store.rows(
        "WITH RECURSIVE t(name) AS (SELECT min(table_name) FROM core_audit UNION ALL "
        "SELECT (SELECT min(table_name) FROM core_audit WHERE table_name > t.name) FROM t WHERE t.name IS NOT NULL) "
        "SELECT name FROM t WHERE name IS NOT NULL"
    )
    return tuple(name for (name,) in rows if name not in known)


# -- business rows ---------------------------------------------------------------------------------------------------


def _compare(office: Installation, touched: Touched | None) -> Living:
    """Compare business rows with their last audited state: all of them, or those ``touched``."""
    with explained(office.database), _snapshot(office) as store:
        living = Living(store, Findings())
        for cls in audited_classes(office):
            if touched is None:
                living.check(cls)
            elif cls.__tablename__ in touched:
                living.check(cls, touched[cls.__tablename__])
    return living


# -- the answer ------------------------------------------------------------------------------------------------------


def _result(
    office: Installation, history: _Verified, living: Living, kept: Sequence[Kept], start: _Start, seconds: float
) -> Verification:
    found = [*history.findings.listed, *living.findings.listed]
    return Verification(
        findings=tuple(sorted(found, key=lambda one: (one.table, one.id or 0, one.columns))),
        more=history.findings.more + living.findings.more,
        sealed=history.seen,
        size=history.size,
        unsealed=history.unsealed,
        erased=history.erased,
        rows=living.rows,
        uncompared=living.uncompared,
        signed_at=history.signed_at,
        compared_with=kept[0].checkpoint.size if kept else None,
        exempt=tuple((c.__tablename__, c.__audit_exempt__) for c in _classes(office) if not c.__audited__),
        unknown=history.unknown,
        incremental=start.tree.size > 0,
        seconds=seconds,
    )


# -- how far it came -------------------------------------------------------------------------------------------------


def _progress_path(configuration: Configuration) -> Path:
    path = key_path(configuration)
    return path.with_name(path.name + PROGRESS_FILE)


def _read_progress(configuration: Configuration) -> _Start:
    path = _progress_path(configuration)
    try:
        said = json.loads(path.read_text("ascii"))
        tree = Frontier.from_bytes(said["size"], bytes.fromhex(said["frontier"]))
        return _Start(tree, bytes.fromhex(said["checkpoint"]))
    except FileNotFoundError:
        return _Start()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            _("How far the last verification came cannot be read from {path}.").with_values(path=str(path)),
            why=str(error),
            remedy=_("Verify everything: {command}").with_values(command="backoffice audit verify"),
        ) from error


def _write_progress(configuration: Configuration, end: _Start) -> None:
    """Remember how far it came; an installation without a key has sealed nothing that could be remembered."""
    path = _progress_path(configuration)
    said = {"size": end.tree.size, "frontier": end.tree.to_bytes().hex(), "checkpoint": end.note.hex()}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(said) + "\n", "ascii")
    os.replace(unfinished, path)
