"""What the accounts of a purpose stand at, for plugins that compare the books with what they count themselves."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting.balances import NOTHING, as_of
from backoffice_accounting.models import AccountChoice

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
