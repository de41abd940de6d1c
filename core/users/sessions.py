"""Login sessions: a browser holds a random token, the database its hash, and revoking is one update.

A session ends twelve hours after it was last used and seven days after it began. Its token is new at every sign-in,
so that one planted before it is worth nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import NotFound, NotSignedIn
from backoffice.core.persistence import Database, Session
from backoffice.core.persistence.prepared import Read
from backoffice.hookspecs import messages

from .duties import IN_USE, REQUIRED
from .identity import Identity, identity_from, identity_of, who
from .models import LoginSession, SignIn, User
from .work import digest, looking, writing

_ = messages("backoffice")

UNUSED: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
Row = TypeVar("Row", LoginSession, "_Found")
SEEN_EVERY: Final = timedelta(minutes=1)
"""How often the database is told that a session is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A browser that is signed in. ``values`` is what an interface keeps with it."""

    id: int
    identity: Identity
    began_at: datetime
    expires_at: datetime
    must_change_password: bool
    must_enrol: bool
    """One of their roles asks for a second factor, and they have none yet."""
    values: dict[str, Any]


def start(session: Session, user: User, *, address: str, agent: str) -> str:
    """Start a login session of ``user`` and return its token, which is stored nowhere."""
    token, now = secrets.token_urlsafe(32), session.now()
    row = LoginSession(
        organization_id=user.organization_id, user_id=user.id, token_hash=digest(token), created_at=now, seen_at=now,
        expires_at=now + UNUSED, address=address[:64], agent=agent[:200],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return token


def find_session(database: Database, token: str, *, clock: Clock | None = None) -> OpenSession:
    """Return the login session of ``token`` and note that it is in use, at most once a minute.

    Raises:
        NotSignedIn: the token is unknown, the session expired or was ended, or the user was deactivated.
    """
    clock = clock or SystemClock()
    given = {"token_hash": digest(token)}
    with looking(database, clock) as line:
        found, lines, places = Read.together(line, *((read, given) for read in (_WITH_DUTIES, *_WHOSE)))
    row = _alive(_Found(*found[0]) if found else None, clock.now())
    identity = identity_from(lines, places, row.company_id)
    expires_at = row.expires_at
    if clock.now() - row.seen_at >= SEEN_EVERY:
        expires_at = _note_use(database, row, clock)
    return OpenSession(
        id=row.id, identity=identity, began_at=row.created_at, expires_at=expires_at,
        must_change_password=bool(row.must_change_password), must_enrol=bool(row.must_enrol),
        values=dict(row.values or {}),
    )  # fmt: skip


class _Found(NamedTuple):
    """A login session as it is asked for by every request, with what its user must do first."""

    id: int
    user_id: int
    company_id: int | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    values: dict[str, Any] | None
    must_change_password: bool
    must_enrol: bool


_BY_HASH = sa.select(LoginSession)
_WITH_DUTIES = Read(
    sa.select(
        *(getattr(LoginSession, name) for name in _Found._fields[:8]),
        User.must_change_password,
        sa.and_(REQUIRED, sa.not_(IN_USE)).label("must_enrol"),
    )
    .join(User, sa.and_(User.id == LoginSession.user_id, User.organization_id == LoginSession.organization_id))
    .where(LoginSession.token_hash == sa.bindparam("token_hash"))
)
_WHOSE = who(LoginSession.token_hash == sa.bindparam("token_hash"), LoginSession)


def session_identity(database: Database, token: str, *, clock: Clock | None = None) -> Identity:
    """Return who is signed in with ``token``; see :func:`find_session`."""
    return find_session(database, token, clock=clock).identity


def _alive(row: Row | None, now: datetime) -> Row:
    if row is not None and row.revoked_at is None and now < row.expires_at:
        return row
    why = _("The sign-in expired.") if row is not None and row.revoked_at is None else _("The sign-in was ended.")
    raise NotSignedIn(_("You are not signed in."), why=why, remedy=_("Sign in again."))


def _note_use(database: Database, row: _Found, clock: Clock) -> datetime:
    now = clock.now()
    expires_at = min(now + UNUSED, row.created_at + LONGEST)
    with writing(database, clock, action="core.session_seen", channel="system") as session:
        session.execute(
            sa.update(LoginSession)
            .where(LoginSession.id == row.id, LoginSession.revoked_at.is_(None), LoginSession.seen_at < now)
            .values(seen_at=now, expires_at=expires_at)
        )
    return expires_at


def choose_company(database: Database, token: str, company_id: int, *, clock: Clock | None = None) -> Identity:
    """Let the session of ``token`` work for another company from now on, and return who works there.

    Raises:
        NotSignedIn: the session is over.
        NotFound: there is no such company, or this person may not see it.
    """
    clock = clock or SystemClock()
    with writing(database, clock, action="core.choose_company", channel="system") as session:
        row = _alive(session.scalar(_BY_HASH.where(LoginSession.token_hash == digest(token))), clock.now())
        identity = identity_of(session, row.user_id, company_id)
        if identity.company_id != company_id:
            raise NotFound(_("There is no such company."), remedy=_("Choose one of your companies."))
        row.company_id = company_id
    return identity


def store_values(database: Database, token: str, values: dict[str, Any], *, clock: Clock | None = None) -> None:
    """Replace what an interface keeps with the session of ``token``: plain JSON, nothing secret."""
    with writing(database, clock or SystemClock(), action="core.session_values", channel="system") as session:
        session.execute(
            sa.update(LoginSession).where(LoginSession.token_hash == digest(token)).values(values=values or None)
        )


def sign_out(database: Database, token: str, *, clock: Clock | None = None, address: str = "") -> None:
    """End the session of ``token``; one that is over already stays so."""
    with writing(database, clock or SystemClock(), action="core.sign_out", channel="system") as session:
        wanted = _BY_HASH.where(LoginSession.token_hash == digest(token), LoginSession.revoked_at.is_(None))
        row = session.scalar(wanted)
        if row is None:
            return
        row.revoked_at = session.now()
        session.add(_signed_out(session, row, address))


def _signed_out(session: Session, row: LoginSession, address: str) -> SignIn:
    username = session.scalar(sa.select(User.username).where(User.id == row.user_id))
    return SignIn(
        organization_id=row.organization_id, at=session.now(), username=username, way="console",
        outcome="signed_out", address=address[:64],
    )  # fmt: skip


def revoke_all(session: Session, user_id: int, *, keep: str = "") -> None:
    """End every login session of a user but the one whose token is ``keep``, in the transaction of ``session``."""
    session.execute(
        sa.update(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.token_hash != (digest(keep) if keep else ""),
        )
        .values(revoked_at=session.now())
    )


__all__ = [
    "OpenSession",
    "choose_company",
    "find_session",
    "revoke_all",
    "session_identity",
    "sign_out",
    "start",
    "store_values",
]
