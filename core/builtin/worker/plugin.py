"""Hooks of the worker. Nothing starts by itself: ``backoffice serve`` and ``backoffice worker`` start it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Check, Job, Permission, Resource, hookimpl


@hookimpl
def resources() -> Sequence[Resource]:
    """Give jobs, deliveries and events."""
    from .resources import RESOURCES

    return RESOURCES


@hookimpl
def permissions() -> Sequence[Permission]:
    """Give the permission to read the personal part of events."""
    from .resources import PERMISSIONS

    return PERMISSIONS


@hookimpl
def actions() -> Sequence[Action]:
    """Give what people do with jobs and deliveries."""
    from .actions import ACTIONS

    return ACTIONS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the worker's own upkeep."""
    from .upkeep import JOBS

    return JOBS


@hookimpl
def health(office: Any) -> Sequence[Check]:
    """Say when work was given up or waits for a worker."""
    from .upkeep import checks

    return checks(office)
