"""Advances: what was invoiced or paid ahead, and is taken off the document it was for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa

from backoffice.core.api import RuleBroken, Session
from backoffice.hookspecs import messages

from .invoicing import SALES, InvoiceFacts
from .models import OpenItem
from .posting import ZERO
from .settlement import items
from .settlement.settling import settle, settle_later

_ = messages("accounting")

PURPOSES = ("customer_advance", "supplier_advance")


def recall(session: Session, documents: Iterable[InvoiceFacts]) -> None:
    """Check that documents take off no more than was given ahead, and settle the advances once they are posted.

    Raises :class:`~backoffice.core.api.RuleBroken` for more.
    """
    wanted: dict[tuple[int, int, str, bool], Decimal] = {}
    for facts in documents:
        for charge in facts.charges:
            if charge.party_id is not None and charge.amount < 0:
                key = (charge.party_id, charge.account_id, facts.currency, facts.kind in SALES)
                wanted[key] = wanted.get(key, ZERO) - charge.amount
    for (party, account, code, sale), amount in wanted.items():
        _check(session, party, account, code, amount, sale=sale)
        _settle_later(session, party, account, code)


def _check(session: Session, party: int, account: int, code: str, amount: Decimal, *, sale: bool) -> None:
    given = session.scalar(
        sa.select(sa.func.sum(OpenItem.open_amount)).where(
            OpenItem.company_id == session.company_id,
            OpenItem.party_id == party,
            OpenItem.account_id == account,
            OpenItem.currency == code,
        )
    )
    there = (given or ZERO) * (-1 if sale else 1)
    if amount > there:
        said = _("Of the advances {there} {currency} are left.").with_values(
            there=format(max(there, ZERO), "f"), currency=code
        )
        raise RuleBroken(said, remedy=_("Take off at most that much."), fields={"lines": [said]})


def _settle_later(session: Session, party: int, account: int, code: str) -> None:
    def run(late: Session) -> None:
        found = items.of_party(late, party, accounts=[account], currency=code)
        settle(late, [item.id for item in found], kind="advance")

    settle_later(session, run)
