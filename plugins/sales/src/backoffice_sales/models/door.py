"""Money that was paid, messages of other systems, and what their names mean here."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from backoffice_parties.models import Party
from backoffice_products.api import Product, Unit
from backoffice_sales.kinds import FILE_STATES, MESSAGE_STATES, PAYMENT_KINDS, PAYMENT_RECORD_STATES
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    UniqueInCompany,
    UniqueInOrganization,
    field,
    to_one,
)
from backoffice.hookspecs import messages

from .base import NOUGHT, Base
from .orders import Order

_ = messages("sales")


class Payment(OfCompany, Record, Base):
    """What a provider told of money: recorded once by provider, kind and reference."""

    __tablename__ = "sales_payment"
    __title__ = "reference"

    provider: Mapped[str] = field.code(32, label=_("Provider"), read_only=True)
    kind: Mapped[str] = field.choice(PAYMENT_KINDS, label=_("Kind"), read_only=True)
    reference: Mapped[str] = field.code(120, label=_("Reference"), search=True, read_only=True)
    order_id: Mapped[int | None] = field.ref(Order, label=_("Order"), read_only=True)
    named: Mapped[str | None] = field.code(
        120, label=_("For"), read_only=True, help=_("What the provider calls the order, or the charge it belongs to.")
    )
    amount: Mapped[Decimal] = field.money(currency="currency", label=_("Amount"), read_only=True)
    fee: Mapped[Decimal] = field.money(currency="currency", label=_("Fee"), read_only=True, default=NOUGHT)
    currency: Mapped[str] = field.code(3, label=_("Currency"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    state: Mapped[str] = field.choice(PAYMENT_RECORD_STATES, label=_("State"), default="applied", read_only=True)
    problem: Mapped[str | None] = field.text(200, label=_("Problem"), read_only=True)
    hash: Mapped[str] = field.code(64, label=_("Hash"), read_only=True)

    once = UniqueInCompany("provider", "kind", "reference", "hash")
    counted = UniqueInCompany("provider", "kind", "reference", where="state <> 'flagged'")
    by_date = Indexed("date", "id")
    of_order = Indexed("order_id", "id", where="order_id IS NOT NULL")
    without_order = Indexed("company_id", "named", where="state = 'waiting'")

    order: Mapped[Order | None] = to_one(order_id)


class Message(OfCompany, Record, Base):
    """What another system sent: a known number with the same body gets the first answer, with another it is refused."""

    __tablename__ = "sales_message"
    __title__ = "external_id"
    __audited__ = False
    __audit_exempt__ = "A log of what others sent; what is done with it is audited."

    source: Mapped[str] = field.code(64, label=_("Comes from"), read_only=True)
    external_id: Mapped[str] = field.code(120, label=_("Number there"), search=True, read_only=True)
    hash: Mapped[str] = field.code(64, label=_("Hash"), read_only=True)
    state: Mapped[str] = field.choice(MESSAGE_STATES, label=_("State"), default="done", read_only=True)
    received_at: Mapped[datetime.datetime] = field.instant(label=_("Received"), read_only=True)
    order_id: Mapped[int | None] = field.ref(Order, label=_("Order"), read_only=True)
    answer: Mapped[Any] = field.data(label=_("Answer"), read_only=True, nullable=True)

    once = UniqueInCompany("source", "external_id", "hash")
    by_time = Indexed("received_at", "id")

    order: Mapped[Order | None] = to_one(order_id)


class CustomerLink(Record, Base):
    """Which party a shop means by a customer's number."""

    __tablename__ = "sales_customer_link"
    __title__ = "external_id"

    source: Mapped[str] = field.code(64, label=_("Shop"))
    external_id: Mapped[str] = field.code(120, label=_("Customer there"), search=True)
    party_id: Mapped[int] = field.ref(Party, label=_("Customer"))
    unique = UniqueInOrganization("source", "external_id")
    by_external_id = Indexed("external_id", "id")
    party: Mapped[Party] = to_one(party_id, argument=Party)


class ItemLink(Record, Base):
    """Which product a shop means by a code."""

    __tablename__ = "sales_item_link"
    __title__ = "external_id"

    source: Mapped[str] = field.code(64, label=_("Shop"))
    external_id: Mapped[str] = field.code(120, label=_("Item there"), search=True)
    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Unit"), help=_("Left empty, the one it is sold by."))
    unique = UniqueInOrganization("source", "external_id")
    by_external_id = Indexed("external_id", "id")
    product: Mapped[Product] = to_one(product_id, argument=Product)


class Substitute(Record, Base):
    """A product that may be shipped in the place of another."""

    __tablename__ = "sales_substitute"
    __title__ = "product_id"

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    substitute_id: Mapped[int] = field.ref(Product, label=_("May be shipped instead"))
    sequence: Mapped[int] = field.integer(label=_("Rank"), default=10, help=_("The lowest is tried first."))
    unique = UniqueInOrganization("product_id", "substitute_id")
    of_product = Indexed("product_id", "sequence", "id")
    other = Must("other", "product_id <> substitute_id")
    product: Mapped[Product] = to_one(product_id, argument=Product)
    substitute: Mapped[Product] = to_one(substitute_id, argument=Product)


class OrderFile(OfCompany, Record, Base):
    """A file of orders that was brought in, how far it is, and what was told of it."""

    __tablename__ = "sales_order_file"
    __title__ = "filename"

    filename: Mapped[str] = field.text(200, label=_("File"), search=True, read_only=True)
    mapping: Mapped[str] = field.code(32, label=_("Mapping"), read_only=True)
    digest: Mapped[str] = field.code(64, label=_("Fingerprint"), read_only=True)
    state: Mapped[str] = field.choice(FILE_STATES, label=_("State"), default="running", read_only=True)
    documents: Mapped[int] = field.integer(label=_("Documents"), default=0, read_only=True)
    lines: Mapped[int] = field.integer(label=_("Lines"), default=0, read_only=True)
    made: Mapped[int] = field.integer(label=_("Brought in"), default=0, read_only=True)
    told: Mapped[str | None] = field.long_text(label=_("What was told"), read_only=True)

    once = UniqueInCompany("digest", "mapping")


class FileMapping(Record, Base):
    """How a file of orders is read: columns, kinds of documents, codes that are no goods."""

    __tablename__ = "sales_mapping"
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.text(120, label=_("Name"), search=True)
    rules: Mapped[Any] = field.data(label=_("Rules"))
    unique = UniqueInOrganization("code")
    by_code = Indexed("code", "id")
