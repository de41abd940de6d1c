"""`backoffice user`: people, passwords, roles and tokens."""

import json
import re

import pytest

from backoffice.core.users.sign_in import sign_in
from backoffice.core.users.tokens import token_identity


def users(shell, *words):
    return {one["username"]: one for one in json.loads(shell("user", "list", "--format", "json", *words).out)}


@pytest.fixture
def amal(quiet):
    """Someone who was added."""
    done = quiet("user", "create", "Amal", "--name", "Amal Said", "--email", "amal@example.com")
    assert done.code == 0, done.err
    return quiet


def test_someone_added_signs_in_with_the_password_shown(quiet):
    done = quiet("user", "create", "amal")
    password = re.search(r"shown this once: (\S+)", done.out)[1]
    office = quiet.office(only=frozenset())
    assert sign_in(office.database, username="amal", password=password).session.must_change_password
    office.close()


def test_people_are_listed(amal):
    assert users(amal)["amal"]["email"] == "amal@example.com"


def test_a_name_that_is_taken(amal):
    assert amal("user", "create", "AMAL").code == 6


def test_a_weak_password_adds_nobody(quiet):
    done = quiet("user", "create", "amal", "--password", "short")
    assert done.code == 3
    assert "amal" not in users(quiet)


def test_a_password_from_standard_input(amal):
    done = amal.process("user", "password", "amal", "--password", "-", input="correct horse battery\n")
    assert done.code == 0, done.err
    assert "correct horse" not in done.out
    office = amal.office(only=frozenset())
    assert sign_in(office.database, username="amal", password="correct horse battery").token
    office.close()


def test_someone_disabled_is_out_and_comes_back(amal):
    assert amal("user", "disable", "amal").code == 0
    assert "amal" not in users(amal)
    assert users(amal, "--all")["amal"]["active"] is False
    assert amal("--as", "amal", "list").code == 5
    assert amal("user", "enable", "amal").code == 0
    assert "amal" in users(amal)


def test_the_last_administrator_stays(quiet):
    assert quiet("user", "disable", "admin").code == 3


def test_roles_are_given_and_taken(amal):
    assert "core.auditor" in amal("user", "roles", "amal", "--add", "core.auditor").out
    said = amal("user", "roles", "amal", "--add", "core.administrator", "--remove", "core.auditor").out
    assert "core.administrator" in said
    assert "core.auditor" not in said


def test_a_role_for_one_company(amal):
    amal("user", "roles", "amal", "--add", "core.auditor", "--only-company", "main")
    amal("user", "roles", "amal", "--add", "core.administrator")
    said = amal("user", "roles", "amal").out
    assert re.search(r"core\.auditor\s+main", said)
    assert re.search(r"core\.administrator\s*$", said, re.MULTILINE)


def test_an_unknown_role_is_named(amal):
    done = amal("user", "roles", "amal", "--add", "core.wizard")
    assert done.code == 3
    assert "core.wizard" in done.err


def test_a_role_they_do_not_have_cannot_be_taken(amal):
    assert amal("user", "roles", "amal", "--remove", "core.auditor").code == 3


def test_a_token_works_within_its_scopes(amal):
    amal("user", "roles", "amal", "--add", "core.administrator")
    token = amal("user", "token", "amal", "--name", "till", "--scope", "*.read").out.strip()
    office = amal.office(only=frozenset())
    identity = token_identity(office.database, token)
    assert (identity.username, identity.scopes) == ("amal", ("*.read",))
    office.close()


def test_someone_without_the_permission_adds_nobody(amal):
    assert amal("--as", "amal", "user", "create", "other").code == 5


def test_the_second_factor_of_someone_who_lost_it_is_taken_away(amal):
    from backoffice.core.users import second_factor

    assert "had no second factor" in amal("user", "reset-factor", "amal").out
    office = amal.office(only=frozenset())
    user_id = int(office.acting_as("admin").get("core.user", "amal").id)
    second_factor.enrol(office.database, user_id=user_id, clock=office.clock)
    office.close()
    assert "no second factor any more" in amal("user", "reset-factor", "amal").out
    assert amal("user", "reset-factor", "nobody").code == 4
