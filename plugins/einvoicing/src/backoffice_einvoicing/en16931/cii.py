"""The Cross Industry Invoice D16B: its elements in the order of the schema."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from .cii_parties import (
    ADDRESS_HERE,
    BUYER,
    NAMES,
    NUMBERED,
    PAYEE,
    POINT,
    REPRESENTATIVE,
    ROOT,
    SELLER,
    OneNumber,
    day,
    read_payment,
    read_terms,
    write_payment,
    write_references,
    write_terms,
)
from .terms import (
    Allowance,
    Attachment,
    Breakdown,
    Characteristic,
    Classification,
    Delivery,
    EInvoice,
    Identifier,
    Item,
    Line,
    LineAllowance,
    Note,
    Period,
    Preceding,
    Price,
    Supporting,
    Totals,
)
from .tree import Each, Here, One, Own, Shape, Within
from .ubl import tax_named
from .values import (
    DAY_102,
    NUMBER,
    Element,
    Filler,
    Fixed,
    Kind,
    Measured,
    Node,
    Value,
    Values,
    Way,
    file,
    number_text,
    text_of,
)

VAT = Filler("ram:TypeCode", "VAT")
TAXED = (VAT, Value("ram:CategoryCode", "category"), Value("ram:RateApplicablePercent", "rate", NUMBER))


def _allowance(make: Any, charge: str, *more: Node) -> Shape:
    return Shape(
        make,
        Within("ram:ChargeIndicator", Fixed("udt:Indicator", charge)),
        Value("ram:CalculationPercent", "percent", NUMBER),
        Value("ram:BasisAmount", "base", NUMBER),
        Value("ram:ActualAmount", "amount", NUMBER, required=True),
        Value("ram:ReasonCode", "reason_code"),
        Value("ram:Reason", "reason"),
        *more,
    )


BREAKDOWN = Shape(
    Breakdown,
    Value("ram:CalculatedAmount", "tax", NUMBER, required=True),
    VAT,
    Value("ram:ExemptionReason", "reason"),
    Value("ram:BasisAmount", "base", NUMBER, required=True),
    Value("ram:CategoryCode", "category"),
    Value("ram:ExemptionReasonCode", "reason_code"),
    Value("ram:RateApplicablePercent", "rate", NUMBER),
)


def _read_taxes(settlement: Element, into: Values, way: Way) -> None:
    rows = []
    for element in way.children(settlement, "ram:ApplicableTradeTax"):
        rows.append(BREAKDOWN.read(element, way))
        for point in way.children(element, "ram:TaxPointDate"):
            into.setdefault("tax_point", DAY_102.read(next(way.children(point, "udt:DateString"))))
        for code in way.children(element, "ram:DueDateTypeCode"):
            into.setdefault("tax_point_code", POINT.read(code))
    into["breakdowns"] = tuple(rows)


def _write_taxes(invoice: EInvoice, settlement: Element, way: Way) -> bool:
    for row in invoice.breakdowns:
        made = way.add(settlement, "ram:ApplicableTradeTax")
        BREAKDOWN.write(row, made, way)
        rate = next(way.children(made, "ram:RateApplicablePercent"), None)
        if rate is not None:
            made.remove(rate)
        if row is invoice.breakdowns[0]:
            day("ram:TaxPointDate", "tax_point", "udt:DateString").write(invoice, made, way)
        Value("ram:DueDateTypeCode", "tax_point_code", POINT).write(invoice, made, way)
        if rate is not None:
            made.append(rate)
    return True


TOTALS = Shape(
    Totals,
    Value("ram:LineTotalAmount", "lines", NUMBER, required=True),
    Value("ram:ChargeTotalAmount", "charges", NUMBER),
    Value("ram:AllowanceTotalAmount", "allowances", NUMBER),
    Value("ram:TaxBasisTotalAmount", "net", NUMBER, required=True),
    Own(
        lambda parent, into, way: _read_tax_totals(parent, into, way),
        lambda totals, parent, way: _write_tax_totals(totals, parent, way),
    ),
    Value("ram:RoundingAmount", "rounding", NUMBER),
    Value("ram:GrandTotalAmount", "gross", NUMBER, required=True),
    Value("ram:TotalPrepaidAmount", "paid", NUMBER),
    Value("ram:DuePayableAmount", "due", NUMBER, required=True),
)


def _read_tax_totals(parent: Element, into: Values, way: Way) -> None:
    settlement = parent.getparent()
    currency, other = way.text(settlement, "ram:InvoiceCurrencyCode"), way.text(settlement, "ram:TaxCurrencyCode")
    for amount in way.children(parent, "ram:TaxTotalAmount"):
        code = amount.get("currencyID", currency)
        into.setdefault(tax_named(code, currency, other, into), NUMBER.read(amount))


def _write_tax_totals(totals: Totals, parent: Element, way: Way) -> bool:
    tax_currency = way.text(parent.getparent(), "ram:TaxCurrencyCode")
    if totals.tax is not None:
        way.add(parent, "ram:TaxTotalAmount", number_text(totals.tax), currencyID=way.currency)
    if totals.tax_in_tax_currency is not None:
        way.add(parent, "ram:TaxTotalAmount", number_text(totals.tax_in_tax_currency), currencyID=tax_currency)
    return True


PERIOD = Shape(Period, day("ram:StartDateTime", "start"), day("ram:EndDateTime", "end"))
CLASS = Kind(
    lambda e: Classification(text_of(e), e.get("listID", ""), e.get("listVersionID", "")),
    lambda value, way: (value.value, {"listID": value.scheme, "listVersionID": value.version}),
)


def _read_classes(parent: Element, into: Values, way: Way) -> None:
    elements = way.children(parent, "ram:DesignatedProductClassification")
    codes = [code for element in elements for code in way.children(element, "ram:ClassCode") if text_of(code)]
    into["classifications"] = tuple(CLASS.read(code) for code in codes)


def _write_classes(item: Item, parent: Element, way: Way) -> bool:
    for one in item.classifications:
        text, attributes = CLASS.write(one, way)
        way.add(way.add(parent, "ram:DesignatedProductClassification"), "ram:ClassCode", text, **attributes)
    return bool(item.classifications)


ITEM_HERE = Within(
    "ram:SpecifiedTradeProduct",
    Value("ram:GlobalID", "standard_id", NUMBERED),
    Value("ram:SellerAssignedID", "seller_id"),
    Value("ram:BuyerAssignedID", "buyer_id"),
    Value("ram:Name", "name"),
    Value("ram:Description", "description"),
    Each(
        "ram:ApplicableProductCharacteristic",
        "characteristics",
        Shape(Characteristic, Value("ram:Description", "name"), Value("ram:Value", "value")),
    ),
    Own(_read_classes, _write_classes),
    Within("ram:OriginTradeCountry", Value("ram:ID", "origin")),
)
PRICE_NODES = (
    Within(
        "ram:GrossPriceProductTradePrice",
        Value("ram:ChargeAmount", "gross", NUMBER),
        Within(
            "ram:AppliedTradeAllowanceCharge",
            Within("ram:ChargeIndicator", Fixed("udt:Indicator", "false")),
            Value("ram:ActualAmount", "discount", NUMBER),
        ),
    ),
    Within(
        "ram:NetPriceProductTradePrice",
        Value("ram:ChargeAmount", "net", NUMBER, required=True),
        Measured("ram:BasisQuantity", "quantity"),
    ),
)
ITEM = Shape(Item, ITEM_HERE)
CATEGORY = Shape(Item, Within("ram:SpecifiedLineTradeSettlement", Within("ram:ApplicableTradeTax", *TAXED)))


def _read_item(line: Element, into: Values, way: Way) -> None:
    values: Values = {}
    ITEM_HERE.read(line, values, way)
    CATEGORY.nodes[0].read(line, values, way)
    values = {name: value for name, value in values.items() if value not in (None, "", ())}
    into["item"] = Item(**{"name": "", **values})


def _read_object(parent: Element, into: Values, way: Way) -> None:
    for element in way.children(parent, "ram:AdditionalReferencedDocument"):
        if way.text(element, "ram:TypeCode") == "130" and way.text(element, "ram:IssuerAssignedID"):
            number, scheme = way.text(element, "ram:IssuerAssignedID"), way.text(element, "ram:ReferenceTypeCode")
            into.setdefault("object", Identifier(number, scheme))


def _write_object(record: Any, parent: Element, way: Way) -> bool:
    if record.object is None:
        return False
    made = way.add(parent, "ram:AdditionalReferencedDocument")
    way.add(made, "ram:IssuerAssignedID", record.object.value)
    way.add(made, "ram:TypeCode", "130")
    if record.object.scheme:
        way.add(made, "ram:ReferenceTypeCode", record.object.scheme)
    return True


OBJECT_HERE = Own(_read_object, _write_object)
LINE = Shape(
    Line,
    Within(
        "ram:AssociatedDocumentLineDocument",
        Value("ram:LineID", "id"),
        Within("ram:IncludedNote", Value("ram:Content", "note")),
    ),
    Own(_read_item, lambda line, parent, way: ITEM.write(line.item, parent, way)),
    Within(
        "ram:SpecifiedLineTradeAgreement",
        Within("ram:BuyerOrderReferencedDocument", Value("ram:LineID", "order_line")),
        Here("price", Shape(Price, *PRICE_NODES)),
    ),
    Within("ram:SpecifiedLineTradeDelivery", Measured("ram:BilledQuantity", "quantity", required=True)),
    Within(
        "ram:SpecifiedLineTradeSettlement",
        Own(
            lambda parent, into, way: None,
            lambda line, parent, way: Within("ram:ApplicableTradeTax", *TAXED).write(line.item, parent, way),
        ),
        One("ram:BillingSpecifiedPeriod", "period", PERIOD),
        Each("ram:SpecifiedTradeAllowanceCharge", "allowances", _allowance(LineAllowance, "false")),
        Each("ram:SpecifiedTradeAllowanceCharge", "charges", _allowance(LineAllowance, "true")),
        Within(
            "ram:SpecifiedTradeSettlementLineMonetarySummation",
            Value("ram:LineTotalAmount", "net", NUMBER, required=True),
        ),
        OBJECT_HERE,
        Within("ram:ReceivableSpecifiedTradeAccountingAccount", Value("ram:ID", "accounting")),
    ),
)


def _reference(tag: str, name: str) -> Within:
    return Within(tag, Value("ram:IssuerAssignedID", name))


SUPPORTING = Shape(
    Supporting,
    Value("ram:IssuerAssignedID", "number"),
    Value("ram:URIID", "address"),
    Fixed("ram:TypeCode", "916"),
    Value("ram:Name", "description"),
    Value("ram:AttachmentBinaryObject", "attachment", file(Attachment)),
)
CATEGORY_TAX = Within("ram:CategoryTradeTax", *TAXED)
AGREEMENT = Within(
    "ram:ApplicableHeaderTradeAgreement",
    Value("ram:BuyerReference", "buyer_reference"),
    One("ram:SellerTradeParty", "seller", SELLER),
    One("ram:BuyerTradeParty", "buyer", BUYER),
    One("ram:SellerTaxRepresentativeTradeParty", "representative", REPRESENTATIVE),
    _reference("ram:SellerOrderReferencedDocument", "sales_order"),
    _reference("ram:BuyerOrderReferencedDocument", "purchase_order"),
    _reference("ram:ContractReferencedDocument", "contract"),
    Each("ram:AdditionalReferencedDocument", "supporting", SUPPORTING),
    Within("ram:AdditionalReferencedDocument", Value("ram:IssuerAssignedID", "tender"), Fixed("ram:TypeCode", "50")),
    OBJECT_HERE,
    Within("ram:SpecifiedProcuringProject", Value("ram:ID", "project"), Filler("ram:Name", "Project reference")),
)
DELIVERY_HERE = Within(
    "ram:ApplicableHeaderTradeDelivery",
    Here(
        "delivery",
        Shape(
            Delivery,
            Within(
                "ram:ShipToTradeParty",
                OneNumber("location"),
                Value("ram:Name", "name"),
                ADDRESS_HERE,
            ),
            Within("ram:ActualDeliverySupplyChainEvent", day("ram:OccurrenceDateTime", "day")),
        ),
    ),
    _reference("ram:DespatchAdviceReferencedDocument", "despatch_advice"),
    _reference("ram:ReceivingAdviceReferencedDocument", "receiving_advice"),
)
SETTLEMENT = Within(
    "ram:ApplicableHeaderTradeSettlement",
    Own(lambda parent, into, way: None, write_references),
    Value("ram:TaxCurrencyCode", "tax_currency"),
    Value("ram:InvoiceCurrencyCode", "currency"),
    One("ram:PayeeTradeParty", "payee", PAYEE),
    Own(read_payment, write_payment),
    Own(_read_taxes, _write_taxes),
    One("ram:BillingSpecifiedPeriod", "period", PERIOD),
    Each("ram:SpecifiedTradeAllowanceCharge", "allowances", _allowance(Allowance, "false", CATEGORY_TAX)),
    Each("ram:SpecifiedTradeAllowanceCharge", "charges", _allowance(Allowance, "true", CATEGORY_TAX)),
    Own(read_terms, write_terms),
    One("ram:SpecifiedTradeSettlementHeaderMonetarySummation", "totals", TOTALS),
    Each(
        "ram:InvoiceReferencedDocument",
        "preceding",
        Shape(
            Preceding,
            Value("ram:IssuerAssignedID", "number"),
            day("ram:FormattedIssueDateTime", "issue_date", "qdt:DateTimeString"),
        ),
    ),
    Within("ram:ReceivableSpecifiedTradeAccountingAccount", Value("ram:ID", "accounting")),
)
DOCUMENT = Shape(
    EInvoice,
    Within(
        "rsm:ExchangedDocumentContext",
        Within("ram:BusinessProcessSpecifiedDocumentContextParameter", Value("ram:ID", "process")),
        Within("ram:GuidelineSpecifiedDocumentContextParameter", Value("ram:ID", "specification")),
    ),
    Within(
        "rsm:ExchangedDocument",
        Value("ram:ID", "number"),
        Value("ram:TypeCode", "type_code"),
        day("ram:IssueDateTime", "issue_date", required=True),
        Each(
            "ram:IncludedNote", "notes", Shape(Note, Value("ram:Content", "text"), Value("ram:SubjectCode", "subject"))
        ),
    ),
    Within(
        "rsm:SupplyChainTradeTransaction",
        Each("ram:IncludedSupplyChainTradeLineItem", "lines", LINE),
        AGREEMENT,
        DELIVERY_HERE,
        SETTLEMENT,
    ),
)


def read(root: Element) -> EInvoice:
    """Return the invoice an element ``CrossIndustryInvoice`` holds.

    Raises :class:`~backoffice.core.api.InvalidInput` when a value cannot be read or one that is needed is missing.
    """
    found: EInvoice = DOCUMENT.read(root, Way(NAMES))
    return found


def element_of(invoice: EInvoice) -> Element:
    """Return the element that says ``invoice``."""
    if invoice.tax_currency == invoice.currency and invoice.totals.tax_in_tax_currency is None:
        invoice = replace(invoice, tax_currency="")
    root = etree.Element(NAMES(ROOT), nsmap=dict(NAMES.known))
    way = Way(NAMES, invoice.currency)
    DOCUMENT.write(invoice, root, way)
    transaction = next(way.children(root, "rsm:SupplyChainTradeTransaction"))
    if next(way.children(transaction, "ram:ApplicableHeaderTradeDelivery"), None) is None:
        made = etree.Element(NAMES("ram:ApplicableHeaderTradeDelivery"))
        next(way.children(transaction, "ram:ApplicableHeaderTradeSettlement")).addprevious(made)
    return root
