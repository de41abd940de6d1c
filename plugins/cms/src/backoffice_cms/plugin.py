"""Hooks of the CMS plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Event, Job, PersonalRecord, Report, Resource, Role, hookimpl, messages

_ = messages("cms")

TITLE = _("Sites and pages")
SUMMARY = _("Sites of pages in several languages, with revisions, publishing at a set time, and redirects.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give sites, pages, texts and redirects."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with pages."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the tree, comparisons and broken links."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give what publishes when its time has come."""
    from .declared.offered import JOBS

    return JOBS


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


@hookimpl
def blueprints(app: Any) -> Sequence[Any]:
    """Give the pages visitors see."""
    from .pages import pages

    return [pages]


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give which revisions a person wrote."""
    from .privacy import personal_data as known

    return known(session, subject)
