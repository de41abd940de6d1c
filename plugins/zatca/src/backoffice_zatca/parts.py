"""The QR code on the printed invoice: of the signed document, or of the first phase where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice_accounting.api import DocumentPart
from backoffice_einvoicing.api import current

from backoffice.core.api import Company, Session
from backoffice.hookspecs import messages

from .document import bare
from .qr import Code, svg
from .rules import VAT_NUMBER

_ = messages("zatca")


def code_of(session: Session, record: Any) -> str | None:
    """Return the code of a posted invoice or credit note, nothing where none belongs on it."""
    company: Company = session.get(Company, record.company_id)
    if record.state == "draft" or company.country != "SA" or record.kind not in ("invoice", "credit_note"):
        return None
    made = current(session, record.id)
    if made is not None and made.facts.get("qr"):
        return str(made.facts["qr"])
    number = bare(company.tax_id or "")
    if not VAT_NUMBER.fullmatch(number):
        return None
    issued = datetime.combine(record.date, record.created_at.timetz())
    rate = record.rate or Decimal(1)
    tax = getattr(record, "tax_total", Decimal(0))
    return Code(company.name, number, issued, record.total * rate, tax * rate).text()


def document_parts(session: Session, record: Any) -> Sequence[DocumentPart]:
    """Return the picture for the printed invoice."""
    text = code_of(session, record)
    return [DocumentPart(_("QR code of the invoice"), svg(text))] if text else ()
