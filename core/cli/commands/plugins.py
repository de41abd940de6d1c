"""`backoffice plugin`: what is loaded and why not; switch plugins on and off, replay events to them, remove them."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import MalformedRequest, NotFound
from backoffice.hookspecs import Column, Row, Table, messages

from .authoring import check, new

if TYPE_CHECKING:
    from backoffice.core.maintenance.purging import Owned
    from backoffice.core.office import Backoffice
    from backoffice.core.plugins.states import PluginStatus

_ = messages("cli")


@click.group("plugin", cls=Group, help=_("See which plugins are loaded, switch them on and off, write and judge them."))
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
    from backoffice.core.maintenance.purging import weighed

    return [weighed(office, status) for status in office.manager.statuses()]


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
        "leaving": list(status.leaving),
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
        (_("Uses what is leaving"), " ".join(status.leaving)),
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
    raise _unknown(name)


def _unknown(name: str) -> NotFound:
    return NotFound(
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


@plugin.command(
    "remove",
    help=_(
        "Take a plugin out of service before its package is uninstalled: it is switched off and the work that waits "
        "for it is given up. Its data is kept."
    ),
)
@click.argument("name")
@click.pass_obj
def remove(app: App, name: str) -> None:
    from backoffice.core.maintenance.switching import put_out_of_service

    status = _allowed(app).manager.status(name)
    if status is None or status.state == "orphaned":
        raise _unknown(name)
    was = put_out_of_service(app.office(start=False), name)
    said = _("{name} is out of service; its data is kept.") if was else _("{name} was out of service already.")
    app.say(said.with_values(name=name))
    app.note(_("Running processes take note when they are started again."))
    app.note(_("Then: {command}").with_values(command=f"pip uninstall {status.distribution}"))
    app.note(_("To remove its data as well: {command}").with_values(command=f"backoffice plugin purge {name}"))


@plugin.command(
    "purge",
    help=_(
        "Remove everything a plugin has in the database, also when its package is gone. It is written to an archive "
        "first. Stop the other processes before."
    ),
)
@click.argument("name")
@option("--dry-run", is_flag=True, help=_("Say what would go, and change nothing."))
@option(
    "--archive",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("The file to write everything to first; by default NAME-DATE-TIME.zip here."),
)
@option("--confirm", metavar="NAME", help=_("The plugin's name once more, instead of being asked for it."))
@format_option("table", "json")
@click.pass_obj
def purge(app: App, name: str, dry_run: bool, archive: Path | None, confirm: str | None, shape: str) -> None:
    from backoffice.core.cli.output import as_json, write_table
    from backoffice.core.maintenance.purging import archive_name, owned
    from backoffice.core.maintenance.purging import purge as remove_all

    office = _allowed(app)
    found = owned(office, name)
    if shape == "json":
        app.say(as_json(_plain_owned(found)))
    else:
        columns = [Column("table", _("Table")), Column("rows", _("Rows"), "integer"), Column("fate", _("What happens"))]
        write_table(app, Table(columns, [Row(row) for row in _fates(found)]), "table")
    if dry_run:
        return
    _confirm(app, name, confirm)
    target = archive or Path(archive_name(name, office.clock.now()))
    remove_all(office, name, target)
    app.note(_("Everything was written to {path}.").with_values(path=str(target)))
    app.note(_("To put it back: {command}").with_values(command=f"backoffice plugin restore {target}"))
    app.note(_("{name} is removed. Tables: {tables}, rows: {count}.").with_values(
        name=name, count=found.rows, tables=len(found.tables)))  # fmt: skip


@plugin.command(
    "restore",
    help=_(
        "Put back what was written to an archive when a plugin was purged. It needs the plugin in that version, "
        "enabled, with empty tables. Stop the other processes before."
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def restore(app: App, file: Path) -> None:
    from backoffice.core.maintenance.returning import bring_back

    _allowed(app)
    done = bring_back(app.office(), file)
    app.say(_("{name} has its data again. Tables: {tables}, rows: {count}.").with_values(
        name=done.plugin, count=done.rows, tables=len(done.tables)))  # fmt: skip
    for table, count in done.taken:
        app.note(_("{table}: {count} rows did not come back, since something else is in their place.").with_values(
            table=table, count=count))  # fmt: skip


def _fates(found: Owned) -> list[tuple[str, int | None, str]]:
    """Return each table with its rows and what becomes of them."""
    gone, rows, kept = _("goes"), _("rows of the plugin go"), _("stays: it is only ever added to")
    blocked = [
        (table, None, _("refers to {target}, so nothing can go").with_values(target=target))
        for table, target in found.blocked
    ]
    version = [(found.version_table, 1, gone)] if found.version_table else []
    return [
        *((table, count, gone) for table, count in found.tables), *version,
        *((table, count, rows) for table, count in found.mentions),
        *((table, count, kept) for table, count in found.kept), *blocked,
    ]  # fmt: skip


def _plain_owned(found: Owned) -> dict[str, Any]:
    return {
        "plugin": found.plugin, "tables": dict(found.tables), "version_table": found.version_table,
        "core": dict(found.mentions), "kept": dict(found.kept), "blocked": [list(pair) for pair in found.blocked],
    }  # fmt: skip


def _confirm(app: App, name: str, given: str | None) -> None:
    """Go on only when somebody wrote the plugin's name. Raises :class:`MalformedRequest`."""
    if given is None and sys.stdin.isatty():
        given = click.prompt(app.told(_("This cannot be undone. Write the plugin's name to go on")), err=True)
    if given != name:
        raise MalformedRequest(
            _("Nothing was removed: the name was not confirmed."),
            remedy=_("Add: {option}").with_values(option=f"--confirm {name}"),
        )


