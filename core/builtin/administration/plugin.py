"""Hooks of the administration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Resource, hookimpl


@hookimpl
def models() -> Any:
    """Give the core's own tables."""
    from backoffice.core.persistence.records import CoreBase

    return CoreBase


@hookimpl
def resources() -> Sequence[Resource]:
    """Give the core's records as resources like any other."""
    from .resources import RESOURCES

    return RESOURCES
