"""What plugins may ask about what they had posted: what accounts of a purpose stand at, and their entries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from backoffice_accounting.balances import NOTHING, as_of
from backoffice_accounting.models import AccountChoice, Entry

from backoffice.core.api import Session


def stands_at(session: Session, purpose: str) -> Decimal | None:
    """Return the sum of the accounts chosen for ``purpose`` in the session's company, ``None`` where none is."""
    accounts = session.scalars(
        sa.select(AccountChoice.account_id)
        .where(AccountChoice.company_id == session.company_id, AccountChoice.purpose == purpose)
        .distinct()
    ).all()
    if not accounts:
        return None
    sums = as_of(session, session.today())
    return sum((sums.get(id_, NOTHING).balance for id_ in accounts), Decimal(0))


class EntryFact(NamedTuple):
    """An entry as others name it."""

    id: int
    number: str | None
    day: date


def entries_of(session: Session, source: str, key: str) -> list[EntryFact]:
    """Return the entries posted for what ``source`` asked under ``key``, in the order of their days."""
    rows = session.execute(
        sa.select(Entry.id, Entry.number, Entry.date)
        .where(Entry.company_id == session.company_id, Entry.source_plugin == source, Entry.source_key == key)
        .order_by(Entry.date, Entry.id)
    )
    return [EntryFact(*row) for row in rows]
