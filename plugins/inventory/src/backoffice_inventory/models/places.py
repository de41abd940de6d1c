"""Where goods are, what is kept of each, and in which lots."""

from __future__ import annotations

import datetime
from decimal import Decimal

from backoffice_products.api import Product
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

from .base import Base

_ = messages("inventory")

PLACE_KINDS = {
    "internal": _("Our own"),
    "transit": _("On the way"),
    "supplier": _("Suppliers"),
    "customer": _("Customers"),
    "loss": _("Gains and losses"),
    "production": _("Production"),
    "group": _("Group of places"),
}

OWN = frozenset({"internal", "transit"})
"""Kinds of places whose goods are stock."""

METHODS = {
    "fifo": _("First in, first out"),
    "average": _("Moving average"),
    "standard": _("Standard cost"),
    "lifo": _("Last in, first out"),
}

TRACKING = {"none": _("Not followed"), "lot": _("By lot"), "serial": _("By serial number")}

CLASSES = {"A": _("A"), "B": _("B"), "C": _("C")}

LOT_STATES = {"free": _("Free"), "quarantine": _("In quarantine"), "recalled": _("Recalled")}


class Place(OfCompany, Record, Base):
    """A place goods are in, come from or go to: a warehouse, a bin, the suppliers, the customers."""

    __tablename__ = "inventory_place"
    __remembered__ = True
    __title__ = "name"
    __key__ = ("code",)

    code: Mapped[str] = field.code(32, label=_("Code"), search=True)
    name: Mapped[str] = field.translated(120, label=_("Name"), search=True)
    kind: Mapped[str] = field.choice(PLACE_KINDS, label=_("Kind"), default="internal")
    parent_id: Mapped[int | None] = field.ref("inventory_place", label=_("Within"))
    sells: Mapped[bool] = field.yes_no(label=_("Goods are sold from here"))
    receives: Mapped[bool] = field.yes_no(label=_("Goods arrive here"))
    sequence: Mapped[int] = field.integer(
        label=_("Order"), default=10, help=_("Goods are taken from the place with the lowest first.")
    )
    negative_allowed: Mapped[bool] = field.yes_no(
        label=_("May go below zero"), help=_("Goods may leave before their arrival was written down.")
    )
    own_value: Mapped[bool] = field.yes_no(
        label=_("Valued by itself"), help=_("What lies here and within has its own cost, apart from the company's.")
    )
    consigned: Mapped[bool] = field.yes_no(
        label=_("Goods of others"), help=_("What lies here is counted and has no value for us.")
    )
    pool: Mapped[int] = field.integer(label=_("Valued with"), default=0, read_only=True)
    """Whose cost the goods here share: 0 the company's, else the id of the place that is valued by itself."""
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("code")
    by_code = Indexed("code", "id")
    of_parent = Indexed("parent_id", where="parent_id IS NOT NULL")
    parent: Mapped[Place | None] = to_one(parent_id, remote_side="Place.id")


class Item(OfCompany, Record, Base):
    """How the stock of a product is kept in a company, where that differs from the usual."""

    __tablename__ = "inventory_item"
    __remembered__ = True
    __title__ = "product_id"

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    counted: Mapped[bool] = field.yes_no(default=True, label=_("Counted"))
    method: Mapped[str | None] = field.choice(
        METHODS,
        label=_("Valued by"),
        help=_("Left empty, as the company's settings say. Once it moved, an action changes it."),
    )
    tracking: Mapped[str] = field.choice(TRACKING, label=_("Followed"), default="none")
    expires: Mapped[bool] = field.yes_no(label=_("Has an expiry date"))
    standard_cost: Mapped[Decimal | None] = field.unit_price(
        label=_("Standard cost"), minimum=Decimal(0), help=_("Of one unit, in the company's currency.")
    )
    abc: Mapped[str | None] = field.choice(
        CLASSES, label=_("Class"), help=_("How often it is counted; see the report.")
    )

    unique = UniqueInCompany("product_id")
    product: Mapped[Product] = to_one(product_id, argument=Product)


class Lot(Record, Base):
    """A lot of a product, or one piece with its serial number."""

    __tablename__ = "inventory_lot"
    __title__ = "code"

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    code: Mapped[str] = field.code(60, label=_("Lot"), search=True)
    expires: Mapped[datetime.date | None] = field.day(label=_("Expires on"))
    state: Mapped[str] = field.choice(LOT_STATES, label=_("State"), default="free")
    note: Mapped[str | None] = field.text(200, label=_("Note"))

    unique = UniqueInOrganization("product_id", "code")
    by_code = Indexed("code", "id")
    by_expiry = Indexed("expires", "id", where="expires IS NOT NULL")
    product: Mapped[Product] = to_one(product_id, argument=Product)


class Rule(OfCompany, Record, Base):
    """When and how much of a product is ordered for a place."""

    __tablename__ = "inventory_rule"
    __title__ = "product_id"

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    place_id: Mapped[int] = field.ref(Place, label=_("Place"))
    minimum: Mapped[Decimal] = field.quantity(label=_("Least"), default=Decimal(0))
    target: Mapped[Decimal | None] = field.quantity(
        label=_("Up to"), help=_("What is ordered fills the stock up to this; left empty, up to the least.")
    )
    at_least: Mapped[Decimal | None] = field.quantity(label=_("Smallest order"), minimum=Decimal(0))
    multiple: Mapped[Decimal | None] = field.quantity(label=_("In multiples of"), minimum=Decimal(0))
    lead_days: Mapped[int] = field.integer(label=_("Days to arrive"), default=0, minimum=0, maximum=1000)
    trigger: Mapped[str] = field.choice(
        {"below": _("When less than the least"), "at": _("When the least is reached")},
        label=_("Ordered"),
        default="below",
    )
    maximum: Mapped[Decimal | None] = field.quantity(
        label=_("Most"), help=_("What is above is proposed to be moved to the place for too much.")
    )
    overflow_id: Mapped[int | None] = field.ref(Place, label=_("Place for too much"))
    active: Mapped[bool] = field.yes_no(default=True, label=_("Active"))

    unique = UniqueInCompany("product_id", "place_id")
    enough = Must("enough", "target IS NULL OR target >= minimum")
    product: Mapped[Product] = to_one(product_id, argument=Product)
    place: Mapped[Place] = to_one(place_id)
