"""Attempts to prove who one is: counted in the database, so that every process and machine locks out alike.

An attempt is written as ``started`` before the password is hashed and counts as failed until it succeeded; a burst of
parallel guesses therefore gets no more tries than guesses one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from backoffice.core.clock import Clock
from backoffice.core.configuration import Configuration
from backoffice.core.errors import TooManyRequests
from backoffice.core.persistence import Database, Session
from backoffice.hookspecs import messages

from .models import Organization, SignIn, User, normal_username
from .work import reading, writing

_ = messages("backoffice")

_COUNTED: Final = ("started", "failed")
_PROVEN: Final = ("succeeded", "reset")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures for one name, and from one address, lock it out for the rest of ``window``."""

    per_name: int = 5
    per_address: int = 5
    window: timedelta = timedelta(minutes=15)


def limits_of(configuration: Configuration) -> Limits:
    """Return the limits that ``configuration`` sets."""
    return Limits(
        per_name=configuration.failures_per_name, per_address=configuration.failures_per_address,
        window=timedelta(minutes=configuration.lockout_minutes),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was let through, and what is known of the person it names."""

    id: int
    organization_id: int | None
    username: str
    user_id: int | None
    active: bool
    password_hash: str | None


def begin(
    database: Database, *, name: str, way: str, address: str, clock: Clock, organization: str, limits: Limits
) -> Attempt:
    """Write down that someone says to be ``name``, unless the name or the address is locked out.

    ``organization`` is the code of the organisation meant when ``name`` says none.

    Raises:
        TooManyRequests: too many failures; ``details["retry_after"]`` is the wait in seconds.
    """
    with writing(database, clock, action="core.sign_in", channel=way) as session:
        organization_id, username = resolve(session, name, organization)
        _one_at_a_time(session, f"name {organization_id} {username}", f"address {address}")
        _refuse_when_locked(session, organization_id, username, address, limits)
        user = _user(session, organization_id, username)
        row = SignIn(
            organization_id=organization_id, at=session.now(), username=username, way=way, outcome="started",
            address=address,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return Attempt(
            row.id, organization_id, username, user.id if user else None, bool(user and user.active),
            user.password_hash if user else None,
        )  # fmt: skip


def begin_for(
    database: Database, *, user_id: int, way: str, address: str, clock: Clock, limits: Limits
) -> Attempt:  # fmt: skip
    """Write down that the user with ``user_id``, who is known already, proves something more; see :func:`begin`."""
    with reading(database, clock) as session:
        row = session.execute(
            sa.select(User.username, Organization.code)
            .join(Organization, Organization.id == User.organization_id)
            .where(User.id == user_id)
        ).one()
    return begin(
        database, name=f"{row.username}@{row.code}", way=way, address=address[:64], clock=clock, organization=row.code,
        limits=limits,
    )  # fmt: skip


def finish(session: Session, attempt: Attempt, outcome: str, *, way: str = "") -> None:
    """Write how ``attempt`` ended: ``succeeded``, ``failed``, or ``halfway`` when a second factor is asked for.

    One that ends halfway neither counts as a failure nor makes those before it forgotten: whoever has the password
    alone gets no more tries at the second factor than the limit.
    """
    values = {"outcome": outcome, **({"way": way} if way else {})}
    session.execute(sa.update(SignIn).where(SignIn.id == attempt.id).values(values))


def refuse_when_locked(session: Session, user: User, limits: Limits) -> None:
    """Raise :class:`TooManyRequests` when the name of ``user`` failed too often; for a proof inside a transaction."""
    _refuse_when_locked(session, user.organization_id, user.username, "", limits)


def note_failure(database: Database, user_id: int, *, way: str, clock: Clock, channel: str) -> None:
    """Write down that the user with ``user_id`` failed to prove who they are, after that transaction was undone."""
    with writing(database, clock, action="core.sign_in", channel=channel) as session:
        user = session.scalars(sa.select(User).where(User.id == user_id)).one()
        session.add(
            SignIn(
                organization_id=user.organization_id, at=session.now(), username=user.username, way=way,
                outcome="failed", address="",
            )
        )  # fmt: skip


def note_asked(session: Session, name: str, organization: str, *, address: str, limits: Limits) -> None:
    """Write down that ``address`` asks for a link for ``name``.

    Raises:
        TooManyRequests: it asked for as many as it may fail; ``details["retry_after"]`` is the wait in seconds.
    """
    organization_id, username = resolve(session, name, organization)
    _one_at_a_time(session, f"address {address}")
    asked = sa.select(SignIn.at).where(
        SignIn.at > session.now() - limits.window, SignIn.outcome == "asked", SignIn.address == address
    )
    if address:
        _check(session, asked.order_by(SignIn.at.desc()), limits.per_address, limits.window)
    session.add(
        SignIn(
            organization_id=organization_id, at=session.now(), username=username, way="link", outcome="asked",
            address=address,
        )
    )  # fmt: skip


def resolve(session: Session, name: str, organization: str) -> tuple[int | None, str]:
    """Return the organisation and the user name that someone means by ``name`` or ``name@organisation``.

    A name alone means the ``organization`` of this code, or the only one there is. No organisation is returned when
    neither says one.
    """
    username = normal_username(name)
    before, _at, code = username.rpartition("@")
    found = _organization(session, code) if before else None
    if found is not None:
        return found, before[:64]
    if organization:
        return _organization(session, organization), username[:64]
    only = session.scalars(sa.select(Organization.id).limit(2)).all()
    return only[0] if len(only) == 1 else None, username[:64]


def _organization(session: Session, code: str) -> int | None:
    return session.scalar(sa.select(Organization.id).where(Organization.code == code))


def _user(session: Session, organization_id: int | None, username: str) -> User | None:
    wanted = sa.select(User).where(User.organization_id == organization_id, User.username == username)
    return session.scalar(wanted)


def _one_at_a_time(session: Session, *keys: str) -> None:
    """Make others who count the same attempts wait; on SQLite every writer waits anyway."""
    if session.dialect == "postgresql":
        for key in sorted(keys):
            session.execute(_LOCK, {"key": f"backoffice sign-in {key}"})


_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def _refuse_when_locked(
    session: Session, organization_id: int | None, username: str, address: str, limits: Limits
) -> None:
    since = session.now() - limits.window
    of_name = (
        SignIn.organization_id.is_(None) if organization_id is None else SignIn.organization_id == organization_id,
        SignIn.username == username,
    )
    proven = sa.select(sa.func.max(SignIn.id)).where(*of_name, SignIn.at > since, SignIn.outcome.in_(_PROVEN))
    last_proof = session.scalar(proven) or 0
    failed = sa.select(SignIn.at).where(SignIn.at > since, SignIn.outcome.in_(_COUNTED)).order_by(SignIn.at.desc())
    _check(session, failed.where(*of_name, SignIn.id > last_proof), limits.per_name, limits.window)
    if address:
        _check(session, failed.where(SignIn.address == address), limits.per_address, limits.window)


def _check(session: Session, failed: sa.Select[datetime], limit: int, window: timedelta) -> None:
    failures = session.scalars(failed.limit(limit)).all()
    if len(failures) < limit:
        return
    wait = max(1, round((failures[-1] + window - session.now()).total_seconds()))
    raise TooManyRequests(
        _("Too many failed attempts."),
        why=_("The limit of {count} failures was reached.").with_values(count=limit),
        remedy=_("Wait a minute and try again.").counted("Wait {count} minutes and try again.", -(-wait // 60)),
        retry_after=wait,
    )


__all__ = [
    "Attempt",
    "Limits",
    "begin",
    "begin_for",
    "finish",
    "limits_of",
    "note_asked",
    "note_failure",
    "refuse_when_locked",
    "resolve",
]
