"""Amounts as journals write them: ``$-1,000.00``, ``1.000,00 €``, ``50 "Plans: Mail"``, ``(9G * 6)``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal, DecimalException
from typing import Final

from backoffice.hookspecs import messages

from .book import Amount, BookError, Place

_ = messages("accounting")

MOST_DIGITS: Final = 36
GAPS: Final = " \u00a0\u202f"
NUMBER: Final = rf"(?:\d{{1,3}}(?:[{GAPS}]\d{{3}})+(?:[.,]\d*)?|\d[\d.,']*|\.\d+)"
SYMBOL: Final = r'(?:"[^"\n]*"|[^\s\d"+\-*/.,;:@={}()\[\]<>&|~^!?#\']+)'
_AMOUNT = re.compile(
    rf"\s*(?:(?P<sign>[-+])\s*)?"
    rf"(?:(?P<left>{SYMBOL})\s*(?P<sign2>[-+])?\s*(?P<after>{NUMBER})|(?P<before>{NUMBER})\s*(?P<right>{SYMBOL})?)"
)
_DOT = re.compile(r"\d,\d{3}\.\d|^[ \t]+[^;\n]*?\d\.\d{1,2}(?![\d.,])", re.MULTILINE)
_COMMA = re.compile(r"\d\.\d{3},\d|^[ \t]+[^;\n]*?\d,\d{1,2}(?![\d.,])", re.MULTILINE)


@dataclass(slots=True)
class Style:
    """How the numbers of a file are written: its decimal mark, if it is known, and that of single commodities.

    ``text`` is the whole file, which is asked when one number alone does not tell; ``single`` is what a comma before
    three digits means where nothing tells: ``"group"``, ``"decimal"``, or nothing, which refuses it.
    """

    mark: str = ""
    text: str = ""
    single: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    default: str = ""
    """The commodity of a bare number."""
    conversions: dict[str, tuple[Decimal, str]] = field(default_factory=dict)
    """Commodity → how many of which smaller one it is."""
    _told: str | None = None

    def of_file(self) -> str:
        """Return the decimal mark that the other numbers of the file show, or nothing when they do not agree."""
        if self._told is None:
            dot, comma = bool(_DOT.search(self.text)), bool(_COMMA.search(self.text))
            self._told = "" if dot == comma else "." if dot else ","
        return self._told


def decimal_of(text: str, style: Style, place: Place, commodity: str = "") -> Decimal:
    """Return the number ``text`` says. Raises :class:`BookError` when it may mean two things."""
    plain = text.replace("'", "")
    for gap in GAPS:
        plain = plain.replace(gap, "")
    if plain.isdigit():
        return _decimal(plain, place)
    mark = style.marks.get(commodity) or style.mark or _mark(plain, style, place)
    plain = plain.replace(".", "").replace(",", ".") if mark == "," else plain.replace(",", "")
    return _decimal(plain, place)


def _mark(text: str, style: Style, place: Place) -> str:
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return max(",.", key=text.rfind)
    if dots > 1 or commas > 1:
        return "," if dots else "."
    mark = "." if dots else ","
    whole, _sign, rest = text.partition(mark)
    if len(rest) != 3 or len(whole) > 3 or whole.startswith("0"):
        return mark
    known = style.of_file()
    if known or dots:
        return known or "."
    if style.single:
        return "." if style.single == "group" else ","
    raise BookError(
        place,
        _("The number {text} can be read in two ways.").with_values(text=text),
        why=_("Nothing in the file tells whether the comma parts thousands or decimals."),
        remedy=_("Say which decimal mark the file uses."),
    )


def _decimal(plain: str, place: Place) -> Decimal:
    if len(plain) > MOST_DIGITS:
        raise BookError(
            place, _("A number has more than {most} digits.").with_values(most=MOST_DIGITS), remedy=_("Round it.")
        )
    try:
        return Decimal(plain.rstrip(".") or "0")
    except DecimalException as error:
        raise _no_number(plain, place) from error


def _no_number(text: str, place: Place) -> BookError:
    return BookError(
        place,
        _("{text} is no amount.").with_values(text=text[:40]),
        remedy=_("Write it as a number and a currency, such as 12.50 EUR."),
    )


def amount_at(text: str, start: int, style: Style, place: Place) -> tuple[Amount, int]:
    """Return the amount that begins at ``start`` of ``text`` and where it ends; a bare number has no commodity."""
    if text[start:].lstrip().startswith("("):
        begin = text.index("(", start)
        end = _closing(text, begin, place)
        return evaluate(text[begin + 1 : end], style, place), end + 1
    found = _AMOUNT.match(text, start)
    if found is None:
        raise _no_number(text[start:].strip() or text.strip(), place)
    symbol = (found["left"] or found["right"] or "").strip('"')
    number = decimal_of(found["after"] or found["before"], style, place, symbol)
    negative = (found["sign"] == "-") != (found["sign2"] == "-")
    return Amount(-number if negative else number, symbol or style.default), found.end()


def reduced(amount: Amount, style: Style) -> Amount:
    """Return ``amount`` in the smallest unit it can be converted to by lines such as ``C 1 kg = 1000 g``."""
    seen = {amount.commodity}
    while (known := style.conversions.get(amount.commodity)) is not None and known[1] not in seen:
        amount = Amount(amount.quantity * known[0], known[1])
        seen.add(known[1])
    return amount


def amount_of(text: str, style: Style, place: Place) -> Amount:
    """Return the amount that ``text`` is. Raises :class:`BookError` when something is left over."""
    amount, end = amount_at(text, 0, style, place)
    if text[end:].strip():
        raise _no_number(text.strip(), place)
    return amount


def _closing(text: str, begin: int, place: Place) -> int:
    depth = 0
    for index in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if not depth:
            return index
    raise BookError(
        place, _("A bracket is never closed."), why=text.strip()[:80], remedy=_("Write the closing bracket.")
    )


# -- sums ------------------------------------------------------------------------------------------------------------

MOST_DEPTH: Final = 40


def evaluate(
    text: str, style: Style, place: Place, read: Callable[[str, int, Style, Place], tuple[Amount, int]] = amount_at
) -> Amount:
    """Return what the sum ``text`` comes to, such as ``9G * 6`` or ``(12.00 + 3.50) / 2``."""
    found = _Sum(text, replace(style, default=""), place, read).whole()
    return found if found.commodity else replace(found, commodity=style.default)


class _Sum:
    """Reads a sum from left to right."""

    def __init__(
        self, text: str, style: Style, place: Place, read: Callable[[str, int, Style, Place], tuple[Amount, int]]
    ) -> None:
        self.text, self.style, self.place, self.read = text, style, place, read
        self.at = 0
        self.depth = 0

    def whole(self) -> Amount:
        """Return the value of all of it."""
        found = self._added()
        if self._next():
            raise _no_number(self.text, self.place)
        return found

    def _next(self) -> str:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at : self.at + 1]

    def _added(self) -> Amount:
        left = self._multiplied()
        while (sign := self._next()) and sign in "+-":
            self.at += 1
            right = self._multiplied()
            commodity = left.commodity or right.commodity
            if right.commodity not in {commodity, ""} or left.commodity not in {commodity, ""}:
                raise self._wrong(_("Amounts of two kinds cannot be added up."))
            left = Amount(left.quantity + (right.quantity if sign == "+" else -right.quantity), commodity)
        return left

    def _multiplied(self) -> Amount:
        left = self._one()
        while (sign := self._next()) and sign in "*/":
            self.at += 1
            right = self._one()
            if left.commodity and right.commodity:
                raise self._wrong(_("Amounts are multiplied by numbers only."))
            if sign == "/" and not right.quantity:
                raise self._wrong(_("Nothing can be divided by zero."))
            value = left.quantity * right.quantity if sign == "*" else left.quantity / right.quantity
            left = Amount(value, left.commodity or right.commodity)
        return left

    def _one(self) -> Amount:
        sign = self._next()
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self._wrong(_("The sum is nested too deeply."))
        try:
            if sign == "(":
                self.at += 1
                found = self._added()
                if self._next() != ")":
                    raise self._wrong(_("A bracket is never closed."))
                self.at += 1
                return found
            if sign and sign in "+-":
                self.at += 1
                found = self._one()
                return -found if sign == "-" else found
            found, self.at = self.read(self.text, self.at, self.style, self.place)
            return found
        finally:
            self.depth -= 1

    def _wrong(self, what: str) -> BookError:
        return BookError(self.place, what, why=self.text.strip()[:80], remedy=_("Write the result instead."))
