"""What is kept: documents as they were issued, their way to an authority step by step, and documents received."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_accounting.api import Invoice
from backoffice_parties.models import Party
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from . import guards
from .kinds import DOCUMENT_STATES, RECEIVED_STATES, SUBMISSION_STATES, SYNTAXES

_ = messages("einvoicing")

Base: Any = plugin_base("einvoicing")


class Document(OfCompany, Record, Base):
    """An electronic invoice or credit note as it was issued, byte for byte."""

    __tablename__ = "einvoicing_document"
    __title__ = "number"

    number: Mapped[str] = field.code(40, label=_("Number"), search=True, read_only=True)
    invoice_id: Mapped[int] = field.ref(Invoice, label=_("Invoice"), read_only=True)
    syntax: Mapped[str] = field.choice(SYNTAXES, label=_("Syntax"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True)
    state: Mapped[str] = field.choice(DOCUMENT_STATES, label=_("State"), read_only=True)
    name: Mapped[str] = field.text(200, label=_("File"), read_only=True)
    content: Mapped[str] = field.long_text(label=_("Content"), read_only=True, personal=True, default="")
    digest: Mapped[str] = field.code(64, label=_("SHA-256"), read_only=True, default="")
    authority: Mapped[str] = field.code(40, label=_("Authority"), read_only=True, default="")
    problems: Mapped[str | None] = field.long_text(label=_("What is wrong"), read_only=True)
    facts: Mapped[dict[str, Any]] = field.data(label=_("Facts of the authority"), read_only=True, default=dict)

    of_invoice = Indexed("invoice_id", "id")
    by_date = Indexed("date", "id")
    of_number = Indexed("number")

    invoice: Mapped[Invoice] = to_one(invoice_id, argument=Invoice)


Document.guards = (
    guards.fixed(
        "einvoicing_document",
        (
            "id", "organization_id", "company_id", "number", "invoice_id", "syntax", "date", "currency", "total",
            "name", "content", "digest", "authority", "facts",
        ),
    ),
)  # fmt: skip


class Submission(OfCompany, Record, Base):
    """The way of a document to an authority or network, apart from its legal number."""

    __tablename__ = "einvoicing_submission"
    __title__ = "number"

    number: Mapped[str] = field.code(40, label=_("Number"), search=True, read_only=True)
    document_id: Mapped[int] = field.ref(Document, label=_("Document"), read_only=True)
    authority: Mapped[str] = field.code(40, label=_("Authority"), read_only=True)
    state: Mapped[str] = field.choice(SUBMISSION_STATES, label=_("State"), default="issued", read_only=True)
    attempts: Mapped[int] = field.integer(label=_("Attempts"), read_only=True, default=0)
    next_at: Mapped[datetime.datetime | None] = field.instant(label=_("Next attempt"), read_only=True)
    deadline: Mapped[datetime.datetime | None] = field.instant(label=_("To be done by"), read_only=True)
    reference: Mapped[str | None] = field.code(120, label=_("Reference there"), search=True, read_only=True)
    message: Mapped[str | None] = field.long_text(label=_("What was said"), read_only=True)
    done_at: Mapped[datetime.datetime | None] = field.instant(label=_("Done"), read_only=True)
    answer: Mapped[str | None] = field.long_text(
        label=_("Document as it was given back"), read_only=True, personal=True
    )

    once = UniqueInCompany("document_id", "authority")
    by_state = Indexed("state", "next_at")
    by_number = Indexed("number")

    document: Mapped[Document] = to_one(document_id)
    steps: Mapped[list[Step]] = to_many("Step.submission_id", back_populates="submission")


class Step(Row, Base):
    """One attempt, and what came of it."""

    __tablename__ = "einvoicing_step"
    __part_of__ = "submission_id"
    __referenced__ = False

    submission_id: Mapped[int] = field.ref(Submission, label=_("Submission"))
    at: Mapped[datetime.datetime] = field.instant(label=_("At"), read_only=True)
    attempt: Mapped[int] = field.integer(label=_("Attempt"), read_only=True)
    state: Mapped[str] = field.choice(SUBMISSION_STATES, label=_("State"), read_only=True)
    code: Mapped[str | None] = field.code(80, label=_("Code"), read_only=True)
    message: Mapped[str | None] = field.long_text(label=_("What was said"), read_only=True)
    of_submission = Indexed("submission_id", "id")

    submission: Mapped[Submission] = to_one(submission_id, back_populates="steps")


Step.guards = (guards.fixed("einvoicing_step", ("id", "submission_id", "at", "attempt", "state", "code", "message")),)


class Received(OfCompany, Record, Base):
    """An electronic invoice somebody sent us, and what became of it."""

    __tablename__ = "einvoicing_received"
    __title__ = "number"

    number: Mapped[str] = field.code(120, label=_("Number"), search=True, read_only=True)
    seller: Mapped[str] = field.text(200, label=_("Seller"), search=True, read_only=True, personal=True)
    seller_tax_id: Mapped[str | None] = field.code(
        60, label=_("Tax number of the seller"), search=True, read_only=True, personal=True
    )
    type_code: Mapped[str] = field.code(8, label=_("Kind"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    due_date: Mapped[datetime.date | None] = field.day(label=_("Due"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Without tax"), read_only=True)
    tax: Mapped[Decimal] = field.money(currency="currency", label=_("Tax"), read_only=True)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True)
    syntax: Mapped[str] = field.choice(SYNTAXES, label=_("Syntax"), read_only=True)
    state: Mapped[str] = field.choice(RECEIVED_STATES, label=_("State"), default="new", read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Supplier"))
    invoice_id: Mapped[int | None] = field.ref(Invoice, label=_("Bill"), read_only=True)
    problems: Mapped[str | None] = field.long_text(label=_("What is wrong"), read_only=True)
    reason: Mapped[str | None] = field.text(200, label=_("Reason"), read_only=True)
    name: Mapped[str] = field.text(200, label=_("File"), read_only=True)
    content: Mapped[str] = field.long_text(label=_("Content"), read_only=True, personal=True)
    digest: Mapped[str] = field.code(64, label=_("SHA-256"), read_only=True)

    once = UniqueInCompany("digest")
    by_date = Indexed("date", "id")
    by_seller = Indexed("seller_tax_id", "number")

    party: Mapped[Party | None] = to_one(party_id, argument=Party)
    invoice: Mapped[Invoice | None] = to_one(invoice_id, argument=Invoice)


Received.guards = (
    guards.fixed(
        "einvoicing_received",
        (
            "id", "organization_id", "company_id", "number", "seller", "seller_tax_id", "type_code", "date", "due_date",
            "currency", "net", "tax", "total", "syntax", "name", "content", "digest",
        ),
    ),
)  # fmt: skip
