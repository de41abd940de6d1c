"""Signed notes, against the keys that the documentation of Go's note package shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.audit.notes import Checkpoint, Note, Signer, Verifier, note_hash

PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer.parse(PRIVATE)


def test_a_published_private_key_gives_its_published_public_key():
    assert str(SIGNER.verifier) == PUBLIC
    assert SIGNER.to_text() == PRIVATE
    assert Verifier.parse(PUBLIC + "\n") == SIGNER.verifier


def test_a_published_note_is_signed_in_the_same_way():
    text = NOTE.split("\n\n")[0] + "\n"
    assert SIGNER.sign(text) == NOTE
    assert Note.parse(NOTE).signed_by([SIGNER.verifier]) == SIGNER.verifier


def test_a_change_of_any_character_is_found():
    for at in range(len(NOTE)):
        for other in ("x", "\n", ""):
            changed = NOTE[:at] + other + NOTE[at + 1 :]
            if changed != NOTE:
                assert signer_of(changed) is None, (at, other)


def signer_of(note):
    try:
        return Note.parse(note).signed_by([SIGNER.verifier])
    except ValueError:
        return None


def test_a_signature_by_an_unknown_key_counts_for_nothing():
    other = Signer.generate("PeterNeumann")
    assert Note.parse(other.sign("text\n")).signed_by([SIGNER.verifier]) is None


def test_one_known_signature_among_others_is_enough():
    other = Signer.generate("witness")
    note = SIGNER.sign("text\n") + other.sign("text\n").split("\n\n")[1]
    assert Note.parse(note).signed_by([other.verifier]) == other.verifier


@pytest.mark.parametrize("text", ["", "no line break", "an empty\n\nline\n"])
def test_a_text_that_cannot_be_a_note_is_not_signed(text):
    with pytest.raises(ValueError, match="line break"):
        SIGNER.sign(text)


@pytest.mark.parametrize("name", ["", "with space", "with+plus"])
def test_a_key_has_a_name_that_fits_a_signature_line(name):
    with pytest.raises(ValueError, match="name of a key"):
        Signer.generate(name)


@pytest.mark.parametrize("broken", ["", "PeterNeumann", PUBLIC[:-1], PUBLIC.replace("c74f", "c74e"), "x" + PUBLIC])
def test_a_damaged_verifier_key_is_refused(broken):
    with pytest.raises(ValueError, match=r"key|base64"):
        Verifier.parse(broken)


@pytest.mark.parametrize("broken", ["", PUBLIC, PRIVATE[:-1], PRIVATE.replace("c74f", "c74e")])
def test_a_damaged_private_key_is_refused(broken):
    with pytest.raises(ValueError, match=r"key|base64"):
        Signer.parse(broken)


def test_a_private_key_is_never_shown():
    assert SIGNER.seed.hex() not in repr(SIGNER)
    assert str(SIGNER.seed) not in repr(SIGNER)


checkpoints = st.builds(
    Checkpoint, st.just("example.org/log"), st.integers(0, 2**63), st.binary(min_size=32, max_size=32),
    st.sampled_from(["", "2026-01-15T12:00:00.000000Z"]), st.sampled_from([b"", bytes(32)]),
)  # fmt: skip


@given(checkpoints)
def test_a_checkpoint_says_what_was_written(checkpoint):
    assert Checkpoint.parse(checkpoint.to_text()) == checkpoint


@pytest.mark.parametrize("text", ["", "o\n", "o\n1\n", "o\nx\nAAAA\n", "o\n01\nAAAA\n", "o\n1\nAA==\n"])
def test_a_text_of_another_form_is_no_checkpoint(text):
    with pytest.raises(ValueError):  # noqa: PT011
        Checkpoint.parse(text)


def test_a_checkpoint_of_another_log_in_the_plain_form_is_read():
    plain = Checkpoint.parse("example.com/log\n15368405\n31JQUq8EyQx5lpqtKRqryJzA+77WD2xmTyuB4uIlXeE=\n")
    assert (plain.origin, plain.size, plain.at) == ("example.com/log", 15368405, "")


def test_notes_are_named_by_their_hash():
    assert note_hash("a") != note_hash("b")
