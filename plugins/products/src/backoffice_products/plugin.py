"""Hooks of the products plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Event, Report, Resource, Role, hookimpl, messages

_ = messages("products")

TITLE = _("Products")
SUMMARY = _("Products and services with variants, barcodes, units of measure and price lists.")


@hookimpl
def addhooks(hooks: Any) -> None:
    """Offer the questions that plugins which count products answer."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give products, products with variants, price lists, categories, attributes and units."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with products."""
    from .declared.offered import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the list of prices."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES
