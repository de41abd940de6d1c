"""`backoffice settings`: what can be set for plugins, what is set, and setting it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import Column, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("cli")


@click.group("settings", cls=Group, help=_("Read and change the settings of plugins."))
def settings() -> None:
    """Group the commands about settings."""


@settings.command("list", help=_("List what can be set, and what is set here."))
@click.argument("plugin", required=False)
@format_option("table", "json")
@click.pass_obj
def list_(app: App, plugin: str | None, shape: str) -> None:
    from backoffice.core.cli.output import write_table

    desk = app.desk()
    desk.require("core.setting.read")
    columns = [
        Column("setting", _("Setting")), Column("value", _("Value")), Column("kind", _("Kind")),
        Column("label", _("What")),
    ]  # fmt: skip
    with desk.reading() as session:
        rows = [
            Row((f"{name}.{field.name}", _masked(field, session.setting(name, field.name)), field.kind, field.label))
            for name, groups in desk.office.registry.settings.items()
            if plugin in (None, name)
            for group in groups
            for field in group.fields
        ]
    plain = [{column.name: cell for column, cell in zip(columns, row.cells, strict=True)} for row in rows]
    write_table(app, Table(columns, rows), shape, plain=plain)


def _masked(field: Any, value: Any) -> Any:
    return "•••" if field.secret and value else value


@settings.command("get", help=_("Print one setting as it holds for the company."))
@click.argument("name", metavar="PLUGIN.SETTING")
@click.pass_obj
def get(app: App, name: str) -> None:
    from backoffice.core.cli.output import as_json

    desk = app.desk()
    desk.require("core.setting.read")
    plugin, setting = _parts(name)
    field = desk.office.registry.setting(plugin, setting)[1]
    with desk.reading() as session:
        app.say(as_json(_masked(field, session.setting(plugin, setting))))


@settings.command("set", help=_("Set one setting for the company; an empty value takes it back to the default."))
@click.argument("name", metavar="PLUGIN.SETTING")
@click.argument("value")
@option("--every-company", is_flag=True, help=_("For every company of the organisation."))
@click.pass_obj
def set_(app: App, name: str, value: str, every_company: bool) -> None:
    from backoffice.core.cli.output import as_json

    plugin, setting = _parts(name)
    desk = app.desk()
    given = {
        "plugin": plugin, "name": setting, "value": _value(desk, plugin, setting, value),
        "organization_wide": every_company,
    }  # fmt: skip
    answer = desk.execute("core.set_setting", given)
    app.say(f"{plugin}.{setting} = {as_json(answer['value'])}")


def _parts(name: str) -> tuple[str, str]:
    plugin, dot, setting = name.partition(".")
    if not dot:
        raise MalformedRequest(
            _("{text} cannot be understood.").with_values(text=name), remedy=_("Write PLUGIN.SETTING.")
        )
    return plugin, setting


def _value(desk: Desk, plugin: str, setting: str, text: str) -> Any:
    from .doing import _json_or_text

    if plugin == "core" and setting.startswith("approval:"):
        return _json_or_text(text)
    field = desk.office.registry.setting(plugin, setting)[1]
    if text == "":
        return field.default
    return _json_or_text(text) if field.kind == "data" or field.many else text
