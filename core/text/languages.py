"""The languages of the interface."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

LANGUAGES: Final = ("en", "ar")
"""Languages the core is translated into; English is the language of the sources."""

_RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def base_language(language: str) -> str:
    """Return ``language`` without country or script: ``ar`` for ``ar-SA`` and ``ar_SA``."""
    return language.replace("_", "-").partition("-")[0].lower()


@cache
def direction(language: str) -> Literal["ltr", "rtl"]:
    """Return the direction ``language`` is written in, as the ``dir`` attribute of HTML takes it."""
    return "rtl" if base_language(language) in _RIGHT_TO_LEFT else "ltr"


@cache
def language_name(language: str, shown_in: str = "") -> str:
    """Return the name of ``language`` in the language ``shown_in``, by default in itself: "العربية".

    A language CLDR does not know is named by its code.
    """
    from babel import Locale, UnknownLocaleError

    try:
        reader = Locale.parse((shown_in or language).replace("-", "_"))
        return Locale.parse(language.replace("-", "_")).get_display_name(reader) or language
    except (UnknownLocaleError, ValueError):
        return language


@cache
def country_name(code: str, language: str) -> str:
    """Return the name in ``language`` of the country with this ISO code of two letters; the code where CLDR has none.

    >>> country_name("SA", "ar")
    'المملكة العربية السعودية'
    """
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language.replace("-", "_")).territories.get(code) or code
    except (UnknownLocaleError, ValueError):
        return code
