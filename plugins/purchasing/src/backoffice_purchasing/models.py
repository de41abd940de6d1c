"""What is kept of purchasing: prices of suppliers, requests for quotation, orders, receipts, bills."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_parties.models import Party
from backoffice_products.api import Product, Unit
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    field,
    plugin_base,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from . import guards
from .kinds import (
    BILL_STATES,
    DOCUMENT_KINDS,
    DOCUMENT_STATES,
    MOVEMENTS,
    ORDER_STATES,
    RECEIPT_KINDS,
    RECEIPT_STATES,
    REQUEST_STATES,
)

_ = messages("purchasing")

Base: Any = plugin_base("purchasing")

NOUGHT = Decimal(0)
HUNDRED = Decimal(100)


class SupplierPrice(OfCompany, Record, Base):
    """What a supplier asks for a product, from a quantity on, for a span of days."""

    __tablename__ = "purchasing_price"
    __title__ = "supplier_code"

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    party_id: Mapped[int] = field.ref(Party, label=_("Supplier"))
    supplier_code: Mapped[str | None] = field.code(60, label=_("Supplier's code"), search=True)
    supplier_name: Mapped[str | None] = field.text(200, label=_("Supplier's name for it"), search=True)
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Unit"), help=_("Left empty, the one it is bought by."))
    price: Mapped[Decimal] = field.unit_price(label=_("Price"), minimum=NOUGHT)
    currency: Mapped[str | None] = field.code(3, label=_("Currency"), help=_("Left empty, the company's own."))
    least: Mapped[Decimal] = field.quantity(label=_("From quantity"), default=NOUGHT, minimum=NOUGHT)
    valid_from: Mapped[datetime.date | None] = field.day(label=_("From"))
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    lead_days: Mapped[int] = field.integer(label=_("Days until it arrives"), default=0, minimum=0)
    sequence: Mapped[int] = field.integer(label=_("Order"), default=10, help=_("The lowest number is preferred."))

    of_product = Indexed("product_id", "id")
    of_party = Indexed("party_id", "id")

    product: Mapped[Product] = to_one(product_id, argument=Product)
    party: Mapped[Party] = to_one(party_id, argument=Party)


class Request(OfCompany, Record, Base):
    """A request for quotation: what several suppliers are asked for, and what they offer."""

    __tablename__ = "purchasing_request"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    answer_by: Mapped[datetime.date | None] = field.day(label=_("Answer by"))
    needed_on: Mapped[datetime.date | None] = field.day(label=_("Needed on"))
    place: Mapped[str | None] = field.code(32, label=_("Delivered to"), help=_("Code of the place."))
    state: Mapped[str] = field.choice(REQUEST_STATES, label=_("State"), default="draft", read_only=True)
    notes: Mapped[str | None] = field.long_text(label=_("Notes"))

    numbered = UniqueInCompany("number")
    by_date = Indexed("date", "id")
    lines: Mapped[list[RequestLine]] = to_many("RequestLine.request_id", back_populates="request")
    offers: Mapped[list[Offered]] = to_many("Offered.request_id", back_populates="request")


class RequestLine(Row, Base):
    """So much of a product that is asked for."""

    __tablename__ = "purchasing_request_line"
    __part_of__ = "request_id"
    __referenced__ = False

    request_id: Mapped[int] = field.ref(Request, label=_("Request"))
    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    positive = Must("positive", "quantity > 0")
    of_request = Indexed("request_id", "id")
    request: Mapped[Request] = to_one(request_id, back_populates="lines")
    product: Mapped[Product] = to_one(product_id, argument=Product)


class Offered(Row, Base):
    """What one supplier offers for a product of a request; without a price they were only asked."""

    __tablename__ = "purchasing_offer"
    __part_of__ = "request_id"
    __referenced__ = False

    request_id: Mapped[int] = field.ref(Request, label=_("Request"))
    party_id: Mapped[int] = field.ref(Party, label=_("Supplier"))
    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    unit_price: Mapped[Decimal | None] = field.unit_price(label=_("Unit price"))
    lead_days: Mapped[int] = field.integer(label=_("Days until it arrives"), default=0)
    valid_until: Mapped[datetime.date | None] = field.day(label=_("Until"))
    chosen: Mapped[bool] = field.yes_no(label=_("Chosen"))
    of_request = Indexed("request_id", "id")
    request: Mapped[Request] = to_one(request_id, back_populates="offers")
    party: Mapped[Party] = to_one(party_id, argument=Party)
    product: Mapped[Product] = to_one(product_id, argument=Product)


class Order(OfCompany, Record, Base):
    """What a supplier is asked to deliver, and how far it is."""

    __tablename__ = "purchasing_order"
    __title__ = "number"
    guards = (guards.ORDER,)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Supplier"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    state: Mapped[str] = field.choice(ORDER_STATES, label=_("State"), default="draft", read_only=True)
    receipt_state: Mapped[str] = field.choice(RECEIPT_STATES, label=_("Goods"), default="none", read_only=True)
    bill_state: Mapped[str] = field.choice(BILL_STATES, label=_("Bills"), default="waiting", read_only=True)
    reference: Mapped[str | None] = field.code(80, label=_("Supplier's order number"), search=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's own."))
    place: Mapped[str | None] = field.code(32, label=_("Delivered to"), help=_("Code of the place."))
    promised_on: Mapped[datetime.date | None] = field.day(
        label=_("Promised for"), help=_("Left empty, the longest time the supplier takes.")
    )
    delivery_terms: Mapped[str | None] = field.text(80, label=_("Terms of delivery"), help=_("Such as DAP Riyadh."))
    terms: Mapped[str | None] = field.code(32, label=_("Terms of payment"))
    notes: Mapped[str | None] = field.long_text(label=_("Notes"), help=_("Printed below the lines."))
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Net"), read_only=True, default=NOUGHT)
    tax: Mapped[Decimal] = field.money(currency="currency", label=_("Taxes"), read_only=True, default=NOUGHT)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=NOUGHT)
    rounding: Mapped[str | None] = field.code(60, label=_("Rounding"), hint="internal", read_only=True)
    proposed: Mapped[bool] = field.yes_no(label=_("Proposed"), read_only=True)
    asked_by: Mapped[int | None] = field.integer(label=_("Asked by"), hint="person", read_only=True)
    approved_by: Mapped[int | None] = field.integer(label=_("Approved by"), hint="person", read_only=True)
    request_id: Mapped[int | None] = field.ref(Request, label=_("Request"), read_only=True)

    numbered = UniqueInCompany("number")
    complete = Must("complete", "(state IN ('draft', 'to_approve')) = (number IS NULL)")
    by_date = Indexed("date", "id")
    of_party = Indexed("party_id", "id")
    open = Indexed("company_id", "promised_on", where="state = 'confirmed'")

    party: Mapped[Party] = to_one(party_id, argument=Party)
    lines: Mapped[list[OrderLine]] = to_many("OrderLine.order_id", back_populates="order")


class OrderLine(Row, Base):
    """So much of something at a price. What was received and billed of it are sums over movements."""

    __tablename__ = "purchasing_order_line"
    __title__ = "description"
    __part_of__ = "order_id"

    order_id: Mapped[int] = field.ref(Order, label=_("Order"))
    product_id: Mapped[int | None] = field.ref(Product, label=_("Product"))
    item: Mapped[str | None] = field.code(60, label=_("Item"), read_only=True)
    supplier_code: Mapped[str | None] = field.code(60, label=_("Supplier's code"))
    description: Mapped[str | None] = field.text(400, label=_("Description"), help=_("Left empty, the product's name."))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"), default=Decimal(1))
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Unit"), help=_("Left empty, the one it is bought by."))
    unit_price: Mapped[Decimal | None] = field.unit_price(
        label=_("Unit price"), help=_("Left empty, that of the supplier.")
    )
    discount: Mapped[Decimal] = field.percent(label=_("Discount, %"), default=NOUGHT, minimum=NOUGHT, maximum=HUNDRED)
    taxes: Mapped[str | None] = field.code(
        200, label=_("Tax codes"), help=_("With blanks between; left empty, the rules choose; – for none.")
    )
    net: Mapped[Decimal] = field.money(label=_("Net"), read_only=True, default=NOUGHT)
    tax: Mapped[Decimal] = field.money(label=_("Taxes"), read_only=True, default=NOUGHT)
    goods: Mapped[bool] = field.yes_no(label=_("Is received"), read_only=True)
    category: Mapped[str | None] = field.code(32, label=_("Category"), read_only=True)

    positive = Must("positive", "quantity > 0")
    of_order = Indexed("order_id", "id")
    of_product = Indexed("product_id", "id")

    order: Mapped[Order] = to_one(order_id, back_populates="lines")
    product: Mapped[Product | None] = to_one(product_id, argument=Product)
    unit: Mapped[Unit | None] = to_one(unit_id, argument=Unit)


class Receipt(OfCompany, Record, Base):
    """Goods that arrived, or were sent back."""

    __tablename__ = "purchasing_receipt"
    __title__ = "number"

    number: Mapped[str] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(RECEIPT_KINDS, label=_("Kind"), default="receipt", read_only=True)
    order_id: Mapped[int] = field.ref(Order, label=_("Order"), read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Supplier"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    place: Mapped[str | None] = field.code(32, label=_("Place"), read_only=True)
    reference: Mapped[str | None] = field.code(80, label=_("Supplier's delivery note"), search=True)
    reason: Mapped[str | None] = field.text(200, label=_("Reason"), read_only=True)

    numbered = UniqueInCompany("number")
    by_date = Indexed("date", "id")
    of_order = Indexed("order_id", "id")

    order: Mapped[Order] = to_one(order_id)
    party: Mapped[Party] = to_one(party_id, argument=Party)
    lines: Mapped[list[Movement]] = to_many("Movement.receipt_id", cascade="", viewonly=True)


class Bill(OfCompany, Record, Base):
    """A supplier's bill or credit note beside order and receipt: handed to the books when the three agree."""

    __tablename__ = "purchasing_bill"
    __title__ = "number"

    number: Mapped[str] = field.code(80, label=_("Supplier's number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(DOCUMENT_KINDS, label=_("Kind"), default="bill", read_only=True)
    order_id: Mapped[int] = field.ref(Order, label=_("Order"), read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Supplier"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    due_date: Mapped[datetime.date | None] = field.day(label=_("Due"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True)
    computed: Mapped[Decimal] = field.money(currency="currency", label=_("Total by our reckoning"), read_only=True)
    state: Mapped[str] = field.choice(DOCUMENT_STATES, label=_("State"), default="asked", read_only=True)
    differences: Mapped[Any] = field.data(label=_("Differences"), read_only=True, nullable=True)
    lines_said: Mapped[Any] = field.data(label=_("Lines"), read_only=True)
    reason: Mapped[str | None] = field.text(200, label=_("Decided because"), read_only=True)

    once = UniqueInCompany("party_id", "kind", "number")
    by_date = Indexed("date", "id")
    of_order = Indexed("order_id", "id")

    order: Mapped[Order] = to_one(order_id)
    party: Mapped[Party] = to_one(party_id, argument=Party)


class Movement(OfCompany, Row, Base):
    """What happened to a line: received, returned, billed, credited or cancelled. Only ever added to."""

    __tablename__ = "purchasing_movement"
    __part_of__ = "order_id"
    guards = (guards.MOVEMENT,)

    order_id: Mapped[int] = field.ref(Order, label=_("Order"))
    line_id: Mapped[int] = field.ref(OrderLine, label=_("Line"))
    kind: Mapped[str] = field.choice(MOVEMENTS, label=_("What"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    receipt_id: Mapped[int | None] = field.ref(Receipt, label=_("Receipt"))
    bill_id: Mapped[int | None] = field.ref(Bill, label=_("Bill"))
    of_id: Mapped[int | None] = field.ref("purchasing_movement", label=_("Takes back"))
    lots: Mapped[str | None] = field.text(400, label=_("Lots"))
    place_in_receipt: Mapped[int] = field.integer(label=_("Place"), default=0)

    of_order = Indexed("order_id", "id")
    of_line = Indexed("line_id", "id")
    of_receipt = Indexed("receipt_id", where="receipt_id IS NOT NULL")

    line: Mapped[OrderLine] = to_one(line_id)
