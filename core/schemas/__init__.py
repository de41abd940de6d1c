"""Marshmallow schemas derived from described fields: every interface loads and shows values through them."""

from .derive import public_name, schema_for
from .plain import to_plain
from .values import DayField, DecimalField, InstantField, RefField, TextField

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
