"""Hashing, the policy, and the cap on hashing at once."""

import statistics
import time

import pytest

from backoffice.core.errors import Busy, InvalidInput
from backoffice.core.users import passwords


def test_a_hash_is_argon2id_and_different_each_time():
    one, two = passwords.hash_password("a long password"), passwords.hash_password("a long password")

    assert one.startswith("$argon2id$")
    assert one != two


def test_a_password_belongs_to_its_hash_alone():
    hashed = passwords.hash_password("a long password")

    assert passwords.verify("a long password", hashed)
    assert not passwords.verify("a long passwort", hashed)


def test_nobody_has_the_password_of_no_hash():
    assert not passwords.verify("", None)


def test_a_broken_hash_belongs_to_no_password():
    assert not passwords.verify("a long password", "not a hash")


def test_an_unknown_name_takes_as_long_as_a_wrong_password():
    hashed = passwords.hash_password("a long password")

    def seconds(stored):
        start = time.perf_counter()
        passwords.verify("something else", stored)
        return time.perf_counter() - start

    seconds(None)
    known = statistics.median(seconds(hashed) for _time in range(7))
    unknown = statistics.median(seconds(None) for _time in range(7))
    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet camels",
        "كلمة مرور طويلة",
        "kX9-fr2-pq7-zz4",
        "correct horse battery staple",
        "quite another sentence",
        "password of my aunt",
        "summer dress on tuesday",
    ],
)
def test_a_long_password_is_accepted(password):
    passwords.check_password(password, "amal")


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars", "x" * 257, "Password1234", "P@ssw0rd!2024", "123456789012", "aaaaaaaaaaaaaa", "abcabcabcabc",
        "qwertyuiop12", "letmein!!!!!", "W3lc0me2026!!", "admin-admin-1", "iloveyou1234", "passwordpassword",
        "Mohammed1990!",
        "1qaz2wsx3edc", "qwerty123456", "abcdef123456", "zaq1zaq1zaq1", "poiuytrewq12", "Summer2026!!!", "2026-2027-28",
        "السلام عليكم", "Riyadh@2030!", "111222333444", "passwords1234", "abdulrahman1",
        "ABDULRAHMAN2024!", "abdulrahmanabdulrahman",
    ],
)  # fmt: skip
def test_an_easily_guessed_password_is_refused(password):
    with pytest.raises(InvalidInput) as refused:
        passwords.check_password(password, "Abdulrahman")

    assert refused.value.fields["password"]


def test_a_generated_password_passes_the_policy_and_is_new_each_time():
    generated = {passwords.generate_password() for _time in range(50)}

    assert len(generated) == 50
    for password in generated:
        passwords.check_password(password, "amal")


def test_no_more_than_the_cap_are_hashed_at_once(monkeypatch):
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    slots = []
    while passwords._slots.acquire(blocking=False):
        slots.append(1)
    try:
        with pytest.raises(Busy):
            passwords.hash_password("a long password")
    finally:
        for _slot in slots:
            passwords._slots.release()
