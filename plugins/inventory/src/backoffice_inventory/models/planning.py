"""Counts, costs that come later, and periods that are closed."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_inventory import guards
from backoffice_products.api import Product
from sqlalchemy.orm import Mapped

from backoffice.core.api import (
    Indexed,
    Must,
    OfCompany,
    Record,
    Row,
    UniqueInCompany,
    field,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from .base import Base
from .moves import Document
from .places import CLASSES, Lot, Place

_ = messages("inventory")

COUNT_STATES = {"open": _("Being counted"), "done": _("Done"), "cancelled": _("Cancelled")}
COST_STATES = {"draft": _("Draft"), "posted": _("Posted"), "cancelled": _("Cancelled")}
BY = {
    "equal": _("Equally"),
    "quantity": _("By quantity"),
    "weight": _("By weight"),
    "volume": _("By volume"),
    "value": _("By value"),
}


class Count(OfCompany, Record, Base):
    """A count of what is at a place: all of it, a class of it, or chosen products."""

    __tablename__ = "inventory_count"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    place_id: Mapped[int] = field.ref(Place, label=_("Place"), read_only=True)
    abc: Mapped[str | None] = field.choice(CLASSES, label=_("Class"), read_only=True)
    blind: Mapped[bool] = field.yes_no(
        label=_("Blind"), read_only=True, help=_("Who counts does not see what should be there.")
    )
    state: Mapped[str] = field.choice(COUNT_STATES, label=_("State"), default="open", read_only=True)
    document_id: Mapped[int | None] = field.ref(Document, label=_("Document"), read_only=True)

    by_date = Indexed("date", "id")
    lines: Mapped[list[CountLine]] = to_many("CountLine.count_id", back_populates="count")
    place: Mapped[Place] = to_one(place_id)


def _seen(line: CountLine) -> Decimal | None:
    return None if line.count is not None and line.count.blind and line.count.state == "open" else line.expected


class CountLine(Row, Base):
    """A product, and a lot of it, at the place that is counted; left empty, it was not counted."""

    __tablename__ = "inventory_count_line"
    __part_of__ = "count_id"
    __referenced__ = False

    count_id: Mapped[int] = field.ref(Count, label=_("Count"))
    place_id: Mapped[int] = field.ref(Place, label=_("Place"), read_only=True)
    product_id: Mapped[int] = field.ref(Product, label=_("Product"), read_only=True)
    lot_id: Mapped[int | None] = field.ref(Lot, label=_("Lot"), read_only=True)
    expected: Mapped[Decimal] = field.quantity(
        label=_("There by the books"), default=Decimal(0), permission="inventory.see_expected"
    )
    counted: Mapped[Decimal | None] = field.quantity(label=_("Counted"), minimum=Decimal(0))
    seen = field.derived("quantity", _seen, label=_("Should be there"))

    of_count = Indexed("count_id")
    count: Mapped[Count] = to_one(count_id, back_populates="lines")
    product: Mapped[Product] = to_one(product_id, argument=Product)
    lot: Mapped[Lot | None] = to_one(lot_id)


class LandedCost(OfCompany, Record, Base):
    """Costs that belong to goods received: freight, customs, insurance."""

    __tablename__ = "inventory_landed_cost"
    __title__ = "number"

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    reference: Mapped[str | None] = field.code(80, label=_("Reference"), search=True)
    state: Mapped[str] = field.choice(COST_STATES, label=_("State"), default="draft", read_only=True)
    document_id: Mapped[int | None] = field.ref(Document, label=_("Document"), read_only=True)

    by_date = Indexed("date", "id")
    lines: Mapped[list[LandedLine]] = to_many("LandedLine.cost_id", back_populates="cost")
    receipts: Mapped[list[LandedReceipt]] = to_many("LandedReceipt.cost_id", back_populates="cost")


class LandedLine(Row, Base):
    """One of the costs, and how it is divided."""

    __tablename__ = "inventory_landed_line"
    __part_of__ = "cost_id"
    __referenced__ = False

    cost_id: Mapped[int] = field.ref(LandedCost, label=_("Landed cost"))
    description: Mapped[str] = field.text(120, label=_("Description"), default="")
    amount: Mapped[Decimal] = field.money(label=_("Amount"))
    by: Mapped[str] = field.choice(BY, label=_("Divided"), default="value")
    category: Mapped[str | None] = field.code(40, label=_("Category"), help=_("A narrower word for its account."))

    of_cost = Indexed("cost_id")
    cost: Mapped[LandedCost] = to_one(cost_id, back_populates="lines")


class LandedReceipt(Row, Base):
    """A receipt whose goods bear the costs."""

    __tablename__ = "inventory_landed_receipt"
    __part_of__ = "cost_id"
    __referenced__ = False

    cost_id: Mapped[int] = field.ref(LandedCost, label=_("Landed cost"))
    receipt_id: Mapped[int] = field.ref(Document, label=_("Receipt"))

    of_cost = Indexed("cost_id")
    cost: Mapped[LandedCost] = to_one(cost_id, back_populates="receipts")
    receipt: Mapped[Document] = to_one(receipt_id)


class Period(OfCompany, Record, Base):
    """Days of stock that are closed together: nothing is dated into a closed one."""

    __tablename__ = "inventory_period"
    __title__ = "name"
    guards = (guards.PERIOD,)

    name: Mapped[str] = field.text(40, label=_("Name"))
    start_date: Mapped[datetime.date] = field.day(label=_("From"))
    end_date: Mapped[datetime.date] = field.day(label=_("Until"))
    state: Mapped[str] = field.choice(
        {"open": _("Open"), "closed": _("Closed")}, label=_("State"), default="open", read_only=True
    )

    unique = UniqueInCompany("start_date")
    right_order = Must("right_order", "start_date <= end_date")
