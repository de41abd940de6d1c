"""`backoffice plugin`: what is loaded, from where, with which hooks; switch plugins on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import NotFound
from backoffice.hookspecs import Column, Row, Table, messages

from .authoring import check, new

if TYPE_CHECKING:
    from backoffice.core.plugins.states import PluginStatus

_ = messages("cli")


@click.group("plugin", cls=Group, help=_("See which plugins are loaded, and switch them on and off."))
def plugin() -> None:
    """Group the commands about plugins."""


plugin.add_command(new)
plugin.add_command(check)


@plugin.command("list", help=_("List the plugins with their state, version and what to do about them."))
@option("--all", "everything", is_flag=True, help=_("With the built-in ones."))
@format_option("table", "json")
@click.pass_obj
def list_(app: App, everything: bool, shape: str) -> None:
    from backoffice.core.cli.output import write_table
    from backoffice.core.plugins.states import STATE_LABELS

    statuses = [one for one in _statuses(app) if everything or not one.builtin or one.state != "active"]
    columns = [
        Column("name", _("Plugin")), Column("version", _("Version")), Column("state", _("State")),
        Column("summary", _("What")), Column("why", _("Why")), Column("remedy", _("What to do")),
    ]  # fmt: skip
    rows = [Row((s.name, s.version, STATE_LABELS[s.state], s.summary, s.reason, s.remedy)) for s in statuses]
    write_table(app, Table(columns, rows), shape, plain=[_plain(app, status) for status in statuses])


def _statuses(app: App) -> list[PluginStatus]:
    """Return what is known of every plugin; those whose tables are behind are known once the office is started."""
    from backoffice.core.errors import BackofficeError

    office = app.office(start=False, tolerant=True)
    try:
        office.start()
    except BackofficeError as error:
        from backoffice.core.cli.failures import write

        # The list is what helps to mend whatever stops the start, so it is shown all the same.
        write(error, app)
    return list(office.manager.statuses())


def _plain(app: App, status: PluginStatus) -> dict[str, Any]:
    return {
        "name": status.name,
        "distribution": status.distribution,
        "version": status.version,
        "summary": status.summary,
        "state": status.state,
        "builtin": status.builtin,
        "location": str(status.location) if status.location else None,
        "hooks": list(status.hooks),
        "reason": app.told(status.reason),
        "remedy": app.told(status.remedy),
        "root": status.root,
        "shadowed": [str(path) for path in status.shadowed],
    }


@plugin.command("info", help=_("Show everything known about one plugin."))
@click.argument("name")
@format_option("table", "json")
@click.pass_obj
def info(app: App, name: str, shape: str) -> None:
    from backoffice.core.cli.output import as_json, write_table
    from backoffice.core.plugins.states import STATE_LABELS

    status = _status(app, name)
    if shape == "json":
        app.say(as_json({**_plain(app, status), **_brought(app, name), "error_trace": status.error_trace}))
        return
    facts = [
        (_("Plugin"), status.name),
        (_("Distribution"), f"{status.distribution} {status.version}"),
        (_("What"), status.summary),
        (_("State"), STATE_LABELS[status.state]),
        (_("Why"), status.reason),
        (_("What to do"), status.remedy),
        (_("Caused by"), status.root),
        (_("Location"), str(status.location or "")),
        (_("Hidden copies"), ", ".join(map(str, status.shadowed))),
        (_("Hooks"), ", ".join(status.hooks)),
        *((_("Brings {kind}").with_values(kind=kind), ", ".join(names)) for kind, names in _brought(app, name).items()),
    ]
    columns = [Column("name", _("Field")), Column("value", _("Value"))]
    write_table(app, Table(columns, [Row(fact) for fact in facts if fact[1]]), shape)
    if status.error_trace and app.options.debug:
        app.note(status.error_trace)


def _status(app: App, name: str) -> PluginStatus:
    for status in _statuses(app):
        if status.name == name:
            return status
    raise NotFound(
        _("There is no plugin {name}.").with_values(name=name),
        remedy=_("Run: {command}").with_values(command="backoffice plugin list --all"),
    )


def _brought(app: App, name: str) -> dict[str, list[str]]:
    """Return the nouns that the plugin declares, by kind."""
    from backoffice.core.plugins.declarations import NAMED

    registry = app.office(start=False).registry
    brought = {
        kind: sorted(noun for noun in _known(registry, kind) if registry.owner_of(kind, noun) == name)
        for kind in NAMED
        if kind != "permissions"
    }
    return {kind: nouns for kind, nouns in brought.items() if nouns}


def _known(registry: Any, kind: str) -> list[str]:
    return list(getattr(registry, kind))


@plugin.command("enable", help=_("Load a plugin again, from the next start on."))
@click.argument("name")
@click.pass_obj
def enable(app: App, name: str) -> None:
    _switch(app, name, True)


@plugin.command("disable", help=_("Load a plugin no longer, from the next start on. Its data is kept."))
@click.argument("name")
@click.pass_obj
def disable(app: App, name: str) -> None:
    from backoffice.core.maintenance.switching import dependents

    others = dependents(app.office(start=False, tolerant=True), name)
    _switch(app, name, False)
    if others:
        app.say(_("These need it and are not used either: {names}.").with_values(names=", ".join(others)))


def _switch(app: App, name: str, on: bool) -> None:
    from backoffice.core.maintenance.switching import switch

    office = app.office(start=False, tolerant=True)
    if app.options.user:
        app.desk().require("core.plugins")
    changed = switch(office, name, on=on)
    if not changed:
        said = _("{name} is enabled already.") if on else _("{name} is disabled already.")
    else:
        said = _("{name} is enabled.") if on else _("{name} is disabled; its data is kept.")
    app.say(said.with_values(name=name))
    if changed:
        app.say(_("Running processes take note when they are started again."))
