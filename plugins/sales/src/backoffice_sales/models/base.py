"""What all tables of sales share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from backoffice.core.api import plugin_base

Base: Any = plugin_base("sales")

NOUGHT = Decimal(0)
HUNDRED = Decimal(100)
