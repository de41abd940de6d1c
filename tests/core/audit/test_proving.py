"""Proofs for single rows hold against a signed checkpoint, and against nothing else."""

import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from backoffice.core.audit import keys, merkle
from backoffice.core.audit.leaves import leaf_text
from backoffice.core.audit.models import AuditRow, CheckpointRow, Seal
from backoffice.core.audit.notes import Checkpoint, Note, Signer
from backoffice.core.audit.proving import (
    check_consistency,
    check_inclusion,
    inclusion_from,
    prove_consistency,
    prove_inclusion,
)
from backoffice.core.audit.sealing import seal
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def known(sealed):
    return keys.verifiers(sealed.configuration)


def everything(office, model):
    with office.database.looking() as session:
        return list(session.scalars(sa.select(model).order_by(*sa.inspect(model).primary_key)))


def test_every_sealed_row_can_be_proven(sealed, known):
    for found in everything(sealed, Seal):
        assert check_inclusion(prove_inclusion(sealed, found.audit_id), known)


def test_a_proof_says_what_the_row_says(sealed):
    row = everything(sealed, AuditRow)[10]
    proof = prove_inclusion(sealed, row.id)
    values = {column.key: getattr(row, column.key) for column in sa.inspect(AuditRow).columns}
    assert proof.leaf == leaf_text(proof.index, values)


def test_a_proof_for_json_and_back_is_the_same(sealed, known):
    proof = prove_inclusion(sealed, 12)
    again = inclusion_from(json.loads(json.dumps(proof.to_plain())))
    assert again == proof
    assert check_inclusion(again, known)


@pytest.mark.parametrize("broken", [{}, {"audit_id": 1}, {"proof": [1]}])
def test_what_is_no_proof_is_refused(broken):
    with pytest.raises(InvalidInput, match="not a proof"):
        inclusion_from(broken)


def test_any_other_byte_fails(sealed, known):
    proof = prove_inclusion(sealed, 12)
    assert proof.path
    for at, hash_ in enumerate(proof.path):
        for byte in range(32):
            changed = bytearray(hash_)
            changed[byte] ^= 1
            path = (*proof.path[:at], bytes(changed), *proof.path[at + 1 :])
            assert not check_inclusion(replace(proof, path=path), known)
    for at in range(len(proof.leaf)):
        other = "x" if proof.leaf[at] != "x" else "y"
        assert not check_inclusion(replace(proof, leaf=proof.leaf[:at] + other + proof.leaf[at + 1 :]), known)
    for at in range(len(proof.note)):
        other = "x" if proof.note[at] != "x" else "y"
        assert not check_inclusion(replace(proof, note=proof.note[:at] + other + proof.note[at + 1 :]), known)
    assert not check_inclusion(replace(proof, index=proof.index + 1), known)
    assert not check_inclusion(replace(proof, size=proof.size - 1), known)


def test_a_checkpoint_by_another_key_proves_nothing(sealed, known):
    proof = prove_inclusion(sealed, 12)
    stranger = Signer.generate("stranger")
    assert not check_inclusion(replace(proof, note=stranger.sign(Note.parse(proof.note).text)), known)
    assert not check_inclusion(proof, [stranger.verifier])


def test_only_rows_of_ones_own_organisation_are_proven_when_asked_so(sealed):
    row = next(row for row in everything(sealed, AuditRow) if row.organization_id == 2)
    assert prove_inclusion(sealed, row.id, organization_id=2).audit_id == row.id
    with pytest.raises(NotFound):
        prove_inclusion(sealed, row.id, organization_id=1)


def test_what_is_not_sealed_yet_cannot_be_proven(sealed, office):
    desk_of(sealed).execute("core.branch.create", code="late", name="Late")
    newest = everything(sealed, AuditRow)[-1]
    with pytest.raises(NotFound, match="sealed"):
        prove_inclusion(sealed, newest.id)


def test_a_log_that_was_never_sealed_has_no_proofs(office):
    with pytest.raises(NotFound):
        prove_consistency(office, 0)


def test_every_earlier_checkpoint_is_consistent_with_the_newest(sealed, known):
    for row in everything(sealed, CheckpointRow):
        old = Checkpoint.parse(Note.parse(row.note).text)
        proof = prove_consistency(sealed, row.size)
        assert check_consistency(proof, old, known)
        assert not check_consistency(proof, replace(old, root=bytes(32)), known)


@pytest.mark.parametrize("size", [-1, 10_000])
def test_a_log_was_never_as_large_as_that(sealed, size):
    with pytest.raises(InvalidInput, match="leaves"):
        prove_consistency(sealed, size)


def test_a_large_log_is_proven_from_few_stored_nodes(office, desk):
    for at in range(60):
        rows = [{"permission": f"core.p{at}.{n}"} for n in range(10)]
        desk.execute("core.role.create", code=f"r{at}", name="R", grants=rows)
    while seal(office, 90):
        pass
    known = keys.verifiers(office.configuration)
    hashes = [found.leaf_hash for found in everything(office, Seal)]
    assert len(hashes) > 600
    for index in (0, 1, 255, 256, 511, 512, len(hashes) - 1):
        proof = prove_inclusion(office, everything(office, Seal)[index].audit_id)
        assert check_inclusion(proof, known)
    for size in (1, 255, 256, 300, 512, 600):
        proof = prove_consistency(office, size)
        root = merkle.Frontier().grow(hashes[:size]).after.root
        assert check_consistency(proof, Checkpoint("o", size, root), known)


def test_seals_with_a_gap_prove_nothing(sealed, attacker):
    attacker.run("DELETE FROM core_seal WHERE leaf_index = 3")
    with pytest.raises(NotFound, match="not complete"):
        prove_inclusion(sealed, 5)
