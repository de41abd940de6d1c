"""Barcodes of trade items: GTIN-8, -12, -13 and -14, and their check digit. Pure functions over text.

The check digit is that of the GS1 General Specifications, section 7.9: digits weighed 3 and 1 in turn from the right,
and the check digit brings their sum to a multiple of ten.
"""

from __future__ import annotations

import re
from typing import Final

_BLANKS: Final = re.compile(r"[\s-]")
LENGTHS: Final = (8, 12, 13, 14)


def compact(code: str) -> str:
    """Return a code without the blanks and hyphens it is printed with."""
    return _BLANKS.sub("", code)


def looks_like_gtin(code: str) -> bool:
    """Tell whether ``code`` has the shape of a GTIN: 8, 12, 13 or 14 digits."""
    return len(code) in LENGTHS and code.isascii() and code.isdigit()


def check_digit(body: str) -> str:
    """Return the check digit of the digits before it.

    >>> check_digit("629104150021")
    '3'
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def is_valid_gtin(code: str) -> bool:
    """Tell whether ``code`` is a GTIN whose check digit is right.

    >>> is_valid_gtin("6291041500213"), is_valid_gtin("6291041500214")
    (True, False)
    """
    return looks_like_gtin(code) and check_digit(code[:-1]) == code[-1]


def same(code: str) -> str:
    """Return a GTIN in its form of fourteen digits, by which it is compared; any other code as it is.

    A scanner may tell a GTIN-12 as a GTIN-13 with a zero in front.

    >>> same("036000291452") == same("0036000291452")
    True
    """
    return code.rjust(14, "0") if looks_like_gtin(code) else code
