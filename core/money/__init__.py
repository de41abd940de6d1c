"""Exact money: currencies, amounts as scaled integers, rounding and splitting.

Pure functions over ``Decimal`` and ``int``. No float is accepted anywhere, nothing is rounded unless the function's
name says so, and nothing here knows the database.
"""

from .amounts import (
    AMOUNT_SCALE,
    PERCENT_SCALE,
    PRICE_SCALE,
    QUANTITY_SCALE,
    RATE_SCALE,
    check_places,
    exact,
    from_scaled,
    parse_decimal,
    to_scaled,
)
from .currencies import Currency, currencies, currency, currency_name, currency_symbol
from .rounding import DEFAULT_POLICY, RoundingPolicy, convert, round_amount, split

__all__ = [
    "AMOUNT_SCALE",
    "DEFAULT_POLICY",
    "PERCENT_SCALE",
    "PRICE_SCALE",
    "QUANTITY_SCALE",
    "RATE_SCALE",
    "Currency",
    "RoundingPolicy",
    "check_places",
    "convert",
    "currencies",
    "currency",
    "currency_name",
    "currency_symbol",
    "exact",
    "from_scaled",
    "parse_decimal",
    "round_amount",
    "split",
    "to_scaled",
]
