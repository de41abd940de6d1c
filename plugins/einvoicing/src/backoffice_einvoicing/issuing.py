"""Issue documents: made in the transaction that posts the invoice, kept byte for byte, and put on their way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from backoffice_accounting.api import Invoice

from backoffice.core.api import Conflict, Happened, InvalidInput, RuleBroken, Session, keep_file, translate
from backoffice.hookspecs import messages

from .authorities import Answer, Authority, Made, Making, authority
from .en16931 import documents, rules
from .en16931.terms import EInvoice
from .models import Document, Submission
from .outgoing import TYPE_CODES, einvoice_of, without_idle_reasons
from .submitting import send_on

_ = messages("einvoicing")

PURPOSE = "einvoice"
"""The purpose of files of electronic documents among the files of an invoice."""


class Plain(Authority):
    """No authority: the document is written as the norm wants it and goes nowhere by itself."""

    def __init__(self, syntax: str) -> None:
        self.syntax = syntax

    def make(self, session: Session, making: Making) -> Made:
        """Return the document in the syntax the company chose."""
        name = f"{file_name(making.invoice.number)}.xml"
        return Made(documents.write(making.invoice, self.syntax), name, self.syntax, send=False)

    def prepare(self, session: Session, document: Any) -> Any:
        """Refuse: there is nowhere to send it."""
        raise RuleBroken(_("This document goes to no authority."))

    def send(self, prepared: Any) -> Answer:
        """Refuse: there is nowhere to send it."""
        raise RuleBroken(_("This document goes to no authority."))


def file_name(number: str) -> str:
    """Return a number as the name of a file, without extension."""
    return re.sub(r"[^\w.-]+", "-", number).strip("-")


def chosen(session: Session, syntax: str | None = None) -> Authority:
    """Return where documents of the session's company go."""
    name = str(session.setting("einvoicing", "authority") or "")
    if name and syntax is None:
        return authority(name)
    return Plain(syntax or str(session.setting("einvoicing", "syntax") or "ubl"))


def posted(session: Session, event: Happened) -> None:
    """Issue the document of an invoice that is being posted, where the company wants that."""
    if event.facts.get("kind") not in TYPE_CODES or not session.setting("einvoicing", "at_posting"):
        return
    id_ = event.subject_id
    session.late(("zz_einvoicing", id_), lambda late: _issue_late(late, id_))


def _issue_late(session: Session, id_: Any) -> None:
    record = session.get(Invoice, id_, populate_existing=True)
    if record is not None and record.number:
        issue(session, record)


def issue(
    session: Session, record: Any, *, syntax: str | None = None, replaces: Document | None = None
) -> Document:  # fmt: skip
    """Issue the electronic document of ``record``, a posted invoice; what cannot be made is kept with its reasons.

    Raises :class:`~backoffice.core.api.RuleBroken` when the company wants that instead (setting ``strict``).
    """
    where = chosen(session, syntax)
    invoice, broken = _looked_at(session, where, record, replaces)
    if broken:
        return _faulty(session, where, record, broken)
    made = where.make(session, Making(invoice, record, replaces))
    document = _kept(session, where, record, made)
    if made.send and where.name:
        submission = Submission(
            number=document.number, document_id=document.id, authority=where.name, deadline=made.deadline
        )
        session.add(submission)
        session.flush()
        send_on(session, submission)
    session.emit("einvoicing.document_issued", document, invoice=record.id, digest=document.digest)
    return document


def _looked_at(
    session: Session, where: Authority, record: Any, replaces: Document | None
) -> tuple[EInvoice, Sequence[rules.Broken]]:
    try:
        invoice = einvoice_of(session, record)
        if "BR-Z-10" not in where.waives:
            invoice = without_idle_reasons(invoice)
    except RuleBroken as error:
        return None, [rules.Broken("-", error.what)]  # type: ignore[return-value]
    making = Making(invoice, record, replaces)
    norm = [broken for broken in rules.check(invoice) if broken.rule not in where.waives]
    return invoice, [*norm, *where.check(session, making)]


def _faulty(session: Session, where: Authority, record: Any, broken: Sequence[rules.Broken]) -> Document:
    language = session.context.language
    said = "\n".join(f"{one.rule}: {translate(one.said, language)}" for one in broken)
    if session.setting("einvoicing", "strict"):
        raise RuleBroken(
            _("The electronic document of {number} cannot be made.").with_values(number=record.number),
            why=said,
            remedy=_("Complete the records of the customer and of your company, and post it again."),
        )
    document = _row(session, where, record, state="faulty", problems=said, name="")
    session.emit("einvoicing.document_faulty", document, invoice=record.id)
    return document


def _kept(session: Session, where: Authority, record: Any, made: Made) -> Document:
    document = _row(
        session,
        where,
        record,
        state="made",
        name=made.name,
        syntax=made.syntax,
        content=made.content.decode("utf-8"),
        digest=hashlib.sha256(made.content).hexdigest(),
        facts=dict(made.facts),
    )
    keep_file(session, record, made.name, "application/xml", made.content, purpose=PURPOSE)
    return document


def _row(session: Session, where: Authority, record: Any, **values: Any) -> Document:
    _replace(session, record)
    document = Document(
        **{
            "number": record.number,
            "invoice_id": record.id,
            "syntax": "ubl",
            "date": record.date,
            "currency": record.currency,
            "total": record.total,
            "authority": where.name,
            **values,
        }
    )
    session.add(document)
    session.flush()
    return document


def _replace(session: Session, record: Any) -> None:
    """Mark the documents there are of an invoice as replaced; they stay, and so does what was said about them."""
    for former in of_invoice(session, record.id):
        if former.state != "replaced":
            former.state = "replaced"
    session.flush()


def of_invoice(session: Session, invoice_id: int) -> Sequence[Document]:
    """Return the documents of an invoice, the newest first."""
    wanted = sa.select(Document).where(Document.invoice_id == invoice_id).order_by(Document.id.desc())
    return session.scalars(wanted).all()


def current(session: Session, invoice_id: int) -> Document | None:
    """Return the document that holds for an invoice, if it was made."""
    return next((one for one in of_invoice(session, invoice_id) if one.state == "made"), None)


def issue_again(session: Session, record: Any, *, syntax: str | None = None) -> Document:
    """Issue the document of an invoice anew, under its legal number: after it was faulty or rejected.

    Raises :class:`~backoffice.core.api.Conflict` while the one there is on its way or was accepted.
    """
    if not record.number:
        raise InvalidInput(_("A draft is no invoice yet."), remedy=_("Post it first."))
    former = current(session, record.id)
    if former is not None and former.authority:
        state = session.scalar(sa.select(Submission.state).where(Submission.document_id == former.id))
        if state is not None and state != "rejected":
            raise Conflict(
                _("The document of {number} was not rejected.").with_values(number=record.number),
                why=_("An authority has it, or will get it."),
                remedy=_("Issue a credit note to take it back."),
            )
    return issue(session, record, syntax=syntax, replaces=former)


__all__ = ["PURPOSE", "Plain", "chosen", "current", "file_name", "issue", "issue_again", "of_invoice", "posted"]
