"""Marshmallow schemas derived from described fields: every interface loads and shows values through them."""

from .derive import public_name, schema_for
from .values import DayField, DecimalField, InstantField, RefField, TextField
from .plain import to_plain

__all__ = [
    "DayField",
    "DecimalField",
    "InstantField",
    "RefField",
    "TextField",
    "public_name",
    "schema_for",
    "to_plain",
]
