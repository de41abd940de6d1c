"""Hooks of the CRM sync plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Action,
    Event,
    Job,
    On,
    PersonalRecord,
    Report,
    Resource,
    Role,
    hookimpl,
    messages,
)

_ = messages("crm_sync")

TITLE = _("CRM sync")
SUMMARY = _("Parties kept alike here and in other systems, both ways.")


@hookimpl
def addhooks(hooks: Any) -> None:
    """Offer the question that connectors answer."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give systems, disagreements, links and runs."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with them."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give how each system stands."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def listeners() -> Sequence[On]:
    """Give who notes that a party changed."""
    from .declared.offered import LISTENERS

    return LISTENERS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the runs, and what asks for them."""
    from .declared.offered import JOBS

    return JOBS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give what is kept of a person's records elsewhere."""
    from .privacy import personal_data as known

    return known(session, subject)
