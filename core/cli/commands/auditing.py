"""`backoffice audit`: who changed what, when and through what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.hookspecs import Column, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.audit.history import Change
    from backoffice.core.office import Desk

_ = messages("cli")

OPERATIONS = {"I": _("created"), "U": _("changed"), "D": _("deleted")}


@click.group("audit", cls=Group, help=_("See who changed what, and when."))
def audit() -> None:
    """Group the commands about the audit log."""


@audit.command("list", help=_("List the newest changes."))
@option("--by", metavar="USER", help=_("Only what this user changed."))
@option("--resource", metavar="RESOURCE", help=_("Only records of this resource."))
@option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help=_("At most so many."))
@format_option("table", "json", "csv")
@click.pass_obj
def list_(app: App, by: str | None, resource: str | None, limit: int, shape: str) -> None:
    from backoffice.core.audit.history import recent
    from backoffice.core.users.models import normal_username

    desk = app.desk()
    desk.require("core.audit.read")
    table = desk.resource(resource).model.__tablename__ if resource else ""
    actor = desk.get("core.user", normal_username(by)).id if by else None
    with desk.reading() as session:
        changes = recent(session, limit=limit, actor_id=actor, table=table)
    _write(app, desk, changes, shape)


@audit.command("show", help=_("Show the history of one record and its lines, the newest change first."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help=_("At most so many."))
@format_option("table", "json", "csv")
@click.pass_obj
def show(app: App, resource: str, id_or_key: str, limit: int, shape: str) -> None:
    from backoffice.core.audit.history import history

    desk = app.desk()
    desk.require("core.history")
    noun = desk.resource(resource)
    with desk.reading() as session:
        record = desk.find(session, noun, id_or_key, f"{resource}.read")
        changes = history(session, noun.model.__tablename__, record.id, limit=limit)
    _write(app, desk, changes, shape)


def _write(app: App, desk: Desk, changes: Sequence[Change], shape: str) -> None:
    from backoffice.core.cli.output import write_table

    columns = [
        Column("at", _("When"), "instant"), Column("actor", _("Who")), Column("channel", _("Through")),
        Column("action", _("Action")), Column("record", _("Record")), Column("operation", _("Did")),
        Column("changes", _("What")),
    ]  # fmt: skip
    rows = [
        Row((c.at, c.actor, c.channel, c.action, f"{c.table} #{c.record_id}", OPERATIONS[c.operation],
             "; ".join(_change(desk, one) for one in _seen(desk, c))))
        for c in changes
    ]  # fmt: skip
    write_table(app, Table(columns, rows), shape, plain=[_plain(desk, change) for change in changes])


def _seen(desk: Desk, change: Change) -> list[Any]:
    """Return the described values this person may read; secrets are not in the log at all."""
    return [
        one
        for one in change.changes
        if one.field is not None and (not one.field.permission or desk.may(one.field.permission))
    ]


def _change(desk: Desk, one: Any) -> str:
    from backoffice.core.cli.cells import cell, choice

    def said(value: Any) -> str:
        return cell(choice(one.field, value), one.field.kind, language=desk.language, zone=desk.context.zone) or "–"

    return f"{one.name}: {said(one.before)} → {said(one.after)}"


def _plain(desk: Desk, change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": change.at,
        "actor": change.actor,
        "channel": change.channel,
        "action": change.action,
        "request": change.request_id,
        "operation": change.operation,
        "table": change.table,
        "record": change.record_id,
        "changes": {one.name: {"before": one.before, "after": one.after} for one in _seen(desk, change)},
        "erased": change.erased,
    }
