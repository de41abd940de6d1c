"""Passwords: argon2 hashes, a policy that asks for length, and a cap on how many are hashed at once.

Hashing costs tens of milliseconds and tens of megabytes on purpose. It happens outside transactions, and the cap
keeps a flood of sign-ins from eating the machine's memory.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from backoffice.core.errors import Busy, InvalidInput
from backoffice.hookspecs import messages

from .common import is_common
from .models import normal_username

_ = messages("backoffice")

SHORTEST: Final = 12
LONGEST: Final = 256
"""Characters; a longer text would only cost time."""

WAIT_SECONDS: Final = 15

_hasher: Final = PasswordHasher()
_slots: Final = BoundedSemaphore(max(2, min(8, os.cpu_count() or 2)))


def hash_password(password: str) -> str:
    """Return the argon2id hash of ``password``.

    Raises:
        Busy: too many are being hashed at the moment.
    """
    with _slot():
        return _hasher.hash(password)


def verify(password: str, hashed: str | None) -> bool:
    """Tell whether ``password`` belongs to ``hashed``; without a hash the answer is no, after the same time."""
    unknown = _unknown_hash()
    with _slot():
        try:
            matches = _hasher.verify(hashed or unknown, password[: LONGEST + 1])
        except (VerifyMismatchError, InvalidHashError):
            return False
    return matches and hashed is not None


def needs_rehash(hashed: str) -> bool:
    """Tell whether ``hashed`` was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


def check_password(password: str, username: str = "") -> None:
    """Refuse a password that is easily guessed.

    Raises:
        InvalidInput: it is shorter than twelve characters or too long, says the user name, or is one of the commonest.
    """
    problem = _problem(password, normal_username(username))
    if problem:
        raise InvalidInput(
            _("This password is not accepted."),
            why=problem,
            remedy=_("Choose at least {count} characters; several words are easy to remember.").with_values(
                count=SHORTEST
            ),
            fields={"password": [problem]},
        )


def generate_password() -> str:
    """Return a random password of 100 bits that is easy to read out: no letters or digits that look alike."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _letter in range(5)) for _group in range(4))


def _problem(password: str, username: str) -> str:
    if len(password) < SHORTEST:
        return _("It has fewer than {count} characters.").with_values(count=SHORTEST)
    if len(password) > LONGEST:
        return _("It has more than {count} characters.").with_values(count=LONGEST)
    plain = normal_username(password)
    bare = plain.strip("0123456789 !\"#$%&'()*+,-./:;<=>?@[]^_{|}~")
    if username and bare.replace(username, "").strip("0123456789 !#$%&*+-./=?@_") == "" and username in plain:
        return _("It is the user name.")
    if len(_unit(plain)) < SHORTEST or is_common(plain):
        return _("It is one of the first that are guessed.")
    return ""


def _unit(text: str) -> str:
    """Return the part that ``text`` repeats, or ``text`` itself."""
    return text[: (text + text).find(text, 1)]


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise Busy(_("Too many people are signing in at once."), remedy=_("Try again in a moment."))
    try:
        yield
    finally:
        _slots.release()


@cache
def _unknown_hash() -> str:
    """Return a hash nobody's password belongs to, made with today's parameters."""
    return _hasher.hash(secrets.token_urlsafe(24))


__all__ = ["LONGEST", "SHORTEST", "check_password", "generate_password", "hash_password", "needs_rehash", "verify"]
