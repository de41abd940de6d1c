"""Figures as other programs write them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from urllib.parse import quote

from .exported import BooksOut, LineOut


def money(value: Decimal, places: int) -> str:
    """Return an amount with the decimals of its currency, and more if it has more."""
    return f"{value:.{max(places, _decimals(value))}f}"


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number(value: Decimal) -> str:
    """Return a quantity without needless zeros."""
    return f"{value:.{_decimals(value)}f}"


def escaped(text: str) -> str:
    """Return ``text`` on one line, without what would end a tag."""
    return "".join(letter if letter.isprintable() and letter not in "%,;|" else quote(letter) for letter in text)


def amounts(books: BooksOut, line: LineOut, called: Callable[[str], str]) -> Iterator[str]:
    """Yield the amount of a line with its cost; a quantity whose cost has another sign takes two postings."""
    own = f"{money(line.amount, books.places)} {books.currency}"
    cost = f"{money(abs(line.amount), books.places)} {books.currency}"
    of, many = (line.commodity, line.quantity) if line.commodity else (line.currency, line.amount_currency)
    if not of or not many:
        yield own
    elif line.amount and (many > 0) != (line.amount > 0):
        yield f"{number(many)} {called(of)} @@ {money(Decimal(0), books.places)} {books.currency}"
        yield own
    else:
        yield f"{number(many)} {called(of)} @@ {cost}"
