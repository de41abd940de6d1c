"""Bytes into text, and the small words of bank files: dates, amounts, account numbers."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from backoffice.hookspecs import messages

from .said import unreadable

_ = messages("banking")

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
LARGEST: Final = 20 * 1024 * 1024
"""Bytes of the largest file."""


def text_of(data: bytes, encoding: str = "") -> str:
    """Return ``data`` as text: in ``encoding`` when given, else UTF-8 or UTF-16 by its mark, else Windows-1252."""
    if encoding:
        try:
            return data.decode(encoding).lstrip("\ufeff")
        except (LookupError, UnicodeDecodeError) as error:
            raise unreadable(_("It is not written in {encoding}.").with_values(encoding=encoding)) from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def squeezed(text: str | None) -> str:
    """Return ``text`` with single blanks."""
    return " ".join((text or "").split())


def plain(text: str | None) -> str | None:
    """Return ``text`` with single blanks, or nothing when nothing is left."""
    return squeezed(text) or None


def number(text: str | None) -> str | None:
    """Return an account number without blanks; an IBAN in capitals."""
    compact = re.sub(r"[\s-]", "", text or "")
    return (compact.upper() if _IBAN.fullmatch(compact.upper()) else squeezed(text)) or None


def is_iban(text: str | None) -> bool:
    """Tell whether ``text`` has the shape of an IBAN."""
    return bool(text and _IBAN.fullmatch(text))


def decimal(text: str, mark: str = ".") -> Decimal:
    """Return the exact number of ``text``, whose decimal mark is ``mark``; every other mark only parts groups."""
    digits = re.sub(rf"[^0-9{re.escape(mark)}+-]", "", text).replace(mark, ".")
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise unreadable(_("“{text}” is not an amount.").with_values(text=text.strip())) from error


def day(year: int, month: int, of_month: int) -> date:
    """Return a day; the 30th of February that some banks write is the last of the month."""
    if not 1 <= month <= 12 or not 1 <= of_month <= 31:
        said = _("“{text}” is not a date.").with_values(text=f"{year}-{month:02}-{of_month:02}")
        raise unreadable(said)
    return date(year, month, min(of_month, monthrange(year, month)[1]))


def short_day(text: str) -> date:
    """Return the day written as YYMMDD; years from 80 are of the last century."""
    year = int(text[:2])
    return day(year + (1900 if year >= 80 else 2000), int(text[2:4]), int(text[4:6]))


def long_day(text: str | None) -> date | None:
    """Return the day that ``text`` begins with, as YYYYMMDD or YYYY-MM-DD."""
    found = re.match(r"\s*(\d{4})-?(\d{2})-?(\d{2})", text or "")
    return day(int(found[1]), int(found[2]), int(found[3])) if found else None
