"""Between the password and the second factor: a challenge that lasts for minutes and works once.

The browser holds a random token, the database its hash; there is no login session before the second factor is proven.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import NotSignedIn
from backoffice.core.persistence import Database, Session
from backoffice.hookspecs import messages

from . import attempts, second_factor, sessions
from .attempts import Limits
from .models import SignInChallenge, User
from .sessions import OpenSession, find_session
from .work import digest, reading, writing

_ = messages("backoffice")

GOOD_FOR: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new login session: the browser keeps ``token``, which is shown here only."""

    token: str
    session: OpenSession


@dataclass(frozen=True, slots=True)
class Halfway:
    """The password was right, and a second factor is asked for: hand ``challenge`` to :func:`prove_second_factor`."""

    challenge: str


def begin(session: Session, user: User) -> Halfway:
    """Make a challenge for ``user``, whose password was right."""
    token = secrets.token_urlsafe(32)
    session.execute(sa.delete(SignInChallenge).where(SignInChallenge.expires_at < session.now()))
    session.add(
        SignInChallenge(
            organization_id=user.organization_id, user_id=user.id, token_hash=digest(token),
            password_hash=digest(user.password_hash or ""), expires_at=session.now() + GOOD_FOR,
        )
    )  # fmt: skip
    return Halfway(token)


def prove_second_factor(
    database: Database,
    *,
    challenge: str,
    code: str,
    clock: Clock | None = None,
    address: str = "",
    agent: str = "",
    limits: Limits | None = None,
) -> SignedIn:
    """Start the login session of ``challenge`` for whoever has the authenticator, or an unused recovery code.

    Raises:
        InvalidInput: the code is wrong, too old or was used before; the challenge stays good.
        NotSignedIn: the challenge has expired or was used, or the password changed meanwhile; begin again.
        TooManyRequests: passwords or codes were wrong too often.
    """
    clock = clock or SystemClock()
    with reading(database, clock) as session:
        user_id = _holder(session, challenge, clock.now()).id
    attempt = attempts.begin_for(
        database, user_id=user_id, way="second_factor", address=address, clock=clock, limits=limits or Limits()
    )
    token = ""
    with writing(database, clock, action="core.sign_in", channel="console") as session:
        user = _holder(session, challenge, clock.now())
        way = second_factor.check(session, user.id, code)
        attempts.finish(session, attempt, "succeeded" if way else "failed", way=way)
        if way:
            _take(session, challenge)
            token = sessions.start(session, user, address=address, agent=agent)
    if not token:
        raise second_factor.wrong_code()
    return SignedIn(token, find_session(database, token, clock=clock))


def _holder(session: Session, challenge: str, now: datetime) -> User:
    row = session.execute(
        sa.select(User, SignInChallenge.password_hash)
        .join(
            SignInChallenge,
            sa.and_(
                SignInChallenge.user_id == User.id, SignInChallenge.organization_id == User.organization_id
            ),
        )
        .where(
            SignInChallenge.token_hash == digest(challenge), SignInChallenge.used_at.is_(None),
            SignInChallenge.expires_at > now, User.active,
        )
    ).one_or_none()  # fmt: skip
    if row is None or digest(row.User.password_hash or "") != row.password_hash:
        raise _over()
    user: User = row.User
    return user


def _take(session: Session, challenge: str) -> None:
    """Mark the challenge as used; of two who try at once, one gets it."""
    taken = session.execute(
        sa.update(SignInChallenge)
        .where(SignInChallenge.token_hash == digest(challenge), SignInChallenge.used_at.is_(None))
        .values(used_at=session.now())
        .returning(SignInChallenge.id)
    ).all()
    if not taken:
        raise _over()


def _over() -> NotSignedIn:
    return NotSignedIn(
        _("This sign-in took too long."),
        why=_("The code belongs within five minutes of the password."),
        remedy=_("Sign in again."),
    )


__all__ = ["GOOD_FOR", "Halfway", "SignedIn", "begin", "prove_second_factor"]
