"""Hooks of the einvoicing plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import (
    Action,
    Card,
    Event,
    Job,
    MenuItem,
    On,
    PersonalRecord,
    Report,
    Resource,
    Role,
    Settings,
    hookimpl,
    messages,
)

_ = messages("einvoicing")

TITLE = _("Electronic invoices")
SUMMARY = _("Invoices as UBL and Cross Industry Invoice, sent to authorities and received from suppliers.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give documents, their submissions, and what was received."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with electronic documents."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the work list."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the attempts to hand documents over."""
    from .declared.offered import JOBS

    return JOBS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def listeners() -> Sequence[On]:
    """Give the listener that issues documents of invoices that are posted."""
    from .declared.offered import LISTENERS

    return LISTENERS


@hookimpl
def settings() -> Sequence[Settings]:
    """Give what a company says about itself, and where its documents go."""
    from .declared.offered import SETTINGS

    return SETTINGS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give the documents of a person."""
    from .privacy import personal_data as known

    return known(session, subject)


@hookimpl
def cards(place: str, session: Any, subject: Any) -> Sequence[Card]:
    """Give the documents of an invoice on its page."""
    from .beside import cards as made

    return made(place, session, subject)


@hookimpl(optionalhook=True)
def accounting_enclosures(session: Any, invoice: Any) -> Sequence[Any]:
    """Give the file that is mailed with an invoice."""
    from .beside import enclosures

    return enclosures(session, invoice)


@hookimpl
def blueprints(app: Any) -> Sequence[Any]:
    """Give the page where files are taken in."""
    from .pages import pages

    return [pages]


@hookimpl
def menu(user: Any) -> Sequence[MenuItem]:
    """Give the way to that page."""
    return [
        MenuItem(
            _("Take in an electronic invoice"),
            "einvoicing.take_in",
            section="finance",
            permission="einvoicing.receive",
            order=70,
        )
    ]