def _allowed(app: App) -> Backoffice:
    office = app.office(start=False, tolerant=True)
    if app.options.user:
        app.desk().require("core.plugins")
    return office


@plugin.command(
    "replay",
    help=_(
        "Hand past events to the listeners of one plugin, such as one installed late. Each event reaches a listener "
        "once, however often this is asked; what was cut short goes on where it stopped."
    ),
)
@click.argument("name")
@option(
    "--from", "since", default="beginning", show_default=True, metavar="DATE",
    help=_("From this day on; beginning is the first event, missed the first since the plugin was switched off."),
)  # fmt: skip
@option("--work", is_flag=True, help=_("Hand them over in this process, instead of leaving it to the worker."))
@click.pass_obj
def replay(app: App, name: str, since: str, work: bool) -> None:
    from backoffice.core.builtin.worker.host import OfficeHost
    from backoffice.core.events.deliveries import replay as hand_over

    office = app.office()
    app.desk().require("core.plugins")
    if not office.manager.is_active(name):
        status = office.manager.status(name)
        raise (
            _unknown(name)
            if status is None
            else NotFound(
                _("The plugin {name} is not active.").with_values(name=name), why=status.reason, remedy=status.remedy
            )
        )
    after, at = _start_of(office, name, since)
    organization = app.desk().user.organization_id if app.options.organization else None
    host = OfficeHost(office)
    added = hand_over(host, name, at, organization_id=organization, after=after)
    app.say(
        _("{count} delivery was added; the worker hands it over.").counted(
            "{count} deliveries were added; the worker hands them over.", added
        )
    )
    if work:
        _hand_over(app, office, name)


def _start_of(office: Backoffice, name: str, since: str) -> tuple[int, datetime | None]:
    """Return after which event, and from which instant on, a replay goes."""
    from backoffice.core.maintenance.switching import missed_since

    from .jobs import instant

    if since == "missed":
        return missed_since(office, name) or 0, None
    return 0, instant(since)


def _hand_over(app: App, office: Backoffice, name: str) -> None:
    """Hand over what waits for the plugin, with a bar that shows how far it is."""
    from backoffice.core.builtin.worker.host import OfficeHost
    from backoffice.core.cli.progress import progress
    from backoffice.core.events.deliveries import deliver_due, outstanding

    host = OfficeHost(office)
    total = outstanding(host, name)["waiting"]
    with progress(app, _("Events")) as show:
        while deliver_due(host):
            show(total - outstanding(host, name)["waiting"], total)
    left = outstanding(host, name)
    app.say(_("{waiting} wait to be tried again, {dead} were given up.").with_values(**left))


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
    if changed and on:
        app.note(_("To hand it what happened meanwhile: {command}").with_values(
            command=f"backoffice plugin replay {name} --from missed"))  # fmt: skip
