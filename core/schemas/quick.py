"""Read plain, well-formed input by a shorter way than the schemas, which stay the authority.

A quick reader accepts only values it can tell at a glance and gives for them exactly what the derived schema gives.
Anything else, a mistake above all, it declines: then the schema reads the input again and says what is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backoffice.core.money.amounts import LARGEST
from backoffice.hookspecs import Field

from .derive import PLACES, public_name

Reader = Callable[[Mapping[str, Any]], dict[str, Any]]
Convert = Callable[[Any], Any]


class Declined(Exception):
    """The input is not plain; read it by the schema."""


_NEEDED: Final = object()
_LEFT_OUT: Final = object()


def quick_reader(fields: Sequence[Field], *, partial: bool = False) -> Reader:
    """Return the function that reads what ``schema_for(…, fields, partial=partial)`` loads, or declines."""
    plan = [_planned(field, partial) for field in fields]

    def read(given: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        used = 0
        for name, public, convert, nullable, missing in plan:
            if public in given:
                used += 1
                value = given[public]
                if value is not None:
                    found[name] = convert(value)
                elif nullable:
                    found[name] = None
                else:
                    raise Declined
            elif missing is _NEEDED:
                raise Declined
            elif missing is not _LEFT_OUT:
                found[name] = missing
        if used != len(given):
            raise Declined
        return found

    return read


def _planned(field: Field, partial: bool) -> tuple[str, str, Convert, bool, Any]:
    needed = field.required and not partial and field.default is None
    missing = _NEEDED if needed else _LEFT_OUT if partial else field.default
    return field.name, public_name(field), _converter(field), not field.required and field.default is None, missing


def _converter(field: Field) -> Convert:
    if field.many and field.kind != "data":
        one = _MAKERS.get(field.kind, _text)(field)
        return lambda value: [_some(one, item) for item in _listed(value)]
    return _MAKERS.get(field.kind, _text)(field)


def _some(convert: Convert, value: Any) -> Any:
    if value is None:
        raise Declined
    return convert(value)


def _listed(value: Any) -> list[Any]:
    if type(value) is not list:
        raise Declined
    return value


def _declining(field: Field) -> Convert:
    def convert(value: Any) -> Any:
        raise Declined

    return convert


def _text(field: Field) -> Convert:
    longest = field.length or LARGEST
    shortest = 1 if field.required else 0

    def convert(value: Any) -> Any:
        if type(value) is not str or not value.isprintable():
            raise Declined
        if not (value.isascii() or unicodedata.is_normalized("NFC", value)):
            raise Declined
        text = value.strip()
        if not shortest <= len(text) <= longest:
            raise Declined
        return text

    return convert


def _choice(field: Field) -> Convert:
    known = frozenset(value for value in field.choices if type(value) is str and value == value.strip())

    def convert(value: Any) -> Any:
        if type(value) is not str or value not in known:
            raise Declined
        return value

    return convert


def _integer(field: Field) -> Convert:
    within = _within(field)

    def convert(value: Any) -> Any:
        if type(value) is not int or abs(value) > LARGEST or not within(value):
            raise Declined
        return value

    return convert


def _boolean(field: Field) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not bool:
            raise Declined
        return value

    return convert


def _decimal(field: Field) -> Convert:
    places = field.places if field.places is not None else PLACES[field.kind]
    plain = re.compile(rf"-?[0-9]{{1,15}}(?:\.[0-9]{{1,{max(places, 1)}}})?" if places else r"-?[0-9]{1,15}")
    within = _within(field)

    def convert(value: Any) -> Any:
        if type(value) is str and plain.fullmatch(value):
            number = Decimal(value)
        elif type(value) is Decimal and plain.fullmatch(str(value)):
            number = value
        else:
            raise Declined
        if not within(number):
            raise Declined
        return number

    return convert


def _within(field: Field) -> Callable[[Any], bool]:
    low, high = field.minimum, field.maximum
    if low is None and high is None:
        return lambda value: True
    return lambda value: (low is None or value >= low) and (high is None or value <= high)


def _day(field: Field) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is str and len(value) == 10:
            try:
                value = date.fromisoformat(value)
            except ValueError:
                raise Declined from None
        if type(value) is not date or not 1600 <= value.year <= 9000:
            raise Declined
        return value

    return convert


def _ref(field: Field) -> Convert:
    def convert(value: Any) -> Any:
        if (type(value) is int and abs(value) <= LARGEST) or (type(value) is str and value.isprintable()):
            return value
        raise Declined

    return convert


def _data(field: Field) -> Convert:
    if not field.fields:
        return _declining(field)
    nested = quick_reader(field.fields)

    def one(value: Any) -> Any:
        if type(value) is not dict:
            raise Declined
        return nested(value)

    if field.many:
        return lambda value: [one(line) for line in _listed(value)]
    return one


_MAKERS: dict[str, Callable[[Field], Convert]] = {
    "email": _declining,
    "integer": _integer,
    "boolean": _boolean,
    "money": _decimal,
    "quantity": _decimal,
    "rate": _decimal,
    "percent": _decimal,
    "choice": _choice,
    "ref": _ref,
    "date": _day,
    "instant": _declining,
    "data": _data,
    "file": _declining,
}

__all__ = ["Declined", "Reader", "quick_reader"]
