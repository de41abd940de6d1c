"""Marshmallow fields for the kinds of values: exact decimals, dates, references, text without control characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from backoffice.core.errors import InvalidInput
from backoffice.core.money import exact, parse_decimal
from backoffice.core.money.amounts import LARGEST
from backoffice.core.text import ascii_digits, parse_date
from backoffice.hookspecs import messages

_ = messages("backoffice")

_WHOLE = re.compile(r"[+-]?[0-9]{1,25}")

_ALLOWED_CONTROLS = {"\n", "\r", "\t"}
_REFUSED = {"Cc", "Cs"}
"""Control characters, and halves of a character that no encoding can write."""


class TextField(fields.String):
    """Text, normalised (NFC) and without control characters; surrounding blanks are dropped."""

    default_error_messages = {"control": _("Control characters are not allowed.")}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> Any:
        text = super()._deserialize(value, attr, data, **keywords)
        if _unwritable(text):
            raise self.make_error("control")
        return unicodedata.normalize("NFC", text).strip()


def _unwritable(text: str) -> bool:
    return any(unicodedata.category(c) in _REFUSED and c not in _ALLOWED_CONTROLS for c in text)


class DecimalField(fields.Field[Decimal]):
    """An exact decimal: a string, an integer or a Decimal; a float is refused, for it is not exact.

    ``places`` is the most decimals accepted; more are an error, never rounded away.
    """

    default_error_messages = {  # noqa: RUF012
        "invalid": _("This is not a number."),
        "float": _('Write the number as text, such as "12.50".'),
        "places": _("At most {places} decimals."),
    }

    def __init__(self, *, places: int | None = None, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.places = places

    def _serialize(self, value: Any, attr: Any, obj: Any, **keywords: Any) -> str | None:
        return None if value is None else format(value, "f")

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> Decimal:
        if isinstance(value, float | bool):
            raise self.make_error("float")
        try:
            number = parse_decimal(value) if isinstance(value, str) else exact(value)
        except InvalidInput as error:
            raise self.make_error("invalid") from error
        exponent = number.normalize().as_tuple().exponent
        if self.places is not None and isinstance(exponent, int) and -exponent > self.places:
            raise ValidationError(_("At most {places} decimals.").with_values(places=self.places))
        return number


class DayField(fields.Field[date]):
    """A business date: ISO text, other usual writings, or a date.

    A year before 1600 is nearly always a Hijri date that lost its mark, and one near the end of the calendar a slip:
    both are refused, so that nobody counts days beyond what a date can hold.
    """

    default_error_messages = {"invalid": _("This is not a date; write it as 2026-01-31.")}  # noqa: RUF012

    def _serialize(self, value: Any, attr: Any, obj: Any, **keywords: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> date:
        if isinstance(value, datetime):
            raise self.make_error("invalid")
        day = value if isinstance(value, date) else self._read(value)
        if not 1600 <= day.year <= 9000:
            raise ValidationError(_("The year {year} is not one of our time.").with_values(year=day.year))
        return day

    def _read(self, value: Any) -> date:
        try:
            return date.fromisoformat(value)
        except (ValueError, TypeError):
            pass
        try:
            return parse_date(value)
        except (InvalidInput, TypeError, AttributeError) as error:
            raise self.make_error("invalid") from error


class InstantField(fields.Field[datetime]):
    """An instant with its zone; without one it is taken as UTC."""

    default_error_messages = {"invalid": _("This is not a point in time; write 2026-01-31T12:00:00Z.")}  # noqa: RUF012

    def _serialize(self, value: Any, attr: Any, obj: Any, **keywords: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> datetime:
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except (ValueError, TypeError) as error:
            raise self.make_error("invalid") from error
        try:
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except OverflowError as error:
            raise self.make_error("invalid") from error


class IntegerField(fields.Integer):
    """A whole number that a database keeps: an integer, or digits as people write them; never a fraction."""

    default_error_messages = {"too_large": _("This number is too large.")}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> int:
        if isinstance(value, str):
            value = ascii_digits(value).strip()
            if not _WHOLE.fullmatch(value):
                raise self.make_error("invalid", input=value)
        elif isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        number = int(value)
        if abs(number) > LARGEST:
            raise self.make_error("too_large")
        return number


class DataField(fields.Raw):
    """Any JSON but fractions, which must come as text to stay exact."""

    default_error_messages = {"float": _('Write numbers with decimals as text, such as "12.50".')}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> Any:
        if _has_fraction(value):
            raise self.make_error("float")
        return super()._deserialize(value, attr, data, **keywords)


def _has_fraction(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_fraction(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_has_fraction(one) for one in value)
    return isinstance(value, float)


class RefField(fields.Field[Any]):
    """A reference to a record: its id, its natural key, or ``{"id": …}``; resolved inside the transaction."""

    default_error_messages = {"invalid": _("Write the record's id or its code.")}  # noqa: RUF012

    def __init__(self, target: Any = None, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.target = target

    def _deserialize(self, value: Any, attr: Any, data: Any, **keywords: Any) -> Any:
        if isinstance(value, Mapping):
            value = value.get("id", value.get("key"))
        if hasattr(value, "__tablename__"):
            value = value.id
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.make_error("invalid")
        if abs(value) > LARGEST if isinstance(value, int) else _unwritable(value):
            raise self.make_error("invalid")
        return value
