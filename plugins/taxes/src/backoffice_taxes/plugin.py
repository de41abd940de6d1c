"""Hooks of the taxes plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backoffice.hookspecs import Action, Event, Report, Resource, Role, Settings, hookimpl, messages

_ = messages("taxes")

TITLE = _("Taxes")
SUMMARY = _("Tax codes, their computation and rounding, and returns with their boxes, by country.")


@hookimpl
def addhooks(hooks: Any) -> None:
    """Offer the questions this plugin answers for others."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give codes, categories, positions, rules, forms, registrations, tax lines and returns."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with taxes."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the questions taxes answer."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def settings() -> Sequence[Settings]:
    """Give what a company chooses."""
    from .declared.offered import SETTINGS

    return SETTINGS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl
def taxes_compute(session: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answer with the taxes of a document."""
    from .actions import compute_document

    return compute_document(session, **document)


@hookimpl
def taxes_categories(session: Any) -> Sequence[str]:
    """Answer with the codes of the categories in use."""
    import sqlalchemy as sa

    from .models import Category

    return list(session.scalars(sa.select(Category.code).where(Category.active).order_by(Category.code)))


@hookimpl
def taxes_positions(session: Any) -> Sequence[str]:
    """Answer with the codes of the positions in use."""
    import sqlalchemy as sa

    from .models import Position

    return list(session.scalars(sa.select(Position.code).where(Position.active).order_by(Position.code)))
