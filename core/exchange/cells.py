"""Cells: a value as exact text, and text that no spreadsheet takes for a formula.

A spreadsheet runs what begins with ``= + - @``, maybe behind blanks, a tab or a line break as a formula, which a
customer's name may well do. An apostrophe in front makes it text; reading takes that one apostrophe away again, so
nothing is lost.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from backoffice.core.schemas import to_plain

_FORMULA: Final = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n\0])")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*")


def text_of_value(value: Any) -> str:
    """Return ``value`` as exact text: nothing is an empty cell, amounts have a point, dates are ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


def harmless(value: Any) -> str:
    """Return ``value`` as a cell of a CSV file; a negative number stays a number, text never becomes a formula."""
    text = text_of_value(value)
    return guarded(text) if isinstance(value, str | list | dict) else text


def guarded(text: str) -> str:
    """Return ``text`` with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def guarded_unless_number(text: str) -> str:
    """Return ``text`` as :func:`guarded` does but for plain numbers, for cells that were typed by others."""
    return text if _NUMBER.fullmatch(text) else guarded(text)


def unguarded(text: str) -> str:
    """Return ``text`` without the apostrophe that :func:`guarded` put in front."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


__all__ = ["guarded", "guarded_unless_number", "harmless", "text_of_value", "unguarded"]
