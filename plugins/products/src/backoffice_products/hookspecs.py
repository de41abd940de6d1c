"""What the products plugin asks of plugins that count products."""

from __future__ import annotations

from typing import Any

from backoffice.hookspecs import hookspec


@hookspec
def products_is_used(session: Any, product_id: int) -> bool | None:
    """Say whether something is counted in the unit of this product, such as stock; then its unit stays. Strict."""


@hookspec
def products_unit_is_used(session: Any, unit_id: int) -> bool | None:
    """Say whether something is counted in this unit; then its ratio stays. Strict."""
