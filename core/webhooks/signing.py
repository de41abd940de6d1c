"""Signatures of webhooks as Standard Webhooks describes them: HMAC-SHA256 over number, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from backoffice.hookspecs import IntakeMessage, Signed

PREFIX: Final = "whsec_"
VERSION: Final = "v1"
WINDOW: Final = timedelta(minutes=5)
"""How far the time a message names may lie from ours, before or after."""


def new_secret() -> str:
    """Return a new secret: 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """Return the bytes of ``secret``; one that is not in the usual form is taken as it is written."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def signature(secret: str, id_: str, at: int, body: bytes) -> str:
    """Return the signature of a message under ``secret``."""
    signed = hmac.new(key_of(secret), f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(signed).decode()}"


def sign(keys: Sequence[str], id_: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """Return the headers of a message signed under each of ``keys``: while one replaces another, both are valid."""
    seconds = int(at.timestamp())
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(key, id_, seconds, body) for key in keys),
    }


def verify(message: IntakeMessage, secret: str) -> Signed | None:
    """Return who a message says it is, when one of its signatures is right under ``secret``."""
    id_ = message.headers.get("webhook-id", "")
    at = message.headers.get("webhook-timestamp", "")
    if not id_ or len(id_) > 200 or not at.isascii() or not at.isdigit() or len(at) > 12:
        return None
    right = signature(secret, id_, int(at), message.body)
    given = message.headers.get("webhook-signature", "").split()[:10]
    found = [hmac.compare_digest(one.encode(), right.encode()) for one in given]
    return Signed(id_, datetime.fromtimestamp(int(at), UTC)) if any(found) else None


__all__ = ["PREFIX", "WINDOW", "new_secret", "sign", "signature", "verify"]
