"""The Cross Industry Invoice: names, parties and how to pay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .terms import (
    Address,
    Buyer,
    Card,
    Contact,
    DirectDebit,
    EInvoice,
    Identifier,
    Payee,
    Payment,
    Representative,
    Seller,
    Transfer,
)
from .tree import Here, One, Own, Shape, Within
from .values import (
    DAY_102,
    Element,
    Kind,
    Names,
    Node,
    Texts,
    Value,
    Values,
    Way,
    identifier,
    text_of,
)

UNECE = "urn:un:unece:uncefact:data:standard:"
NAMES = Names(
    {
        "rsm": f"{UNECE}CrossIndustryInvoice:100",
        "ram": f"{UNECE}ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{UNECE}UnqualifiedDataType:100",
        "qdt": f"{UNECE}QualifiedDataType:100",
    }
)
ROOT = "rsm:CrossIndustryInvoice"

NUMBERED = identifier(Identifier)
PLAIN = Kind(lambda element: Identifier(text_of(element)), lambda value, way: (value.value, {}))

POINTS = {"5": "3", "29": "35", "72": "432"}
"""When tax falls due: codes of UNTDID 2475, written here, and of UNTDID 2005, which the norm speaks of."""

POINT = Kind(
    lambda element: POINTS.get(text_of(element), text_of(element)),
    lambda value, way: (next((ours for ours, theirs in POINTS.items() if theirs == value), value), {}),
)


def day(tag: str, name: str, inner: str = "udt:DateTimeString", *, required: bool = False) -> Within:
    return Within(tag, Value(inner, name, DAY_102, required=required))


ADDRESS = Shape(
    Address,
    Value("ram:PostcodeCode", "postcode"),
    Value("ram:LineOne", "line_one"),
    Value("ram:LineTwo", "line_two"),
    Value("ram:LineThree", "line_three"),
    Value("ram:CityName", "city"),
    Value("ram:CountryID", "country"),
    Value("ram:CountrySubDivisionName", "subdivision"),
)
DEPARTMENT = Value("ram:DepartmentName", "name")
CONTACT = Shape(
    Contact,
    Value("ram:PersonName", "name"),
    Own(DEPARTMENT.read, lambda record, parent, way: False),
    Within("ram:TelephoneUniversalCommunication", Value("ram:CompleteNumber", "phone")),
    Within("ram:EmailURIUniversalCommunication", Value("ram:URIID", "email")),
)
ADDRESS_HERE = One("ram:PostalTradeAddress", "address", ADDRESS)


class _Registered(Node):
    """A tax number, told apart by the scheme in its attribute."""

    def __init__(self, scheme: str, name: str) -> None:
        self.scheme = scheme
        self.name = name

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read the first of that scheme."""
        for element in way.children(parent, "ram:SpecifiedTaxRegistration"):
            for child in way.children(element, "ram:ID"):
                if child.get("schemeID") in (self.scheme, self.scheme + "T") and text_of(child):
                    into.setdefault(self.name, text_of(child))

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it."""
        value = getattr(record, self.name)
        if value:
            way.add(way.add(parent, "ram:SpecifiedTaxRegistration"), "ram:ID", value, schemeID=self.scheme)
        return bool(value)


VAT_ID = _Registered("VA", "vat_id")


class OneNumber(Node):
    """A number that stands in one element with a scheme and in another without."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, parent: Element, into: Values, way: Way) -> None:
        """Read the one with a scheme, or else the other."""
        for tag in ("ram:GlobalID", "ram:ID"):
            for child in way.children(parent, tag):
                if text_of(child):
                    into.setdefault(self.name, NUMBERED.read(child))

    def write(self, record: Any, parent: Element, way: Way) -> bool:
        """Write it."""
        value = getattr(record, self.name)
        if value is not None:
            way.add(parent, "ram:GlobalID" if value.scheme else "ram:ID", value.value, schemeID=value.scheme)
        return value is not None


def _party(
    *, names: tuple[Node, ...], after: tuple[Node, ...] = (), tax: tuple[Node, ...] = (VAT_ID,)
) -> tuple[Node, ...]:
    return (
        *names,
        Value("ram:Name", "name"),
        *after,
        Within(
            "ram:SpecifiedLegalOrganization",
            Value("ram:ID", "registration", NUMBERED),
            Value("ram:TradingBusinessName", "trading_name"),
        ),
        One("ram:DefinedTradeContact", "contact", CONTACT),
        ADDRESS_HERE,
        Within("ram:URIUniversalCommunication", Value("ram:URIID", "endpoint", NUMBERED)),
        *tax,
    )


