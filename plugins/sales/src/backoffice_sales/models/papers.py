"""Quotations, shipments, and invoices that were asked for."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_parties.models import Party
from backoffice_products.api import PriceList, Product, Unit
from backoffice_sales.kinds import BILLING_KINDS, BILLING_STATES, QUOTATION_STATES, SHIPMENT_KINDS
from sqlalchemy.orm import Mapped

from backoffice.core.api import Indexed, OfCompany, Record, Row, UniqueInCompany, field, to_many, to_one
from backoffice.hookspecs import messages

from .base import HUNDRED, NOUGHT, Base
from .orders import Movement, Order

_ = messages("sales")


class Quotation(OfCompany, Record, Base):
    """What a customer was offered, in versions, until a day."""

    __tablename__ = "sales_quotation"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    revision: Mapped[int] = field.integer(label=_("Version"), default=1, read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Customer"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    valid_until: Mapped[datetime.date | None] = field.day(
        label=_("Valid until"), help=_("Left empty, the usual number of days.")
    )
    state: Mapped[str] = field.choice(QUOTATION_STATES, label=_("State"), default="draft", read_only=True)
    reference: Mapped[str | None] = field.code(80, label=_("Reference"), search=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), default="", help=_("Left empty, the company's own."))
    price_list_id: Mapped[int | None] = field.ref(PriceList, label=_("Price list"))
    discount: Mapped[Decimal] = field.percent(
        label=_("Discount, %"), default=NOUGHT, minimum=NOUGHT, maximum=HUNDRED, help=_("Off every line.")
    )
    delivery_terms: Mapped[str | None] = field.text(80, label=_("Terms of delivery"), help=_("Such as DAP Riyadh."))
    terms: Mapped[str | None] = field.code(32, label=_("Terms of payment"))
    notes: Mapped[str | None] = field.long_text(label=_("Notes"), help=_("Printed below the lines."))
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Net"), read_only=True, default=NOUGHT)
    tax: Mapped[Decimal] = field.money(currency="currency", label=_("Taxes"), read_only=True, default=NOUGHT)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=NOUGHT)
    rounding: Mapped[str | None] = field.code(60, label=_("Rounding"), hint="internal", read_only=True)
    order_id: Mapped[int | None] = field.ref(Order, label=_("Order"), read_only=True)
    replaces_id: Mapped[int | None] = field.ref("sales_quotation", label=_("Replaces"), read_only=True)

    numbered = UniqueInCompany("number", "revision")
    by_date = Indexed("date", "id")
    of_party = Indexed("party_id", "id")

    party: Mapped[Party] = to_one(party_id, argument=Party)
    order: Mapped[Order | None] = to_one(order_id)
    lines: Mapped[list[QuotationLine]] = to_many("QuotationLine.quotation_id", back_populates="quotation")


class QuotationLine(Row, Base):
    """So much of something that was offered at a price."""

    __tablename__ = "sales_quotation_line"
    __part_of__ = "quotation_id"
    __referenced__ = False

    quotation_id: Mapped[int] = field.ref(Quotation, label=_("Quotation"))
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
    of_quotation = Indexed("quotation_id", "id")

    quotation: Mapped[Quotation] = to_one(quotation_id, back_populates="lines")
    product: Mapped[Product | None] = to_one(product_id, argument=Product)
    unit: Mapped[Unit | None] = to_one(unit_id, argument=Unit)


class Shipment(OfCompany, Record, Base):
    """Goods that left for a customer, or came back."""

    __tablename__ = "sales_shipment"
    __title__ = "number"

    number: Mapped[str] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(SHIPMENT_KINDS, label=_("Kind"), default="delivery", read_only=True)
    order_id: Mapped[int] = field.ref(Order, label=_("Order"), read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Customer"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    place: Mapped[str | None] = field.code(32, label=_("Place"), read_only=True)
    carrier: Mapped[str | None] = field.text(80, label=_("Carrier"), search=True)
    tracking: Mapped[str | None] = field.code(80, label=_("Tracking number"), search=True)
    packages: Mapped[int | None] = field.integer(label=_("Packages"), minimum=1)
    reason: Mapped[str | None] = field.text(200, label=_("Reason"), read_only=True)

    numbered = UniqueInCompany("number")
    by_date = Indexed("date", "id")
    of_order = Indexed("order_id", "id")

    order: Mapped[Order] = to_one(order_id)
    party: Mapped[Party] = to_one(party_id, argument=Party)
    lines: Mapped[list[Movement]] = to_many("Movement.shipment_id", cascade="", viewonly=True)


class Billing(OfCompany, Record, Base):
    """An invoice or credit note that was asked for of whoever keeps the books."""

    __tablename__ = "sales_billing"
    __title__ = "key"

    key: Mapped[str] = field.code(60, label=_("Key"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(BILLING_KINDS, label=_("Kind"), default="invoice", read_only=True)
    order_id: Mapped[int] = field.ref(Order, label=_("Order"), read_only=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Customer"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    net: Mapped[Decimal] = field.money(currency="currency", label=_("Net"), read_only=True, default=NOUGHT)
    tax: Mapped[Decimal] = field.money(currency="currency", label=_("Taxes"), read_only=True, default=NOUGHT)
    total: Mapped[Decimal] = field.money(currency="currency", label=_("Total"), read_only=True, default=NOUGHT)
    state: Mapped[str] = field.choice(BILLING_STATES, label=_("State"), default="asked", read_only=True)
    corrects_id: Mapped[int | None] = field.ref("sales_billing", label=_("Corrects"), read_only=True)
    deposits: Mapped[Any] = field.data(label=_("Deposits"), read_only=True, nullable=True)
    """By tax codes: what a deposit invoice asks for, and below zero what an invoice takes off."""

    numbered = UniqueInCompany("key")
    by_date = Indexed("date", "id")
    of_order = Indexed("order_id", "id")
    unanswered = Indexed("company_id", "id", where="state = 'asked'")

    order: Mapped[Order] = to_one(order_id)
    party: Mapped[Party] = to_one(party_id, argument=Party)
    lines: Mapped[list[Movement]] = to_many("Movement.billing_id", cascade="", viewonly=True)
