"""Documents that suppliers send: read, checked, kept as they came, and brought to the supplier they are from."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as BadBase64
from typing import Any

import sqlalchemy as sa
from backoffice_parties.models import Identifier, Party

from backoffice.core.api import Conflict, InvalidInput, RuleBroken, Session, keep_file, translate
from backoffice.hookspecs import messages

from . import pdf
from .bills import book
from .en16931 import documents, rules
from .en16931.calculating import ZERO
from .en16931.terms import EInvoice
from .models import Received

_ = messages("einvoicing")


def receive(session: Session, *, content: str, name: str | None = None) -> dict[str, Any]:
    """Take in a document: XML as text, or any file in base64. The same file is taken in once."""
    data = data_of(content)
    found = taken_in(session, name or "invoice.xml", data)
    return {"id": found.id, "number": found.number, "state": found.state, "party": found.party_id}


def data_of(content: str) -> bytes:
    """Return the bytes of a file given as text."""
    text = content.lstrip("\ufeff").lstrip()
    if text.startswith("<"):
        return text.encode("utf-8")
    try:
        return b64decode("".join(text.split()), validate=True)
    except (BadBase64, ValueError) as error:
        said = _("This is neither XML nor a file in base64.")
        raise InvalidInput(said, fields={"content": [said]}) from error


def taken_in(session: Session, name: str, data: bytes) -> Received:
    """Return the record of a document that was sent; made now unless it was taken in before.

    Raises :class:`~backoffice.core.api.InvalidInput` when it is no electronic invoice.
    """
    if len(data) > pdf.LARGEST:
        said = _("The file is too large for an electronic invoice.")
        raise InvalidInput(said, fields={"file": [said]})
    xml = (pdf.embedded(data)[1] if pdf.is_pdf(data) else data).strip()
    digest = hashlib.sha256(xml).hexdigest()
    known = session.scalars(
        sa.select(Received).where(Received.company_id == session.company_id, Received.digest == digest)
    ).one_or_none()
    if known is not None:
        return known
    root = documents.parse(xml)
    syntax, invoice = documents.syntax_of(root), documents.read(xml)
    return _kept(session, name, data, xml, digest, syntax, invoice)


def _kept(
    session: Session, name: str, data: bytes, xml: bytes, digest: str, syntax: str, invoice: EInvoice
) -> Received:  # fmt: skip
    party = supplier_of(session, invoice)
    seller = invoice.seller
    row = Received(
        number=invoice.number[:120],
        seller=(seller.name or seller.trading_name)[:200],
        seller_tax_id=(seller.vat_id or seller.tax_registration)[:60] or None,
        type_code=invoice.type_code[:8],
        date=invoice.issue_date,
        due_date=invoice.due_date,
        currency=invoice.currency[:3],
        net=invoice.totals.net,
        tax=invoice.totals.tax or ZERO,
        total=invoice.totals.gross,
        syntax=syntax,
        party_id=party.id if party is not None else None,
        problems=told(session, rules.check(invoice)) or None,
        name=name[:200],
        content=xml.decode("utf-8", "replace"),
        digest=digest,
    )
    session.add(row)
    session.flush()
    type_ = "application/pdf" if pdf.is_pdf(data) else "application/xml"
    keep_file(session, row, name, type_, data, purpose="received")
    session.emit("einvoicing.document_received", row, digest=digest)
    return row


def told(session: Session, broken: list[rules.Broken]) -> str:
    """Return what is wrong with a document, a line each."""
    return "\n".join(f"{one.rule}: {translate(one.said, session.context.language)}" for one in broken)


# -- the supplier ----------------------------------------------------------------------------------------------------


def plain_number(number: str) -> str:
    """Return a number without blanks, dots and dashes."""
    return "".join(c for c in number if c.isalnum()).upper()


def supplier_of(session: Session, invoice: EInvoice) -> Party | None:
    """Return the party a document is from: by tax number, then by registration, then by electronic address.

    Nothing when there is none, or more than one: somebody has to choose.
    """
    seller = invoice.seller
    numbers = {plain_number(n) for n in (seller.vat_id, seller.tax_registration) if n}
    country = seller.address.country if seller.address else ""
    numbers |= {n.removeprefix(country) for n in numbers if country}
    asked: list[Any] = []
    if numbers:
        asked.append(_bare(Party.tax_id).in_(sorted(numbers)))
        asked.append(Party.numbers.any(_bare(Identifier.number).in_(sorted(numbers))))
    if seller.registration:
        asked.append(Party.registration == seller.registration.value)
    if seller.endpoint and "@" in seller.endpoint.value:
        asked.append(sa.func.lower(Party.email) == seller.endpoint.value.lower())
    for condition in asked:
        found = session.scalars(sa.select(Party).where(Party.active, condition).limit(2)).all()
        if len(found) == 1:
            return found[0]
    return None


def _bare(column: Any) -> Any:
    bare = sa.func.upper(column)
    for sign in (" ", ".", "-", "/"):
        bare = sa.func.replace(bare, sign, "")
    return bare


def add_supplier(session: Session, row: Received) -> dict[str, Any]:
    """Add the seller of a received document to the parties, with what the document says about them."""
    _open(row)
    if row.party_id is not None:
        raise Conflict(_("This document has a supplier already."))
    seller = documents.read(row.content.encode()).seller
    place = seller.address
    made = session.perform(
        "parties.party.create",
        name=seller.name or seller.trading_name or row.number,
        supplier=True,
        country=place.country if place else None,
        tax_id=seller.vat_id or seller.tax_registration or None,
        registration=seller.registration.value if seller.registration else None,
        email=seller.contact.email or None if seller.contact else None,
        phone=seller.contact.phone or None if seller.contact else None,
        addresses=[
            {
                "kind": "main",
                "street": ", ".join(part for part in (place.line_one, place.line_two) if part) or None,
                "city": place.city or None,
                "postcode": place.postcode or None,
                "region": place.subdivision or None,
                "country": place.country or None,
            }
        ]
        if place
        else [],
    )
    row.party_id = made["id"] if isinstance(made, dict) else made.id
    session.flush()
    return {"id": row.id, "party": row.party_id}


# -- what becomes of it ----------------------------------------------------------------------------------------------


def _open(row: Received) -> None:
    if row.state != "new":
        raise Conflict(_("Something became of this document already."))


def make_bill(session: Session, row: Received, *, party_id: int | None = None, anyway: bool = False) -> dict[str, Any]:
    """Make the draft bill of a received document. Its amounts must tie, unless somebody says ``anyway``."""
    _open(row)
    row.party_id = party_id or row.party_id
    if row.party_id is None:
        said = _("It is not known which supplier this is from.")
        raise InvalidInput(said, remedy=_("Choose the supplier, or add it first."), fields={"party": [said]})
    invoice = documents.read(row.content.encode())
    broken = rules.unbalanced(invoice)
    if broken and not anyway:
        raise RuleBroken(
            _("The amounts of {number} do not tie.").with_values(number=row.number),
            why=told(session, broken),
            remedy=_("Ask the supplier for a right one, or make the bill anyway and look at it."),
        )
    row.invoice_id = book(session, row, invoice)
    row.state = "booked"
    session.flush()
    session.emit("einvoicing.document_booked", row, invoice=row.invoice_id)
    return {"id": row.id, "invoice": row.invoice_id}


def refuse(session: Session, row: Received, *, reason: str) -> Received:
    """Note that a document is not paid, and why."""
    _open(row)
    row.state, row.reason = "refused", reason
    session.flush()
    return row


__all__ = ["add_supplier", "data_of", "make_bill", "receive", "refuse", "supplier_of", "taken_in"]
