"""Hooks of the assets plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Action,
    Document,
    Event,
    Job,
    On,
    PersonalRecord,
    Report,
    Resource,
    Role,
    Settings,
    hookimpl,
    messages,
)

_ = messages("assets")

TITLE = _("Assets")
SUMMARY = _("Fixed assets with their depreciation, and deferred revenue and expense.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give assets, deferrals, runs and categories."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with assets and deferrals."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give register, movement schedule, forecast and deferrals."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def documents() -> Sequence[Document]:
    """Give the card of an asset."""
    from .declared.offered import DOCUMENTS

    return DOCUMENTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def listeners() -> Sequence[On]:
    """Give who takes in assets from suppliers' bills."""
    from .declared.offered import LISTENERS

    return LISTENERS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the work of each day."""
    from .declared.offered import JOBS

    return JOBS


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
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give the assets in the hands of a person."""
    from .privacy import personal_data as known

    return known(session, subject)
