"""Hooks of the accounting plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from backoffice.hookspecs import (
    Action,
    Card,
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

_ = messages("accounting")

TITLE = _("Accounting")
SUMMARY = _("Double-entry books: chart of accounts, journals, periods, entries, invoices and payments.")


@hookimpl
def addhooks(hooks: Any) -> None:
    """Offer the questions this plugin asks others."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


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
def documents() -> Sequence[Document]:
    """Give the pages to hand out."""
    from .declared.offered import DOCUMENTS

    return DOCUMENTS


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
def events() -> Sequence[Event]:
    """Give what other plugins may listen to."""
    from .declared.events import EVENTS

    return EVENTS


@hookimpl
def listeners() -> Sequence[On]:
    """Give what is listened to: postings other plugins ask for."""
    from .declared.requests import LISTENERS

    return LISTENERS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give what is done on a schedule, and long imports."""
    from .declared import books, planned, requests

    return (*requests.JOBS, *books.JOBS, *planned.JOBS)


@hookimpl
def cards(place: str, session: Any, subject: Any) -> Sequence[Card]:
    """Give figures for the dashboard and for a customer's page."""
    from .cards import cards as made

    return made(place, session, subject)


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give the invoices of a person."""
    from .privacy import personal_data as known

    return known(session, subject)


@hookimpl
def accounting_stands_at(session: Any, purpose: str) -> Decimal | None:
    """Give what the accounts of a purpose stand at."""
    from .asked.standing import stands_at

    return stands_at(session, purpose)


@hookimpl
def accounting_entries_of(session: Any, source: str, key: str) -> Sequence[Any]:
    """Give the entries of what a plugin asked for."""
    from .asked.standing import entries_of

    return entries_of(session, source, key)
