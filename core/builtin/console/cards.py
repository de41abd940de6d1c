"""Cards that plugins put on the dashboard and on records: figures, tables, charts, templates of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from flask import current_app

from backoffice.core.errors import Forbidden
from backoffice.core.office import Desk
from backoffice.core.persistence import Session
from backoffice.hookspecs import Card

from .pages import CardView
from .showing import Showing
from .tables import chart_of, narrowed, table_view

log = structlog.get_logger("backoffice.console")

MOST_ROWS = 8
"""Rows of a table on a card; its link leads to all of them."""


def shown(desk: Desk, session: Session, place: str, subject: Any, showing: Showing) -> list[CardView]:
    """Return the cards of ``place`` in their order.

    One that cannot be drawn is left out and counted against its plugin.
    """
    found: list[tuple[int, CardView]] = []
    for plugin, card in desk.office.hooks.cards(place, session, subject):
        if card.permission and not _may_see(desk, card.permission):
            continue
        try:
            with session.begin_nested():
                found.append((card.order, _shown(card, showing)))
        except Exception as error:
            desk.office.manager.failed(plugin, "cards", error)
    return [view for _order, view in sorted(found, key=lambda each: each[0])]


def _may_see(desk: Desk, permission: str) -> bool:
    """Tell whether what sums up everybody's records here may be seen: a card is a small report."""
    try:
        desk.require(permission)
        desk.require_whole(permission)
        desk.within(permission)
    except Forbidden:
        return False
    return True


def _shown(card: Card, showing: Showing) -> CardView:
    read = showing.reader
    made = CardView(title=read.say(card.title), url=showing.places.link(card.link), wide=card.wide)
    if card.template:
        # Loading it now tells of a missing template here, and not in the middle of the page.
        current_app.jinja_env.get_template(card.template)
        return replace(made, kind="template", template=card.template, context=dict(card.context))
    if card.table is not None:
        table = replace(card.table, rows=list(card.table.rows))
        drawn = chart_of(table, read)
        view = table_view(table if drawn else narrowed(table, MOST_ROWS), read, showing.places)
        return replace(made, kind="chart" if drawn else "table", chart=drawn, table=view, wide=card.wide or bool(drawn))
    return replace(made, kind="figure", value=card.value, value_kind=card.kind, currency=card.currency)


__all__ = ["shown"]
