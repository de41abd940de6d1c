"""Digits of the Arabic scripts, and the invisible characters that steer the direction of text.

Data and identifiers hold ASCII digits; Arabic-Indic ones are read anywhere and written only where a person asks for
them. This module turns one into the other and knows nothing of numbers, which is :mod:`backoffice.core.money`'s.
"""

from __future__ import annotations

from typing import Final, Literal

Digits = Literal["latn", "arab"]
"""``latn``: 0123456789. ``arab``: ٠١٢٣٤٥٦٧٨٩ with the Arabic decimal and thousands marks."""

DECIMAL_MARK: Final = "٫"
THOUSANDS_MARK: Final = "٬"

ARABIC_INDIC: Final = "٠١٢٣٤٥٦٧٨٩"
PERSIAN: Final = "۰۱۲۳۴۵۶۷۸۹"

LTR_ISOLATE: Final = "\u2066"
FIRST_STRONG_ISOLATE: Final = "\u2068"
END_ISOLATE: Final = "\u2069"

INVISIBLE: Final = (
    "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u00ad\ufeff"
)
"""Zero-width, bidirectional and soft-hyphen characters that come along when text is pasted."""

_TO_ASCII: Final = str.maketrans(ARABIC_INDIC + PERSIAN, "0123456789" * 2, INVISIBLE)
_TO_ARABIC: Final = str.maketrans("0123456789", ARABIC_INDIC)


def ascii_digits(text: str) -> str:
    """Return ``text`` with Arabic-Indic and Persian digits as ASCII and without invisible direction marks."""
    return text if text.isascii() else text.translate(_TO_ASCII)


def arabic_digits(text: str) -> str:
    """Return ``text`` with its ASCII digits as Arabic-Indic ones."""
    return text.translate(_TO_ARABIC)


def isolate(text: str) -> str:
    """Return ``text`` between a left-to-right isolate and its end, so that no surrounding Arabic reorders it."""
    return f"{LTR_ISOLATE}{text}{END_ISOLATE}"
