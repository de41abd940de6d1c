"""The tree of RFC 6962, against its definition written down once more as plainly as the RFC does."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.audit import merkle
from backoffice.core.audit.merkle import Frontier

LARGEST = 200
LEAVES = [merkle.leaf_hash(bytes([at % 251]) * (at % 7)) for at in range(LARGEST)]


# -- the definitions of RFC 6962, section 2.1 --


def mth(hashes):
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = largest_power(len(hashes))
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(m, hashes):
    if len(hashes) == 1:
        return []
    k = largest_power(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m, hashes, whole):
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = largest_power(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def largest_power(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def node(level, position):
    return mth(LEAVES[position << level : (position + 1) << level])


_nodes = {}


def cached(level, position):
    if (level, position) not in _nodes:
        _nodes[level, position] = node(level, position)
    return _nodes[level, position]


ROOTS = [mth(LEAVES[:size]) for size in range(LARGEST + 1)]


# -- known values: the test leaves of RFC 6962's reference implementation --

KNOWN = [b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"]
KNOWN_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), KNOWN_ROOTS.items())
def test_the_root_of_the_reference_leaves_is_the_published_one(size, root):
    leaves = [merkle.leaf_hash(data) for data in KNOWN[:size]]
    assert Frontier().grow(leaves).after.root.hex() == root


def test_the_root_of_no_leaves_is_the_hash_of_nothing():
    assert Frontier().root == merkle.EMPTY == sha256(b"").digest()


# -- growing --


def test_growing_leaf_by_leaf_gives_the_root_of_every_size():
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        frontier = frontier.grow([leaf]).after
        assert (frontier.size, frontier.root) == (size, ROOTS[size])


def test_growing_from_any_size_to_any_other_gives_the_same_tree():
    for old in range(LARGEST):
        before = Frontier().grow(LEAVES[:old]).after
        for new in range(old, LARGEST, 7):
            assert before.grow(LEAVES[old:new]).after.root == ROOTS[new]


def test_every_size_on_the_way_can_be_had():
    growth = Frontier().grow(LEAVES[:37]).after.grow(LEAVES[37:])
    assert [growth.at(size).root for size in range(37, LARGEST + 1)] == ROOTS[37:]


@pytest.mark.parametrize("size", [36, 201])
def test_a_size_outside_of_the_growth_is_refused(size):
    with pytest.raises(ValueError, match="not between"):
        Frontier().grow(LEAVES[:37]).after.grow(LEAVES[37:]).at(size)


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 7))
def test_each_completed_subtree_is_told_once(steps, level):
    frontier, told = Frontier(), []
    for step in steps:
        growth = frontier.grow(LEAVES[frontier.size : min(frontier.size + step, LARGEST)])
        told += growth.nodes(level)
        frontier = growth.after
    assert told == [(at, node(level, at)) for at in range(frontier.size >> level)]


@given(st.integers(0, LARGEST))
def test_a_stored_frontier_is_the_same_tree(size):
    frontier = Frontier().grow(LEAVES[:size]).after
    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@pytest.mark.parametrize(("size", "stored"), [(3, bytes(32)), (1, bytes(31)), (0, bytes(32)), (-1, b"")])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size, stored):
    with pytest.raises(ValueError, match=r"hashes|subtrees"):
        Frontier.from_bytes(size, stored)


# -- proofs --


def test_inclusion_of_every_leaf_in_every_tree():
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, cached)
            if size < 66 or size == LARGEST:
                assert proof == path(index, LEAVES[:size])
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


def test_consistency_of_every_tree_with_every_earlier_one():
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, cached)
            if old > 0 and new < 66:
                assert proof == subproof(old, LEAVES[:new], True)
            assert merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@given(st.integers(1, LARGEST), st.data())
def test_a_proof_for_another_leaf_place_size_or_root_fails(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, cached)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index)) if size > 1 else None
    if other is not None:
        assert not merkle.verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])
        if LEAVES[other] != LEAVES[index]:
            assert not merkle.verify_inclusion(LEAVES[other], index, size, proof, ROOTS[size])
    assert not merkle.verify_inclusion(LEAVES[index], index, size, [*proof, bytes(32)], ROOTS[size])
    assert not merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size - 1])
    if proof:
        assert not merkle.verify_inclusion(LEAVES[index], index, size, proof[:-1], ROOTS[size])


def mutations(proof):
    for at, hash_ in enumerate(proof):
        for byte in range(32):
            changed = bytearray(hash_)
            changed[byte] ^= 1 << (byte % 8)
            yield [*proof[:at], bytes(changed), *proof[at + 1 :]]
        yield [*proof[:at], hash_[:-1], *proof[at + 1 :]]
        yield [*proof[:at], *proof[at + 1 :]]


@pytest.mark.parametrize(("index", "size"), [(0, 2), (5, 7), (63, 64), (64, 65), (100, 200), (199, 200)])
def test_a_change_to_any_byte_of_an_inclusion_proof_fails(index, size):
    proof = merkle.inclusion_proof(index, size, cached)
    assert proof
    for changed in mutations(proof):
        assert not merkle.verify_inclusion(LEAVES[index], index, size, changed, ROOTS[size])


@pytest.mark.parametrize(("old", "new"), [(1, 2), (3, 7), (64, 65), (64, 200), (100, 200), (199, 200)])
def test_a_change_to_any_byte_of_a_consistency_proof_fails(old, new):
    proof = merkle.consistency_proof(old, new, cached)
    assert proof
    for changed in mutations(proof):
        assert not merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], changed)


@given(st.integers(1, LARGEST), st.integers(1, LARGEST))
def test_two_trees_that_differ_are_never_consistent(old, new):
    old, new = sorted((old, new))
    proof = merkle.consistency_proof(old, new, cached)
    other = sha256(ROOTS[old]).digest()
    assert not merkle.verify_consistency(old, new, other, ROOTS[new], proof)
    assert not merkle.verify_consistency(old, new, ROOTS[old], other, proof)


def test_a_tree_is_not_consistent_with_a_larger_one():
    assert not merkle.verify_consistency(8, 7, ROOTS[8], ROOTS[7], [])


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(index, 8, cached)
    assert not merkle.verify_inclusion(LEAVES[0], index, 8, [bytes(32)] * 3, ROOTS[8])


def test_there_is_no_consistency_with_the_future():
    with pytest.raises(ValueError, match="does not begin"):
        merkle.consistency_proof(9, 8, cached)


def test_the_root_can_be_had_from_stored_nodes():
    assert [merkle.root_of(size, cached) for size in range(LARGEST + 1)] == ROOTS
