"""What stands beside an invoice: its electronic document on its page, and the file in its mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.api import Invoice

from backoffice.core.api import Enclosure, Session
from backoffice.hookspecs import Card, Column, Link, Row, Table, messages

from .issuing import current, of_invoice
from .kinds import DOCUMENT_STATES, SUBMISSION_STATES
from .models import Submission

_ = messages("einvoicing")


def cards(place: str, session: Session, subject: Any) -> Sequence[Card]:
    """Return the documents of an invoice and how far they are."""
    if place != "accounting.invoice" or not isinstance(subject, Invoice):
        return ()
    documents = of_invoice(session, subject.id)
    if not documents:
        return ()
    ids = [document.id for document in documents]
    found = session.execute(sa.select(Submission.document_id, Submission.state).where(Submission.document_id.in_(ids)))
    states = {row.document_id: row.state for row in found}
    rows = [
        Row(
            (
                document.created_at,
                SUBMISSION_STATES[states[document.id]] if document.id in states else DOCUMENT_STATES[document.state],
                document.digest[:16],
            ),
            link=Link(resource="einvoicing.document", id=document.id),
        )
        for document in documents
    ]
    columns = (Column("at", _("At"), "instant"), Column("state", _("State")), Column("digest", _("SHA-256"), "code"))
    return [
        Card(_("Electronic documents"), table=Table(columns, rows), permission="einvoicing.document.read", order=60)
    ]


def enclosures(session: Session, invoice: Any) -> Sequence[Enclosure]:
    """Return the electronic document that goes with an invoice in its mail."""
    document = current(session, invoice.id)
    if document is None:
        return ()
    return [Enclosure(document.name, "application/xml", document.content.encode("utf-8"))]
