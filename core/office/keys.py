"""Idempotency: the same key and body give the first answer again, the same key with another body is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import UsedKey
from backoffice.core.errors import InvalidInput, KeyReused
from backoffice.core.persistence import Session
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import messages

_ = messages("backoffice")

LONGEST_KEY = 200
SHOWN_ONCE: Final = frozenset({"token", "password", "secret"})
"""Names in an answer that are shown to whoever asked, once, and kept nowhere."""


def fingerprint(action: str, values: Mapping[str, Any]) -> str:
    """Return the hash of a request: its action and loaded values, in a canonical form."""
    said = json.dumps([action, to_plain(values)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Asked:
    """The keys of many requests in one transaction; the same key twice means the same request twice.

    ``keys`` are in the order of the requests and may be fewer; an empty one is none. ``first`` is the number of the
    request that comes first with a key, ``hashes`` its fingerprint.
    """

    keys: Sequence[str]
    first: Mapping[str, int]
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, action: str, keys: Sequence[str], many: Sequence[Mapping[str, Any]]) -> Asked:
        """Return the keys of ``many`` loaded requests; raise :class:`KeyReused` for one on two different requests."""
        first: dict[str, int] = {}
        hashes: dict[str, str] = {}
        for n, key in enumerate(keys):
            if not key:
                continue
            hash_ = fingerprint(action, many[n])
            if hashes.setdefault(key, hash_) != hash_:
                error = _reused(key)
                error.details["index"] = n
                raise error
            first.setdefault(key, n)
        return cls(keys, first, hashes)

    def key(self, n: int) -> str:
        """Return the key of the ``n``-th request, empty when it has none."""
        return self.keys[n] if n < len(self.keys) else ""

    def not_in(self, before: Mapping[str, Any], count: int) -> list[int]:
        """Return which of ``count`` requests are to be done: those without an answer ``before``, each key once."""
        return [n for n in range(count) if not (key := self.key(n)) or (key not in before and self.first[key] == n)]

    def remembered(self, fresh: Mapping[int, Any]) -> dict[str, tuple[str, Any]]:
        """Return what to store of ``fresh`` answers: key → fingerprint and answer."""
        return {key: (self.hashes[key], answer) for n, answer in fresh.items() if (key := self.key(n))}

    def answer(self, n: int, fresh: Mapping[int, Any], before: Mapping[str, Any]) -> Any:
        """Return the answer of the ``n``-th request."""
        key = self.key(n)
        if not key:
            return fresh[n]
        return before[key] if key in before else fresh[self.first[key]]


def _reused(key: str) -> KeyReused:
    return KeyReused(
        _("The key {key} was used before for something else.").with_values(key=key),
        why=_("The first request with it had another body."),
        remedy=_("Send a new key with a new request; repeat the old body to get the old answer."),
    )


def first_answers(session: Session, keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers given to ``keys`` (key → fingerprint) before; raise :class:`KeyReused` on another body."""
    if not keys:
        return {}
    if any(len(key) > LONGEST_KEY for key in keys):
        raise InvalidInput(_("A key has at most {n} characters.").with_values(n=LONGEST_KEY))
    actor = session.context.actor_id or 0
    rows = session.scalars(sa.select(UsedKey).where(UsedKey.actor == actor, UsedKey.key.in_(sorted(keys))))
    found: dict[str, Any] = {}
    for row in rows:
        if row.request_hash != keys[row.key]:
            raise _reused(row.key)
        found[row.key] = row.response
    return found


def _without_secrets(answer: Any) -> Any:
    """Return ``answer`` without what is shown once: a request sent again is answered, but not with that."""
    if not isinstance(answer, Mapping) or not SHOWN_ONCE & set(answer):
        return answer
    return {name: value for name, value in answer.items() if name not in SHOWN_ONCE}


def remember(session: Session, action: str, answers: Mapping[str, tuple[str, Any]]) -> None:
    """Store ``answers`` (key → fingerprint and answer) in the transaction of the effect."""
    if not answers:
        return
    rows = [
        {
            "actor": session.context.actor_id or 0,
            "key": key,
            "action": action,
            "request_hash": hash_,
            "response": _without_secrets(answer),
            "at": session.now(),
        }
        for key, (hash_, answer) in answers.items()
    ]
    session.execute(sa.insert(UsedKey), rows)
