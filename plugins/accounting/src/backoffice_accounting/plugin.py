"""Hooks of the accounting plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Action,
    Event,
    Report,
    Resource,
    hookimpl,
    messages,
)

_ = messages("accounting")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give accounts, journals, years, periods, entries, invoices and payments."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with the books."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the questions the books answer."""
    from .declared.reports import REPORTS

    return REPORTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.events import EVENTS

    return EVENTS
