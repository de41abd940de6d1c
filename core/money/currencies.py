"""Currencies in use, from ISO 4217; their names and symbols in a language, from CLDR."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from backoffice.core.errors import InvalidInput
from backoffice.core.text.minor_units import minor_units
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

_ = messages("backoffice")


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency: its ISO ``code``, decimal ``places``, ``numeric`` ISO code and English ``name``."""

    code: str
    places: int
    numeric: int
    name: str


@cache
def currencies() -> Mapping[str, Currency]:
    """Return every currency in use that has a smallest unit, by code in alphabetical order."""
    from iso4217 import raw_table

    return MappingProxyType({code: _read(raw_table[code], places) for code, places in sorted(minor_units().items())})


def _read(row: Mapping[str, Any], places: int) -> Currency:
    return Currency(row["Ccy"], places, row["CcyNbr"], row["CcyNm"])


def currency(code: str) -> Currency:
    """Return the currency of an ISO ``code`` in capitals.

    Raises :class:`~backoffice.core.errors.InvalidInput`, naming near ones, when there is none: metals and test codes
    have no smallest unit and are no currencies here, nor are those withdrawn.
    """
    found = currencies().get(code)
    if found is None:
        raise InvalidInput(
            _("{code} is not a currency.").with_values(code=code),
            why=_("Currencies are written with the three capital letters of ISO 4217."),
            remedy=_near(code),
        )
    return found


def _near(code: str) -> str:
    sought = code.strip().upper()
    named = [each.code for each in currencies().values() if len(sought) > 2 and sought in each.name.upper()]
    near = list(dict.fromkeys([*get_close_matches(sought, currencies(), n=4), *named]))[:6]
    if not near:
        return _("Look the code up in the list of currencies.")
    return _("Did you mean {codes}?").with_values(codes=", ".join(near))


@cache
def currency_name(code: str, language: str) -> str:
    """Return the name of a currency in ``language``, such as "Kuwaiti Dinar"; the code where CLDR has none."""
    from babel.numbers import get_currency_name

    return get_currency_name(code, locale=language.replace("-", "_"))


@cache
def currency_symbol(code: str, language: str) -> str:
    """Return the symbol of a currency in ``language``, such as "£"; the code where CLDR has none."""
    from babel.numbers import get_currency_symbol

    return get_currency_symbol(code, locale=language.replace("-", "_"))
