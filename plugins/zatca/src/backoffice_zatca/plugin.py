"""Hooks of the zatca plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backoffice.hookspecs import Action, Event, Job, Resource, Role, Settings, hookimpl, messages

_ = messages("zatca")

TITLE = _("ZATCA")
SUMMARY = _("Electronic invoices of Saudi Arabia: QR code, signed documents, clearance and reporting.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give units and the chain."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with units."""
    from .declared.offered import ACTIONS

    return ACTIONS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the registration of a unit."""
    from .declared.offered import JOBS

    return JOBS


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
    """Give the ready-made role."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl(optionalhook=True)
def accounting_document_parts(session: Any, invoice: Any) -> Sequence[Any]:
    """Give the QR code on the printed invoice."""
    from .parts import document_parts

    return document_parts(session, invoice)
