"""Passkeys (W3C Web Authentication, level 2): keys a device keeps and unlocks with a finger, a face or a code.

A passkey signs in alone: having the device is one factor, unlocking it the other, so one that did not verify its person
is refused. The server keeps public keys only. A challenge is good for five minutes and once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.clock import Clock, SystemClock
from backoffice.core.errors import AlreadyExists, BackofficeError, InvalidInput, NotFound, NotSignedIn
from backoffice.core.persistence import Database, Session
from backoffice.hookspecs import messages

from . import attempts, sessions
from .attempts import Limits
from .halfway import SignedIn
from .models import Passkey, PasskeyUse, RateWindow, User
from .sessions import find_session
from .work import digest, reading, writing

_ = messages("backoffice")

GOOD_FOR: Final = timedelta(minutes=5)
MOST: Final = 10
"""Passkeys of one person."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a passkey is bound to: the host's name, and the address pages come from, as browsers write it."""

    host: str
    origin: str
    name: str = "Backoffice"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser is asked: ``options`` as JSON for it, and what to keep in its signed cookie until it answers."""

    options: dict[str, Any]
    kept: dict[str, str]


def available() -> bool:
    """Tell whether the library for passkeys is installed, the extra ``passkeys``."""
    return find_spec("webauthn") is not None


# -- adding ----------------------------------------------------------------------------------------------------------


def ask_for_new(database: Database, *, user_id: int, site: Site, clock: Clock | None = None) -> Asked:
    """Ask a device of the user to make a passkey; those it has already are named, so that it makes no second.

    Ask for the password first: whoever finds a browser signed in must not add a way in.
    """
    import webauthn
    from webauthn.helpers import structs

    clock = clock or SystemClock()
    with reading(database, clock) as session:
        user = session.scalars(sa.select(User).where(User.id == user_id)).one()
        known = session.scalars(sa.select(Passkey.credential).where(Passkey.user_id == user_id)).all()
    if len(known) >= MOST:
        raise InvalidInput(
            _("Nobody needs more than {count} passkeys.").with_values(count=MOST), remedy=_("Remove one first.")
        )
    made = webauthn.generate_registration_options(
        rp_id=site.host, rp_name=site.name, user_name=user.username, user_display_name=user.name,
        user_id=_handle(user), timeout=int(GOOD_FOR.total_seconds() * 1000),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one)) for one in known
        ],
    )  # fmt: skip
    return _asked(webauthn.options_to_json(made), clock)


def add(
    session: Session, *, user_id: int, site: Site, kept: dict[str, str], answer: dict[str, Any], name: str
) -> Passkey:
    """Keep the passkey that a device made in ``answer`` to :func:`ask_for_new`, under a ``name`` its owner knows.

    Raises:
        InvalidInput: the answer is not to what was asked, comes from another site, or the device did not verify its
            person.
        AlreadyExists: the passkey is somebody's already.
    """
    import webauthn
    from webauthn.helpers import exceptions

    _take(session, kept)
    try:
        made = webauthn.verify_registration_response(
            credential=answer, expected_challenge=webauthn.base64url_to_bytes(kept["challenge"]),
            expected_rp_id=site.host, expected_origin=site.origin, require_user_verification=True,
        )  # fmt: skip
    except exceptions.WebAuthnException as error:
        raise InvalidInput(_("The passkey was not added."), why=str(error), remedy=_("Try once more.")) from error
    credential = webauthn.helpers.bytes_to_base64url(made.credential_id)
    if session.scalar(sa.select(Passkey.id).where(Passkey.credential == credential)) is not None:
        raise AlreadyExists(_("This passkey is in use already."))
    row = Passkey(
        user_id=user_id, name=(name.strip() or "?")[:80], credential=credential,
        public_key=webauthn.helpers.bytes_to_base64url(made.credential_public_key), created_at=session.now(),
    )  # fmt: skip
    session.add(row)
    session.add(PasskeyUse(passkey=row, count=made.sign_count))
    session.flush()
    return row


# -- signing in ------------------------------------------------------------------------------------------------------


def ask(site: Site, *, clock: Clock | None = None) -> Asked:
    """Ask for any passkey of this site; which person it belongs to is told by the answer alone."""
    import webauthn
    from webauthn.helpers import structs

    made = webauthn.generate_authentication_options(
        rp_id=site.host, user_verification=structs.UserVerificationRequirement.REQUIRED,
        timeout=int(GOOD_FOR.total_seconds() * 1000),
    )  # fmt: skip
    return _asked(webauthn.options_to_json(made), clock or SystemClock())


def sign_in(
    database: Database,
    *,
    site: Site,
    kept: dict[str, str],
    answer: dict[str, Any],
    clock: Clock | None = None,
    address: str = "",
    agent: str = "",
    limits: Limits | None = None,
) -> SignedIn:
    """Start the login session of whoever holds the passkey that signed ``answer``.

    Raises:
        NotSignedIn: the passkey is unknown, did not sign this challenge for this site, or its owner was deactivated.
        TooManyRequests: the address or the owner's name failed too often.
    """
    clock = clock or SystemClock()
    credential = str(answer.get("id", ""))[:400]
    with reading(database, clock) as session:
        known = session.execute(
            sa.select(Passkey.id, Passkey.user_id).where(Passkey.credential == credential)
        ).one_or_none()  # fmt: skip
    attempt = _begun(database, None if known is None else known.user_id, address, clock, limits or Limits())
    token = ""
    with writing(database, clock, action="core.sign_in", channel="console") as session:
        row = session.scalar(
            sa.select(Passkey).where(Passkey.credential == credential).with_for_update(key_share=True)
        )  # fmt: skip
        user = session.scalar(sa.select(User).where(User.id == row.user_id, User.active)) if row is not None else None
        if row is not None and user is not None and _proves(session, row, site, kept, answer):
            token = sessions.start(session, user, address=address, agent=agent)
        attempts.finish(session, attempt, "succeeded" if token else "failed")
    if not token:
        raise _unproven()
    return SignedIn(token, find_session(database, token, clock=clock))


def _begun(database: Database, user_id: int | None, address: str, clock: Clock, limits: Limits) -> attempts.Attempt:
    """Write down that someone uses a passkey of that user, or one nobody knows."""
    if user_id is None:
        return attempts.begin(
            database, name="?", way="passkey", address=address[:64], clock=clock, organization="", limits=limits
        )
    return attempts.begin_for(
        database, user_id=user_id, way="passkey", address=address, clock=clock, limits=limits
    )  # fmt: skip


def _proves(session: Session, row: Passkey, site: Site, kept: dict[str, str], answer: dict[str, Any]) -> bool:
    """Tell whether ``answer`` was signed by the passkey for this challenge and site, by a device that was unlocked."""
    import webauthn
    from webauthn.helpers import exceptions

    use = session.scalars(sa.select(PasskeyUse).where(PasskeyUse.passkey_id == row.id)).one()
    try:
        _take(session, kept)
        found = webauthn.verify_authentication_response(
            credential=answer, expected_challenge=webauthn.base64url_to_bytes(kept["challenge"]),
            expected_rp_id=site.host, expected_origin=site.origin, require_user_verification=True,
            credential_public_key=webauthn.base64url_to_bytes(row.public_key), credential_current_sign_count=use.count,
        )  # fmt: skip
    except (exceptions.WebAuthnException, BackofficeError):
        return False
    use.count, use.used_at = found.new_sign_count, session.now()
    session.flush()
    return True


def _unproven() -> NotSignedIn:
    return NotSignedIn(
        _("This passkey does not sign in here."),
        why=_("It is not known, was removed, or the question was too old."),
        remedy=_("Try once more, or sign in with your password."),
    )


# -- keeping ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """A passkey as its owner sees it."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


