"""What statements tell about a person: the lines that name them or their accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import BankAccount, Party

from backoffice.core.api import Session, fold
from backoffice.hookspecs import PersonalRecord, messages

from .models import Line

_ = messages("banking")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the lines of statements that bear the name or an account of ``subject``, a party or a user who is one."""
    party_id = subject.id if isinstance(subject, Party) else getattr(subject, "party_id", None)
    party = session.get(Party, party_id) if party_id is not None else None
    if party is None:
        return ()
    numbers = list(session.scalars(sa.select(BankAccount.number).where(BankAccount.party_id == party.id)))
    named = sa.select(Line).where(
        sa.or_(Line.party_account.in_(numbers), Line.search_key.contains(fold(party.name), autoescape=True))
    )
    return [
        PersonalRecord(
            "banking.line",
            line.id,
            {"date": line.date, "amount": line.amount, "name": line.party_name, "account": line.party_account},
            reason=_("The law asks to keep statements of banks as they were."),
        )
        for line in session.scalars(named.order_by(Line.id).limit(5000))
    ]
