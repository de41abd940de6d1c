"""The search key of a text: what is left when case, accents and the spellings of Arabic letters are put aside.

Databases differ in what they find alike (SQLite matches neither أحمد with احمد nor É with é), so searchable text keeps
a folded copy and what a person seeks is folded the same way. The key is for comparing, never for showing.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from .digits import ARABIC_INDIC, INVISIBLE, PERSIAN

_LETTERS: Final[dict[str, str]] = {
    **dict(zip("أإآٱٲٳؤئةىیېکگھہەۀ", "اااااا" + "ويهييي" + "ككهههه", strict=True)),
    **dict(zip("øłđħŧı", "oldhti", strict=True)),
    **dict(zip("æœðþ", ("ae", "oe", "d", "th"), strict=True)),
    **dict(zip(ARABIC_INDIC + PERSIAN, "0123456789" * 2, strict=True)),
    **dict.fromkeys("ـ" + INVISIBLE, ""),
}
"""Letters that mean the same to someone who searches and that Unicode does not decompose."""


class _Table(dict[int, str]):
    """Folded form by code point, worked out when a character is first met."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _fold_character(chr(point))
        return folded


def _fold_character(character: str) -> str:
    before, after = "", character
    while before != after:
        before = after
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", before).casefold())
        after = "".join(_LETTERS.get(each, each) for each in plain if not unicodedata.combining(each))
    return after


_TABLE: Final = _Table()


def fold(text: str) -> str:
    """Return the search key of ``text``.

    Compatibility forms, case, Latin accents, Arabic vowel signs and tatweel go; hamza carriers become their letter, ة
    becomes ه and ى becomes ي, with the Persian shapes of ya and kaf; Arabic-Indic digits become ASCII; runs of white
    space become one space. Folding a key again changes nothing.
    """
    folded = text.lower() if text.isascii() else text.translate(_TABLE)
    return " ".join(folded.split())
