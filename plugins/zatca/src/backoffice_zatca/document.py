"""A Saudi document: UBL with the fields ZATCA asks for, its place in the chain, its signature and its QR code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from backoffice_einvoicing.api import EInvoice, Identifier, rounded, ubl_element
from lxml import etree

from .names import EXT, in_cac, in_cbc
from .qr import Code
from .signing import ENVELOPED, SIGNATURE_OF, Identity, sign

Element = Any

PROFILE = "reporting:1.0"
RIYAL = "SAR"
FIRST_PREVIOUS = "NWZlY2ViNjZmZmM4NmYzOGQ5NTI3ODZjNmQ2OTZjNzljMmRiYzIzOWRkNGU5MWI0NjcyOWQ3M2EyN2ZiNTdlOQ=="
"""What the first document of a chain names as the one before: the base64 of the hexadecimal SHA-256 of ``0``."""

INVOICE, CREDIT, DEBIT = "388", "381", "383"
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a transaction (KSA-2): standard or simplified, and five flags."""

    simplified: bool = False
    third_party: bool = False
    nominal: bool = False
    export: bool = False
    summary: bool = False
    self_billed: bool = False

    @property
    def code(self) -> str:
        """The kind as seven digits."""
        flags = (self.third_party, self.nominal, self.export, self.summary, self.self_billed)
        return ("02" if self.simplified else "01") + "".join("1" if flag else "0" for flag in flags)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a document in the chain of its unit."""

    counter: int
    """KSA-16: one higher each time, over documents of all kinds, those that are rejected too."""
    previous: str
    """KSA-13: the hash of the document before, in base64."""
    uuid: UUID
    """KSA-1"""
    at: datetime
    """When it is issued, in the company's zone; KSA-25 is its time."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A document that is ready to be sent."""

    content: bytes
    digest: str
    """Its hash in base64, which the next one names."""
    signature: str
    qr: str


def saudi(invoice: EInvoice, kind: Kind, *, rate: Decimal | None = None) -> EInvoice:
    """Return ``invoice`` with what ZATCA wants said differently: numbers of parties, currencies, codes of documents.

    ``rate`` is what one unit of its currency costs in riyals.
    """
    totals = invoice.totals
    tax = totals.tax or Decimal(0)
    in_riyals = tax if invoice.currency == RIYAL else rounded(tax * (rate or Decimal(1)))
    seller, buyer = invoice.seller, invoice.buyer
    return replace(
        invoice,
        specification="",
        process=PROFILE,
        type_code={"380": INVOICE}.get(invoice.type_code, invoice.type_code),
        tax_currency=RIYAL,
        totals=replace(totals, tax=tax, tax_in_tax_currency=in_riyals),
        seller=replace(
            seller,
            identifiers=tuple(one for one in (seller.registration,) if one) or seller.identifiers,
            registration=None,
            endpoint=None,
            contact=None,
            vat_id=bare(seller.vat_id),
        ),
        buyer=replace(
            buyer,
            identifier=buyer.identifier or _numbered(buyer.registration),
            registration=None,
            endpoint=None,
            contact=None,
            vat_id=bare(buyer.vat_id),
        ),
        payment=replace(invoice.payment, transfers=()) if invoice.payment else None,
        buyer_reference="",
    )


def bare(number: str) -> str:
    """Return a Saudi tax number without the country before it."""
    return number.removeprefix("SA")


def _numbered(registration: Identifier | None) -> Identifier | None:
    return replace(registration, scheme=registration.scheme or "CRN") if registration else None


