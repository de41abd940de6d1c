"""Hooks of the inventory plugin. Everything heavy is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from backoffice.hookspecs import (
    Action,
    Card,
    Document,
    Event,
    Job,
    Permission,
    PersonalRecord,
    Report,
    Resource,
    Role,
    Settings,
    hookimpl,
    messages,
)

_ = messages("inventory")

TITLE = _("Inventory")
SUMMARY = _("Stock in places: moves, lots, valuation, reservations, counts, landed costs and reordering.")


@hookimpl
def models() -> Any:
    """Give the tables."""
    from .models import Base

    return Base


@hookimpl
def resources() -> Sequence[Resource]:
    """Give places, items, lots, documents, counts, costs, rules and periods."""
    from .declared.resources import RESOURCES

    return RESOURCES


@hookimpl
def actions() -> Sequence[Action]:
    """Give what can be done with stock."""
    from .declared.actions import ACTIONS

    return ACTIONS


@hookimpl
def reports() -> Sequence[Report]:
    """Give the questions stock answers."""
    from .declared.reports import REPORTS

    return REPORTS


@hookimpl
def documents() -> Sequence[Document]:
    """Give the pages to hand out."""
    from .declared.offered import DOCUMENTS

    return DOCUMENTS


@hookimpl
def events() -> Sequence[Event]:
    """Give what other plugins and shops may listen to."""
    from .declared.offered import EVENTS

    return EVENTS


@hookimpl
def jobs() -> Sequence[Job]:
    """Give the work done on a schedule."""
    from .declared.offered import JOBS

    return JOBS


@hookimpl
def settings() -> Sequence[Settings]:
    """Give what a company chooses."""
    from .declared.offered import SETTINGS

    return SETTINGS


@hookimpl
def permissions() -> Sequence[Permission]:
    """Give what may be granted beside actions."""
    from .declared.offered import PERMISSIONS

    return PERMISSIONS


@hookimpl
def roles() -> Sequence[Role]:
    """Give the ready-made roles."""
    from .declared.offered import ROLES

    return ROLES


@hookimpl
def cards(place: str, session: Any, subject: Any) -> Sequence[Card]:
    """Give figures for the dashboard and for a product's page."""
    from .cards import cards as made

    return made(place, session, subject)


@hookimpl
def personal_data(session: Any, subject: Any) -> Sequence[PersonalRecord]:
    """Give the stock documents of a person."""
    from .privacy import personal_data as known

    return known(session, subject)


# -- answers to the products plugin ------------------------------------------------------------------------------------


@hookimpl
def products_is_used(session: Any, product_id: int) -> bool:
    """Say whether a product ever moved."""
    from .answers import is_used

    return is_used(session, product_id)


@hookimpl
def products_unit_is_used(session: Any, unit_id: int) -> bool:
    """Say whether goods counted in a unit ever moved."""
    from .answers import unit_is_used

    return unit_is_used(session, unit_id)


@hookimpl
def products_counted(session: Any, product_ids: Collection[int]) -> Collection[int]:
    """Give those of the products whose stock is counted."""
    from .answers import counted

    return counted(session, product_ids)


@hookimpl
def products_available(session: Any, product_ids: Collection[int], place: str | None) -> Mapping[int, Any]:
    """Give what is there, set aside and on its way."""
    from .answers import available

    return available(session, product_ids, place)


@hookimpl
def products_reserve(
    session: Any, source: str, demands: Sequence[Any], partially: bool, until: datetime | None
) -> Sequence[Any]:
    """Set goods aside."""
    from .reserving import reserve

    return reserve(session, source, demands, partially, until)


@hookimpl
def products_release(session: Any, source: str, keys: Collection[str]) -> bool:
    """Give goods back that were set aside."""
    from .reserving import release

    return release(session, source, keys)


@hookimpl
def products_move(session: Any, document: Any, movements: Sequence[Any]) -> Sequence[Any]:
    """Move goods under a document."""
    from .answers import move_goods

    return move_goods(session, document, movements)


@hookimpl
def products_move_many(session: Any, documents: Sequence[tuple[Any, Sequence[Any]]]) -> Sequence[Sequence[Any]]:
    """Move the goods of many documents."""
    from .answers import move_many

    return move_many(session, documents)


@hookimpl
def products_cost(session: Any, product_ids: Collection[int], on: date) -> Mapping[int, Any]:
    """Give what one unit is worth."""
    from .answers import cost

    return cost(session, product_ids, on)
