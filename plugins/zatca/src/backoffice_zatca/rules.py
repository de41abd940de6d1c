"""What ZATCA refuses beyond the norm: the rules whose names begin with BR-KSA that a program has to keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from backoffice_einvoicing.api import Address, Broken, EInvoice

from backoffice.hookspecs import messages

from .document import CREDIT, DEBIT, INVOICE, Kind

_ = messages("zatca")

VAT_NUMBER = re.compile(r"3\d{13}3")
POSTCODE = re.compile(r"\d{5}")
BUILDING = re.compile(r"\d{4}")
SCHEMES = frozenset({"CRN", "MOM", "MLS", "700", "SAG", "OTH", "TIN", "NAT", "GCC", "IQA", "PAS"})
REASONS = {
    "E": re.compile(r"VATEX-SA-(29|29-7|30)"),
    "Z": re.compile(r"VATEX-SA-(32|33|34-[1-5]|35|36|EDU|HEA|MLTRY)"),
    "O": re.compile(r"VATEX-SA-OOS"),
}
CATEGORIES = frozenset({"S", "Z", "E", "O"})

Found = Iterator[Broken]


def check(invoice: EInvoice, kind: Kind, *, reason: str = "") -> list[Broken]:
    """Return the rules that ``invoice``, as :func:`.document.saudi` made it, breaks."""
    found = [broken for rule in RULES for broken in rule(invoice, kind)]
    if invoice.type_code in (CREDIT, DEBIT):
        found.extend(_note(invoice, reason))
    return found


def _note(invoice: EInvoice, reason: str) -> Found:
    if not invoice.preceding:
        yield Broken("BR-KSA-56", _("A credit or debit note names the invoice it is about."))
    if not reason:
        yield Broken("BR-KSA-17", _("A credit or debit note says why it is issued."))


def _document(invoice: EInvoice, kind: Kind) -> Found:
    if invoice.type_code not in (INVOICE, CREDIT, DEBIT):
        yield Broken("BR-KSA-05", _("It is neither an invoice nor a credit or debit note."))
    if kind.export and kind.simplified:
        yield Broken("BR-KSA-07", _("A simplified invoice is none for export."))
    if len(invoice.number) > 127:
        yield Broken("BR-KSA-F-06", _("The number is too long."))


def _seller(invoice: EInvoice, kind: Kind) -> Found:
    seller = invoice.seller
    if not VAT_NUMBER.fullmatch(seller.vat_id):
        said = _("The tax number of the seller has fifteen digits and begins and ends with 3.")
        yield Broken("BR-KSA-39" if not seller.vat_id else "BR-KSA-40", said)
    if not any(one.scheme in SCHEMES and one.value.isalnum() for one in seller.identifiers):
        yield Broken("BR-KSA-08", _("The seller needs a commercial registration or another number with its scheme."))
    yield from _address(seller.address or Address(), "BR-KSA-09", _("The address of the seller lacks {parts}."))


def _address(address: Address, rule: str, said: str) -> Found:
    lacking = [
        label
        for label, there in (
            (_("street"), address.line_one),
            (_("building number of four digits"), BUILDING.fullmatch(address.building)),
            (_("district"), address.district),
            (_("city"), address.city),
            (_("postcode of five digits"), POSTCODE.fullmatch(address.postcode)),
            (_("country"), address.country),
        )
        if not there
    ]
    for label in lacking:
        yield Broken(rule, said.with_values(parts=label))  # type: ignore[attr-defined]


def _buyer(invoice: EInvoice, kind: Kind) -> Found:
    buyer = invoice.buyer
    if kind.simplified:
        return
    if not buyer.name:
        yield Broken("BR-KSA-42", _("The buyer has no name."))
    if not buyer.vat_id and buyer.identifier is None:
        yield Broken("BR-KSA-81", _("The buyer needs a tax number or another number with its scheme."))
    if buyer.vat_id and not kind.export and not VAT_NUMBER.fullmatch(buyer.vat_id):
        said = _("The tax number of the buyer has fifteen digits and begins and ends with 3.")
        yield Broken("BR-KSA-44", said)
    address = buyer.address or Address()
    if address.country == "SA":
        yield from _address(address, "BR-KSA-63", _("The address of the buyer lacks {parts}."))
    elif not (address.line_one and address.city and address.country):
        yield Broken("BR-KSA-10", _("The address of the buyer lacks street, city or country."))


def _supply(invoice: EInvoice, kind: Kind) -> Found:
    if not kind.simplified and invoice.type_code == INVOICE and not (invoice.delivery and invoice.delivery.day):
        yield Broken("BR-KSA-15", _("A tax invoice says when it was supplied."))


def _taxes(invoice: EInvoice, kind: Kind) -> Found:
    for row in invoice.breakdowns:
        if row.category not in CATEGORIES:
            said = _("The tax category {category} is not known in Saudi Arabia.").with_values(category=row.category)
            yield Broken("BR-KSA-18", said)
        wanted = REASONS.get(row.category)
        if wanted is not None and not wanted.fullmatch(row.reason_code):
            said = _("The reason for no tax under {category} is none of Saudi Arabia: {code}.")
            yield Broken("BR-KSA-23", said.with_values(category=row.category, code=row.reason_code or "–"))
        if wanted is not None and not row.reason:
            yield Broken("BR-KSA-83", _("The reason for no tax has no text."))


RULES: tuple[Callable[[EInvoice, Kind], Found], ...] = (_document, _seller, _buyer, _supply, _taxes)

__all__ = ["REASONS", "VAT_NUMBER", "check"]
