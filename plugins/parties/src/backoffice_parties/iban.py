"""International bank account numbers: told from other account numbers, and checked. Pure functions over text.

The check is that of ISO 13616: the country and check digits moved to the end, letters as numbers from 10, and the
whole number must leave 1 when divided by 97 (ISO 7064).
"""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_BLANKS = re.compile(r"[\s-]")


def compact(number: str) -> str:
    """Return an account number in capitals, without the blanks and hyphens it is printed with."""
    return _BLANKS.sub("", number).upper()


def looks_like_iban(number: str) -> bool:
    """Tell whether ``number`` has the shape of an IBAN: a country, two check digits, ten to thirty characters."""
    return _SHAPE.fullmatch(compact(number)) is not None


def is_valid_iban(number: str) -> bool:
    """Tell whether the check digits of an IBAN are right.

    >>> is_valid_iban("GB82 WEST 1234 5698 7654 32"), is_valid_iban("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    code = compact(number)
    if not looks_like_iban(code):
        return False
    digits = "".join(str(int(character, 36)) for character in code[4:] + code[:4])
    return int(digits) % 97 == 1


def printed(number: str) -> str:
    """Return an IBAN in groups of four, as it is printed; any other number as it is."""
    code = compact(number)
    if not looks_like_iban(code):
        return number
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4))
