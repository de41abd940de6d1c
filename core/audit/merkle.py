"""The Merkle tree of RFC 6962: roots, proofs of inclusion and of consistency, and their verification.

Pure functions over bytes. A tree that grows is held as its :class:`Frontier`, the roots of its complete subtrees, so
that appending never reads a leaf again. Where hashes are stored is not known here: proofs ask a function for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import Final

LEAF: Final = b"\x00"
NODE: Final = b"\x01"
EMPTY: Final = sha256(b"").digest()
"""The root of the tree without leaves."""
HASH_BYTES: Final = 32

Node = Callable[[int, int], bytes]
"""``node(level, position)`` is the root of the complete subtree over the leaves from ``position << level`` on, of which
there are ``1 << level``; level 0 are the leaves' own hashes."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf that holds ``data``."""
    return sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two hashes."""
    return sha256(NODE + left + right).digest()


# -- growing ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of ``size`` leaves as the roots of its complete subtrees, the largest first: one for each bit of the size.

    Raises :class:`ValueError` when their number does not fit.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or self.size.bit_count() != len(self.peaks):
            raise ValueError(f"A tree of {self.size} leaves does not have {len(self.peaks)} complete subtrees.")

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.peaks:
            return EMPTY
        return reduce(lambda right, left: node_hash(left, right), reversed(self.peaks))

    def grow(self, leaves: Sequence[bytes]) -> Growth:
        """Return what appending ``leaves``, their hashes, makes of this tree."""
        return Growth(self, leaves)

    def to_bytes(self) -> bytes:
        """Return the peaks one after the other, to be stored beside the size."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> Frontier:
        """Return the frontier that :meth:`to_bytes` stored; raises :class:`ValueError` when it cannot be one."""
        if len(stored) % HASH_BYTES:
            raise ValueError(f"{len(stored)} bytes are not a number of whole hashes.")
        return cls(size, tuple(stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES)))


class Growth:
    """Leaves appended to a tree: the new nodes of every level, and the tree at each size on the way."""

    def __init__(self, before: Frontier, leaves: Sequence[bytes]) -> None:
        self.before = before
        self.size = before.size + len(leaves)
        self._old = dict(zip(_peak_levels(before.size), before.peaks, strict=True))
        self._rows: list[tuple[int, list[bytes]]] = []
        self._build(list(leaves))

    def _build(self, row: list[bytes]) -> None:
        """Pair the hashes of each level into the next; an old peak waits where its sibling now appears."""
        start, level = self.before.size, 0
        while row:
            if start & 1:
                start -= 1
                row.insert(0, self._old[level])
            self._rows.append((start, row))
            row = [sha256(NODE + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
            start >>= 1
            level += 1

    def at(self, size: int) -> Frontier:
        """Return the tree of the first ``size`` leaves, a size between the old one and the new one."""
        if not self.before.size <= size <= self.size:
            raise ValueError(f"{size} is not between {self.before.size} and {self.size}.")
        levels = _peak_levels(size)
        return Frontier(size, tuple(self._node(level, (size >> (level + 1)) << 1) for level in levels))

    @property
    def after(self) -> Frontier:
        """The tree with all of its leaves."""
        return self.at(self.size)

    def nodes(self, level: int) -> Iterator[tuple[int, bytes]]:
        """Yield position and hash of each subtree of ``level`` that these leaves completed."""
        if level >= len(self._rows):
            return
        start, row = self._rows[level]
        first = self.before.size >> level
        yield from ((start + at, hash_) for at, hash_ in enumerate(row) if start + at >= first)

    def _node(self, level: int, position: int) -> bytes:
        if level < len(self._rows):
            start, row = self._rows[level]
            if position >= start:
                return row[position - start]
        return self._old[level]


def _peak_levels(size: int) -> list[int]:
    return [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]


# -- proofs ----------------------------------------------------------------------------------------------------------


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the hashes that lead from leaf ``index`` to the root of the tree of ``size`` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_subtree(middle, high, node))
            high = middle
        else:
            path.append(_subtree(low, middle, node))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the hashes that show the tree of ``new`` leaves to begin with that of ``old`` leaves (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {new} leaves does not begin with {old}.")
    path: list[bytes] = []
    low, high = 0, new
    while low < old < high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_subtree(middle, high, node))
            high = middle
        else:
            path.append(_subtree(low, middle, node))
            low = middle
    if 0 < old == high and low > 0:
        path.append(_subtree(low, high, node))
    return path[::-1]


def root_of(size: int, node: Node) -> bytes:
    """Return the root of the tree of the first ``size`` leaves."""
    return _subtree(0, size, node) if size else EMPTY


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(low: int, high: int, node: Node) -> bytes:
    """Return the hash over the leaves from ``low`` to ``high``; ``low`` is where a subtree of such a size begins."""
    peaks = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(node(level, low >> level))
        low += 1 << level
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks))


# -- verification ----------------------------------------------------------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether ``proof`` leads from the hash ``leaf`` at ``index`` to ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes((leaf, root, *proof)):
        return False
    at, last, found = index, size - 1, leaf
    for hash_ in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(hash_, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether ``proof`` shows that ``new_root`` only adds to ``old_root`` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new or not _are_hashes((old_root, new_root, *proof)):
        return False
    if old in (0, new):
        return not proof and (old_root == new_root if old == new else old_root == EMPTY)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    return _lead_to_both(path, at, last, old_root, new_root)


def _lead_to_both(path: Sequence[bytes], at: int, last: int, old_root: bytes, new_root: bytes) -> bool:
    first = second = path[0]
    for hash_ in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(hash_, first), node_hash(hash_, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, hash_)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
