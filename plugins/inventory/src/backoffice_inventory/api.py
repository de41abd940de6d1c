"""All that other plugins may import of inventory; sellers and buyers ask the hooks of products instead."""

from .answers import available, cost, counted, move_goods, move_many
from .models import Document, Item, Lot, Move, Place
from .reserving import release, reserve
from .valuing import Stock

__all__ = [
    "Document",
    "Item",
    "Lot",
    "Move",
    "Place",
    "Stock",
    "available",
    "cost",
    "counted",
    "move_goods",
    "move_many",
    "release",
    "reserve",
]
