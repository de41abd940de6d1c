"""Check sealed history: payloads against digests, rows against leaves, leaves against the roots that were signed.

A leaf that does not fit its row says that one of the two was changed; which one, the next checkpoint tells. The tree is
therefore built twice where they differ, over the leaves as they follow from the rows and as they are stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from backoffice.hookspecs import Label, messages

from .chain import TABLE, Chain, Kept
from .findings import Findings
from .leaves import DIGEST, placed
from .merkle import LEAF, Frontier, Growth
from .reading import Chunk, Leaf
from .storage import NODE_LEVELS

_ = messages("audit")

NOTHING: Final = bytes(32)
"""Stands for the hash of a leaf that is missing."""

Root = tuple[int, bytes, str]
"""A root the tree should have: its size, the root, and the note of a stored checkpoint, empty for one kept outside."""
Wrong = Mapping[int, tuple[int, bytes]]
"""Leaves that do not fit their row: place → (audit row, hash that follows from it)."""


@dataclass(slots=True)
class _Tree:
    """The tree as far as it was built, over the leaves as they follow from the rows, and as they are stored."""

    rows: Frontier
    stored: Frontier
    doubts: list[tuple[int, int]] = field(default_factory=list)
    """Leaves that do not fit their row, as (place, audit row), since the last root that was right."""
    sound: int = 0
    """The size at which a root was right last."""
    lost: bool = False
    """Whether a root was wrong, so that no later one can be right."""

    @property
    def doubtful(self) -> bool:
        return self.lost or bool(self.doubts) or self.rows != self.stored


class History:
    """Checks leaves, given in order, from the tree ``start`` on."""

    def __init__(self, start: Frontier, chain: Chain, kept: Sequence[Kept], findings: Findings) -> None:
        self._tree = _Tree(start, start, sound=start.size)
        self._chain = chain
        self._kept = {one.checkpoint.size: one for one in kept}
        self._findings = findings
        self.seen = 0
        self.erased = 0
        self.missing: dict[int, tuple[int, bytes]] = {}
        """Leaves whose audit row is not there: place → (audit row, hash of the leaf)."""

    @property
    def tree(self) -> Frontier | None:
        """The tree at its end, or nothing when it is not the one that was signed."""
        return None if self._tree.doubtful else self._tree.rows

    def check(self, chunk: Chunk) -> None:
        """Check the next leaves."""
        wrong = self._check_rows(chunk)
        hashes = self._hashes(chunk)
        stored = self._chain.follow(chunk.checkpoints)
        kept = [(at, k.checkpoint.root, "") for at, k in self._kept.items() if chunk.low < at <= chunk.high]
        if wrong or self._tree.doubtful or not self._grow(chunk, hashes, [*stored[-1:], *kept]):
            self._judge(chunk.low, hashes, wrong, sorted([*stored, *kept]))
        self.seen += len(chunk.leaves)

    def finish(self, strays: Mapping[int, str]) -> None:
        """Name what no root could decide, and leaves without their rows.

        ``strays`` are audit rows without a seal that should have one, as texts without a place: a leaf that was made
        to name another row still has the hash of its own.
        """
        self._name(_BOTH)
        for place, (id_, stored) in self.missing.items():
            if any(sha256(LEAF + placed(text, place)).digest() == stored for text in strays.values()):
                self._findings.add("core_seal", place, _("This leaf names another audit row than its own."), "audit_id")
            else:
                self._findings.add("core_audit", id_, _("This audit row is missing."))

    # -- rows against leaves -----------------------------------------------------------------------------------

    def _hashes(self, chunk: Chunk) -> list[bytes]:
        """Return the stored hash of every place of ``chunk``, with a stand-in where the leaf is missing."""
        hashes = [leaf[2] if type(leaf[2]) is bytes else NOTHING for leaf in chunk.leaves]
        if len(hashes) == chunk.high - chunk.low:
            return hashes
        there = {leaf[0]: hash_ for leaf, hash_ in zip(chunk.leaves, hashes, strict=True)}
        for place in range(chunk.low, chunk.high):
            if place not in there:
                self._findings.add("core_seal", place, _("This leaf is missing."))
        return [there.get(place, NOTHING) for place in range(chunk.low, chunk.high)]

    def _check_rows(self, chunk: Chunk) -> Wrong:
        """Return the leaves that do not fit their audit rows; most chunks are right and compared as a whole."""
        if not chunk.leaves or self._all_right(chunk.leaves):
            return {}
        return {
            leaf[0]: (leaf[1], found) for leaf in chunk.leaves if (found := self._check_row(leaf, chunk)) != leaf[2]
        }

    def _all_right(self, leaves: Sequence[Leaf]) -> bool:
        _places, _ids, stored, texts, payloads = zip(*leaves, strict=True)
        try:
            if tuple([sha256(LEAF + text).digest() for text in texts]) != stored:
                return False
            digests = "".join([sha256(payload).hexdigest() for payload in payloads])
        except TypeError:
            # A row or a payload is missing.
            return False
        return digests.encode() == b"".join([text[DIGEST] for text in texts])

    def _check_row(self, leaf: Leaf, chunk: Chunk) -> bytes:
        """Check one row and return the hash its leaf should have."""
        _place, id_, stored, text, payload = leaf
        if text is None:
            self.missing[leaf[0]] = (id_, stored)
            return stored
        if payload is not None:
            self._check_digest(id_, stored, text, sha256(payload).hexdigest().encode())
        elif id_ in chunk.erased:
            self.erased += 1
        else:
            gone = _("The payload of this audit row is gone, and no erasure was recorded.")
            self._findings.add("core_audit", id_, gone, "payload", "salt")
        return sha256(LEAF + text).digest()

    def _check_digest(self, id_: int, stored: bytes, text: bytes, digest: bytes) -> None:
        if digest == text[DIGEST]:
            return
        if sha256(LEAF + text[: DIGEST.start] + digest + text[DIGEST.stop :]).digest() == stored:
            self._findings.add("core_audit", id_, _("The digest of this audit row was changed."), "digest")
        else:
            self._findings.add("core_audit", id_, _("The payload of this audit row was changed."), "payload", "salt")

    # -- leaves against roots ----------------------------------------------------------------------------------

    def _grow(self, chunk: Chunk, hashes: Sequence[bytes], roots: Sequence[Root]) -> bool:
        """Let the tree grow by leaves that fit their rows; tell whether the roots are right, else leave it as it is."""
        growth = self._tree.rows.grow(hashes)
        if any(growth.at(size).root != root for size, root, _note in roots):
            return False
        self._check_nodes(growth, chunk.nodes)
        self._tree.rows = self._tree.stored = growth.after
        self._tree.sound = max([self._tree.sound, *(size for size, _root, _note in roots)])
        return True

    def _check_nodes(self, growth: Growth, stored: Mapping[tuple[int, int], bytes]) -> None:
        for level in range(NODE_LEVELS, growth.size.bit_length(), NODE_LEVELS):
            for position, hash_ in growth.nodes(level):
                if stored.get((level, position)) != hash_:
                    wrong = _("The stored root of this subtree (level {level}) is not that of its leaves.")
                    self._findings.add("core_seal_node", position, wrong.with_values(level=level), "hash")

    def _judge(self, low: int, stored: Sequence[bytes], wrong: Wrong, roots: Sequence[Root]) -> None:
        """Let the tree grow root by root; each tells who is right where leaves and rows differ."""
        found = [wrong[place][1] if place in wrong else hash_ for place, hash_ in enumerate(stored, low)]
        at = low
        for size, root, note in [*roots, (low + len(stored), NOTHING, "")]:
            part = slice(at - low, size - low)
            self._tree.rows = self._tree.rows.grow(found[part]).after
            self._tree.stored = self._tree.stored.grow(stored[part]).after
            self._tree.doubts += [(leaf, wrong[leaf][0]) for leaf in range(at, size) if leaf in wrong]
            at = size
            if root != NOTHING:
                self._decide(size, root, note)

    def _decide(self, size: int, root: bytes, note: str) -> None:
        tree = self._tree
        if tree.rows.root == root:
            self._name(_LEAF)
            tree.stored, tree.sound, tree.lost = tree.rows, size, False
        elif tree.stored.root == root:
            self._name(_ROW)
            tree.rows, tree.sound, tree.lost = tree.stored, size, False
        elif note and not self._chain.is_signed(note):
            self._chain.distrust(size)
        else:
            self._name(_BOTH)
            self._blame_leaves(size, kept=not note)

    def _blame_leaves(self, size: int, kept: bool) -> None:
        """Say between which roots a leaf was changed together with its row, added, left out or moved."""
        if not self._tree.lost or kept:
            between = _("The leaves from {low} to {high} are not those that were signed.")
            table, where = (self._kept[size].place, size) if kept else (TABLE, size)
            self._findings.add(table, where, between.with_values(low=self._tree.sound, high=size - 1))
        self._tree.lost = True

    def _name(self, what: tuple[str, Label]) -> None:
        table, said = what
        for leaf, id_ in self._tree.doubts:
            if table == "core_seal":
                self._findings.add(table, leaf, said, "leaf_hash")
            else:
                self._findings.add(table, id_, said.with_values(leaf=leaf))
        self._tree.doubts.clear()


_LEAF: Final = ("core_seal", _("This leaf was changed; its audit row is as it was signed."))
_ROW: Final = ("core_audit", _("This audit row is not what was sealed as leaf {leaf}."))
_BOTH: Final = ("core_audit", _("This audit row and leaf {leaf} do not belong together; one of them was changed."))
