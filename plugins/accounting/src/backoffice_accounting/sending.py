"""Mail an invoice to whom it is for: a letter in their language, the invoice beside it, what was sent kept with it."""

from __future__ import annotations

from typing import Any

from backoffice.core.api import (
    Enclosure,
    InvalidInput,
    Letter,
    Session,
    format_date,
    format_money,
    hand_out,
    queue_mail,
)
from backoffice.hookspecs import messages

from .currencies import company_of
from .documents import invoice_language
from .models import Invoice
from .reports import name_in

_ = messages("accounting")

DOCUMENT = "accounting.invoice"


def send_invoice(
    session: Session, invoice: Invoice, *, to: str | None = None, message: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Queue the mail with ``invoice``; it goes out once this is committed."""
    address = to or invoice.party.email
    if not address:
        said = _("This customer has no e-mail address.")
        raise InvalidInput(said, remedy=_("Write one here, or enter it with the customer."), fields={"to": [said]})
    language = invoice_language(session, invoice)
    paper = hand_out(session, invoice, DOCUMENT, language=language, to=address)
    mail = queue_mail(
        session,
        _letter(session, invoice, language, message),
        to=address,
        name=invoice.party_name or invoice.party.name,
        language=language,
        about=invoice,
        enclosures=[paper, *_with_it(session, invoice)],
    )
    session.emit("accounting.invoice_sent", invoice, mail=mail.id, to=mail.address)
    return {"id": invoice.id, "mail": mail.id, "to": mail.address}


def _with_it(session: Session, invoice: Invoice) -> list[Enclosure]:
    """Return what other plugins send with an invoice."""
    answers = session.hooks.call("accounting_enclosures", session=session, invoice=invoice)
    return [enclosure for answer in answers for enclosure in answer or ()]


def _letter(session: Session, invoice: Invoice, language: str, message: str | None) -> Letter:
    company = name_in(company_of(session), language)
    subject = (
        _("Invoice {number} of {company}") if invoice.kind == "invoice" else _("Credit note {number} of {company}")
    )
    facts = [
        (_("Number"), str(invoice.number)),
        (_("Date"), format_date(invoice.date, language=language)),
        (_("Total"), format_money(invoice.total, invoice.currency, language=language, code=True)),
    ]
    if invoice.kind == "invoice" and invoice.due_date is not None:
        facts.append((_("Due"), format_date(invoice.due_date, language=language)))
    return Letter(
        "accounting.invoice",
        subject.with_values(number=invoice.number, company=company),
        (_("Hello {name},").with_values(name=invoice.party_name or ""), message or _("you find it enclosed.")),
        facts=facts,
        closing=(company,),
    )