def make(invoice: EInvoice, kind: Kind, place: Place, identity: Identity, *, reason: str = "") -> Signed:
    """Return the signed document. ``invoice`` is what :func:`saudi` made; ``reason`` is why a note is issued."""
    root = _rooted(invoice)
    _head(root, kind, place)
    _references(root, place)
    if invoice.type_code in (CREDIT, DEBIT):
        _reason(root, reason)
    _lines(root, invoice)
    digest, signature = sign(root, identity, place.at)
    code = Code(
        seller=invoice.seller.name,
        vat_number=invoice.seller.vat_id,
        at=place.at,
        total=invoice.totals.gross,
        tax=invoice.totals.tax_in_tax_currency or Decimal(0),
        digest=digest,
        signature=signature,
        public_key=identity.public_key,
        stamp=identity.stamp if kind.simplified else b"",
    ).text()
    _attach(root, "QR", code)
    return Signed(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), digest, signature, code)


def _rooted(invoice: EInvoice) -> Element:
    """Return the plain document below a root that declares the namespace of extensions as well."""
    plain = ubl_element(invoice, always_invoice=True)
    root = etree.Element(plain.tag, nsmap={**plain.nsmap, "ext": EXT})
    root.extend(list(plain))
    return root


def _after(root: Element, tag: str, made: Element) -> Element:
    root.find(tag).addnext(made)
    return made


def _basic(tag: str, text: str, **attributes: str) -> Element:
    made = etree.Element(in_cbc(tag), attributes)
    made.text = text
    return made


def _within(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    made = _basic(tag, text, **attributes)
    parent.append(made)
    return made


def _head(root: Element, kind: Kind, place: Place) -> None:
    _after(root, in_cbc("ID"), _basic("UUID", str(place.uuid)))
    _after(root, in_cbc("IssueDate"), _basic("IssueTime", place.at.strftime("%H:%M:%S")))
    root.find(in_cbc("InvoiceTypeCode")).set("name", kind.code)


def _references(root: Element, place: Place) -> None:
    counter = _reference("ICV")
    counter.append(_basic("UUID", str(place.counter)))
    previous = _reference("PIH")
    previous.append(_inside(place.previous))
    seller = root.find(in_cac("AccountingSupplierParty"))
    seller.addprevious(counter)
    seller.addprevious(previous)
    signature = etree.Element(in_cac("Signature"))
    _within(signature, "ID", SIGNATURE_OF)
    _within(signature, "SignatureMethod", ENVELOPED)
    seller.addprevious(signature)


def _reference(name: str) -> Element:
    made = etree.Element(in_cac("AdditionalDocumentReference"))
    _within(made, "ID", name)
    return made


def _inside(text: str) -> Element:
    made = etree.Element(in_cac("Attachment"))
    _within(made, "EmbeddedDocumentBinaryObject", text, mimeCode="text/plain")
    return made


def _attach(root: Element, name: str, text: str) -> None:
    made = _reference(name)
    made.append(_inside(text))
    root.find(in_cac("Signature")).addprevious(made)


def _reason(root: Element, reason: str) -> None:
    """Say why a note is issued (KSA-10), where the way of payment stands."""
    means = root.find(in_cac("PaymentMeans"))
    if means is None:
        means = etree.Element(in_cac("PaymentMeans"))
        _within(means, "PaymentMeansCode", "10")
        root.find(in_cac("TaxTotal")).addprevious(means)
    _after(means, in_cbc("PaymentMeansCode"), _basic("InstructionNote", reason))


def _lines(root: Element, invoice: EInvoice) -> None:
    """Say what the tax of each line comes to (KSA-11) and the line with it (KSA-12)."""
    for element, line in zip(root.iterchildren(in_cac("InvoiceLine")), invoice.lines, strict=True):
        tax = rounded(line.net * (line.item.rate or Decimal(0)) / HUNDRED)
        made = etree.Element(in_cac("TaxTotal"))
        _within(made, "TaxAmount", f"{tax:f}", currencyID=invoice.currency)
        _within(made, "RoundingAmount", f"{line.net + tax:f}", currencyID=invoice.currency)
        element.find(in_cac("Item")).addprevious(made)


__all__ = [
    "CREDIT",
    "DEBIT",
    "FIRST_PREVIOUS",
    "INVOICE",
    "PROFILE",
    "RIYAL",
    "Kind",
    "Place",
    "Signed",
    "bare",
    "make",
    "saudi",
]
