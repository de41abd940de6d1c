"""Idempotency: the same key and body give the first answer again, the same key with another body is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import UsedKey
from backoffice.core.errors import InvalidInput, KeyReused
from backoffice.core.persistence import Session
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import messages

_ = messages("backoffice")

LONGEST_KEY = 200


def fingerprint(action: str, values: Mapping[str, Any]) -> str:
    """Return the hash of a request: its action and loaded values, in a canonical form."""
    said = json.dumps([action, to_plain(values)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


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
            raise KeyReused(
                _("The key {key} was used before for something else.").with_values(key=row.key),
                why=_("The first request with it had another body."),
                remedy=_("Send a new key with a new request; repeat the old body to get the old answer."),
            )
        found[row.key] = row.response
    return found


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
            "response": answer,
            "at": session.now(),
        }
        for key, (hash_, answer) in answers.items()
    ]
    session.execute(sa.insert(UsedKey), rows)
