"""Goods that moved: documents, their moves, and what follows from them."""

from __future__ import annotations

import datetime
from decimal import Decimal

import sqlalchemy as sa
from backoffice_inventory import guards
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
    UniqueInOrganization,
    field,
    to_many,
    to_one,
)
from backoffice.hookspecs import messages

from .base import Base
from .places import METHODS, Lot, Place

_ = messages("inventory")

NOUGHT = Decimal(0)

VALUES = "inventory.valuation"
"""The permission of those who see what stock is worth."""

KINDS = {
    "receipt": _("Receipt"),
    "delivery": _("Delivery"),
    "customer_return": _("Return of a customer"),
    "supplier_return": _("Return to a supplier"),
    "transfer": _("Transfer"),
    "scrap": _("Scrap"),
    "count": _("Count"),
    "opening": _("Opening stock"),
    "production": _("Production"),
    "drop_shipment": _("From supplier to customer"),
    "revaluation": _("Revaluation"),
    "landed_cost": _("Landed cost"),
    "correction": _("Correction"),
}

STATES = {"done": _("Done"), "sent": _("On the way"), "reversed": _("Reversed")}

CHANGE_KINDS = {
    "landed": _("Landed cost"),
    "revaluation": _("Revaluation"),
    "shortage": _("Settled shortage"),
    "rounding": _("Rounding"),
    "backdated": _("Follows from an earlier date"),
}


class Document(OfCompany, Record, Base):
    """A paper goods moved under. What it moved stays; another document reverses it."""

    __tablename__ = "inventory_document"
    __title__ = "number"
    guards = (guards.DOCUMENT,)

    number: Mapped[str | None] = field.code(40, label=_("Number"), search=True, read_only=True)
    kind: Mapped[str] = field.choice(KINDS, label=_("Kind"), read_only=True)
    date: Mapped[datetime.date] = field.day(label=_("Date"), read_only=True)
    state: Mapped[str] = field.choice(STATES, label=_("State"), default="done", read_only=True)
    party_id: Mapped[int | None] = field.ref(Party, label=_("Customer or supplier"), read_only=True)
    reference: Mapped[str | None] = field.code(80, label=_("Reference"), search=True, read_only=True)
    source: Mapped[str | None] = field.code(64, label=_("Comes from"), read_only=True)
    source_key: Mapped[str | None] = field.code(120, label=_("Source document"), search=True, read_only=True)
    bound_for_id: Mapped[int | None] = field.ref(Place, label=_("Bound for"), read_only=True)
    reverses_id: Mapped[int | None] = field.ref("inventory_document", label=_("Reverses"), read_only=True)
    reason: Mapped[str | None] = field.text(200, label=_("Reason"), read_only=True)

    asked: Mapped[Decimal] = field.money(
        label=_("Stock in the books"), default=NOUGHT, read_only=True, permission=VALUES
    )
    """What the books were asked to add to the value of stock."""

    once = UniqueInCompany("source", "source_key", "kind")
    reversed_once = UniqueInOrganization("reverses_id")
    by_date = Indexed("date", "id")
    moves: Mapped[list[Move]] = to_many("Move.document_id", back_populates="document", cascade="all")
    party: Mapped[Party | None] = to_one(party_id, argument=Party)


