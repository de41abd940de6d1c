"""Figures: how amounts, prices, quantities, rates and percentages are written, decided in one place for everyone.

A *price* is what one unit costs: like an amount it has at least the decimals of its currency, and like a quantity as
many more as it needs. Nothing here rounds.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from backoffice.hookspecs import Field

from .digits import Digits
from .formats import currency_places, format_money, format_number, format_percent

FIGURES: Final = frozenset({"money", "price", "quantity", "rate", "percent", "integer"})
"""Kinds of values that stand under each other by their decimal mark."""

PRICE: Final = "price"
"""The hint of a field, and the kind of a column, whose quantities are prices of one unit."""


PERSON: Final = "person"
"""The hint of a whole number that is the id of a user, who is shown by name."""

INTERNAL: Final = "internal"
"""The hint of a field that says something to programs alone: no page shows it."""


def shown_as(field: Field) -> str:
    """Return how the values of ``field`` are written: its kind, ``price`` for what one unit costs, a name as text."""
    if field.hint == PERSON:
        return "text"
    return PRICE if field.kind == "quantity" and field.hint.partition(":")[0] == PRICE else field.kind


def decimals(value: Decimal | int) -> int:
    """Return how many decimals ``value`` has, zeros at the end not counted."""
    text = f"{value:f}" if isinstance(value, Decimal) else ""
    return len(text.partition(".")[2].rstrip("0"))


def least_decimals(kind: str, currency: str = "") -> int:
    """Return how many decimals are always written: those of the currency for amounts and prices, none for others."""
    return currency_places(currency) if kind in {"money", PRICE} else 0


def padded(value: Decimal, places: int) -> Decimal:
    """Return ``value`` with ``places`` decimals, or as many as it has; further zeros go."""
    return Decimal(f"{value:.{max(places, decimals(value))}f}")


def format_figure(
    value: Decimal | int, kind: str, *, language: str, digits: Digits = "latn", currency: str = "", code: bool = False
) -> str:
    """Return a figure of ``kind``, one of :data:`FIGURES`, in the reader's ``language`` and ``digits``.

    ``code`` writes the currency behind an amount or a price that stands alone; in a column the head says it once.
    """
    if kind in {"money", PRICE}:
        return format_money(value, currency, language=language, digits=digits, code=code and bool(currency))
    if kind == "percent":
        return format_percent(value, language=language, digits=digits)
    return format_number(value, language=language, digits=digits)


__all__ = ["FIGURES", "PRICE", "decimals", "format_figure", "least_decimals", "padded", "shown_as"]
