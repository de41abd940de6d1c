"""API tokens: how programs prove whom they act for. Shown once, stored hashed, with scopes and an end."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import InvalidInput, NotFound, NotSignedIn
from backoffice.core.persistence import Database, Session
from backoffice.hookspecs import messages

from .identity import Identity, identity_of
from .models import ApiToken, TokenUse, User
from .work import digest, reading, writing

_ = messages("backoffice")

PREFIX: Final = "bo_"
"""By it a token is recognised where it must not be, in a commit or a log."""

NOTED_EVERY: Final = timedelta(hours=1)
_PATTERN: Final = re.compile(r"[a-z0-9_.*]+")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; ``plain`` cannot be shown again."""

    id: int
    plain: str


def create_token(session: Session, *, user_id: int, name: str, scopes: Iterable[str], expires_at: datetime) -> NewToken:
    """Make a token that acts as the user with ``user_id`` within ``scopes``, patterns of permissions.

    Whoever holds the token may do what the user may: let people make tokens for others only if they administer them.

    Raises:
        InvalidInput: no scope, a scope that is not a pattern, or an end that has passed.
        NotFound: there is no such user.
    """
    wanted = list(dict.fromkeys(scopes))
    _check(wanted, expires_at, session.now())
    user = session.scalar(sa.select(User).where(User.id == user_id))
    if user is None:
        raise NotFound(_("There is no such user."), remedy=_("Look at the list of users."))
    plain = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        organization_id=user.organization_id, user_id=user.id, name=name, scopes=wanted, expires_at=expires_at,
        token_hash=digest(plain), hint=plain[:8],
    )  # fmt: skip
    session.add(token)
    session.flush()
    session.add(TokenUse(organization_id=user.organization_id, token_id=token.id))
    session.flush()
    return NewToken(token.id, plain)


def _check(scopes: list[str], expires_at: datetime, now: datetime) -> None:
    problems = {}
    if not scopes or not all(_PATTERN.fullmatch(scope) for scope in scopes):
        problems["scopes"] = [_("Name permissions, or patterns such as accounting.* or *.read.")]
    if expires_at <= now:
        problems["expires_at"] = [_("Choose a time to come.")]
    if problems:
        raise InvalidInput(_("The token cannot be made like this."), fields=problems)


def revoke_token(session: Session, token: ApiToken) -> None:
    """End ``token`` at once; a revoked one stays revoked."""
    token.revoked_at = token.revoked_at or session.now()
    session.flush()


def token_identity(database: Database, token: str, *, clock: Clock | None = None) -> Identity:
    """Return the identity that ``token`` acts as, narrowed to its scopes, and note its use once an hour.

    Raises:
        NotSignedIn: the token is unknown, expired or revoked, each said so, or its user was deactivated.
    """
    clock = clock or SystemClock()
    with reading(database, clock) as session:
        row = session.execute(_BY_HASH.where(ApiToken.token_hash == digest(token))).one_or_none()
        found = _alive(None if row is None else row.ApiToken, clock.now())
        identity = identity_of(session, found.user_id)
    if row is not None and (row.used_at is None or clock.now() - row.used_at >= NOTED_EVERY):
        _note_use(database, found, clock)
    return replace(identity, scopes=tuple(found.scopes))


_BY_HASH = sa.select(ApiToken, TokenUse.used_at).outerjoin(
    TokenUse, sa.and_(TokenUse.token_id == ApiToken.id, TokenUse.organization_id == ApiToken.organization_id)
)


def _alive(token: ApiToken | None, now: datetime) -> ApiToken:
    if token is not None and token.revoked_at is None and now < token.expires_at:
        return token
    if token is None:
        why = _("The token is not known.")
    elif token.revoked_at is not None:
        why = _("The token was revoked.")
    else:
        why = _("The token expired.")
    raise NotSignedIn(
        _("This API token cannot be used."), why=why, remedy=_("Make a new token in the console and use that one.")
    )


def _note_use(database: Database, token: ApiToken, clock: Clock) -> None:
    with writing(database, clock, action="core.token_used", channel="rest") as session:
        session.execute(sa.update(TokenUse).where(TokenUse.token_id == token.id).values(used_at=clock.now()))


__all__ = ["PREFIX", "NewToken", "create_token", "revoke_token", "token_identity"]
