"""UBL 2.1: the elements of an Invoice and of a CreditNote, in the order of the schema."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from lxml import etree

from .codes import CREDIT_NOTES
from .terms import (
    Allowance,
    Attachment,
    Breakdown,
    Characteristic,
    Classification,
    Delivery,
    EInvoice,
    Item,
    Line,
    LineAllowance,
    Period,
    Preceding,
    Price,
    Supporting,
    Totals,
)
from .tree import Each, Here, One, Own, Shape, Within
from .ubl_parties import (
    ADDRESS,
    BUYER,
    CREDIT_NOTE,
    CREDIT_NOTE_NAMES,
    INVOICE,
    NAMES,
    NOTE,
    NUMBERED,
    PAYEE,
    REPRESENTATIVE,
    SELLER,
    read_payment,
    write_payment,
)
from .values import (
    AMOUNT,
    DAY,
    NUMBER,
    Element,
    Fixed,
    Measured,
    Node,
    Texts,
    Value,
    Values,
    Way,
    file,
    number_text,
    text_of,
)

FILLED = Own(lambda parent, into, way: None, lambda record, parent, way: _fill_scheme(parent, way))


def _fill_scheme(parent: Element, way: Way) -> bool:
    way.add(way.add(parent, "cac:TaxScheme"), "cbc:ID", "VAT")
    return False


def _allowance(make: Any, charge: str, *more: Node) -> Shape:
    return Shape(
        make,
        Fixed("cbc:ChargeIndicator", charge),
        Value("cbc:AllowanceChargeReasonCode", "reason_code"),
        Value("cbc:AllowanceChargeReason", "reason"),
        Value("cbc:MultiplierFactorNumeric", "percent", NUMBER),
        Value("cbc:Amount", "amount", AMOUNT, required=True),
        Value("cbc:BaseAmount", "base", AMOUNT),
        *more,
    )


def _taxed(tag: str, *more: Node) -> Within:
    return Within(tag, Value("cbc:ID", "category"), Value("cbc:Percent", "rate", NUMBER), *more, FILLED)


BREAKDOWN = Shape(
    Breakdown,
    Value("cbc:TaxableAmount", "base", AMOUNT, required=True),
    Value("cbc:TaxAmount", "tax", AMOUNT, required=True),
    _taxed(
        "cac:TaxCategory",
        Value("cbc:TaxExemptionReasonCode", "reason_code"),
        Value("cbc:TaxExemptionReason", "reason"),
    ),
)
TOTALS = Shape(
    Totals,
    Value("cbc:LineExtensionAmount", "lines", AMOUNT, required=True),
    Value("cbc:TaxExclusiveAmount", "net", AMOUNT, required=True),
    Value("cbc:TaxInclusiveAmount", "gross", AMOUNT, required=True),
    Value("cbc:AllowanceTotalAmount", "allowances", AMOUNT),
    Value("cbc:ChargeTotalAmount", "charges", AMOUNT),
    Value("cbc:PrepaidAmount", "paid", AMOUNT),
    Value("cbc:PayableRoundingAmount", "rounding", AMOUNT),
    Value("cbc:PayableAmount", "due", AMOUNT, required=True),
)


def tax_named(code: str, currency: str, other: str, into: Values) -> str:
    """Return which total of tax an amount in ``code`` is; where both currencies are one, the second is the other."""
    if code == other and (code != currency or "tax" in into):
        return "tax_in_tax_currency"
    return "tax"


def _read_taxes(root: Element, into: Values, way: Way) -> None:
    currency, other = way.text(root, "cbc:DocumentCurrencyCode"), way.text(root, "cbc:TaxCurrencyCode")
    rows: list[Any] = []
    for total in way.children(root, "cac:TaxTotal"):
        for amount in way.children(total, "cbc:TaxAmount"):
            code = amount.get("currencyID", currency)
            into.setdefault(tax_named(code, currency, other, into), AMOUNT.read(amount))
        subtotals = way.children(total, "cac:TaxSubtotal")
        rows.extend(BREAKDOWN.read(row, way) for row in subtotals if BREAKDOWN.matches(row, way))
    into["breakdowns"] = tuple(row for row in rows if row is not None)


def _write_taxes(invoice: EInvoice, root: Element, way: Way) -> bool:
    totals = invoice.totals
    if totals.tax is not None or invoice.breakdowns:
        made = way.add(root, "cac:TaxTotal")
        tax = totals.tax if totals.tax is not None else sum((row.tax for row in invoice.breakdowns), Decimal(0))
        way.add(made, "cbc:TaxAmount", number_text(tax), currencyID=invoice.currency)
        for row in invoice.breakdowns:
            BREAKDOWN.write(row, way.add(made, "cac:TaxSubtotal"), way)
    if totals.tax_in_tax_currency is not None:
        text = number_text(totals.tax_in_tax_currency)
        way.add(way.add(root, "cac:TaxTotal"), "cbc:TaxAmount", text, currencyID=invoice.tax_currency)
    return True


def _read_totals(root: Element, into: Values, way: Way) -> None:
    element = next(way.children(root, "cac:LegalMonetaryTotal"), None)
    totals = TOTALS.read(element, way) if element is not None else None
    if totals is not None:
        into["totals"] = replace(
            totals, tax=into.pop("tax", None), tax_in_tax_currency=into.pop("tax_in_tax_currency", None)
        )


def _write_totals(invoice: EInvoice, root: Element, way: Way) -> bool:
    return TOTALS.write(invoice.totals, way.add(root, "cac:LegalMonetaryTotal"), way)


PERIOD = Shape(Period, Value("cbc:StartDate", "start", DAY), Value("cbc:EndDate", "end", DAY))
ITEM = Shape(
    Item,
    Value("cbc:Description", "description"),
    Value("cbc:Name", "name"),
    Within("cac:BuyersItemIdentification", Value("cbc:ID", "buyer_id")),
    Within("cac:SellersItemIdentification", Value("cbc:ID", "seller_id")),
    Within("cac:StandardItemIdentification", Value("cbc:ID", "standard_id", NUMBERED)),
    Within("cac:OriginCountry", Value("cbc:IdentificationCode", "origin")),
    Own(
        lambda parent, into, way: _read_classes(parent, into, way),
        lambda item, parent, way: _write_classes(item, parent, way),
    ),
    _taxed("cac:ClassifiedTaxCategory"),
    Each(
        "cac:AdditionalItemProperty",
        "characteristics",
        Shape(Characteristic, Value("cbc:Name", "name"), Value("cbc:Value", "value")),
    ),
)


def _read_classes(parent: Element, into: Values, way: Way) -> None:
    into["classifications"] = tuple(
        Classification(text_of(code), code.get("listID", ""), code.get("listVersionID", ""))
        for element in way.children(parent, "cac:CommodityClassification")
        for code in way.children(element, "cbc:ItemClassificationCode")
        if text_of(code)
    )


def _write_classes(item: Item, parent: Element, way: Way) -> bool:
    for one in item.classifications:
        made = way.add(parent, "cac:CommodityClassification")
        way.add(made, "cbc:ItemClassificationCode", one.value, listID=one.scheme, listVersionID=one.version)
    return bool(item.classifications)


PRICE = Shape(
    Price,
    Value("cbc:PriceAmount", "net", AMOUNT, required=True),
    Measured("cbc:BaseQuantity", "quantity"),
    Within(
        "cac:AllowanceCharge",
        Fixed("cbc:ChargeIndicator", "false"),
        Value("cbc:Amount", "discount", AMOUNT),
        Value("cbc:BaseAmount", "gross", AMOUNT),
    ),
)


def _write_price(line: Line, parent: Element, way: Way) -> bool:
    """Write the price; the schema wants the discount wherever there is a price before it."""
    price = line.price
    if price.gross is not None and price.discount is None:
        price = replace(price, discount=price.gross - price.net)
    return PRICE.write(price, way.add(parent, "cac:Price"), way)


def _line(quantity: str) -> Shape:
    return Shape(
        Line,
        Value("cbc:ID", "id"),
        Value("cbc:Note", "note"),
        Measured(quantity, "quantity", required=True),
        Value("cbc:LineExtensionAmount", "net", AMOUNT, required=True),
        Value("cbc:AccountingCost", "accounting"),
        One("cac:InvoicePeriod", "period", PERIOD),
        Within("cac:OrderLineReference", Value("cbc:LineID", "order_line")),
        Within(
            "cac:DocumentReference",
            Value("cbc:ID", "object", NUMBERED),
            Fixed("cbc:DocumentTypeCode", "130"),
        ),
        Each("cac:AllowanceCharge", "allowances", _allowance(LineAllowance, "false")),
        Each("cac:AllowanceCharge", "charges", _allowance(LineAllowance, "true")),
        One("cac:Item", "item", ITEM),
        Own(One("cac:Price", "price", PRICE).read, _write_price),
    )


class _Untyped(Node):
    """Supporting documents are those of no type, or of one that says nothing else."""

    def matches(self, parent: Element, way: Way) -> bool:
        """Say whether the type leaves it a supporting document; a few numbers are references of other kinds."""
        return way.text(parent, "cbc:DocumentTypeCode") not in ("130", "50") and way.text(parent, "cbc:ID") not in (
            "ICV", "PIH", "QR",
        )  # fmt: skip


SUPPORTING = Shape(
    Supporting,
    _Untyped(),
    Value("cbc:ID", "number"),
    Value("cbc:DocumentDescription", "description"),
    Within(
        "cac:Attachment",
        Value("cbc:EmbeddedDocumentBinaryObject", "attachment", file(Attachment)),
        Within("cac:ExternalReference", Value("cbc:URI", "address")),
    ),
)
PERIOD_HERE = Within(
    "cac:InvoicePeriod",
    Here("period", PERIOD),
    Value("cbc:DescriptionCode", "tax_point_code"),
)
DELIVERY = Shape(
    Delivery,
    Value("cbc:ActualDeliveryDate", "day", DAY),
    Within("cac:DeliveryLocation", Value("cbc:ID", "location", NUMBERED), One("cac:Address", "address", ADDRESS)),
    Within("cac:DeliveryParty", Within("cac:PartyName", Value("cbc:Name", "name"))),
)
NO_ORDER = "NA"
"""Written as the buyer's order where only the seller's is known, because the schema wants one."""


def _read_orders(root: Element, into: Values, way: Way) -> None:
    for element in way.children(root, "cac:OrderReference"):
        ours, theirs = way.text(element, "cbc:SalesOrderID"), way.text(element, "cbc:ID")
        into["sales_order"] = ours
        into["purchase_order"] = "" if ours and theirs == NO_ORDER else theirs
        return


def _write_orders(invoice: EInvoice, root: Element, way: Way) -> bool:
    if not (invoice.purchase_order or invoice.sales_order):
        return False
    made = way.add(root, "cac:OrderReference")
    way.add(made, "cbc:ID", invoice.purchase_order or NO_ORDER)
    if invoice.sales_order:
        way.add(made, "cbc:SalesOrderID", invoice.sales_order)
    return True


HEAD = (
    Value("cbc:CustomizationID", "specification"),
    Value("cbc:ProfileID", "process"),
    Value("cbc:ID", "number"),
    Value("cbc:IssueDate", "issue_date", DAY, required=True),
)
CURRENCIES = (
    Value("cbc:DocumentCurrencyCode", "currency"),
    Value("cbc:TaxCurrencyCode", "tax_currency"),
    Value("cbc:AccountingCost", "accounting"),
    Value("cbc:BuyerReference", "buyer_reference"),
    PERIOD_HERE,
    Own(_read_orders, _write_orders),
    Each(
        "cac:BillingReference",
        "preceding",
        Shape(
            Preceding,
            Within(
                "cac:InvoiceDocumentReference", Value("cbc:ID", "number"), Value("cbc:IssueDate", "issue_date", DAY)
            ),
        ),
    ),
    Within("cac:DespatchDocumentReference", Value("cbc:ID", "despatch_advice")),
    Within("cac:ReceiptDocumentReference", Value("cbc:ID", "receiving_advice")),
)
TENDER = Within("cac:OriginatorDocumentReference", Value("cbc:ID", "tender"))
CONTRACT = Within("cac:ContractDocumentReference", Value("cbc:ID", "contract"))
DOCUMENTS = (
    Within(
        "cac:AdditionalDocumentReference", Value("cbc:ID", "object", NUMBERED), Fixed("cbc:DocumentTypeCode", "130")
    ),
    Each("cac:AdditionalDocumentReference", "supporting", SUPPORTING),
)
PARTIES = (
    One("cac:AccountingSupplierParty", "seller", SELLER),
    One("cac:AccountingCustomerParty", "buyer", BUYER),
    One("cac:PayeeParty", "payee", PAYEE),
    One("cac:TaxRepresentativeParty", "representative", REPRESENTATIVE),
    One("cac:Delivery", "delivery", DELIVERY),
    Own(read_payment, write_payment),
    Within("cac:PaymentTerms", Value("cbc:Note", "terms")),
)
SUMS = (
    Each("cac:AllowanceCharge", "allowances", _allowance(Allowance, "false", _taxed("cac:TaxCategory"))),
    Each("cac:AllowanceCharge", "charges", _allowance(Allowance, "true", _taxed("cac:TaxCategory"))),
    Own(_read_taxes, _write_taxes),
    Own(_read_totals, _write_totals),
)

INVOICE_SHAPE = Shape(
    EInvoice,
    *HEAD,
    Value("cbc:DueDate", "due_date", DAY),
    Value("cbc:InvoiceTypeCode", "type_code"),
    Texts("cbc:Note", "notes", NOTE),
    Value("cbc:TaxPointDate", "tax_point", DAY),
    *CURRENCIES,
    TENDER,
    CONTRACT,
    *DOCUMENTS,
    Within("cac:ProjectReference", Value("cbc:ID", "project")),
    *PARTIES,
    *SUMS,
    Each("cac:InvoiceLine", "lines", _line("cbc:InvoicedQuantity")),
)
CREDIT_NOTE_SHAPE = Shape(
    EInvoice,
    *HEAD,
    Value("cbc:TaxPointDate", "tax_point", DAY),
    Value("cbc:CreditNoteTypeCode", "type_code"),
    Texts("cbc:Note", "notes", NOTE),
    *CURRENCIES,
    CONTRACT,
    *DOCUMENTS,
    Within("cac:AdditionalDocumentReference", Value("cbc:ID", "project"), Fixed("cbc:DocumentTypeCode", "50")),
    TENDER,
    *PARTIES,
    Own(
        lambda root, into, way: _read_due(root, into, way),
        lambda invoice, root, way: False,
    ),
    *SUMS,
    Each("cac:CreditNoteLine", "lines", _line("cbc:CreditedQuantity")),
)


def _read_due(root: Element, into: Values, way: Way) -> None:
    for means in way.children(root, "cac:PaymentMeans"):
        for day in way.children(means, "cbc:PaymentDueDate"):
            into.setdefault("due_date", DAY.read(day))


def read(root: Element) -> EInvoice:
    """Return the invoice an element ``Invoice`` or ``CreditNote`` holds.

    Raises :class:`~backoffice.core.api.InvalidInput` when a value cannot be read or one that is needed is missing.
    """
    credit = root.tag == f"{{{CREDIT_NOTE}}}CreditNote"
    shape = CREDIT_NOTE_SHAPE if credit else INVOICE_SHAPE
    found: EInvoice = shape.read(root, Way(CREDIT_NOTE_NAMES if credit else NAMES))
    return found


def element_of(invoice: EInvoice, *, always_invoice: bool = False) -> Element:
    """Return the element that says ``invoice``; ``always_invoice`` writes credit notes as invoices, as some ask for."""
    credit = invoice.type_code in CREDIT_NOTES and not always_invoice
    space, tag = (CREDIT_NOTE, "CreditNote") if credit else (INVOICE, "Invoice")
    names: dict[Any, str] = {None: space, **NAMES.known}
    root = etree.Element(f"{{{space}}}{tag}", nsmap=names)
    way = Way(CREDIT_NOTE_NAMES if credit else NAMES, invoice.currency)
    (CREDIT_NOTE_SHAPE if credit else INVOICE_SHAPE).write(invoice, root, way)
    return root
