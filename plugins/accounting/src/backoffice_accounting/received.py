"""Money of a party that belongs to no one document: advances, payments of many documents, refunds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from backoffice.core.api import Session

from . import ledger
from .accounts import account_for
from .currencies import books_currency
from .models import Payment
from .payments import Money, move
from .settlement import items


def record_money(
    session: Session,
    *,
    kind: str,
    party_id: int,
    on: date,
    amount: Decimal,
    currency: str | None = None,
    rate: Decimal | None = None,
    account_id: int | None = None,
    side: str | None = None,
    advance: bool = False,
    settle: Sequence[int] | None = None,
    oldest: bool = False,
    reference: str | None = None,
    match_key: str | None = None,
) -> tuple[Payment, ledger.Posted]:
    """Record money received from a party or paid to one and return it with its entry.

    What it pays is named by ``settle``, or is what is due first with ``oldest``; the rest stays open as a credit. An
    ``advance`` goes to the account of advances.
    """
    side = side or ("customer" if kind == "received" else "supplier")
    purposes = {"customer": ("receivable", "customer_advance"), "supplier": ("payable", "supplier_advance")}
    other = account_for(session, purposes[side][advance])
    code = currency or books_currency(session)
    paid = list(settle or ())
    if oldest and not paid:
        session.settle()
        sign = 1 if kind == "received" else -1
        owed = items.of_party(session, party_id, accounts=[account_for(session, purposes[side][0])], currency=code)
        paid = [item.id for item in owed if item.open_amount * sign > 0]
    money = Money(
        kind=kind, party_id=party_id, account_id=other, on=on, amount=amount, currency=code, bank_id=account_id,
        reference=reference, match_key=match_key, rate=rate,
    )  # fmt: skip
    return move(session, money, settle=paid)
