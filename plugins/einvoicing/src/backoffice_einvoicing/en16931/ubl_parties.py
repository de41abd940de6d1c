"""UBL 2.1: names, parties and how to pay."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from .terms import (
    Address,
    Buyer,
    Card,
    Contact,
    DirectDebit,
    EInvoice,
    Identifier,
    Note,
    Payee,
    Payment,
    Representative,
    Seller,
    Transfer,
)
from .tree import Each, One, Own, Shape, Within
from .values import (
    Element,
    Filler,
    Fixed,
    Kind,
    Names,
    Node,
    Value,
    Values,
    Way,
    identifier,
    text_of,
)

COMMON = "urn:oasis:names:specification:ubl:schema:xsd:"
INVOICE = f"{COMMON}Invoice-2"
CREDIT_NOTE = f"{COMMON}CreditNote-2"
NAMES = Names({"cac": f"{COMMON}CommonAggregateComponents-2", "cbc": f"{COMMON}CommonBasicComponents-2"})

CREDIT_NOTE_NAMES = Names({**NAMES.known, "": CREDIT_NOTE})
"""The same names, told apart by what they are used in."""

NUMBERED = identifier(Identifier)
_SUBJECT = re.compile(r"#([A-Z]{3})#(.*)", re.DOTALL)


def _note(element: Element) -> Note:
    text = text_of(element)
    found = _SUBJECT.fullmatch(text)
    return Note(found[2], found[1]) if found else Note(text)


NOTE = Kind(_note, lambda note, way: (f"#{note.subject}#{note.text}" if note.subject else note.text, {}))


ADDRESS = Shape(
    Address,
    Value("cbc:StreetName", "line_one"),
    Value("cbc:AdditionalStreetName", "line_two"),
    Value("cbc:BuildingNumber", "building"),
    Value("cbc:PlotIdentification", "plot"),
    Value("cbc:CitySubdivisionName", "district"),
    Value("cbc:CityName", "city"),
    Value("cbc:PostalZone", "postcode"),
    Value("cbc:CountrySubentity", "subdivision"),
    Within("cac:AddressLine", Value("cbc:Line", "line_three")),
    Within("cac:Country", Value("cbc:IdentificationCode", "country")),
)
CONTACT = Shape(
    Contact,
    Value("cbc:Name", "name"),
    Value("cbc:Telephone", "phone"),
    Value("cbc:ElectronicMail", "email"),
)
VAT = Within("cac:TaxScheme", Fixed("cbc:ID", "VAT"))
NO_VAT = Within("cac:TaxScheme", Fixed("cbc:ID", "TAX", differs=True, other="VAT"))
SEPA = "SEPA"
NOT_SAID = "1"
"""The code of a way to pay that is not said; a credit note has its due date beside one."""


def _read_identifiers(parent: Element, into: Values, way: Way) -> None:
    found = [
        NUMBERED.read(id_) for e in way.children(parent, "cac:PartyIdentification") for id_ in way.children(e, "cbc:ID")
    ]
    kept = [one for one in found if one.value and one.scheme != SEPA]
    into["identifiers"] = tuple(sorted(kept, key=lambda one: bool(one.scheme)))


def _write_identifiers(seller: Seller, parent: Element, way: Way) -> bool:
    for one in seller.identifiers:
        way.add(way.add(parent, "cac:PartyIdentification"), "cbc:ID", one.value, schemeID=one.scheme)
    return bool(seller.identifiers)


def _party(*first: Node, tax: tuple[Node, ...], form: tuple[Node, ...] = ()) -> tuple[Node, ...]:
    return (
        Value("cbc:EndpointID", "endpoint", NUMBERED),
        *first,
        Within("cac:PartyName", Value("cbc:Name", "trading_name")),
        One("cac:PostalAddress", "address", ADDRESS),
        *tax,
        Within(
            "cac:PartyLegalEntity",
            Value("cbc:RegistrationName", "name"),
            Value("cbc:CompanyID", "registration", NUMBERED),
            *form,
        ),
        One("cac:Contact", "contact", CONTACT),
    )


VAT_ID = Within("cac:PartyTaxScheme", Value("cbc:CompanyID", "vat_id"), VAT)
SELLER = Shape(
    Seller,
    Within(
        "cac:Party",
        *_party(
            Own(_read_identifiers, _write_identifiers),
            tax=(VAT_ID, Within("cac:PartyTaxScheme", Value("cbc:CompanyID", "tax_registration"), NO_VAT)),
            form=(Value("cbc:CompanyLegalForm", "legal_form"),),
        ),
    ),
)
IDENTIFIED = Within("cac:PartyIdentification", Value("cbc:ID", "identifier", NUMBERED))
BUYER = Shape(Buyer, Within("cac:Party", *_party(IDENTIFIED, tax=(VAT_ID,))))


def _read_payee_id(parent: Element, into: Values, way: Way) -> None:
    for element in way.children(parent, "cac:PartyIdentification"):
        for child in way.children(element, "cbc:ID"):
            found = NUMBERED.read(child)
            if found.value and found.scheme != SEPA:
                into.setdefault("identifier", found)


PAYEE = Shape(
    Payee,
    Own(
        _read_payee_id,
        lambda payee, parent, way: IDENTIFIED.write(payee, parent, way),
    ),
    Within("cac:PartyName", Value("cbc:Name", "name")),
    Within("cac:PartyLegalEntity", Value("cbc:CompanyID", "registration", NUMBERED)),
)
REPRESENTATIVE = Shape(
    Representative,
    Within("cac:PartyName", Value("cbc:Name", "name")),
    One("cac:PostalAddress", "address", ADDRESS),
    VAT_ID,
)


TRANSFER = Shape(
    Transfer,
    Value("cbc:ID", "account"),
    Value("cbc:Name", "name"),
    Within("cac:FinancialInstitutionBranch", Value("cbc:ID", "bic")),
)
CARD = Shape(
    Card,
    Value("cbc:PrimaryAccountNumberID", "number"),
    Filler("cbc:NetworkID", "NA"),
    Value("cbc:HolderName", "holder"),
)
DEBIT = Shape(
    DirectDebit,
    Within(
        "cac:PaymentMandate",
        Value("cbc:ID", "mandate"),
        Within("cac:PayerFinancialAccount", Value("cbc:ID", "account")),
    ),
)


def _creditor(root: Element, way: Way) -> str:
    """Return the creditor of a direct debit, which stands among the numbers of the payee or the seller."""
    for path in (("cac:PayeeParty",), ("cac:AccountingSupplierParty", "cac:Party")):
        places = [root]
        for tag in (*path, "cac:PartyIdentification", "cbc:ID"):
            places = [child for place in places for child in way.children(place, tag)]
        for id_ in places:
            if id_.get("schemeID") == SEPA:
                return text_of(id_)
    return ""


def read_payment(root: Element, into: Values, way: Way) -> None:
    means = list(way.children(root, "cac:PaymentMeans"))
    transfers: list[Transfer] = []
    for one in means:
        found = TRANSFER_OF.read(one, way)
        transfers.extend(found.transfers if found else ())
    debit = next((d for one in means if (d := DEBIT.read(one, way))), None)
    creditor = _creditor(root, way)
    if creditor:
        debit = replace(debit or DirectDebit(), creditor=creditor)
    if not means:
        return
    first = means[0]
    code = next(way.children(first, "cbc:PaymentMeansCode"), None)
    values = Payment(
        means=text_of(code) if code is not None else "",
        text=code.get("name", "").strip() if code is not None else "",
        reference=next((text for one in means if (text := way.text(one, "cbc:PaymentID"))), ""),
        transfers=tuple(transfers),
        card=next((c for one in means for e in way.children(one, "cac:CardAccount") if (c := CARD.read(e, way))), None),
        debit=debit,
    )
    into["payment"] = values if values not in (Payment(""), Payment(NOT_SAID)) else None


TRANSFER_OF = Shape(Payment, Each("cac:PayeeFinancialAccount", "transfers", TRANSFER))


def write_payment(invoice: EInvoice, root: Element, way: Way) -> bool:
    payment = invoice.payment
    if payment is None and invoice.due_date and way.names is CREDIT_NOTE_NAMES:
        payment = Payment(NOT_SAID)
    if payment is None:
        return False
    for n, transfer in enumerate(payment.transfers or (None,)):
        made = way.add(root, "cac:PaymentMeans")
        way.add(made, "cbc:PaymentMeansCode", payment.means, name=payment.text if n == 0 else "")
        if way.names is CREDIT_NOTE_NAMES and invoice.due_date:
            way.add(made, "cbc:PaymentDueDate", invoice.due_date.isoformat())
        if payment.reference:
            way.add(made, "cbc:PaymentID", payment.reference)
        if n == 0 and payment.card:
            CARD.write(payment.card, way.add(made, "cac:CardAccount"), way)
        if transfer is not None:
            TRANSFER.write(transfer, way.add(made, "cac:PayeeFinancialAccount"), way)
        if n == 0 and payment.debit:
            DEBIT.write(payment.debit, made, way)
    if payment.debit and payment.debit.creditor:
        _write_creditor(invoice, root, payment.debit.creditor, way)
    return True


def _write_creditor(invoice: EInvoice, root: Element, creditor: str, way: Way) -> None:
    party = next(way.children(root, "cac:PayeeParty"), None)
    if party is None:
        party = next(way.children(next(way.children(root, "cac:AccountingSupplierParty")), "cac:Party"))
    after = [child for tag in ("cbc:EndpointID", "cac:PartyIdentification") for child in way.children(party, tag)]
    made = etree.Element(way.names("cac:PartyIdentification"))
    way.add(made, "cbc:ID", creditor, schemeID=SEPA)
    party.insert(party.index(after[-1]) + 1 if after else 0, made)
