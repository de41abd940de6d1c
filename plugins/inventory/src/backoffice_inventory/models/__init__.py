"""Tables of inventory."""

from .base import Base
from .moves import (
    KINDS,
    MONEY,
    QUANTITY,
    Balance,
    Consumption,
    Document,
    Layer,
    Move,
    Reservation,
    ValueChange,
    Worth,
)
from .places import CLASSES, METHODS, OWN, PLACE_KINDS, TRACKING, Item, Lot, Place, Rule
from .planning import BY, Count, CountLine, LandedCost, LandedLine, LandedReceipt, Period

__all__ = [
    "BY", "CLASSES", "KINDS", "METHODS", "MONEY", "OWN", "PLACE_KINDS", "QUANTITY", "TRACKING", "Balance", "Base",
    "Consumption", "Count", "CountLine", "Document", "Item", "LandedCost", "LandedLine", "LandedReceipt", "Layer",
    "Lot", "Move", "Period", "Place", "Reservation", "Rule", "ValueChange", "Worth",
]  # fmt: skip
