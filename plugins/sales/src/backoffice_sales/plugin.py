"""Hooks of the sales plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from backoffice.hookspecs import (
    Action,
    Card,
    Document,
    Event,
    Intake,
    Job,
    On,
    Permission,
    PersonalRecord,
    Report,
    Resource,
    Role,
    Settings,
    hookimpl,
    messages,
)

_ = messages("sales")

TITLE = _("Sales")
SUMMARY = _("Quotations, orders, shipments, returns and payments, and a door for shops.")


@hookimpl
def addhooks(hooks: Any) -> None:
    """Offer the question that payment providers answer."""
    from . import hookspecs

    hooks.add_hookspecs(hookspecs)


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give orders, quotations, shipments, payments and what shops sent."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with orders."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the questions sales answers."""
    from .declared.reports import REPORTS

    return REPORTS


@hookimpl
def documents() -> Sequence[Document]:
    """Give the pages to hand out."""
    from .declared.offered import DOCUMENTS

    return DOCUMENTS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the work done by itself."""
    from .declared.offered import JOBS

    return JOBS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins and webhooks may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def listeners() -> Sequence[On]:
    """Give what sales listens to."""
    from .declared.offered import LISTENERS

    return LISTENERS


@hookimpl
def intakes() -> Sequence[Intake]:
    """Give the notices of payment providers."""
    from .declared.offered import INTAKES

    return INTAKES


@hookimpl
def settings() -> Sequence[Settings]:
    """Give what a company chooses."""
    from .declared.offered import SETTINGS

    return SETTINGS


@hookimpl
def permissions() -> Sequence[Permission]:
    """Give permissions of their own."""
    from .declared.offered import PERMISSIONS

    return PERMISSIONS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl
def cards(place: str, session: Any, subject: Any) -> Sequence[Card]:
    """Give figures for the dashboard, an order's page and a customer's."""
    from .cards import cards as made

    return made(place, session, subject)


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give what orders know about a person."""
    from .privacy import personal_data as known

    return known(session, subject)


@hookimpl
def products_expected(session: Any, product_ids: Collection[int], until: date) -> Any:
    """Answer with what confirmed orders will take."""
    from .hooks_answered import expected

    return expected(session, product_ids, until)


@hookimpl
def sales_payment_providers() -> Sequence[Any]:
    """Answer with the test provider and Stripe."""
    from .providers.stripe import PROVIDER as STRIPE
    from .providers.trial import PROVIDER as TRIAL

    return (TRIAL, STRIPE)
