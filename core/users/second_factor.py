"""The second factor: a code that an authenticator shows for half a minute (TOTP, RFC 6238), or a recovery code.

A code is good once: the half minute it belongs to and all before it are refused afterwards. Both sides may be off by
one half minute. Seeds are sealed, recovery codes hashed. Nobody reads a seed again after the person confirmed it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import Conflict, InvalidInput
from backoffice.core.persistence import Context, Database, Session
from backoffice.core.text import ascii_digits
from backoffice.hookspecs import messages

from . import attempts, sessions
from .attempts import Limits
from .duties import IN_USE, REQUIRED
from .models import (
    Organization,
    RecoveryCode,
    SecondFactor,
    SecondFactorUse,
    User,
)
from .work import acting, digest, reading, writing

_ = messages("backoffice")

SECONDS: Final = 30
DRIFT: Final = 1
"""Half minutes by which an authenticator's clock may be off, to either side."""

RECOVERY_CODES: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letters or digits that look alike: sixteen of these are 79 bits, too many to be guessed from a hash."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator must learn: ``uri`` for its camera, ``seed`` to be typed."""

    seed: str
    uri: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How someone stands with their second factor."""

    since: datetime | None
    """When the authenticator came into use; nothing without one."""
    codes_left: int
    required: bool
    """Whether one of their roles asks for a second factor."""


# -- what is asked of someone ----------------------------------------------------------------------------------------


def is_in_use(session: Session, user_id: int) -> bool:
    """Tell whether the user has an authenticator that is confirmed."""
    return session.scalar(sa.select(IN_USE).where(User.id == user_id)) is True


def standing(database: Database, user_id: int, *, clock: Clock | None = None) -> Standing:
    """Return how the user stands with their second factor."""
    with reading(database, clock or SystemClock()) as session:
        since = session.scalar(sa.select(SecondFactor.confirmed_at).where(SecondFactor.user_id == user_id))
        left = session.scalar(
            sa.select(sa.func.count(RecoveryCode.id)).where(
                RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
            )
        )
        required = session.scalar(sa.select(REQUIRED).where(User.id == user_id))
        return Standing(since, int(left or 0), required is True)


def waiting(database: Database, user_id: int, *, clock: Clock | None = None) -> Enrolment | None:
    """Return the seed that the user has not confirmed yet, to be shown again; nothing when none is waiting."""
    with reading(database, clock or SystemClock()) as session:
        row = session.execute(
            sa.select(SecondFactor.seed, User.username, Organization.name)
            .join(User, User.id == SecondFactor.user_id)
            .join(Organization, Organization.id == SecondFactor.organization_id)
            .where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None))
        ).one_or_none()
        return None if row is None else _enrolment(session.reveal(row.seed), row.username, row.name)


def _enrolment(seed: str, username: str, organization: str) -> Enrolment:
    import pyotp

    return Enrolment(seed, pyotp.TOTP(seed).provisioning_uri(name=username, issuer_name=organization))


# -- taking one into use ---------------------------------------------------------------------------------------------


def enrol(database: Database, *, user_id: int, clock: Clock | None = None, channel: str = "console") -> Enrolment:
    """Make a new seed for the user, to be confirmed with a code; one not confirmed is replaced.

    Ask for the password first: whoever finds a browser signed in must not lock its owner out.

    Raises:
        Conflict: the user has an authenticator in use, which must be removed first.
    """
    import pyotp

    clock = clock or SystemClock()
    seed = pyotp.random_base32()
    with acting(database, _as_user(database, user_id, clock, channel, "core.enrol_second_factor")) as session:
        row = session.scalar(sa.select(SecondFactor).where(SecondFactor.user_id == user_id))
        if row is not None and row.confirmed_at is not None:
            raise Conflict(
                _("There is an authenticator in use already."),
                remedy=_("Remove it first, then set up the new one."),
            )
        row = row or SecondFactor(user_id=user_id)
        row.seed, row.created_at = session.seal(seed), session.now()
        session.add(row)
        session.flush()
        user = session.get_one(User, user_id)
        return _enrolment(seed, user.username, session.scalars(sa.select(Organization.name)).one())


def confirm(
    database: Database,
    *,
    user_id: int,
    code: str,
    keep: str = "",
    clock: Clock | None = None,
    address: str = "",
    channel: str = "console",
    limits: Limits | None = None,
) -> list[str]:
    """Take the authenticator into use once it shows the right code, and return recovery codes, shown this once.

    All sessions of the user end but the one whose token is ``keep``.

    Raises:
        InvalidInput: the code is wrong, or nothing is waiting to be confirmed.
        TooManyRequests: codes were wrong too often.
    """
    clock = clock or SystemClock()
    context = _as_user(database, user_id, clock, channel, "core.confirm_second_factor")
    attempt = attempts.begin_for(
        database, user_id=user_id, way="second_factor", address=address, clock=clock, limits=limits or Limits()
    )
    codes: list[str] = []
    with acting(database, context) as session:
        row = session.scalar(sa.select(SecondFactor).where(SecondFactor.user_id == user_id).with_for_update())
        if row is not None and row.confirmed_at is None and _take_step(session, row, code):
            row.confirmed_at = session.now()
            codes = new_codes(session, user_id)
            sessions.revoke_all(session, user_id, keep=keep)
    with writing(database, clock, action="core.confirm_second_factor", channel=channel) as session:
        attempts.finish(session, attempt, "succeeded" if codes else "failed")
    if not codes:
        raise wrong_code()
    return codes


def new_codes(session: Session, user_id: int) -> list[str]:
    """Replace the recovery codes of the user and return the new ones, which are stored nowhere."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    made = [_recovery_code() for _number in range(RECOVERY_CODES)]
    session.execute(
        sa.insert(RecoveryCode),
        [{"user_id": user_id, "code_hash": digest(_bare(code))} for code in made],
    )
    return made


