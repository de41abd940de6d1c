"""An invoice as the European norm EN 16931 sees it, whatever syntax it is written in.

Each field says which business term (BT) or group (BG) of the norm it is. Text that is not there is empty, everything
else is ``None``. Amounts are exact. What is not a term of the norm says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .parties import (
    Address,
    Buyer,
    Contact,
    Delivery,
    Identifier,
    Note,
    Payee,
    Period,
    Preceding,
    Representative,
    Seller,
)

__all__ = [
    "Address",
    "Allowance",
    "Attachment",
    "Breakdown",
    "Buyer",
    "Card",
    "Characteristic",
    "Classification",
    "Contact",
    "Delivery",
    "DirectDebit",
    "EInvoice",
    "Identifier",
    "Item",
    "Line",
    "LineAllowance",
    "Note",
    "Payee",
    "Payment",
    "Period",
    "Preceding",
    "Price",
    "Representative",
    "Seller",
    "Supporting",
    "Totals",
    "Transfer",
]


@dataclass(frozen=True, slots=True)
class Transfer:
    """BG-17: an account to pay into."""

    account: str
    """BT-84: IBAN or another number"""
    name: str = ""
    """BT-85"""
    bic: str = ""
    """BT-86"""


@dataclass(frozen=True, slots=True)
class Card:
    """BG-18: the card it was paid with."""

    number: str
    """BT-87: the last digits"""
    holder: str = ""
    """BT-88"""


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """BG-19: a direct debit."""

    mandate: str = ""
    """BT-89"""
    creditor: str = ""
    """BT-90"""
    account: str = ""
    """BT-91: the account of the buyer"""


@dataclass(frozen=True, slots=True)
class Payment:
    """BG-16: how to pay."""

    means: str
    """BT-81, a code of UNTDID 4461"""
    text: str = ""
    """BT-82"""
    reference: str = ""
    """BT-83: what to write on the transfer"""
    transfers: tuple[Transfer, ...] = ()
    """BG-17"""
    card: Card | None = None
    """BG-18"""
    debit: DirectDebit | None = None
    """BG-19"""


@dataclass(frozen=True, slots=True)
class LineAllowance:
    """BG-27, BG-28: a discount or surcharge on a line."""

    amount: Decimal
    """BT-136, BT-141: without tax"""
    base: Decimal | None = None
    """BT-137, BT-142"""
    percent: Decimal | None = None
    """BT-138, BT-143"""
    reason: str = ""
    """BT-139, BT-144"""
    reason_code: str = ""
    """BT-140, BT-145"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """BG-20, BG-21: a discount or surcharge on the document."""

    amount: Decimal
    """BT-92, BT-99: without tax"""
    category: str = ""
    """BT-95, BT-102: its tax category, a code of UNTDID 5305"""
    base: Decimal | None = None
    """BT-93, BT-100"""
    percent: Decimal | None = None
    """BT-94, BT-101"""
    rate: Decimal | None = None
    """BT-96, BT-103: its rate of tax"""
    reason: str = ""
    """BT-97, BT-104"""
    reason_code: str = ""
    """BT-98, BT-105"""


@dataclass(frozen=True, slots=True)
class Totals:
    """BG-22: the sums."""

    lines: Decimal
    """BT-106: net amounts of the lines"""
    net: Decimal
    """BT-109: without tax"""
    gross: Decimal
    """BT-112: with tax"""
    due: Decimal
    """BT-115: to be paid"""
    allowances: Decimal | None = None
    """BT-107"""
    charges: Decimal | None = None
    """BT-108"""
    tax: Decimal | None = None
    """BT-110"""
    tax_in_tax_currency: Decimal | None = None
    """BT-111"""
    paid: Decimal | None = None
    """BT-113"""
    rounding: Decimal | None = None
    """BT-114"""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """BG-23: one category and rate of value added tax."""

    base: Decimal
    """BT-116"""
    tax: Decimal
    """BT-117"""
    category: str
    """BT-118: a code of UNTDID 5305"""
    rate: Decimal | None = None
    """BT-119"""
    reason: str = ""
    """BT-120: why there is no tax"""
    reason_code: str = ""
    """BT-121: a code of VATEX"""


@dataclass(frozen=True, slots=True)
class Attachment:
    """BT-125: a file inside the invoice."""

    data: bytes
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Supporting:
    """BG-24: a document that goes with it."""

    number: str
    """BT-122"""
    description: str = ""
    """BT-123"""
    address: str = ""
    """BT-124: where it is found"""
    attachment: Attachment | None = None
    """BT-125"""


@dataclass(frozen=True, slots=True)
class Price:
    """BG-29: what one costs, or as many as the base quantity says."""

    net: Decimal
    """BT-146: after the discount"""
    discount: Decimal | None = None
    """BT-147"""
    gross: Decimal | None = None
    """BT-148: before the discount"""
    quantity: Decimal | None = None
    """BT-149: so many for the price; one when it is left out"""
    unit: str = ""
    """BT-150"""


@dataclass(frozen=True, slots=True)
class Classification:
    """BT-158: a code of a list of goods and services."""

    value: str
    scheme: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """BG-32: such as a colour."""

    name: str
    """BT-160"""
    value: str
    """BT-161"""


@dataclass(frozen=True, slots=True)
class Item:
    """BG-31: what is sold."""

    name: str
    """BT-153"""
    description: str = ""
    """BT-154"""
    seller_id: str = ""
    """BT-155: its number with the seller"""
    buyer_id: str = ""
    """BT-156: its number with the buyer"""
    standard_id: Identifier | None = None
    """BT-157: such as a GTIN"""
    classifications: tuple[Classification, ...] = ()
    """BT-158"""
    origin: str = ""
    """BT-159: ISO 3166-1 of two letters"""
    characteristics: tuple[Characteristic, ...] = ()
    """BG-32"""
    category: str = ""
    """BT-151: its tax category, a code of UNTDID 5305"""
    rate: Decimal | None = None
    """BT-152: its rate of tax"""


@dataclass(frozen=True, slots=True)
class Line:
    """BG-25: one line."""

    id: str
    """BT-126"""
    quantity: Decimal
    """BT-129"""
    unit: str
    """BT-130: a code of UN/ECE recommendation 20 or 21"""
    net: Decimal
    """BT-131: without tax, discounts of the line taken off"""
    item: Item
    """BG-31"""
    price: Price
    """BG-29"""
    note: str = ""
    """BT-127"""
    object: Identifier | None = None
    """BT-128: what is charged for, such as a meter"""
    order_line: str = ""
    """BT-132"""
    accounting: str = ""
    """BT-133: where the buyer books it"""
    period: Period | None = None
    """BG-26"""
    allowances: tuple[LineAllowance, ...] = ()
    """BG-27"""
    charges: tuple[LineAllowance, ...] = ()
    """BG-28"""


@dataclass(frozen=True, slots=True)
class EInvoice:
    """BG-0: an invoice or credit note."""

    number: str
    """BT-1"""
    issue_date: date
    """BT-2"""
    type_code: str
    """BT-3: a code of UNTDID 1001, ``380`` for an invoice, ``381`` for a credit note"""
    currency: str
    """BT-5: ISO 4217"""
    totals: Totals
    """BG-22"""
    seller: Seller = field(default_factory=Seller)
    """BG-4"""
    buyer: Buyer = field(default_factory=Buyer)
    """BG-7"""
    lines: tuple[Line, ...] = ()
    """BG-25"""
    breakdowns: tuple[Breakdown, ...] = ()
    """BG-23"""
    tax_currency: str = ""
    """BT-6: the currency taxes are accounted in, where it is another"""
    tax_point: date | None = None
    """BT-7"""
    tax_point_code: str = ""
    """BT-8: a code of UNTDID 2005: 3 the invoice, 35 the delivery, 432 the payment"""
    due_date: date | None = None
    """BT-9"""
    buyer_reference: str = ""
    """BT-10"""
    project: str = ""
    """BT-11"""
    contract: str = ""
    """BT-12"""
    purchase_order: str = ""
    """BT-13"""
    sales_order: str = ""
    """BT-14"""
    receiving_advice: str = ""
    """BT-15"""
    despatch_advice: str = ""
    """BT-16"""
    tender: str = ""
    """BT-17"""
    object: Identifier | None = None
    """BT-18: what is charged for, such as a telephone number"""
    accounting: str = ""
    """BT-19: where the buyer books it"""
    terms: str = ""
    """BT-20: terms of payment"""
    notes: tuple[Note, ...] = ()
    """BG-1"""
    process: str = ""
    """BT-23"""
    specification: str = ""
    """BT-24: the norm, or a national use of it, the document says it follows"""
    preceding: tuple[Preceding, ...] = ()
    """BG-3"""
    payee: Payee | None = None
    """BG-10"""
    representative: Representative | None = None
    """BG-11"""
    delivery: Delivery | None = None
    """BG-13"""
    period: Period | None = None
    """BG-14"""
    payment: Payment | None = None
    """BG-16"""
    allowances: tuple[Allowance, ...] = ()
    """BG-20"""
    charges: tuple[Allowance, ...] = ()
    """BG-21"""
    supporting: tuple[Supporting, ...] = ()
    """BG-24"""
