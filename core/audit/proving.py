"""Proofs for one's own audit rows: that a row is in the log, and that a later log only adds to an earlier one.

A proof holds hashes alone, so it tells nothing about the rows of other organisations in the same tree. Whoever has the
verifier key checks it without this program: :func:`check_inclusion` says how.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.persistence import explained
from backoffice.hookspecs import messages

from . import merkle, storage
from .keys import Installation
from .leaves import leaf_sql
from .merkle import Node
from .notes import Checkpoint, Note, Verifier
from .storage import NODE_LEVELS, Store

_ = messages("audit")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an audit row is leaf ``index`` of the tree whose checkpoint is ``note``."""

    audit_id: int
    index: int
    leaf: str
    """The text of the leaf: the row's metadata and the digest of its salted payload."""
    size: int
    path: tuple[bytes, ...]
    note: str

    def to_plain(self) -> dict[str, Any]:
        """Return it as values of JSON; hashes in base64."""
        return {
            "audit_id": self.audit_id,
            "leaf_index": self.index,
            "leaf": self.leaf,
            "tree_size": self.size,
            "proof": _encoded(self.path),
            "checkpoint": self.note,
        }


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the tree of ``new`` leaves, whose checkpoint is ``note``, begins with that of ``old`` leaves."""

    old: int
    new: int
    path: tuple[bytes, ...]
    note: str

    def to_plain(self) -> dict[str, Any]:
        """Return it as values of JSON; hashes in base64."""
        return {"old_size": self.old, "new_size": self.new, "proof": _encoded(self.path), "checkpoint": self.note}


def prove_inclusion(office: Installation, audit_id: int, *, organization_id: int | None = None) -> InclusionProof:
    """Return the proof that the audit row ``audit_id`` is in the log, up to the newest checkpoint.

    With ``organization_id`` only a row of that organisation is found. Raises :class:`NotFound` when there is none, or
    when it is not sealed yet.
    """
    with explained(office.database), storage.looking(office.database, snapshot=True) as store:
        row = store.row(
            f"SELECT s.leaf_index, {leaf_sql(store.dialect, 'a', 's.leaf_index')}, a.organization_id "
            "FROM core_seal AS s JOIN core_audit AS a ON a.id = s.audit_id WHERE s.audit_id = ?",
            (audit_id,),
        )
        if row is None or organization_id not in (None, row[2]):
            raise NotFound(
                _("There is no sealed audit row {id}.").with_values(id=audit_id),
                remedy=_("A row is sealed a moment after it was written, as long as a worker runs."),
            )
        size, note = _newest(store)
        return InclusionProof(
            audit_id, row[0], row[1], size, tuple(merkle.inclusion_proof(row[0], size, _nodes(store, size))), note
        )


def prove_consistency(office: Installation, old: int) -> ConsistencyProof:
    """Return the proof that the newest checkpoint only adds to the log as it was with ``old`` leaves.

    Raises :class:`InvalidInput` when there never were so many.
    """
    with explained(office.database), storage.looking(office.database, snapshot=True) as store:
        new, note = _newest(store)
        if not 0 <= old <= new:
            raise InvalidInput(_("The log has {size} leaves.").with_values(size=new))
        return ConsistencyProof(old, new, tuple(merkle.consistency_proof(old, new, _nodes(store, new))), note)


def _newest(store: Store) -> tuple[int, str]:
    newest = storage.newest_checkpoint(store)
    if newest is None:
        raise NotFound(
            _("Nothing was sealed yet."), remedy=_("Run: {command}").with_values(command="backoffice worker")
        )
    return newest[0], newest[2]


def _nodes(store: Store, size: int) -> Node:
    """Return the function that gives roots of complete subtrees, from the largest stored ones that make them up."""

    def node(level: int, position: int) -> bytes:
        stored = level - level % NODE_LEVELS
        low, high = position << (level - stored), (position + 1) << (level - stored)
        tree = merkle.Frontier().grow(_stored(store, stored, low, high)).after
        if len(tree.peaks) != 1:
            raise NotFound(
                _("The seals are not complete."),
                remedy=_("Run: {command}").with_values(command="backoffice audit verify"),
            )
        return tree.root

    return node


def _stored(store: Store, level: int, low: int, high: int) -> list[bytes]:
    if level == 0:
        rows = store.rows(
            "SELECT leaf_hash FROM core_seal WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index", (low, high)
        )
    else:
        rows = store.rows(
            "SELECT hash FROM core_seal_node WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
            (level, low, high),
        )
    return [bytes(hash_) for (hash_,) in rows]


# -- checking --------------------------------------------------------------------------------------------------------


def check_inclusion(proof: InclusionProof, verifiers: Sequence[Verifier]) -> bool:
    """Tell whether ``proof`` is right: the checkpoint is signed, and the leaf leads to its root."""
    said = _signed(proof.note, verifiers)
    return (
        said is not None
        and said.size == proof.size
        and merkle.verify_inclusion(
            merkle.leaf_hash(proof.leaf.encode()), proof.index, proof.size, proof.path, said.root
        )
    )


def check_consistency(proof: ConsistencyProof, old: Checkpoint, verifiers: Sequence[Verifier]) -> bool:
    """Tell whether ``proof`` is right for the checkpoint ``old`` that one has kept."""
    said = _signed(proof.note, verifiers)
    return (
        said is not None
        and (old.size, said.size) == (proof.old, proof.new)
        and merkle.verify_consistency(proof.old, proof.new, old.root, said.root, proof.path)
    )


def inclusion_from(plain: Mapping[str, Any]) -> InclusionProof:
    """Return the proof that :meth:`InclusionProof.to_plain` wrote; raises :class:`InvalidInput` when it is none."""
    try:
        return InclusionProof(
            int(plain["audit_id"]), int(plain["leaf_index"]), str(plain["leaf"]), int(plain["tree_size"]),
            tuple(base64.b64decode(hash_, validate=True) for hash_ in plain["proof"]), str(plain["checkpoint"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(_("This is not a proof."), why=str(error)) from error


def _signed(note: str, verifiers: Sequence[Verifier]) -> Checkpoint | None:
    try:
        parsed = Note.parse(note)
        return Checkpoint.parse(parsed.text) if parsed.signed_by(verifiers) is not None else None
    except ValueError:
        return None


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(hash_).decode() for hash_ in hashes]
