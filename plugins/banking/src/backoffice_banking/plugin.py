"""Hooks of the banking plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Action,
    Event,
    Job,
    MenuItem,
    PersonalRecord,
    Report,
    Resource,
    Role,
    hookimpl,
    messages,
)

_ = messages("banking")

TITLE = _("Banking")
SUMMARY = _("Bank statements in every usual format, matched with what is open.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give accounts, statements, lines, matches, rules and mappings."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with statements and their lines."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the reconciliation and the balances."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the work of matching."""
    from .declared.offered import JOBS

    return JOBS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl
def blueprints(app: Any) -> Sequence[Any]:
    """Give the page where statements are reconciled."""
    from .pages import pages

    return [pages]


@hookimpl
def menu(user: Any) -> Sequence[MenuItem]:
    """Give the way to that page."""
    return [
        MenuItem(_("Reconcile"), "banking.overview", section="bank", permission="banking.line.read", order=5),
    ]


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give the lines of statements that name a person."""
    from .privacy import personal_data as known

    return known(session, subject)
