"""Resources: documents issued, their way, documents received."""

from __future__ import annotations

from backoffice_einvoicing.models import Document, Received, Submission

from backoffice.hookspecs import Lines, Resource, messages

_ = messages("einvoicing")

READ_ONLY: frozenset[str] = frozenset()

DOCUMENT = Resource(
    "einvoicing.document",
    Document,
    label=_("Electronic document"),
    plural=_("Electronic documents"),
    description=_("Invoices and credit notes as they were issued, made when an invoice is posted."),
    columns=("number", "date", "total", "currency", "syntax", "authority", "state"),
    filters=("state", "date", "authority", "syntax", "invoice_id", "number"),
    sorts=("date", "number"),
    operations=READ_ONLY,
    currency="currency",
    badge="state",
    menu="finance",
)

SUBMISSION = Resource(
    "einvoicing.submission",
    Submission,
    label=_("Submission"),
    plural=_("Submissions"),
    description=_("The way of each document to an authority or network, with every attempt."),
    columns=("number", "authority", "state", "attempts", "next_at", "deadline", "reference", "message"),
    filters=("state", "authority", "document_id", "number"),
    sorts=("number",),
    operations=READ_ONLY,
    lines=(Lines("steps", ("at", "attempt", "state", "code", "message"), label=_("Attempts")),),
    badge="state",
    menu="finance",
)

RECEIVED = Resource(
    "einvoicing.received",
    Received,
    label=_("Received document"),
    plural=_("Received documents"),
    description=_("Electronic invoices that suppliers sent. Take one in, and make a bill of it."),
    columns=("number", "seller", "date", "total", "currency", "state", "party_id", "problems"),
    form=("party_id",),
    filters=("state", "date", "party_id", "currency"),
    sorts=("date",),
    operations=frozenset({"change"}),
    editable_when=("state", "new"),
    currency="currency",
    badge="state",
    menu="finance",
)

RESOURCES = [DOCUMENT, SUBMISSION, RECEIVED]
