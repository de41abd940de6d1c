"""Hooks of the administration."""

from __future__ import annotations

from typing import Any

from backoffice.hookspecs import hookimpl


@hookimpl
def models() -> Any:
    """Give the core's own tables."""
    from backoffice.core.persistence.records import CoreBase

    return CoreBase
