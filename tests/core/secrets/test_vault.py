"""Sealing and opening: one key at first, more over time, none lost, nothing said aloud."""

import pickle
import stat

import pytest

from backoffice.core.configuration import Configuration
from backoffice.core.errors import ConfigurationError
from backoffice.core.secrets import KEY_FILE, KeyRing, Sealed, Vault, new_key


def vault(*keys):
    return Vault(KeyRing(keys))


@pytest.fixture
def ring(tmp_path):
    return KeyRing.of(Configuration(folder=tmp_path))


def test_what_is_sealed_opens_again_and_differs_each_time():
    one = vault(new_key())
    first, second = one.seal("the password of the mail server"), one.seal("the password of the mail server")
    assert first.token != second.token
    assert one.open(first) == one.open(second) == "the password of the mail server"


def test_nothing_is_seen_of_a_sealed_value():
    sealed = vault(new_key()).seal("guess me")
    assert {repr(sealed), str(sealed), f"{sealed}", f"{sealed!r:>20}".strip()} == {"Sealed(•••)"}
    with pytest.raises(TypeError):
        pickle.dumps(sealed)


def test_another_key_opens_nothing():
    sealed = vault(new_key()).seal("guess me")
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        vault(new_key()).open(sealed)


@pytest.mark.parametrize("place", [0, 1, 12, 30, 60, -1])
def test_a_changed_byte_is_noticed(place):
    one = vault(new_key())
    token = list(one.seal("guess me").token)
    token[place] = "A" if token[place] != "A" else "B"
    with pytest.raises(ConfigurationError):
        one.open(Sealed("".join(token)))


def test_the_first_key_is_made_when_it_is_needed_and_its_owner_alone_reads_it(ring):
    assert not ring.path.exists()
    sealed = Vault(ring).seal("guess me")
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600
    assert ring.path.name == KEY_FILE
    assert Vault(ring).open(sealed) == "guess me"


def test_a_file_of_keys_that_others_can_read_is_refused(ring):
    sealed = Vault(ring).seal("guess me")
    ring.path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to others"):
        Vault(ring).open(sealed)


def test_an_older_key_opens_what_it_sealed_and_the_newest_seals(ring):
    old = Vault(ring).seal("guess me")
    ring.add(new_key())
    fresh = Vault(ring).reseal(old)
    assert Vault(ring).open(old) == Vault(ring).open(fresh) == "guess me"
    assert Vault(ring).reseal(fresh) is None
    ring.keep_newest()
    assert Vault(ring).open(fresh) == "guess me"
    with pytest.raises(ConfigurationError):
        Vault(ring).open(old)


def test_a_process_that_runs_learns_of_a_new_key(ring):
    """Another process rotates; this one has read the keys before."""
    running = Vault(ring)
    running.seal("x")
    ring.add(new_key())
    sealed = Vault(ring).seal("guess me")
    assert running.open(sealed) == "guess me"


def test_keys_of_the_configuration_are_left_to_whoever_wrote_them(tmp_path):
    ring = KeyRing.of(Configuration(folder=tmp_path, secrets_keys=(new_key(),)))
    Vault(ring).seal("x")
    assert not (tmp_path / KEY_FILE).exists()
    with pytest.raises(ConfigurationError, match="given by the configuration"):
        ring.add(new_key())


def test_a_key_of_another_form_is_refused():
    with pytest.raises(ConfigurationError, match="cannot be used"):
        vault("secret").seal("x")
