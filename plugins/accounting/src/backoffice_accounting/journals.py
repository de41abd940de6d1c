"""Journals: what is checked before one is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backoffice.core.api import InvalidInput, Read, RuleBroken, Session, among, check_pattern
from backoffice.hookspecs import messages

from .models import Entry, Journal

_ = messages("accounting")


@dataclass(frozen=True, slots=True)
class JournalFacts:
    """A journal as the rules of posting see it."""

    id: int
    code: str
    company_id: int
    pattern: str
    active: bool
    kind: str = "general"


_JOURNALS = sa.select(
    Journal.id, Journal.code, Journal.company_id, Journal.pattern, Journal.active, Journal.kind
).where(Journal.company_id == sa.bindparam("company"))
FACTS = Read(_JOURNALS.where(among(Journal.id, "ids")))
"""The facts of the journals ``ids`` in ``company``."""

OF_ACCOUNT = Read(
    _JOURNALS.where(Journal.account_id == sa.bindparam("account"), Journal.active).order_by(Journal.code).limit(1)
)
"""The journal kept in ``company`` for the bank or cash account ``account``."""

OF_KINDS = Read(_JOURNALS.where(among(Journal.kind, "kinds"), Journal.active).order_by(Journal.code))


def before_save(session: Session, journal: Journal, values: Mapping[str, Any]) -> None:
    """Check a journal: its pattern can be filled, and neither pattern nor code changes once numbers exist."""
    if journal.pattern:
        try:
            check_pattern(journal.pattern)
        except InvalidInput as error:
            error.fields = {"pattern": [error.what]}
            raise
    changed = {name for name in ("code", "pattern") if sa.inspect(journal).attrs[name].history.has_changes()}
    if journal.id is None or not changed:
        return
    with session.no_autoflush:
        used = session.scalar(
            sa.select(Entry.id).where(Entry.journal_id == journal.id, Entry.state == "posted").limit(1)
        )
    if used is not None:
        said = _("Entries of this journal bear numbers already; they would begin anew.")
        raise RuleBroken(said, fields={name: [said] for name in changed})


def first_of(session: Session, *kinds: str) -> JournalFacts:
    """Return the company's first journal of ``kinds``, tried in their order.

    Raises :class:`~backoffice.core.api.RuleBroken` when there is none.
    """
    rows = OF_KINDS.rows(session, company=session.company_id, kinds=list(kinds))
    journals = [JournalFacts(*row) for row in rows]
    for kind in kinds:
        for journal in journals:
            if journal.kind == kind:
                return journal
    raise RuleBroken(
        _("There is no journal for this yet."),
        remedy=_("Make one of the kind {kinds}.").with_values(kinds=[str(kind) for kind in kinds]),
    )