def remove(session: Session, user_id: int) -> bool:
    """Take the authenticator and the recovery codes from the user, and sign them out everywhere; tell if there was one.

    What of it is seen in the log of changes is that the authenticator went, and who removed it.
    """
    row = session.scalar(sa.select(SecondFactor).where(SecondFactor.user_id == user_id))
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(sa.delete(SecondFactorUse).where(SecondFactorUse.user_id == user_id))
    if row is not None:
        session.delete(row)
    session.flush()
    return row is not None


# -- checking a code -------------------------------------------------------------------------------------------------


def check(session: Session, user_id: int, given: str) -> str:
    """Use up what is ``given`` and return which way in it was, ``second_factor`` or ``recovery``; nothing if wrong."""
    row = session.scalar(
        sa.select(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
        .with_for_update()
    )
    if row is None:
        return ""
    if _looks_like_totp(given):
        return "second_factor" if _take_step(session, row, given) else ""
    return "recovery" if _take_recovery_code(session, user_id, given) else ""


def _looks_like_totp(given: str) -> bool:
    return re.fullmatch(r"[\s\d]*", ascii_digits(given)) is not None


def _take_step(session: Session, row: SecondFactor, given: str) -> bool:
    """Tell whether ``given`` is the code of now, and refuse its half minute and all before it from now on."""
    import pyotp

    code = re.sub(r"\s", "", ascii_digits(given))
    generator = pyotp.HOTP(session.reveal(row.seed))
    now = int(session.now().timestamp()) // SECONDS
    matching = [
        step for step in range(now - DRIFT, now + DRIFT + 1) if hmac.compare_digest(generator.at(step), code)
    ]  # fmt: skip
    use = session.scalar(sa.select(SecondFactorUse).where(SecondFactorUse.user_id == row.user_id))
    fresh = [step for step in matching if use is None or step > use.step]
    if not fresh:
        return False
    if use is None:
        use = SecondFactorUse(organization_id=row.organization_id, user_id=row.user_id)
        session.add(use)
    use.step = fresh[0]
    session.flush()
    return True


def _take_recovery_code(session: Session, user_id: int, given: str) -> bool:
    """Mark a recovery code as used; of two who try at once, one gets it."""
    taken = session.execute(
        sa.update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None),
            RecoveryCode.code_hash == digest(_bare(given)),
        )
        .values(used_at=session.now())
        .returning(RecoveryCode.id)
    ).all()  # fmt: skip
    return bool(taken)


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _letter in range(4)) for _group in range(4))


def _bare(code: str) -> str:
    return re.sub(r"[^a-z0-9]", "", code.casefold())


def wrong_code() -> InvalidInput:
    """Return the error for a code that is wrong, old or was used before."""
    said = _("The code is not right, or it was used before.")
    return InvalidInput(
        said,
        remedy=_("Wait for the next one. If it stays wrong, set the clock of the device by the network."),
        fields={"code": [said]},
    )


def _as_user(database: Database, user_id: int, clock: Clock, channel: str, action: str) -> Context:
    with reading(database, clock) as session:
        user = session.scalars(sa.select(User).where(User.id == user_id)).one()
        return Context(
            organization_id=user.organization_id, actor_id=user.id, actor_name=user.username, action=action,
            channel=channel, clock=clock,
        )  # fmt: skip


__all__ = [
    "RECOVERY_CODES",
    "Enrolment",
    "Standing",
    "check",
    "confirm",
    "enrol",
    "is_in_use",
    "new_codes",
    "remove",
    "standing",
    "waiting",
    "wrong_code",
]