def of_user(session: Session, user_id: int) -> Sequence[Kept]:
    """Return the passkeys of a user, the newest first."""
    rows = session.execute(
        sa.select(Passkey.id, Passkey.name, Passkey.created_at, PasskeyUse.used_at)
        .join(PasskeyUse, PasskeyUse.passkey_id == Passkey.id)
        .where(Passkey.user_id == user_id)
        .order_by(Passkey.id.desc())
    )
    return [Kept(*row) for row in rows]


def remove(session: Session, user_id: int, passkey_id: int) -> None:
    """Remove a passkey of a user; raise :class:`~backoffice.core.errors.NotFound` when it is not theirs."""
    row = session.scalar(sa.select(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id))
    if row is None:
        raise NotFound(_("There is no such passkey of yours."))
    _remove(session, Passkey.id == row.id)


def remove_all(session: Session, user_id: int) -> None:
    """Remove every passkey of a user."""
    _remove(session, Passkey.user_id == user_id)


def _remove(session: Session, which: Any) -> None:
    ids = session.scalars(sa.select(Passkey.id).where(which)).all()
    session.execute(sa.delete(PasskeyUse).where(PasskeyUse.passkey_id.in_(ids)))
    session.execute(sa.delete(Passkey).where(Passkey.id.in_(ids)))


# -- challenges ------------------------------------------------------------------------------------------------------


def _asked(options: str, clock: Clock) -> Asked:
    found = json.loads(options)
    return Asked(found, {"challenge": found["challenge"], "until": (clock.now() + GOOD_FOR).isoformat()})


def _take(session: Session, kept: dict[str, str]) -> None:
    """Use the challenge up; of two who answer it, one gets it.

    It is noted under its digest beside what limits requests, and swept with those an hour later, long after it expired.
    """
    until = datetime.fromisoformat(kept["until"]) if kept.get("until") else None
    if until is None or until < session.now() or not kept.get("challenge"):
        raise _unproven()
    mark = RateWindow(key=f"passkey {digest(kept['challenge'])}", began_at=until, count=1)
    used = sa.select(RateWindow.id).where(RateWindow.key == mark.key)
    if session.scalar(used) is not None:
        raise _unproven()
    session.add(mark)
    session.flush()


def _handle(user: User) -> bytes:
    """Return how devices know the user: always the same, and telling nothing."""
    return hashlib.sha256(f"backoffice user {user.organization_id}/{user.id}/{user.created_at}".encode()).digest()


__all__ = [
    "Asked",
    "Kept",
    "Site",
    "add",
    "ask",
    "ask_for_new",
    "available",
    "of_user",
    "remove",
    "remove_all",
    "sign_in",
]
