"""Lines of Beancount files: texts in quotes, remarks, numbers, amounts."""

from __future__ import annotations

import re
from decimal import Decimal

from backoffice.hookspecs import messages

from .amounts import Style, decimal_of
from .book import Amount, BookError, Place

_ = messages("accounting")

STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_NUMBER = re.compile(r"\s*([\d,]*\.?\d+\.?)")


def described(payee: str, narration: str) -> str:
    """Return payee and narration as one description."""
    return " | ".join(" ".join(part.split()) for part in (payee, narration) if part.strip())


def priced(amount: Amount, price: Amount, total: bool) -> Amount:
    """Return what ``amount`` costs at ``price`` for one, or for all of it."""
    sign = -1 if amount.quantity < 0 else 1
    return Amount(abs(price.quantity) * sign if total else price.quantity * amount.quantity, price.commodity)


def tolerance_of(amount: Amount) -> Decimal:
    """Return how far a balance may be off: one in its last decimal."""
    exponent = int(amount.quantity.as_tuple().exponent)
    return Decimal(1).scaleb(exponent) if exponent < 0 else Decimal(0)


def number_at(text: str, start: int, style: Style, place: Place) -> tuple[Amount, int]:
    """Return the number that begins at ``start``, and where it ends."""
    found = _NUMBER.match(text, start)
    if found is None:
        raise BookError(
            place, _("{text} is no amount.").with_values(text=text.strip()[:40]),
            remedy=_("Write it as a number and a currency, such as 12.50 EUR."),
        )  # fmt: skip
    return Amount(decimal_of(found[1], style, place), ""), found.end()


def value_of(text: str | None) -> str:
    """Return the value of a piece of metadata: a text without its quotes, or what stands there."""
    plain = (text or "").strip()
    found = STRING.match(plain)
    return unquoted(found[1]) if found is not None else plain


def unquoted(text: str) -> str:
    """Return a text without the signs that keep its quotes apart."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


def whole_lines(text: str) -> list[tuple[int, str]]:
    """Return lines with their numbers, without remarks; a text in quotes may go over several lines."""
    found: list[tuple[int, str]] = []
    open_ = ""
    begin = 0
    for number, line in enumerate(text.split("\n"), start=1):
        whole = f"{open_}\n{line}" if open_ else line
        begin = begin if open_ else number
        kept, closed = _without_remark(whole)
        if closed or number - begin > 64:
            found.append((begin, kept if closed else whole))
            open_ = ""
        else:
            open_ = whole
    if open_:
        found.append((begin, open_))
    return found


def _without_remark(line: str) -> tuple[str, bool]:
    if ";" not in line and '"' not in line:
        return line, True
    inside = escaped = False
    for at, letter in enumerate(line):
        if escaped:
            escaped = False
        elif inside and letter == "\\":
            escaped = True
        elif letter == '"':
            inside = not inside
        elif letter == ";" and not inside:
            return line[:at] or " ", True
    return line, not inside
