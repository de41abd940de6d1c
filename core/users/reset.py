"""Links to set a new password: made from the configured address alone, used once, good for an hour.

A link never takes its host from a request: whoever sends a false one would be mailed a link to their own site.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import ConfigurationError, NotFound, NotSignedIn
from backoffice.core.persistence import Context, Database, Session
from backoffice.hookspecs import messages

from . import attempts, passwords
from .attempts import Limits
from .models import PasswordReset, SignIn, User
from .sign_in import set_password
from .work import acting, digest, reading, writing

_ = messages("backoffice")

GOOD_FOR: Final = timedelta(hours=1)
MOST_OPEN: Final = 3
"""Links of one user that may be open at once, so that nobody's mailbox is filled by a stranger."""

PATH: Final = "/reset-password/"
"""Where the console answers; the token follows."""


@dataclass(frozen=True, slots=True)
class ResetLink:
    """What to mail to whom. ``url`` holds the only copy of the token."""

    url: str
    email: str | None
    name: str
    language: str
    expires_at: datetime
    organization_id: int = 0


def request_reset(
    database: Database,
    *,
    username: str,
    base_url: str,
    deliver: Callable[[ResetLink], None],
    clock: Clock | None = None,
    organization: str = "",
    address: str = "",
    limits: Limits | None = None,
) -> None:
    """Hand a link for ``username`` to ``deliver``, when there is such a user with an e-mail address.

    Nothing tells whether there is: the answer is the same. ``deliver`` should queue the mail rather than send it,
    so that the time tells nothing either.

    Raises:
        ConfigurationError: ``base_url`` is missing or not the address of a site.
        TooManyRequests: the address asked for too many links; ``details["retry_after"]`` is the wait in seconds.
    """
    clock = clock or SystemClock()
    site = _site(base_url)
    token = secrets.token_urlsafe(32)
    with writing(database, clock, action="core.request_reset", channel="console") as session:
        # Written whether there is such a user or not: it costs the same, and strangers are counted too.
        attempts.note_asked(session, username, organization, address=address[:64], limits=limits or Limits())
        user = _user(session, username, organization)
        link = _link(session, user, site, token) if user is not None and user.email else None
    if link is not None:
        deliver(link)


def reset_link(database: Database, *, user_id: int, base_url: str, clock: Clock | None = None) -> ResetLink:
    """Return a link for the user with ``user_id``, for an administrator to hand over.

    Raises:
        ConfigurationError: ``base_url`` is missing or not the address of a site.
        NotFound: there is no such active user, or too many links are open.
    """
    clock = clock or SystemClock()
    site = _site(base_url)
    with writing(database, clock, action="core.request_reset", channel="cli") as session:
        user = session.scalar(sa.select(User).where(User.id == user_id, User.active))
        link = _link(session, user, site, secrets.token_urlsafe(32)) if user is not None else None
    if link is None:
        raise NotFound(
            _("No link can be made for this user."),
            why=_("The user is not active, or too many links are open already."),
            remedy=_("Activate the user, or wait an hour."),
        )
    return link


def check_reset(database: Database, token: str, *, clock: Clock | None = None) -> str:
    """Return the name of the user who may set a new password with ``token``.

    Raises:
        NotSignedIn: the link is unknown, was used or has expired.
    """
    clock = clock or SystemClock()
    with reading(database, clock) as session:
        return _holder(session, token, clock.now()).username


def use_reset(database: Database, *, token: str, password: str, clock: Clock | None = None, address: str = "") -> None:
    """Set the password of the link's user, end all of their sessions and links, and lift a lockout of their name.

    Raises:
        NotSignedIn: the link is unknown, was used or has expired.
        InvalidInput: the password is too weak; the link stays good.
    """
    clock = clock or SystemClock()
    with reading(database, clock) as session:
        holder = _holder(session, token, clock.now())
    passwords.check_password(password, holder.username)
    hashed = passwords.hash_password(password)
    context = Context(
        organization_id=holder.organization_id, actor_id=holder.id, actor_name=holder.username,
        action="core.use_reset", channel="console", clock=clock,
    )  # fmt: skip
    with acting(database, context) as session:
        _take(session, token, clock.now())
        user = session.scalars(sa.select(User).where(User.id == holder.id)).one()
        set_password(session, user, hashed)
        session.add(SignIn(at=session.now(), username=user.username, way="link", outcome="reset", address=address[:64]))


def _site(base_url: str) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme in ("http", "https") and parts.netloc and not parts.query and not parts.fragment:
        return base_url.strip().rstrip("/")
    raise ConfigurationError(
        _("Links for a new password cannot be made."),
        why=_("The configuration does not say at which address the console is reached."),
        remedy=_('Write base_url = "https://…" in backoffice.toml.'),
    )


def _user(session: Session, username: str, organization: str) -> User | None:
    organization_id, name = attempts.resolve(session, username, organization)
    wanted = sa.select(User).where(User.organization_id == organization_id, User.username == name, User.active)
    return session.scalar(wanted)


def _link(session: Session, user: User, site: str, token: str) -> ResetLink | None:
    now = session.now()
    opened = sa.select(sa.func.count(PasswordReset.id)).where(
        PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None), PasswordReset.expires_at > now
    )
    if (session.scalar(opened) or 0) >= MOST_OPEN:
        return None
    row = PasswordReset(
        organization_id=user.organization_id, user_id=user.id, token_hash=digest(token), expires_at=now + GOOD_FOR
    )
    session.add(row)
    return ResetLink(f"{site}{PATH}{token}", user.email, user.name, user.language, row.expires_at, user.organization_id)


def _holder(session: Session, token: str, now: datetime) -> User:
    wanted = (
        sa.select(User)
        .join(
            PasswordReset,
            sa.and_(PasswordReset.user_id == User.id, PasswordReset.organization_id == User.organization_id),
        )
        .where(
            PasswordReset.token_hash == digest(token), PasswordReset.used_at.is_(None), PasswordReset.expires_at > now,
            User.active,
        )
    )  # fmt: skip
    user: User | None = session.scalar(wanted)
    if user is None:
        raise _no_link()
    return user


def _take(session: Session, token: str, now: datetime) -> None:
    """Mark the link as used; of two who try at once, one gets it."""
    taken = session.execute(
        sa.update(PasswordReset)
        .where(
            PasswordReset.token_hash == digest(token), PasswordReset.used_at.is_(None), PasswordReset.expires_at > now
        )
        .values(used_at=now)
        .returning(PasswordReset.id)
    ).all()
    if not taken:
        raise _no_link()


def _no_link() -> NotSignedIn:
    return NotSignedIn(
        _("This link cannot be used."),
        why=_("It was used before, it is older than an hour, or it is not complete."),
        remedy=_("Ask for a new one."),
    )


__all__ = ["GOOD_FOR", "PATH", "ResetLink", "check_reset", "request_reset", "reset_link", "use_reset"]