class Move(OfCompany, Row, Base):
    """So much of a product, and of a lot of it, from one place to another. Never changed and never removed."""

    __tablename__ = "inventory_move"
    __part_of__ = "document_id"
    guards = (guards.MOVE,)

    document_id: Mapped[int] = field.ref(Document, label=_("Document"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    lot_id: Mapped[int | None] = field.ref(Lot, label=_("Lot"))
    from_id: Mapped[int] = field.ref(Place, label=_("From"))
    to_id: Mapped[int] = field.ref(Place, label=_("To"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    value: Mapped[Decimal] = field.money(label=_("Value"), default=NOUGHT, permission=VALUES)
    difference: Mapped[Decimal] = field.money(label=_("Price difference"), default=NOUGHT, permission=VALUES)
    """What was paid for goods that come in above the value they are kept at."""
    line: Mapped[str | None] = field.code(80, label=_("Line"))
    demand: Mapped[str | None] = field.code(120, label=_("Fulfils"))
    returns_id: Mapped[int | None] = field.ref("inventory_move", label=_("Returns"))
    reverses_id: Mapped[int | None] = field.ref("inventory_move", label=_("Reverses"))
    entered: Mapped[Decimal | None] = field.quantity(label=_("Entered"))
    unit_id: Mapped[int | None] = field.ref(Unit, label=_("Entered in"))

    positive = Must("positive", "quantity > 0 AND from_id <> to_id")
    of_document = Indexed("document_id")
    of_product = Indexed("product_id", "date", "id")
    by_date = Indexed("company_id", "date")
    of_lot = Indexed("lot_id", where="lot_id IS NOT NULL")
    of_demand = Indexed("demand", where="demand IS NOT NULL")
    returned = Indexed("returns_id", where="returns_id IS NOT NULL")
    reversed_once = UniqueInOrganization("reverses_id", where="reverses_id IS NOT NULL")

    document: Mapped[Document] = to_one(document_id, back_populates="moves")
    product: Mapped[Product] = to_one(product_id, argument=Product)
    lot: Mapped[Lot | None] = to_one(lot_id)
    source: Mapped[Place] = to_one(from_id)
    target: Mapped[Place] = to_one(to_id)


class ValueChange(OfCompany, Row, Base):
    """What was added to the value of stock, or taken from it, without goods moving."""

    __tablename__ = "inventory_value_change"
    __part_of__ = "document_id"
    __referenced__ = False
    guards = (guards.CHANGE,)

    document_id: Mapped[int] = field.ref(Document, label=_("Document"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    pool: Mapped[int] = field.integer(label=_("Valued with"), default=0)
    move_id: Mapped[int | None] = field.ref(Move, label=_("Move"))
    kind: Mapped[str] = field.choice(CHANGE_KINDS, label=_("Kind"))
    amount: Mapped[Decimal] = field.money(label=_("Amount"))
    """Added to stock above zero, taken from it below."""
    purpose: Mapped[str] = field.code(40, label=_("Against"))

    of_document = Indexed("document_id")
    of_product = Indexed("product_id", "date")
    of_move = Indexed("move_id", where="move_id IS NOT NULL")


class Layer(OfCompany, Row, Base):
    """Goods that came in at one cost, and what is left of them; below zero, goods that left before they came."""

    __tablename__ = "inventory_layer"
    __audited__ = False
    __audit_exempt__ = "Derived from the moves; checked and rebuilt by one command."

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    pool: Mapped[int] = field.integer(label=_("Valued with"), default=0)
    move_id: Mapped[int] = field.ref(Move, label=_("Move"))
    date: Mapped[datetime.date] = field.day(label=_("Date"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    value: Mapped[Decimal] = field.money(label=_("Value"))
    left_quantity: Mapped[Decimal] = field.quantity(label=_("Left"))
    left_value: Mapped[Decimal] = field.money(label=_("Value left"))

    open = Indexed("company_id", "product_id", "pool", "date", "id", where="left_quantity <> 0")
    of_move = Indexed("move_id")
    empty_is_nothing = Must("empty_is_nothing", "left_quantity <> 0 OR left_value = 0")


class Consumption(OfCompany, Row, Base):
    """What a move took of a layer."""

    __tablename__ = "inventory_consumption"
    __audited__ = False
    __audit_exempt__ = "Derived from the moves; checked and rebuilt by one command."
    __referenced__ = False

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    layer_id: Mapped[int] = field.ref(Layer, label=_("Layer"))
    move_id: Mapped[int] = field.ref(Move, label=_("Move"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    value: Mapped[Decimal] = field.money(label=_("Value"))

    of_layer = Indexed("layer_id")
    of_move = Indexed("move_id")


class Worth(OfCompany, Row, Base):
    """What there is of a product and what it is worth; its row is what whoever moves it locks first."""

    __tablename__ = "inventory_worth"
    __audited__ = False
    __audit_exempt__ = "Derived from the moves; checked and rebuilt by one command."
    __referenced__ = False

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    pool: Mapped[int] = field.integer(label=_("Valued with"), default=0)
    method: Mapped[str] = field.choice(METHODS, label=_("Valued by"))
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"), default=NOUGHT)
    value: Mapped[Decimal] = field.money(label=_("Value"), default=NOUGHT)
    last_quantity: Mapped[Decimal] = field.quantity(label=_("Last quantity"), default=NOUGHT)
    last_value: Mapped[Decimal] = field.money(label=_("Last value"), default=NOUGHT)
    """Together the cost at which goods that are not there are valued; a cost of one unit is never kept."""
    last_date: Mapped[datetime.date | None] = field.day(label=_("Last moved"))
    since_move: Mapped[int] = field.integer(label=_("Valued anew after"), default=0)
    since_quantity: Mapped[Decimal] = field.quantity(label=_("Quantity then"), default=NOUGHT)
    since_value: Mapped[Decimal] = field.money(label=_("Value then"), default=NOUGHT)

    unique = UniqueInCompany("product_id", "pool")
    nothing = Must("nothing", "quantity <> 0 OR value = 0")


class Balance(OfCompany, Row, Base):
    """How much of a product, and of a lot of it, is at a place, and how much of that is set aside."""

    __tablename__ = "inventory_balance"
    __audited__ = False
    __audit_exempt__ = "Derived from moves and reservations; checked and rebuilt by one command."
    __referenced__ = False

    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    place_id: Mapped[int] = field.ref(Place, label=_("Place"))
    lot: Mapped[int] = field.integer(label=_("Lot"), default=0)
    """The id of the lot; 0 where it is not followed."""
    on_hand: Mapped[Decimal] = field.quantity(label=_("There"), default=NOUGHT)
    reserved: Mapped[Decimal] = field.quantity(label=_("Set aside"), default=NOUGHT)
    negative: Mapped[bool] = field.yes_no(label=_("May go below zero"))

    unique = UniqueInCompany("product_id", "place_id", "lot")
    of_place = Indexed("company_id", "place_id")
    never_oversold = Must("never_oversold", "reserved >= 0 AND (reserved <= on_hand OR negative)")


class Reservation(OfCompany, Row, Base):
    """Goods set aside for a line of an order, until an instant or until they leave."""

    __tablename__ = "inventory_reservation"
    __referenced__ = False

    source: Mapped[str] = field.code(64, label=_("Set aside for"))
    key: Mapped[str] = field.code(120, label=_("Line of the order"))
    product_id: Mapped[int] = field.ref(Product, label=_("Product"))
    place_id: Mapped[int] = field.ref(Place, label=_("Place"))
    lot: Mapped[int] = field.integer(label=_("Lot"), default=0)
    quantity: Mapped[Decimal] = field.quantity(label=_("Quantity"))
    until: Mapped[datetime.datetime | None] = field.instant(label=_("Until"))
    needed_on: Mapped[datetime.date | None] = field.day(label=_("Needed on"))

    unique = UniqueInCompany("source", "key", "product_id", "place_id", "lot")
    of_product = Indexed("company_id", "product_id", "place_id", "lot")
    ends = Indexed("until", where="until IS NOT NULL")
    positive = Must("positive", "quantity > 0")
    product: Mapped[Product] = to_one(product_id, argument=Product)
    place: Mapped[Place] = to_one(place_id)


MONEY: sa.types.TypeEngine[Decimal] = Move.__table__.c.value.type
QUANTITY: sa.types.TypeEngine[Decimal] = Move.__table__.c.quantity.type
