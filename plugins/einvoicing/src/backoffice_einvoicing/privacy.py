"""What electronic documents say about a person; the law asks to keep them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.api import Invoice
from backoffice_parties.models import Party

from backoffice.core.api import Session
from backoffice.hookspecs import PersonalRecord, messages

from .models import Document, Received, Submission

_ = messages("einvoicing")

KEPT = _("Invoices are kept as long as the law asks for.")


def personal_data(session: Session, subject: Any) -> Sequence[PersonalRecord]:
    """Return the documents that were issued to a person, and those they sent."""
    if not isinstance(subject, Party):
        return ()
    issued = session.scalars(
        sa.select(Document).join(Invoice, Invoice.id == Document.invoice_id).where(Invoice.party_id == subject.id)
    ).all()
    answers = {
        row.document_id: row.answer
        for row in session.scalars(
            sa.select(Submission).where(Submission.document_id.in_([document.id for document in issued]))
        )
    }
    sent = session.scalars(sa.select(Received).where(Received.party_id == subject.id)).all()
    return [
        *(
            PersonalRecord(
                "einvoicing.document",
                row.id,
                {"number": row.number, "content": row.content, "answer": answers.get(row.id)},
                reason=KEPT,
            )
            for row in issued
        ),
        *(
            PersonalRecord(
                "einvoicing.received",
                row.id,
                {"number": row.number, "seller": row.seller, "tax_id": row.seller_tax_id, "content": row.content},
                reason=KEPT,
            )
            for row in sent
        ),
    ]
