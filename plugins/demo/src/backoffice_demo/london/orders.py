"""The documents of the month, and what follows from them: products, stock that was needed, payments that could be."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from typing import Final

from backoffice_sales.api import ReadDocument, Rules, documents, ready_made

SPARE: Final = 24
"""Pieces of each product that are left when it is lowest."""

MARGIN: Final = 2
"""Goods cost a half of what they are sold at on average."""

LEAST_COST: Final = Decimal("0.10")
PAID_AFTER: Final = timedelta(days=9)
UNTIL: Final = date(2010, 12, 31)


@dataclass(slots=True)
class Needed:
    """What must be there of a product before the month begins."""

    name: str = ""
    quantity: Decimal = Decimal(0)
    prices: list[Decimal] = field(default_factory=list)

    @property
    def cost(self) -> Decimal:
        """Return what one piece is taken to have cost."""
        if not self.prices:
            return LEAST_COST
        average = sum(self.prices, Decimal(0)) / len(self.prices)
        return max((average / MARGIN).quantize(Decimal("0.01"), ROUND_HALF_UP), LEAST_COST)


@cache
def rows() -> tuple[dict[str, str], ...]:
    """Return the lines of the file."""
    packed = files(__package__).joinpath("online_retail_2010-12.csv.gz").read_bytes()
    return tuple(csv.DictReader(io.StringIO(gzip.decompress(packed).decode(), newline="")))


def rules() -> Rules:
    """Return how the file is read."""
    return ready_made()["online-retail"]


@cache
def month() -> tuple[ReadDocument, ...]:
    """Return the documents in the order they were written."""
    return tuple(documents(rows(), rules()))


def needed(some: Iterable[ReadDocument] | None = None) -> dict[str, Needed]:
    """Return for each product how much of it must be there so that it never goes below nought, and its cost.

    ``some`` are the documents, those of the month where they are left out.
    """
    found: dict[str, Needed] = {}
    there: dict[str, Decimal] = defaultdict(Decimal)
    for document in month() if some is None else some:
        for code, quantity, name, price in _goods(document):
            one = found.setdefault(code, Needed())
            one.name = one.name or name
            if price:
                one.prices.append(price)
            there[code] += quantity
            one.quantity = max(one.quantity, -there[code])
    return found


def _goods(document: ReadDocument) -> Iterator[tuple[str, Decimal, str, Decimal]]:
    """Yield the goods of a document: code, how the stock changes, name, price."""
    sign = -1 if document.kind == "order" else 1
    for line in document.lines:
        if line.purpose is None:
            moved = line.quantity if document.kind == "adjustment" or line.quantity > 0 else Decimal(0)
            yield rules().product_code(line.item), sign * moved, line.description, line.unit_price


def opening(found: Iterable[tuple[str, Needed]]) -> str:
    """Return the table of opening stock."""
    lines = [f"{code},{one.quantity + SPARE},{one.cost}" for code, one in found]
    return "\n".join(["product,quantity,unit_cost", *lines]) + "\n"


def paid() -> Iterator[tuple[ReadDocument, date]]:
    """Yield the documents that count as paid, and when: three of four customers with an account pay after nine days."""
    for document in month():
        day = document.date + PAID_AFTER
        if document.kind == "order" and document.customer and int(document.customer) % 4 and day <= UNTIL:
            yield document, day


__all__ = ["Needed", "month", "needed", "opening", "paid", "rows", "rules"]
