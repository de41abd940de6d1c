"""Orders with their lines and milestones, and what happened to each line."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_parties.models import Party
from backoffice_products.api import PriceList, Product, Unit
from backoffice_sales import guards
from backoffice_sales.kinds import (
    GOODS_STATES,
    INVOICE_STATES,
    INVOICING,
    MOVEMENTS,
    ORDER_KINDS,
    ORDER_STATES,
    PAYMENT_STATES,
    SHORTAGE,
)
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, Must, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .base import HUNDRED, NOUGHT, Base

_ = messages("sales")


class Order(OfCompany, Record, Base):
    """What a customer ordered, at which prices, and how far it is."""

    __tablename__ = "sales_order"
    __title__ = "number"
    guards = (guards.ORDER,)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(ORDER_KINDS, label=_("Kind"), default="order", read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Customer"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    state: Mapped[str] = field.choice(ORDER_STATES, label=_("State"), default="draft", read_only=True)
    goods_state: Mapped[str] = field.choice(GOODS_STATES, label=_("Goods"), default="none", read_only=True)
    invoice_state: Mapped[str] = field.choice(INVOICE_STATES, label=_("Invoice"), default="nothing", read_only=True)
    payment_state: Mapped[str] = field.choice(PAYMENT_STATES, label=_("Payment"), default="unpaid", read_only=True)
    reference: Mapped[str | None] = field.code(
        80, label=_("Reference"), search=True, help=_("The customer's order number, say.")
    )
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's own."))
    price_list_id: Mapped[int | None] = field.ref(PriceList, label=_("Price list"))
    discount: Mapped[Decimal] = field.percent(
        label=_("Discount, %"), default=NOUGHT, minimum=NOUGHT, maximum=HUNDRED, help=_("Off every line.")
    )
    invoicing: Mapped[str] = field.choice(INVOICING, label=_("Invoiced"), default="shipment")
    shortage: Mapped[str] = field.choice(SHORTAGE, label=_("When goods are missing"), default="backorder")
    place: Mapped[str | None] = field.code(32, label=_("Shipped from"), help=_("Code of the place; empty for any."))
    promised_on: Mapped[datetime.date | None] = field.day(label=_("Promised for"))
    delivery_name: Mapped[str | None] = field.text(160, label=_("Delivered to"), personal=True)
    delivery_address: Mapped[str | None] = field.long_text(label=_("Delivery address"), personal=True)
    delivery_country: Mapped[str | None] = field.code(2, label=_("Country of delivery"))
    delivery_terms: Mapped[str | None] = field.text(80, label=_("Terms of delivery"), help=_("Such as DAP Riyadh."))
    terms: Mapped[str | None] = field.code(32, label=_("Terms of payment"))
    notes: Mapped[str | None] = field.long_text(label=_("Notes"), help=_("Printed below the lines."))
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Net"), read_only=True, default=NOUGHT)
    tax: Mapped[Decimal] = field.money(currency="currency", label=_("Taxes"), read_only=True, default=NOUGHT)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=NOUGHT)
    paid: Mapped[Decimal] = field.money(currency="currency", label=_("Paid"), read_only=True, default=NOUGHT)
    country: Mapped[str | None] = field.code(2, label=_("Country"), read_only=True)
    rounding: Mapped[str | None] = field.code(60, label=_("Rounding"), hint="internal", read_only=True)
    source: Mapped[str | None] = field.code(64, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(120, label=_("Key there"), read_only=True)
    correlation: Mapped[str | None] = field.code(64, label=_("Chain"), read_only=True)
    waiting_since: Mapped[datetime.datetime | None] = field.instant(label=_("Waiting since"), read_only=True)
    problem: Mapped[str | None] = field.text(400, label=_("Problem"), read_only=True)

    numbered = UniqueInCompany("number")
    once = UniqueInCompany("source", "source_key")
    complete = Must("complete", "(state = 'draft') = (number IS NULL)")
    by_date = Indexed("company_id", "date", "id")
    of_party = Indexed("party_id", "id")
    by_reference = Indexed("reference", where="reference IS NOT NULL")
    by_source_key = Indexed("source_key", where="source_key IS NOT NULL")
    unfinished = Indexed("company_id", "waiting_since", where="state = 'confirmed'")

    party: Mapped[Party] = to_one(party_id, argument=Party)
    price_list: Mapped[PriceList | None] = to_one(price_list_id, argument=PriceList)
    lines: Mapped[list[OrderLine]] = to_many("OrderLine.order_id", back_populates="order")
    milestones: Mapped[list[Milestone]] = to_many("Milestone.order_id", back_populates="order")


class OrderLine(Row, Base):
    """So much of something at a price. What was shipped and invoiced of it are sums over movements."""

    __tablename__ = "sales_order_line"
    __part_of__ = "order_id"

    order_id: Mapped[int] = field.ref(Order, label=_("Order"))
    product_id: Mapped[int | None] = field.ref(Product, label=_("Product"))
    item: Mapped[str | None] = field.code(60, label=_("Item"), read_only=True)
    description: Mapped[str | None] = field.text(400, label=_("Description"), help=_("Left empty, the product's name."))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"), default=Decimal(1))
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Unit"), help=_("Left empty, the one it is sold by."))
    unit_price: Mapped[Decimal | None] = field.unit_price(
        label=_("Unit price"), help=_("Left empty, that of the price list.")
    )
    unit_discount: Mapped[Decimal | None] = field.unit_price(
        label=_("Discount on each"), minimum=NOUGHT, help=_("An amount off the unit price, before the percentage.")
    )
    discount: Mapped[Decimal] = field.percent(label=_("Discount, %"), default=NOUGHT, minimum=NOUGHT, maximum=HUNDRED)
    inclusive: Mapped[bool] = field.yes_no(label=_("Price with tax"))
    taxes: Mapped[str | None] = field.code(
        200, label=_("Tax codes"), help=_("With blanks between; left empty, the rules choose; – for none.")
    )
    net: Mapped[Decimal] = field.money(label=_("Net"), read_only=True, default=NOUGHT)
    tax: Mapped[Decimal] = field.money(label=_("Taxes"), read_only=True, default=NOUGHT)
    ships: Mapped[bool] = field.yes_no(label=_("Is shipped"), read_only=True)
    category: Mapped[str | None] = field.code(32, label=_("Category"), read_only=True)
    purpose: Mapped[str] = field.code(32, label=_("Purpose"), default="revenue", read_only=True)
    promised_on: Mapped[datetime.date | None] = field.day(label=_("Promised for"))
    split_of_id: Mapped[int | None] = field.ref("sales_order_line", label=_("Back-order of line"), read_only=True)

    not_nothing = Must("not_nothing", "quantity <> 0")
    of_order = Indexed("order_id", "id")
    of_product = Indexed("product_id", "id")

    order: Mapped[Order] = to_one(order_id, back_populates="lines")
    product: Mapped[Product | None] = to_one(product_id, argument=Product)
    unit: Mapped[Unit | None] = to_one(unit_id, argument=Unit)


class Milestone(Row, Base):
    """A part of an order that is invoiced when it is reached."""

    __tablename__ = "sales_milestone"
    __part_of__ = "order_id"

    order_id: Mapped[int] = field.ref(Order, label=_("Order"))
    name: Mapped[str] = field.text(120, label=_("Milestone"))
    share: Mapped[Decimal] = field.percent(label=_("Share, %"), minimum=NOUGHT, maximum=HUNDRED)
    planned_on: Mapped[datetime.date | None] = field.day(label=_("Planned for"))
    reached_on: Mapped[datetime.date | None] = field.day(label=_("Reached"), read_only=True)
    of_order = Indexed("order_id", "id")

    order: Mapped[Order] = to_one(order_id, back_populates="milestones")


class Movement(OfCompany, Row, Base):
    """What happened to a line: so much shipped, returned, invoiced, credited or cancelled. Only ever added to."""

    __tablename__ = "sales_movement"
    __part_of__ = "order_id"
    guards = (guards.MOVEMENT,)

    order_id: Mapped[int] = field.ref(Order, label=_("Order"))
    line_id: Mapped[int] = field.ref(OrderLine, label=_("Line"))
    kind: Mapped[str] = field.choice(MOVEMENTS, label=_("What"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    shipment_id: Mapped[int | None] = field.ref("sales_shipment", label=_("Shipment"))
    billing_id: Mapped[int | None] = field.ref("sales_billing", label=_("Invoice asked for"))
    of_id: Mapped[int | None] = field.ref("sales_movement", label=_("Takes back"))
    amount: Mapped[Decimal | None] = field.money(label=_("Net"), read_only=True)
    cost: Mapped[Decimal | None] = field.money(label=_("Cost"), permission="sales.see_costs")
    lots: Mapped[str | None] = field.text(400, label=_("Lots"))

    of_order = Indexed("order_id", "id")
    of_line = Indexed("line_id", "id")
    of_shipment = Indexed("shipment_id", where="shipment_id IS NOT NULL")
    of_billing = Indexed("billing_id", where="billing_id IS NOT NULL")
    by_date = Indexed("company_id", "date", "kind")

    line: Mapped[OrderLine] = to_one(line_id)

    @property
    def item(self) -> Any:
        """The item of the line."""
        return self.line.item
