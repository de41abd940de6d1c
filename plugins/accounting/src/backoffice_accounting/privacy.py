"""What the books know about a person. The law asks to keep it, so it is shown and not erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_parties.privacy import party_of

from backoffice.core.api import Session
from backoffice.hookspecs import PersonalRecord, messages

from .models import Invoice

_ = messages("accounting")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the invoices of ``subject``, a party or a user who is one."""
    party = party_of(session, subject)
    if party is None:
        return ()
    rows = session.scalars(sa.select(Invoice).where(Invoice.party_id == party.id).order_by(Invoice.id))
    return [
        PersonalRecord(
            "accounting.invoice",
            invoice.id,
            {
                "number": invoice.number,
                "date": invoice.date,
                "total": invoice.total,
                "currency": invoice.currency,
                "name": invoice.party_name,
                "address": invoice.party_address,
                "tax_number": invoice.party_tax_id,
            },
            reason=_("The law asks to keep issued invoices as they were."),
        )
        for invoice in rows
    ]
