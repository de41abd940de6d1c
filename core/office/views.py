"""Saved views of lists: which of them a person may choose from, and what one asks of a list.

A view is kept as the address of a page. Programs filter by other names, so :func:`parameters` says the same in theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import SavedView
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.persistence import ReadingSession, Session
from backoffice.core.persistence.prepared import Read, among
from backoffice.core.text import Calendar, parse_date
from backoffice.hookspecs import Field, Resource, messages

from .queries import filterable

if TYPE_CHECKING:
    from .desk import Desk

_ = messages("backoffice")

RANGES: Final = frozenset({"date", "instant", "money", "quantity", "integer", "rate", "percent"})
"""Kinds that pages filter from a limit to a limit."""
SETS: Final = frozenset({"choice", "boolean"})
"""Kinds of which pages choose several."""
PAGING: Final = frozenset({"after", "before", "fields", "limit", "order", "q", "view"})
"""Parameters of every list, for programs; a filter of that name is asked by its column: ``order`` by ``order_id``."""
RENAMED: Final = {"q": "q", "sort": "order", "columns": "fields"}
"""What is asked beside filters: its name on pages and for programs."""


class View(NamedTuple):
    """A saved view: whose it is, or the role it is shared with, and what it asks of the list."""

    id: int
    name: str
    query: str
    user_id: int | None
    role_id: int | None
    preferred: bool


_VIEWS: Final = Read(
    sa.select(*(getattr(SavedView, name) for name in View._fields))
    .where(
        SavedView.resource == sa.bindparam("resource"),
        sa.or_(SavedView.user_id == sa.bindparam("user_id"), among(SavedView.role_id, "roles")),
    )
    .order_by(SavedView.name)
)


def asked(desk: Desk, noun: Resource) -> tuple[Read, dict[str, Any]]:
    """Return what :func:`visible` reads, so that it can travel to the database with something else."""
    roles = sorted({grant.role_id for grant in desk.user.grants if grant.role_id is not None})
    return _VIEWS, {"resource": noun.name, "user_id": desk.user.user_id, "roles": roles}


def visible(desk: Desk, session: Session | ReadingSession, noun: Resource) -> tuple[View, ...]:
    """Return the views of a list this person may choose from: their own, then those shared with a role of theirs."""
    mine = desk.user.user_id
    if mine is None:
        return ()
    read, values = asked(desk, noun)
    found = (View(*row) for row in read.rows(session, **values))
    return tuple(sorted(found, key=lambda view: view.user_id != mine))


def chosen(desk: Desk, session: Session | ReadingSession, noun: Resource, number: str) -> View:
    """Return the view ``number`` of a list. Raises :class:`NotFound` for one this person may not choose."""
    view = next((view for view in visible(desk, session, noun) if str(view.id) == number), None)
    if view is None:
        raise NotFound(_("There is no such view."), remedy=_("Ask for the views of this list."))
    return view


def parameters(desk: Desk, noun: Resource, view: View) -> dict[str, str]:
    """Return what ``view`` asks of the list of ``noun``, as the parameters of the interface for programs.

    Raises :class:`InvalidInput` when a record is named in it by words instead of being chosen.
    """
    known = filterable(noun, desk.readable(noun))
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(view.query):
        given.setdefault(name, []).append(value)
    return {name: value for written, values in given.items() for name, value in _said(desk, known, written, values)}


def _said(desk: Desk, known: dict[str, Field], written: str, values: list[str]) -> Iterator[tuple[str, str]]:
    name, mark, edge = written.partition(".")
    field = known.get(name)
    called = field.name if field is not None and name in PAGING else name
    if written == "totals":
        return
    if written in RENAMED:
        yield RENAMED[written], values[0]
    elif written.endswith(":text"):
        raise InvalidInput(
            _("The filter on {name} names a record by words.").with_values(name=written.removesuffix(":text")),
            remedy=_("Choose the record in the list and save the view again."),
        )
    elif field is None:
        yield written, values[0]
    elif mark and edge in {"from", "until"}:
        yield f"{called}__{'from' if edge == 'from' else 'to'}", _limit(desk, field, values[0], edge)
    elif field.kind in SETS or (field.kind == "ref" and "," in values[0]):
        yield f"{called}__in", ",".join(values)
    else:
        yield called if field.kind in RANGES | {"ref"} else f"{called}__contains", values[0]


def _limit(desk: Desk, field: Field, written: str, edge: str) -> str:
    """Return the limit of a range as programs write it: days in ISO, a day of an instant as its first or last."""
    if field.kind not in {"date", "instant"}:
        return written
    try:
        day = parse_date(written, calendar=cast(Calendar, desk.user.calendar))
    except InvalidInput:
        return written
    if field.kind == "date":
        return day.isoformat()
    return _instant(day, edge, desk.context.zone)


def _instant(day: date, edge: str, zone: str) -> str:
    local = datetime.combine(day, time.min if edge == "from" else time.max, ZoneInfo(zone))
    return local.astimezone(UTC).isoformat()


def described(desk: Desk, noun: Resource, view: View) -> dict[str, Any]:
    """Return a view as programs see it, with the parameters that ask the same; none where it cannot be said so."""
    try:
        asked: dict[str, str] | None = parameters(desk, noun, view)
    except InvalidInput:
        asked = None
    return {
        "id": view.id,
        "name": view.name,
        "own": view.user_id == desk.user.user_id,
        "shared_with": view.role_id,
        "preferred": view.preferred,
        "query": view.query,
        "parameters": asked,
    }


__all__ = ["PAGING", "RANGES", "SETS", "chosen", "described", "parameters", "visible"]
