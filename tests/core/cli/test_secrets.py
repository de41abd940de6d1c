"""`backoffice secrets`: how secrets stand, and a new key for all of them."""

import json

from backoffice.core.secrets import KEY_FILE
from backoffice.core.users import second_factor


def enrolled(shell):
    """Give the administrator an authenticator, whose seed is a secret."""
    office = shell.office(only=frozenset())
    made = second_factor.enrol(office.database, user_id=1, clock=office.clock)
    office.close()
    return made.seed


def standing(shell):
    found = json.loads(shell("secrets", "status", "--format", "json").out)
    return next(one for one in found if one["place"] == "core_second_factor.seed")


def test_a_new_key_seals_everything_and_the_older_stays_for_backups(quiet):
    seed = enrolled(quiet)
    keys = quiet.folder / KEY_FILE
    before = keys.read_text()
    done = quiet("secrets", "rotate")
    assert (done.code, done.out.strip()) == (0, "1 secret was sealed anew.")
    assert keys.read_text().splitlines()[1:] == before.splitlines()
    assert standing(quiet) == {"place": "core_second_factor.seed", "secrets": 1, "older": 0, "closed": 0}
    office = quiet.office(only=frozenset())
    assert second_factor.waiting(office.database, 1, clock=office.clock).seed == seed
    office.close()


def test_older_keys_are_forgotten_when_asked_for(quiet):
    enrolled(quiet)
    assert quiet("secrets", "rotate", "--forget-old").code == 2
    assert quiet("secrets", "rotate", "--forget-old", "--yes").code == 0
    assert len((quiet.folder / KEY_FILE).read_text().splitlines()) == 1
    assert standing(quiet)["closed"] == 0


def test_secrets_whose_key_is_gone_are_an_error(quiet):
    enrolled(quiet)
    (quiet.folder / KEY_FILE).unlink()
    assert quiet("secrets", "status").code == 1


def test_a_key_for_the_configuration_is_printed(quiet):
    key = quiet("secrets", "new-key").out.strip()
    assert len(key) == 44
    quiet.add(f'secrets_keys = ["{key}"]')
    enrolled(quiet)
    assert not (quiet.folder / KEY_FILE).exists()
    refused = quiet("secrets", "rotate")
    assert refused.code == 9
    assert "--no-new-key" in refused.err
    assert quiet("secrets", "rotate", "--no-new-key").code == 0
