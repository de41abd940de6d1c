"""What all tables of inventory share."""

from __future__ import annotations

from typing import Any

from backoffice.core.api import plugin_base

Base: Any = plugin_base("inventory")
