"""What the core itself keeps about a person: their account and its use, mails to them, files of their record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from backoffice.core.attachments.files import described, of_record
from backoffice.core.attachments.models import Attachment
from backoffice.core.mail.models import Mail
from backoffice.core.persistence import Session
from backoffice.core.persistence.records import CoreBase
from backoffice.core.users import passkeys
from backoffice.core.users.models import ApiToken, LoginSession, SignIn, User
from backoffice.hookspecs import PersonalRecord, messages

from .gathering import ERASED

_ = messages("personal")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return what the core keeps about ``subject``, a user or the record of a person."""
    found = [*_files(session, subject), *_mails(session, subject)]
    if isinstance(subject, User):
        found += [_account(session, subject), *_sign_ins(session, subject)]
    return found


# -- the account -----------------------------------------------------------------------------------------------------


def _account(session: Session, user: User) -> PersonalRecord:
    browsers = session.scalars(sa.select(LoginSession).where(LoginSession.user_id == user.id))
    data = {
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "language": user.language,
        "created_at": user.created_at,
        "signed_in": [{"at": one.created_at, "address": one.address, "browser": one.agent} for one in browsers],
    }
    return PersonalRecord("core.user", user.id, data, lambda session: _close(session, user.id))


def _close(session: Session, user_id: int) -> None:
    """Close an account for good: nobody signs in with it, and nothing in it says whose it was.

    The record stays: the log names it. The former user name stays in entries of the log, where it is sealed.
    """
    user = session.scalars(sa.select(User).where(User.id == user_id)).one()
    user.username, user.name, user.email = f"erased-{user.id}", ERASED, None
    user.active, user.password_hash, user.custom = False, None, None
    user.roles.clear()
    session.execute(sa.delete(LoginSession).where(LoginSession.user_id == user_id))
    tokens = session.scalars(sa.select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)))
    for token in tokens:
        token.revoked_at = session.now()
    for model in _of_nobody_else():
        session.execute(sa.delete(model).where(model.user_id == user_id))
    passkeys.remove_all(session, user_id)
    session.flush()


def _of_nobody_else() -> Iterator[Any]:
    """Yield the tables of a user that nobody else needs: factors, codes, links, notices, drafts, favourites."""
    names = {
        "core_second_factor", "core_second_factor_use", "core_recovery_code", "core_password_reset", "core_notice",
        "core_draft", "core_favourite",
    }  # fmt: skip
    for mapper in CoreBase.registry.mappers:
        if mapper.class_.__tablename__ in names:
            yield mapper.class_


def _sign_ins(session: Session, user: User) -> Iterator[PersonalRecord]:
    """Yield the attempts to sign in, counted among the one record they are erased by."""
    mine = sa.select(SignIn).where(SignIn.organization_id == user.organization_id, SignIn.username == user.username)
    rows = session.scalars(mine.order_by(SignIn.id)).all()
    former, user_id = user.username, user.id

    def erase(session: Session) -> None:
        session.execute(
            sa.update(SignIn)
            .where(SignIn.organization_id == session.organization_id, SignIn.username == former)
            .values(username=f"erased-{user_id}", address="")
        )

    if rows:
        data = {"attempts": [{"at": row.at, "address": row.address, "outcome": row.outcome} for row in rows]}
        yield PersonalRecord("core.sign_in", rows[0].id, data, erase)


# -- mails and files -------------------------------------------------------------------------------------------------


def _mails(session: Session, subject: Any) -> Iterator[PersonalRecord]:
    addresses = {str(getattr(subject, "email", "") or "").casefold()} - {""}
    if not addresses:
        return
    wanted = sa.select(Mail).where(sa.func.lower(Mail.address).in_(sorted(addresses))).order_by(Mail.id)
    for mail in session.scalars(wanted):
        data = {"to": mail.address, "at": mail.queued_at, "subject": mail.subject, "text": mail.text}
        yield PersonalRecord("core.mail", mail.id, data, _mail_eraser(mail.id))


def _mail_eraser(id_: int) -> Any:
    def erase(session: Session) -> None:
        mail = session.get(Mail, id_)
        mail.address = mail.name = mail.subject = ERASED
        mail.text = mail.content = mail.sealed = mail.files = None
        if mail.state in {"waiting", "failed"}:
            mail.state = "cancelled"
        session.flush()

    return erase


def _files(session: Session, subject: Any) -> Iterator[PersonalRecord]:
    for one in of_record(session, subject.__tablename__, subject.id):
        yield PersonalRecord("core.attachment", one.id, described(one), _file_eraser(one.id))


def _file_eraser(id_: int) -> Any:
    def erase(session: Session) -> None:
        found = session.get(Attachment, id_)
        if found is not None:
            session.delete(found)
            session.flush()

    return erase


__all__ = ["personal_data"]
