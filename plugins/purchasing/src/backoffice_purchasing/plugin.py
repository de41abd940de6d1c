"""Hooks of the purchasing plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from backoffice.hookspecs import Action, Card, Document, Event, Report, Resource, Role, Settings, hookimpl, messages

_ = messages("purchasing")

TITLE = _("Purchasing")
SUMMARY = _("Prices of suppliers, requests for quotation, orders, receipts, returns, and bills beside them.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give orders, requests, receipts, bills and prices of suppliers."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with them."""
    from .declared.offered import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the questions purchasing answers."""
    from .declared.offered import REPORTS

    return REPORTS


@hookimpl
def documents() -> Sequence[Document]:
    """Give the pages to hand out."""
    from .declared.offered import DOCUMENTS

    return DOCUMENTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins and webhooks may listen to."""
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
def cards(place: str, session: Any, subject: Any) -> Sequence[Card]:
    """Give what waits for a decision or is late."""
    from .cards import cards as made

    return made(place, session, subject)


@hookimpl
def products_expected(session: Any, product_ids: Collection[int], until: date) -> Any:
    """Answer with what confirmed orders will bring."""
    from .answers import expected

    return expected(session, product_ids, until)


@hookimpl
def products_order(session: Any, proposals: Sequence[Any]) -> Sequence[str]:
    """Answer with draft orders of proposals."""
    from .answers import order

    return order(session, proposals)
