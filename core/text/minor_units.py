"""How many decimals each currency is written with, by ISO 4217.

CLDR, and so Babel, gives the digits people see in shops: 0 for IQD or LBP, where ISO says 3 and 2. Books follow ISO.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def minor_units() -> Mapping[str, int]:
    """Return ISO code → number of decimals, for every currency in use that has a smallest unit."""
    from iso4217 import raw_table

    units = {code: str(row["CcyMnrUnts"]) for code, row in raw_table.items() if code}
    return MappingProxyType({code: int(places) for code, places in units.items() if places.isdigit()})
