"""The sealer: takes audit rows that are not sealed yet into the Merkle tree and signs a checkpoint over them.

Which rows those are is never "id greater than the last": on PostgreSQL ids do not follow the order of commits, so rows
are taken in the order of their transactions, and only of those before every transaction still open. On SQLite there is
one writer at a time and ids do follow. Audit rows are only read; the business transaction pays for nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from backoffice.core.errors import ConfigurationError, Conflict
from backoffice.core.persistence import explained
from backoffice.hookspecs import messages

from . import storage
from .keys import Installation, key_path, load_signer, make_signer
from .leaves import leaf_sql, placed
from .merkle import Growth, leaf_hash
from .notes import Checkpoint, Signer, note_hash
from .storage import LOCK, NO_ROW, NODE_LEVELS, Standing, Store

_ = messages("audit")
log = structlog.get_logger("backoffice.audit")

LATE: Final = timedelta(minutes=1)
"""How old the oldest unsealed row may be before someone is told."""
BATCH: Final = 1000

_SETTLED: Final = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
"""On PostgreSQL, every transaction with a smaller number has ended, and its rows can be seen."""
_NO_SEAL: Final = "NOT EXISTS (SELECT 1 FROM core_seal AS s WHERE s.audit_id = a.id)"


@dataclass(frozen=True, slots=True)
class _Picked:
    """Audit rows to be sealed next, as (id, leaf without its place), and where the sealer stands after them."""

    rows: Sequence[tuple[int, str]]
    xid: int
    id: int
    cluster: str


def seal(office: Installation, limit: int = BATCH) -> int:
    """Seal at most ``limit`` audit rows and sign a checkpoint; return how many, 0 when there is nothing to do.

    Any number of processes may call it at the same time: one seals, the others return 0.

    Raises:
        ConfigurationError: there are checkpoints, but the key that signs is not here or cannot be used.
        Conflict: the sealer's tables contradict each other; `backoffice audit verify` tells what was changed.
    """
    with explained(office.database):
        while (planned := _plan(office, limit)) is not None:
            if (sealed := _carry_out(office, *planned)) is not None:
                return sealed
    return 0


def _plan(office: Installation, limit: int) -> tuple[Standing, _Picked] | None:
    """Read what is to be sealed, without holding back anybody who writes."""
    with storage.looking(office.database) as store:
        standing = _checked_standing(store)
        picked = _pick(store, standing, limit)
    return None if picked is None else (standing, picked)


def _checked_standing(store: Store) -> Standing:
    """Return where the sealer stands; refuse to go on from what is not the tree signed last."""
    try:
        return storage.read_standing(store)
    except ValueError as error:
        raise _contradiction(str(error)) from error


def _contradiction(why: str) -> Conflict:
    return Conflict(
        _("The audit log cannot be sealed any further."),
        why=why,
        remedy=_("Run: {command}").with_values(command="backoffice audit verify"),
    )


# -- picking ---------------------------------------------------------------------------------------------------------


def _pick(store: Store, standing: Standing, limit: int) -> _Picked | None:
    if store.dialect == "sqlite":
        rows = store.rows(
            f"SELECT a.id, {leaf_sql('sqlite', 'a')} FROM core_audit AS a WHERE a.id > ? ORDER BY a.id LIMIT ?",
            (standing.audit_id, limit),
        )
        return _Picked(rows, 0, rows[-1][0], "") if rows else None
    return _pick_by_transaction(store, standing, limit)


def _pick_by_transaction(store: Store, standing: Standing, limit: int) -> _Picked | None:
    cluster = _cluster(store)
    if standing.cluster not in ("", cluster):
        return _pick_after_a_move(store, standing, limit, cluster)
    rows = store.rows(
        f"SELECT a.xid, a.id, {leaf_sql('postgresql', 'a')} FROM core_audit AS a "
        f"WHERE (a.xid, a.id) > (?, ?) AND a.xid < {_SETTLED} ORDER BY a.xid, a.id LIMIT ?",
        (standing.audit_xid, standing.audit_id, limit),
    )
    if not rows:
        return None
    ids = [id_ for _xid, id_, _text in rows]
    near = store.rows("SELECT audit_id FROM core_seal WHERE audit_id BETWEEN ? AND ?", (min(ids), max(ids)))
    sealed = {id_ for (id_,) in near}
    fresh = [(id_, text) for _xid, id_, text in rows if id_ not in sealed]
    return _Picked(fresh, rows[-1][0], rows[-1][1], cluster)


def _pick_after_a_move(store: Store, standing: Standing, limit: int, cluster: str) -> _Picked:
    """Pick in a database that was restored into another cluster, whose transactions are counted anew.

    What the rows say of their transactions means nothing here. So every row without a seal is taken; when none is left,
    counting goes on from the transactions that were open before that was asked, which may have rows to come.
    """
    begin = store.value(f"SELECT {_SETTLED} - 1")
    rows = store.rows(
        f"SELECT a.id, {leaf_sql('postgresql', 'a')} FROM core_audit AS a WHERE {_NO_SEAL} ORDER BY a.id LIMIT ?",
        (limit,),
    )
    if rows:
        return _Picked(rows, standing.audit_xid, standing.audit_id, standing.cluster)
    return _Picked([], begin, NO_ROW, cluster)


# -- sealing ---------------------------------------------------------------------------------------------------------


def _carry_out(office: Installation, standing: Standing, picked: _Picked) -> int | None:
    """Write leaves, nodes and checkpoint; nothing is returned when only the place to go on from has changed."""
    first = standing.tree.size
    hashes = [leaf_hash(placed(text, at)) for at, (_id, text) in enumerate(picked.rows, first)]
    growth = standing.tree.grow(hashes)
    after = replace(
        standing,
        tree=growth.after,
        audit_xid=picked.xid,
        audit_id=picked.id,
        cluster=picked.cluster or standing.cluster,
    )
    signer = _signer(office, fresh=first == 0) if hashes else None
    with storage.writing(office.database) as store:
        if not _alone(store) or _checked_standing(store) != standing:
            return 0
        if signer is not None:
            _append(store, [id_ for id_, _text in picked.rows], hashes, growth)
            _sign(store, growth, signer, office.clock.now())
        storage.write_standing(store, after)
    if hashes:
        log.debug("audit rows sealed", rows=len(hashes), size=growth.size)
    return len(hashes) or None


def _signer(office: Installation, fresh: bool) -> Signer:
    signer = load_signer(office.configuration)
    if signer is not None:
        return signer
    if fresh:
        return make_signer(office.configuration)
    raise ConfigurationError(
        _("The key of the audit log is not at {path}.").with_values(path=str(key_path(office.configuration))),
        why=_("Checkpoints were signed with it before; a new one would look like a forgery."),
        remedy=_("Bring it back from its copy, or name its place: key_file in the section [audit]."),
    )


def _alone(store: Store) -> bool:
    """Tell whether no other process seals now; on SQLite the transaction itself says so."""
    return store.dialect == "sqlite" or bool(store.value("SELECT pg_try_advisory_xact_lock(?)", (LOCK,)))


def _append(store: Store, ids: Sequence[int], hashes: Sequence[bytes], growth: Growth) -> None:
    store.add_leaves(growth.before.size, ids, hashes)
    levels = range(NODE_LEVELS, growth.size.bit_length(), NODE_LEVELS)
    store.add(
        "core_seal_node",
        {"level": "int", "position": "bigint", "hash": "bytea"},
        [(level, position, hash_) for level in levels for position, hash_ in growth.nodes(level)],
    )


def _sign(store: Store, growth: Growth, signer: Signer, at: datetime) -> None:
    newest = storage.newest_checkpoint(store)
    checkpoint = Checkpoint(
        signer.name,
        growth.size,
        growth.after.root,
        storage.instant_text(at),
        b"" if newest is None else note_hash(newest[2]),
    )
    store.add(
        "core_checkpoint",
        {"size": "bigint", "root": "bytea", "at": "timestamptz", "note": "text"},
        [(checkpoint.size, checkpoint.root, storage.instant_in(store, at), signer.sign(checkpoint.to_text()))],
    )


# -- what waits ------------------------------------------------------------------------------------------------------


def to_come(store: Store, standing: Standing) -> tuple[str, tuple[int, ...]]:
    """Return the SQL of the audit rows, called ``a``, that the sealer has not come to, and its parameters."""
    if store.dialect == "sqlite":
        return "core_audit AS a WHERE a.id > ?", (standing.audit_id,)
    if standing.cluster not in ("", _cluster(store)):
        return f"core_audit AS a WHERE {_NO_SEAL}", ()
    # A number that was not given yet is from the cluster this database lay in before.
    given = "a.xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
    return f"core_audit AS a WHERE (a.xid, a.id) > (?, ?) AND {given} AND {_NO_SEAL}", (
        standing.audit_xid,
        standing.audit_id,
    )


def oldest_unsealed(store: Store, standing: Standing) -> datetime | None:
    """Return when the oldest audit row was written that the sealer has not come to, or nothing."""
    waiting, last = to_come(store, standing)
    order = "a.id" if store.dialect == "sqlite" else "a.xid, a.id"
    at = store.value(f"SELECT a.at FROM {waiting} ORDER BY {order} LIMIT 1", last)
    return None if at is None else storage.instant_out(at)


def count_unsealed(store: Store, standing: Standing) -> int:
    """Return how many audit rows the sealer has not come to."""
    waiting, last = to_come(store, standing)
    return int(store.value(f"SELECT count(*) FROM {waiting}", last))


def overlooked(store: Store, standing: Standing, limit: int = 100) -> dict[int, str]:
    """Return audit rows without a seal that the sealer would never come to, as id → text of the leaf, not placed."""
    waiting, last = to_come(store, standing)
    rows = store.rows(
        f"SELECT a.id, {leaf_sql(store.dialect, 'a')} FROM core_audit AS a WHERE {_NO_SEAL} "
        f"AND a.id NOT IN (SELECT a.id FROM {waiting}) ORDER BY a.id LIMIT ?",
        (*last, limit),
    )
    return dict(rows)


def _cluster(store: Store) -> str:
    return str(store.value("SELECT system_identifier::text FROM pg_control_system()"))


__all__ = ["BATCH", "LATE", "count_unsealed", "oldest_unsealed", "overlooked", "seal", "to_come"]
