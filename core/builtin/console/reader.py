"""Who reads a page: the language, calendar, digits and time zone in which everything on it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import g

from backoffice.core import text
from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import Field, Label

from . import drawing


@dataclass(frozen=True, slots=True)
class Reader(drawing.Reader):
    """How one person reads and writes, and what they read and write."""

    # -- labels --------------------------------------------------------------------------------------------------

    def say(self, label: str, /, **values: Any) -> str:
        """Return ``label`` with ``values`` in the reader's language; what it counts stands in the reader's digits."""
        if isinstance(label, Label):
            if label.count is not None:
                values.setdefault("count", self.number(label.count))
            label = label.with_values(**values) if values else label
        return text.translate(label, self.language)

    def choices(self, field: Field) -> dict[str, str]:
        """Return the choices of ``field`` in words."""
        return {value: self.say(label) for value, label in field.choices.items()}

    def field(self, field: Field, **changes: Any) -> Field:
        """Return the description of ``field`` in the reader's language."""
        return replace(
            field, label=self.say(field.label), help=self.say(field.help), choices=self.choices(field), **changes
        )

    # -- values --------------------------------------------------------------------------------------------------

    def number(self, value: Decimal | int, places: int | None = None) -> str:
        """Return a number; ``places`` decimals, or all it has."""
        return text.format_number(value, language=self.language, digits=self.digits, places=places)

    def money(self, value: Decimal | int, currency: str = "") -> str:
        """Return an amount with its currency, as it stands alone."""
        return text.format_figure(
            value, "money", language=self.language, digits=self.digits, currency=currency, code=True
        )

    def amount(self, value: Decimal | int, currency: str = "") -> str:
        """Return an amount without its currency, which the column's head shows."""
        return text.format_figure(value, "money", language=self.language, digits=self.digits, currency=currency)

    def quantity(self, value: Decimal | int) -> str:
        """Return a quantity or a rate: all the decimals it has."""
        return text.format_figure(value, "quantity", language=self.language, digits=self.digits)

    def percent(self, value: Decimal | int) -> str:
        """Return a percentage."""
        return text.format_figure(value, "percent", language=self.language, digits=self.digits)

    def day(self, value: date) -> str:
        """Return a business date in the reader's calendar."""
        return text.format_date(value, language=self.language, calendar=self.calendar, digits=self.digits)

    def instant(self, value: datetime) -> str:
        """Return an instant as the time of day in the company's zone."""
        return text.format_instant(value, self.zone, language=self.language, calendar=self.calendar, digits=self.digits)

    def value(self, field: Field, value: Any, currency: str = "") -> str:
        """Return ``value`` of ``field`` in words, for a title, a chip or a sentence."""
        if value is None:
            return ""
        if field.kind == "choice":
            return self.say(field.choices.get(value, value))
        if text.shown_as(field) in {"money", text.PRICE}:
            return self.money(value, currency)
        make = _MAKERS.get(field.kind)
        return self.say(value) if make is None or isinstance(value, str) else str(make(self, value))

    # -- what they type ------------------------------------------------------------------------------------------

    def read_day(self, written: str) -> str:
        """Return the ISO form of a date written in the reader's calendar, or what was written if it is none."""
        try:
            return text.parse_date(written, calendar=self.calendar).isoformat()
        except InvalidInput:
            return written

    def typed_day(self, value: date) -> str:
        """Return a date as the reader would type it: ISO, or year, month and day of the Hijri calendar."""
        if self.calendar != "hijri":
            return value.isoformat()
        return _hijri(value)

    def read_instant(self, written: str) -> str:
        """Return the ISO form, with its zone, of a local time of the company; else what was written."""
        try:
            found = datetime.fromisoformat(text.ascii_digits(written.strip()))
        except ValueError:
            return written
        local = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(self.zone))
        return local.astimezone(UTC).isoformat()

    def typed_instant(self, value: datetime) -> str:
        """Return an instant as ``<input type="datetime-local">`` takes it."""
        return value.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%dT%H:%M")


def _hijri(value: date) -> str:
    from hijridate import Gregorian

    try:
        found = Gregorian.fromdate(value).to_hijri()
    except OverflowError:
        return value.isoformat()
    return f"{found.year:04}-{found.month:02}-{found.day:02}"


_MAKERS: Mapping[str, Any] = {
    "quantity": Reader.quantity,
    "rate": Reader.quantity,
    "percent": Reader.percent,
    "integer": Reader.number,
    "date": Reader.day,
    "instant": Reader.instant,
}


def reader() -> Reader:
    """Return who reads the answer to this request; found once."""
    found = g.get("reader")
    if found is None:
        found = g.reader = _reader()
    return cast(Reader, found)


def _reader() -> Reader:
    language = str(g.get("language", "en"))
    identity, desk = g.get("identity"), g.get("desk")
    if identity is None:
        return Reader(language=language)
    return Reader(
        language=language,
        calendar=identity.calendar,
        digits=identity.digits,
        zone=desk.context.zone if desk is not None else identity.zone,
    )


def say(label: str, /, **values: Any) -> str:
    """Return ``label`` in the language of this request."""
    return reader().say(label, **values)


__all__ = ["Reader", "reader", "say"]
