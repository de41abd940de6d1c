"""Sign in with a name and a password, halfway where a second factor is asked for, and change the password.

The password is hashed between two short transactions, never inside one. What an outsider learns is the same, and
takes the same time, whether the name exists or not.
"""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import InvalidInput, NotSignedIn
from backoffice.core.persistence import Context, Database, Session
from backoffice.hookspecs import messages

from . import attempts, halfway, passwords, second_factor, sessions
from .attempts import Attempt, Limits
from .halfway import Halfway, SignedIn
from .models import PasswordReset, SignInChallenge, User
from .sessions import OpenSession, choose_company, find_session, revoke_all, session_identity, sign_out, store_values
from .work import acting, reading, writing

_ = messages("backoffice")


def sign_in(
    database: Database,
    *,
    username: str,
    password: str,
    clock: Clock | None = None,
    address: str = "",
    agent: str = "",
    way: str = "console",
    organization: str = "",
    limits: Limits | None = None,
) -> SignedIn | Halfway:
    """Start a login session for whoever knows the password of ``username``, or ask for the second factor.

    ``username`` is a name, or ``name@organisation``; a name alone means the organisation with the code
    ``organization``, or the only one there is. ``address`` and ``agent`` say where from and with what browser.

    Raises:
        NotSignedIn: the name or the password is wrong, or the user was deactivated.
        TooManyRequests: the name or the address failed too often; ``details["retry_after"]`` is the wait in seconds.
    """
    clock = clock or SystemClock()
    attempt = attempts.begin(
        database, name=username, way=way, address=address[:64], clock=clock, organization=organization,
        limits=limits or Limits(),
    )  # fmt: skip
    matches = passwords.verify(password, attempt.password_hash)
    if not matches or not attempt.active:
        raise _failed(database, attempt, clock, way)
    stronger = _stronger(password, attempt.password_hash)
    with writing(database, clock, action="core.sign_in", channel=way) as session:
        user = _same_user(session, attempt)
        if user is not None:
            if stronger:
                session.execute(sa.update(User).where(User.id == user.id).values(password_hash=stronger))
            if second_factor.is_in_use(session, user.id):
                attempts.finish(session, attempt, "halfway")
                return halfway.begin(session, user)
            attempts.finish(session, attempt, "succeeded")
            token = sessions.start(session, user, address=address, agent=agent)
    if user is None:
        raise _failed(database, attempt, clock, way)
    return SignedIn(token, find_session(database, token, clock=clock))


def _failed(database: Database, attempt: Attempt, clock: Clock, way: str) -> NotSignedIn:
    with writing(database, clock, action="core.sign_in", channel=way) as session:
        attempts.finish(session, attempt, "failed")
    return NotSignedIn(
        _("The user name or the password is wrong."),
        remedy=_("Check both. With several organisations, write name@organisation."),
    )


def _stronger(password: str, hashed: str | None) -> str:
    """Return a hash with today's parameters when ``hashed`` was made with weaker ones."""
    return passwords.hash_password(password) if hashed and passwords.needs_rehash(hashed) else ""


def _same_user(session: Session, attempt: Attempt) -> User | None:
    """Return the user, held until the end of the transaction, unless the password changed while it was checked."""
    user = session.scalar(sa.select(User).where(User.id == attempt.user_id).with_for_update(key_share=True))
    return user if user is not None and user.active and user.password_hash == attempt.password_hash else None


def change_password(
    database: Database,
    *,
    user_id: int,
    old: str,
    new: str,
    keep: str = "",
    clock: Clock | None = None,
    address: str = "",
    channel: str = "console",
    limits: Limits | None = None,
) -> None:
    """Change a person's own password and end all of their sessions but the one whose token is ``keep``.

    Raises:
        InvalidInput: ``old`` is wrong, or ``new`` is too weak or the same.
        TooManyRequests: the old password was wrong too often.
    """
    clock = clock or SystemClock()
    passwords.check_password(new, _name_of(database, user_id, clock))
    attempt = prove_password(
        database, user_id=user_id, password=old, new=new, clock=clock, address=address, channel=channel, limits=limits
    )
    hashed = passwords.hash_password(new)
    with acting(database, _as_themselves(attempt, clock, channel)) as session:
        user = _same_user(session, attempt)
        if user is None:
            raise _not_changed(False)
        set_password(session, user, hashed, keep=keep)


def prove_password(
    database: Database,
    *,
    user_id: int,
    password: str,
    new: str | None = None,
    clock: Clock | None = None,
    address: str = "",
    channel: str = "console",
    limits: Limits | None = None,
) -> Attempt:
    """Ask someone who is signed in for their password again, before something that another must not do for them.

    Raises:
        InvalidInput: it is wrong; or ``new``, when one is given, is too weak or the same.
        TooManyRequests: it was wrong too often.
    """
    clock = clock or SystemClock()
    attempt = attempts.begin_for(
        database, user_id=user_id, way="password", address=address, clock=clock, limits=limits or Limits()
    )
    matches = passwords.verify(password, attempt.password_hash)
    with writing(database, clock, action="core.change_password", channel=channel) as system:
        attempts.finish(system, attempt, "succeeded" if matches else "failed")
    if not matches or password == new:
        raise _not_changed(matches) if new is not None else _wrong_password()
    return attempt


def _wrong_password() -> InvalidInput:
    said = _("The password is wrong.")
    return InvalidInput(said, remedy=_("Type the password you sign in with."), fields={"password": [said]})


def _name_of(database: Database, user_id: int, clock: Clock) -> str:
    with reading(database, clock) as session:
        return session.scalars(sa.select(User.username).where(User.id == user_id)).one()


def _as_themselves(attempt: Attempt, clock: Clock, channel: str) -> Context:
    return Context(
        organization_id=attempt.organization_id, actor_id=attempt.user_id, actor_name=attempt.username,
        action="core.change_password", channel=channel, clock=clock,
    )  # fmt: skip


def _not_changed(matches: bool) -> InvalidInput:
    field, problem = (
        ("new", _("The new password is the old one.")) if matches else ("old", _("The old password is wrong."))
    )
    return InvalidInput(_("The password was not changed."), why=problem, fields={field: [problem]})


def set_password(session: Session, user: User, hashed: str, *, must_change: bool = False, keep: str = "") -> None:
    """Give ``user`` the password with the hash ``hashed``; end their sessions but ``keep``, and their reset links.

    Hash with :func:`~.passwords.hash_password` before the transaction begins. API tokens stay as they are.
    """
    user.password_hash = hashed
    user.password_changed_at = session.now()
    user.must_change_password = must_change
    session.flush()
    revoke_all(session, user.id, keep=keep)
    session.execute(
        sa.update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None))
        .values(used_at=session.now())
    )
    session.execute(sa.delete(SignInChallenge).where(SignInChallenge.user_id == user.id))


__all__ = [
    "Halfway",
    "Limits",
    "OpenSession",
    "SignedIn",
    "change_password",
    "choose_company",
    "find_session",
    "prove_password",
    "revoke_all",
    "session_identity",
    "set_password",
    "sign_in",
    "sign_out",
    "store_values",
]
