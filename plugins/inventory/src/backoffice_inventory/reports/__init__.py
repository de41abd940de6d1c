"""Reports: what is there, what it is worth, what moved, what lies long, what turns, what expires, what will be."""

from .lying import ageing, expiring, turnover
from .moved import moves, trace
from .naming import name_in
from .right import drift, sums_to_nothing
from .there import forecast, on_hand, quantities
from .worth import valuation, worths

__all__ = [
    "ageing", "drift", "expiring", "forecast", "moves", "name_in", "on_hand", "quantities", "sums_to_nothing", "trace",
    "turnover", "valuation", "worths",
]  # fmt: skip
