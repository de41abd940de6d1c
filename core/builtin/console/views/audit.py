"""The audit log of the organisation: every change of every record, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from backoffice.core.audit.history import Change as Audited
from backoffice.core.audit.history import change_of
from backoffice.core.bookkeeping.models import PluginRow
from backoffice.core.builtin.console import filters
from backoffice.core.builtin.console.filters import Asked, asked, tidy
from backoffice.core.builtin.console.pages import Change, Empty, Filter, Head, ListPage, Pager, TableRow, TableView
from backoffice.core.builtin.console.places import places
from backoffice.core.builtin.console.reader import reader, say
from backoffice.core.builtin.console.rendering import render
from backoffice.core.builtin.console.showing import Showing
from backoffice.core.builtin.console.timeline import CHANNELS, Timeline, actor
from backoffice.core.office.described import child_of, title_of
from backoffice.core.persistence import Session
from backoffice.core.plugins.states import STATE_LABELS
from backoffice.core.text import translate_noun
from backoffice.core.web import permission
from backoffice.hookspecs import messages

from .base import desk, pages

_ = messages("console")

OPERATIONS = {"create": _("Created"), "change": _("Changed"), "delete": _("Deleted")}
WORDS = {"I": "create", "U": "change", "D": "delete"}
SHOWN = ("at", "actor", "channel", "operation", "table_name")
"""Filters of the page; the others are for programs."""


@pages.get("/audit")
@permission("core.audit.read")
def audit() -> ResponseReturnValue:
    """Show what changed, in which record, by whom and through what."""
    noun = desk().resource("core.audit")
    given = tidy(request.args)
    if len(given) != len(request.args):
        return redirect(f"{url_for('console.audit')}?{Asked(given).query()}")
    with desk().reading() as session:
        showing = Showing(desk(), session, reader(), places())
        wanted = asked(noun, given, showing)
        found = desk().list("core.audit", wanted.question)
        changes = [change_of(row) for row in found.records]
        rows = _rows(changes, showing)
        url = url_for("console.audit")
        listing = ListPage(
            title=say(noun.plural),
            description=say(
                _("Every change of every record, however it was made. Nothing here can be edited or removed.")
            ),
            table=TableView(columns=_heads(), rows=rows),
            url=url,
            search=None,
            filters=[_named(f) for f in filters.shown(noun, wanted, showing, url) if f.name in SHOWN],
            clear_url=url if wanted.narrowed else "",
            pager=Pager(
                previous=f"{url}?{wanted.query(before=found.previous)}" if found.previous else "",
                next=f"{url}?{wanted.query(after=found.next)}" if found.next else "",
            ),
            empty=Empty(
                title=say(_("Nothing fits")), text=say(_("No change fits the filters you chose.")), icon="search"
            ),
        )
        return render("audit", listing=listing, changes=[_changes(c, showing) for c in changes], proof=())


def _heads() -> list[Head]:
    operations = {value: say(label) for value, label in OPERATIONS.items()}
    return [
        Head(name="at", label=say(_("When")), kind="instant"),
        Head(name="actor", label=say(_("Who"))),
        Head(name="channel", label=say(_("Through"))),
        Head(name="operation", label=say(_("What")), kind="choice", choices=operations, badge=True),
        Head(name="record", label=say(_("Record"))),
    ]


def _named(filter: Filter) -> Filter:
    """Return the filter with choices in words where a code would be asked for."""
    if filter.name == "channel":
        return replace(filter, kind="choice", choices={code: say(label) for code, label in CHANNELS.items()})
    if filter.name == "table_name":
        tables = {r.model.__tablename__: say(r.label or r.name) for r in desk().office.registry.resources.values()}
        return replace(filter, kind="choice", choices=tables, label=say(_("Record")), text=_tables(filter, tables))
    return filter


def _tables(filter: Filter, tables: dict[str, str]) -> str:
    return tables.get(filter.text, filter.text)


def _rows(changes: Iterable[Audited], showing: Showing) -> list[TableRow]:
    changes = list(changes)
    titles = _titles(changes, showing.session)
    Timeline(showing, desk().resource("core.audit")).want(changes)
    return [_row(change, titles, showing) for change in changes]


def _row(change: Audited, titles: dict[tuple[str, int], str], showing: Showing) -> TableRow:
    if change.table == PluginRow.__tablename__:
        return _row_of_plugin(change, titles, showing)
    label = _called(change.table, showing)
    title = titles.get((change.table, change.record_id), f"#{change.record_id}")
    url = showing.places.of_table(change.table, change.record_id) if change.operation != "D" else ""
    return TableRow(
        cells=[
            change.at,
            actor(change, showing.reader),
            say(CHANNELS.get(change.channel, change.channel)),
            WORDS[change.operation],
            f"{label} · {title}",
        ],
        url=url if (change.table, change.record_id) in titles else "",
    )


def _called(table: str, showing: Showing) -> str:
    """Return what the records of a table are called; lines have the name of their list."""
    noun = showing.places.by_table.get(table)
    if noun is not None:
        return translate_noun(noun.label or noun.name, showing.reader.language)
    for owner in desk().office.registry.resources.values():
        for lines in owner.lines:
            if child_of(lines, owner.model).__tablename__ == table:
                return f"{say(owner.label or owner.name)} · {say(lines.label or lines.relation)}"
    return table


def _row_of_plugin(change: Audited, titles: dict[tuple[str, int], str], showing: Showing) -> TableRow:
    """Tell what became of a plugin: put aside and why, switched on or off, removed."""
    told = {each.name: each for each in change.changes}
    name = titles.get((change.table, change.record_id)) or str(told["name"].before if "name" in told else "")
    if change.operation == "D":
        became = say(_("Removed"))
    elif "state" in told:
        became = say(STATE_LABELS.get(told["state"].after, str(told["state"].after)))
    else:
        became = say(_("Enabled")) if told.get("enabled") and told["enabled"].after else say(_("Disabled"))
    return TableRow(
        cells=[
            change.at,
            actor(change, showing.reader),
            say(CHANNELS.get(change.channel, change.channel)),
            WORDS[change.operation],
            f"{say(_('Plugin'))} · {name}: {became}",
        ],
        url=f"{url_for('console.plugins')}#{name}" if change.operation != "D" and desk().may("core.plugins") else "",
    )


def _titles(changes: Iterable[Audited], session: Session) -> dict[tuple[str, int], str]:
    """Return what the changed records are called now, a query for each kind of record."""
    wanted: dict[str, set[int]] = {}
    for change in changes:
        wanted.setdefault(change.table, set()).add(change.record_id)
    found: dict[tuple[str, int], str] = {}
    for table, ids in wanted.items():
        if table == PluginRow.__tablename__:
            rows = session.execute(sa.select(PluginRow.id, PluginRow.name).where(PluginRow.id.in_(ids)))
            found.update({(table, id_): name for id_, name in rows})
        noun = places().by_table.get(table)
        if noun is None:
            continue
        model: Any = noun.model
        for record in session.scalars(sa.select(model).where(model.id.in_(ids))).unique():
            found[table, record.id] = title_of(record, desk().language)
    return found


def _changes(change: Audited, showing: Showing) -> list[Change]:
    noun = showing.places.by_table.get(change.table)
    timeline = Timeline(showing, noun or desk().resource("core.audit"))
    described = [f for f in change.changes if f.field is not None and not f.field.secret]
    if noun is not None:
        readable = set(desk().readable(noun))
        described = [f for f in described if f.name in readable]
    told = [timeline.change(change.table, f) for f in described if change.operation != "D"]
    return [c for c in told if c is not None][:8]
