"""Names of pages in addresses: words with hyphens between them, in the script they are written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 80
_VOWELS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
"""Arabic vowel signs and tatweel: written or not, a word is the same."""
_BETWEEN = re.compile(r"[\W_]+")


def slug_of(title: str) -> str:
    """Return the slug of a title: small letters and digits of any script, without accents of Latin ones.

    >>> slug_of("Où êtes-vous ?")
    'ou-etes-vous'
    >>> slug_of("من نحن؟")
    'من-نحن'
    """
    plain = unicodedata.normalize("NFKC", _VOWELS.sub("", title)).casefold()
    words = _BETWEEN.sub("-", unicodedata.normalize("NFC", "".join(_letters(plain)))).strip("-")
    return words[:LONGEST].rstrip("-") or "page"


def _letters(text: str) -> Iterator[str]:
    """Yield the letters of a text, those of Latin without accents; others keep what belongs to them."""
    latin = False
    for letter in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(letter):
            latin = letter.isascii()
            yield letter
        elif not latin:
            yield letter


def is_slug(text: str) -> bool:
    """Return whether a text may stand in an address as it is."""
    return bool(text) and text == slug_of(text)