SELLER = Shape(
    Seller,
    *_party(
        names=(
            Texts("ram:ID", "identifiers", PLAIN, lambda one: not one.scheme),
            Texts("ram:GlobalID", "identifiers", NUMBERED, lambda one: bool(one.scheme)),
        ),
        after=(Value("ram:Description", "legal_form"),),
        tax=(VAT_ID, _Registered("FC", "tax_registration")),
    ),
)
BUYER = Shape(Buyer, *_party(names=(OneNumber("identifier"),)))
REPRESENTATIVE = Shape(Representative, Value("ram:Name", "name"), ADDRESS_HERE, VAT_ID)
PAYEE = Shape(
    Payee,
    OneNumber("identifier"),
    Value("ram:Name", "name"),
    Within("ram:SpecifiedLegalOrganization", Value("ram:ID", "registration", NUMBERED)),
)


MEANS = Shape(
    Payment,
    Value("ram:TypeCode", "means"),
    Value("ram:Information", "text"),
    One(
        "ram:ApplicableTradeSettlementFinancialCard",
        "card",
        Shape(Card, Value("ram:ID", "number"), Value("ram:CardholderName", "holder")),
    ),
    Here("debit", Shape(DirectDebit, Within("ram:PayerPartyDebtorFinancialAccount", Value("ram:IBANID", "account")))),
)


def _transfer(means: Element, way: Way) -> Transfer | None:
    for account in way.children(means, "ram:PayeePartyCreditorFinancialAccount"):
        number = way.text(account, "ram:IBANID") or way.text(account, "ram:ProprietaryID")
        bank = next(way.children(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), None)
        bic = way.text(bank, "ram:BICID") if bank is not None else ""
        name = way.text(account, "ram:AccountName")
        return Transfer(number, name, bic) if number or name or bic else None
    return None


def _write_transfer(transfer: Transfer, means: Element, way: Way) -> None:
    account = way.add(means, "ram:PayeePartyCreditorFinancialAccount")
    iban = transfer.account[:2].isalpha()
    if iban:
        way.add(account, "ram:IBANID", transfer.account)
    if transfer.name:
        way.add(account, "ram:AccountName", transfer.name)
    if not iban:
        way.add(account, "ram:ProprietaryID", transfer.account)
    if transfer.bic:
        way.add(way.add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", transfer.bic)


def read_payment(settlement: Element, into: Values, way: Way) -> None:
    means = list(way.children(settlement, "ram:SpecifiedTradeSettlementPaymentMeans"))
    if not means:
        return
    found = [MEANS.read(one, way) or Payment("") for one in means]
    terms = list(way.children(settlement, "ram:SpecifiedTradePaymentTerms"))
    mandate = next((text for one in terms if (text := way.text(one, "ram:DirectDebitMandateID"))), "")
    debit = next((one.debit for one in found if one.debit), DirectDebit())
    debit = replace(debit, mandate=mandate, creditor=way.text(settlement, "ram:CreditorReferenceID"))
    payment = replace(
        found[0],
        reference=way.text(settlement, "ram:PaymentReference"),
        transfers=tuple(transfer for one in means if (transfer := _transfer(one, way)) is not None),
        card=next((one.card for one in found if one.card), None),
        debit=debit if debit != DirectDebit() else None,
    )
    into["payment"] = payment if payment != Payment("") else None


def write_payment(invoice: EInvoice, settlement: Element, way: Way) -> bool:
    payment = invoice.payment
    if payment is None:
        return False
    for n, transfer in enumerate(payment.transfers or (None,)):
        means = way.add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
        MEANS.write(payment if n == 0 else Payment(payment.means), means, way)
        if transfer is not None:
            _write_transfer(transfer, means, way)
    return True


def write_references(invoice: EInvoice, settlement: Element, way: Way) -> bool:
    payment = invoice.payment
    if payment and payment.debit and payment.debit.creditor:
        way.add(settlement, "ram:CreditorReferenceID", payment.debit.creditor)
    if payment and payment.reference:
        way.add(settlement, "ram:PaymentReference", payment.reference)
    return True


def write_terms(invoice: EInvoice, settlement: Element, way: Way) -> bool:
    mandate = invoice.payment.debit.mandate if invoice.payment and invoice.payment.debit else ""
    if not (invoice.terms or invoice.due_date or mandate):
        return False
    made = way.add(settlement, "ram:SpecifiedTradePaymentTerms")
    Value("ram:Description", "terms").write(invoice, made, way)
    day("ram:DueDateDateTime", "due_date").write(invoice, made, way)
    if mandate:
        way.add(made, "ram:DirectDebitMandateID", mandate)
    return True


def read_terms(settlement: Element, into: Values, way: Way) -> None:
    for terms in way.children(settlement, "ram:SpecifiedTradePaymentTerms"):
        Value("ram:Description", "terms").read(terms, into, way)
        day("ram:DueDateDateTime", "due_date").read(terms, into, way)
