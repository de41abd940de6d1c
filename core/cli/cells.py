"""Values as a person reads them in a terminal, and as a file or program takes them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backoffice.core.text import FIGURES, format_figure, translate
from backoffice.hookspecs import Column, Field, messages

from .app import ISOLATES

_ = messages("cli")

NUMERIC = FIGURES


def cell(value: Any, kind: str, *, language: str, currency: str = "", zone: str = "UTC") -> str:
    """Return ``value`` of ``kind`` as one line of a terminal: amounts grouped, dates in ISO form.

    Control characters are made visible: a name that was stored could otherwise speak to the terminal.
    """
    return tame(_shown(value, kind, language, currency, zone))


def tame(text: str) -> str:
    """Return ``text`` without marks that isolate, which would be copied along, and with control characters visible."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) == "Cc" else c for c in text.translate(ISOLATES)
    )


def _shown(value: Any, kind: str, language: str, currency: str, zone: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return translate(_("yes") if value else _("no"), language)
    if isinstance(value, Decimal) or (kind in NUMERIC and isinstance(value, int) and kind != "integer"):
        return format_figure(value, kind, language=language, currency=currency)
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return " ".join(translate(value, language).split())
    if isinstance(value, Mapping | Sequence):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def choice(field: Field, value: Any) -> Any:
    """Return the label of a choice's value, other values as they are."""
    return field.choices.get(value, value) if field.choices and isinstance(value, str) else value


def width(text: str) -> int:
    """Return how many columns ``text`` takes in a terminal."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def is_numeric(column: Column) -> bool:
    """Tell whether the cells of ``column`` stand at its right edge."""
    return column.kind in NUMERIC
