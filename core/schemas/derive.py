"""Derive a marshmallow schema from described fields. Unknown input is refused, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import marshmallow as ma
from marshmallow import validate

from backoffice.hookspecs import Field, messages

from .values import DataField, DayField, DecimalField, InstantField, IntegerField, RefField, TextField

_ = messages("backoffice")

PLACES = {"money": 4, "quantity": 6, "rate": 10, "percent": 6}


class Strict(ma.Schema):
    """A schema that refuses what it does not know."""

    class Meta:
        """Marshmallow's options."""

        unknown = ma.RAISE

    error_messages = {"unknown": _("There is no such field."), "type": _("An object with named values is expected.")}  # noqa: RUF012


def public_name(field: Field) -> str:
    """Return the name of ``field`` outside the program: ``account`` for the column ``account_id``."""
    return field.name.removesuffix("_id") if field.kind == "ref" else field.name


def schema_for(name: str, fields: Iterable[Field], *, partial: bool = False) -> type[ma.Schema]:
    """Return a schema class called ``name`` with one entry for each of ``fields``.

    ``partial`` makes every field optional and gives no defaults, for changing an existing record.
    """
    return Strict.from_dict({public_name(f): _field(f, partial) for f in fields}, name=name)


def _field(field: Field, partial: bool) -> ma.fields.Field[Any]:
    options: dict[str, Any] = {
        "allow_none": not field.required and field.default is None,
        "required": field.required and not partial and field.default is None,
        "attribute": field.name,
        "data_key": public_name(field),
        "metadata": {"label": field.label, "help": field.help},
        "error_messages": {
            "required": _("This is needed."),
            "null": _("This is needed."),
        },
    }
    if not partial and not options["required"]:
        options["load_default"] = field.default
    listed = field.many and field.kind != "data"  # lines make their list themselves
    one = _MAKERS.get(field.kind, _text)(field, {} if listed else options)
    return ma.fields.List(one, **options) if listed else one


def _text(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    checks: list[Any] = []
    if field.length:
        checks.append(validate.Length(max=field.length, error=_("At most {max} characters.")))
    if field.required:
        checks.append(validate.Length(min=1, error=_("This is needed.")))
    return TextField(validate=checks, **options)


def _email(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    checks = [validate.Email(error=_("This is not an e-mail address.")), validate.Length(max=field.length or 254)]
    return TextField(validate=checks, **options)


def _integer(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    return IntegerField(validate=_range(field), **_saying(options, _("This is not a whole number.")))


def _boolean(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    return ma.fields.Boolean(**_saying(options, _("Write true or false.")))


def _decimal(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    places = field.places if field.places is not None else PLACES[field.kind]
    return DecimalField(places=places, validate=_range(field), **options)


def _range(field: Field) -> list[Any]:
    if field.minimum is None and field.maximum is None:
        return []
    if field.maximum is None:
        said: str = _("At least {min}.")
    elif field.minimum is None:
        said = _("At most {max}.")
    else:
        said = _("Between {min} and {max}.")
    return [validate.Range(min=field.minimum, max=field.maximum, error=said)]


def _choice(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    known = validate.OneOf(list(field.choices), error=_("Choose one of: {choices}."))
    return TextField(validate=[known], **options)


def _ref(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    return RefField(field.target, **options)


def _day(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    return DayField(**options)


def _instant(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    return InstantField(**options)


def _data(field: Field, options: dict[str, Any]) -> ma.fields.Field[Any]:
    if field.fields:
        nested = ma.fields.Nested(
            schema_for(f"{field.name.title()}Line", field.fields), **({} if field.many else options)
        )
        return ma.fields.List(nested, **options) if field.many else nested
    if field.many:
        return ma.fields.List(DataField(allow_none=True), **options)
    return DataField(**options)


def _saying(options: dict[str, Any], invalid: str) -> dict[str, Any]:
    return {**options, "error_messages": {**options.get("error_messages", {}), "invalid": invalid}}


_MAKERS: dict[str, Callable[[Field, dict[str, Any]], ma.fields.Field[Any]]] = {
    "email": _email,
    "integer": _integer,
    "boolean": _boolean,
    "money": _decimal,
    "quantity": _decimal,
    "rate": _decimal,
    "percent": _decimal,
    "choice": _choice,
    "ref": _ref,
    "date": _day,
    "instant": _instant,
    "data": _data,
    "file": _data,
}
