"""Names of people: put together from their parts, and told apart by script. Pure functions over text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParts:
    """The parts of one person's name in one script; each may be empty."""

    prefix: str = ""
    given: str = ""
    middle: str = ""
    """Further given names, or the father's and grandfather's names where that is the custom."""
    family: str = ""
    suffix: str = ""


def full_name(parts: NameParts) -> str:
    """Return the name as it is written out, an empty text when there are no parts.

    >>> full_name(NameParts(prefix="Dr", given="Amal", family="Haddad"))
    'Dr Amal Haddad'
    """
    words = (parts.prefix, parts.given, parts.middle, parts.family, parts.suffix)
    return " ".join(word for part in words for word in (part or "").split())


def language_of_script(text: str) -> str:
    """Return ``"ar"`` when most letters of ``text`` are Arabic, else ``"en"``: the language to show it under.

    >>> language_of_script("أمل حداد"), language_of_script("Amal")
    ('ar', 'en')
    """
    letters = [character for character in text if character.isalpha()]
    arabic = sum(unicodedata.name(letter, "").startswith("ARABIC") for letter in letters)
    return "ar" if letters and 2 * arabic > len(letters) else "en"
