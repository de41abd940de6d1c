"""Soft locks: until a day nothing of a kind is posted, but for those who were given leave for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, NotFound, Read, RuleBroken, Session, User
from backoffice.hookspecs import messages

from .models import LOCKED_KINDS, Lock, LockException
from .posting import EntryDraft

if TYPE_CHECKING:
    from .accounts import AccountFacts

_ = messages("accounting")

LONGEST = timedelta(days=31)
"""No exception lasts longer."""

LOCKS = Read(sa.select(Lock.kind, Lock.until).where(Lock.company_id == sa.bindparam("company")))
"""The locks of ``company``."""


class Locks:
    """The soft locks of a company, as posting asks them."""

    def __init__(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        self._session = session
        self._until: dict[str, date] = {row[0]: row[1] for row in rows}
        self._leave: dict[str, date] | None = None

    def check(self, draft: EntryDraft, journal_kind: str, accounts: Mapping[int, AccountFacts]) -> None:
        """Raise :class:`~backoffice.core.api.RuleBroken` when a lock concerns ``draft`` and nobody gave leave."""
        for kind in self._concerned(draft, journal_kind, accounts):
            if draft.date <= self._until[kind] and not self._may(kind, draft.date):
                raise RuleBroken(
                    _("Nothing of this kind is posted on {date} any more.").with_values(date=draft.date),
                    why=_("{kind}: locked until {until}.").with_values(
                        kind=LOCKED_KINDS[kind], until=self._until[kind]
                    ),
                    remedy=_("Choose a later date, or ask an accountant for an exception."),
                )

    def _concerned(self, draft: EntryDraft, journal_kind: str, accounts: Mapping[int, AccountFacts]) -> Iterator[str]:
        for kind in self._until:
            taxed = kind == "tax" and any(accounts[line.account_id].subtype == "tax" for line in draft.lines)
            if kind in ("all", journal_kind) or taxed:
                yield kind

    def _may(self, kind: str, day: date) -> bool:
        if self._leave is None:
            self._leave = _leave_of(self._session)
        since = self._leave.get(kind)
        return since is not None and day >= since


def _leave_of(session: Session) -> dict[str, date]:
    rows = session.execute(
        sa.select(LockException.kind, sa.func.min(LockException.since))
        .where(
            LockException.company_id == session.company_id,
            LockException.user_id == session.context.actor_id,
            LockException.expires_at > session.now(),
        )
        .group_by(LockException.kind)
    )
    return {row[0]: row[1] for row in rows}


def allow(
    session: Session, *, kind: str, user_id: int, since: date, expires_at: datetime, reason: str
) -> LockException:
    """Return the exception that lets one person post before the lock of ``kind`` until ``expires_at``.

    It is logged and ends by itself. Raises :class:`~backoffice.core.api.InvalidInput` for an end that is past or more
    than a month away, and :class:`~backoffice.core.api.NotFound` for nobody.
    """
    if not session.now() < expires_at <= session.now() + LONGEST:
        said = _("Give an end within the next {days} days.").with_values(days=LONGEST.days)
        raise InvalidInput(said, fields={"expires_at": [said]})
    if session.get(User, user_id) is None:
        raise NotFound(_("There is no such person here."))
    made = LockException(kind=kind, user_id=user_id, since=since, expires_at=expires_at, reason=reason)
    session.add(made)
    session.flush()
    session.emit("accounting.lock_exception_given", made, kind=kind, user=user_id, since=since, expires_at=expires_at)
    return made
