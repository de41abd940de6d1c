"""`backoffice db`: bring tables up to date, back up, restore, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.hookspecs import Column, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Backoffice
    from backoffice.core.persistence.migrations import Component, Standing

_ = messages("cli")


@click.group("db", cls=Group, help=_("Upgrade, back up, restore and check the database."))
def db() -> None:
    """Group the commands about the database."""


@db.command("upgrade", help=_("Bring every table to its newest shape, in one transaction."))
@option("--plugin", metavar="NAME", help=_("Only the tables of this plugin and of those it needs."))
@click.pass_obj
def upgrade(app: App, plugin: str | None) -> None:
    from backoffice.core.maintenance.switching import refresh_roles, with_needs

    office = app.office(start=False, tolerant=True)
    before = {item.name: item for item in office.standings()}
    if plugin is not None:
        _component(office, plugin)
    after = office.upgrade(None if plugin is None else with_needs(office, plugin))
    roles = refresh_roles(office)
    moved = [item for item in after if before[item.name].pending and before[item.name] != item]
    for item in after:
        if not item.known:
            app.note(_("{name}: a newer version made its tables, which stand at {revision}; they are left alone.")
                     .with_values(name=item.name, revision=item.current))  # fmt: skip
    for item in moved:
        _say_moved(app, item, before[item.name])
    if roles:
        app.say(_("Roles brought up to date: {names}.").with_values(names=", ".join(roles)))
    if not moved:
        app.say(_("Every table is in its newest shape."))


def _say_moved(app: App, item: Standing, before: Standing) -> None:
    if before.current == item.current:
        app.say(_("{name}: its guards were made anew.").with_values(name=item.name))
        return
    app.say(_("{name}: from {before} to {after}.").with_values(
        name=item.name, before=before.current or _("nothing"), after=item.current or _("nothing")))  # fmt: skip


@db.command("status", help=_("Show where the tables of the core and of each plugin stand."))
@format_option("table", "json")
@click.pass_obj
def status(app: App, shape: str) -> None:
    from backoffice.core.cli.output import write_table

    standings = app.office(start=False, tolerant=True).standings()
    columns = [
        Column("name", _("Plugin")), Column("current", _("Stands at")), Column("head", _("Newest")),
        Column("pending", _("To be upgraded"), "boolean"),
    ]  # fmt: skip
    rows = [Row((item.name, item.current, item.head, item.pending)) for item in standings]
    plain = [{column.name: cell for column, cell in zip(columns, row.cells, strict=True)} for row in rows]
    write_table(app, Table(columns, rows), shape, plain=plain)


@db.command("downgrade", help=_("Take the tables of one plugin back to an earlier revision; base removes them."))
@click.argument("plugin")
@click.argument("target")
@option("--yes", is_flag=True, help=_("Do not ask; what the newer tables hold is lost."))
@click.pass_obj
def downgrade(app: App, plugin: str, target: str, yes: bool) -> None:
    from backoffice.core.persistence.engines import migration_engine
    from backoffice.core.persistence.migrations import downgrade as move

    office = app.office(start=False, tolerant=True)
    component = _component(office, plugin)
    _check_target(component, target)
    app.confirm(_("What the newer tables of {name} hold is lost. Go on?").with_values(name=plugin), yes)
    office.standings()
    others = [one for one in office.components if one.name != plugin]
    standings = move(migration_engine(office.configuration.schema_database), component, others, target)
    now = next(item for item in standings if item.name == plugin)
    app.say(_("{name} stands at {revision}.").with_values(name=plugin, revision=now.current or _("nothing")))


def _component(office: Backoffice, name: str) -> Component:
    for component in office.components:
        if component.name == name:
            return component
    raise NotFound(
        _("{name} has no tables here.").with_values(name=name),
        remedy=_("Run: {command}").with_values(command="backoffice db status"),
    )


def _check_target(component: Component, target: str) -> None:
    from backoffice.core.persistence.migrations import script_directory

    scripts = script_directory(component)
    known = [] if scripts is None else [script.revision for script in scripts.walk_revisions()]
    if target not in ("base", *known) and not (target.startswith("-") and target[1:].isdigit()):
        raise InvalidInput(
            _("{name} has no revision {target}.").with_values(name=component.name, target=target),
            remedy=_("Use base or one of: {names}.").with_values(names=", ".join(reversed(known))),
        )


@db.command("revision", help=_("Write the migration that takes a plugin's tables to its models."))
@click.argument("plugin")
@option("-m", "--message", default="changes", show_default=True, help=_("What it does, in a few words."))
@click.pass_obj
def revision(app: App, plugin: str, message: str) -> None:
    from backoffice.core.maintenance.revisions import write

    path = write(app.office(start=False, tolerant=True), plugin, message)
    app.say(_("Wrote {path}. Read it, then run: {command}").with_values(
        path=str(path), command="backoffice db upgrade"))  # fmt: skip


@db.command("backup", help=_("Write the database to a file while it is in use, and read it back."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@option("--overwrite", is_flag=True, help=_("Replace the file if it exists."))
@option("--without-files", is_flag=True, help=_("Leave out the files of records, which a backup of the folder holds."))
@click.pass_obj
def backup(app: App, file: Path, overwrite: bool, without_files: bool) -> None:
    from backoffice.core.cli.progress import progress
    from backoffice.core.maintenance import filing
    from backoffice.core.maintenance.backup import back_up

    filing.refuse_to_replace(file, overwrite=overwrite)
    with progress(app, _("Backup")) as show:
        made = back_up(app.configuration.schema_database, file, overwrite=overwrite, shown=show)
    app.say(_("Wrote {path}, {size} bytes; it was read back and is whole.").with_values(path=str(file), size=made.size))
    _back_up_files(app, file, without_files)
    app.say(_("Keep backoffice.key with it; it is not in the backup."))


def _back_up_files(app: App, file: Path, without: bool) -> None:
    from backoffice.core.attachments.store import Store
    from backoffice.core.maintenance import filing

    store = Store.of(app.configuration)
    if without:
        filing.beside(file).unlink(missing_ok=True)
        app.say(_("Keep the folder {folder} with it.").with_values(folder=str(store.folder)))
    elif packed := filing.pack(store, file):
        app.say(_("Wrote {path} with {count} file; it was read back and is whole.").counted(
            "Wrote {path} with {count} files; they were read back and are whole.", packed,
        ).with_values(path=str(filing.beside(file))))  # fmt: skip


@db.command("restore", help=_("Put a backup into the database's place. What was there is kept under another name."))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@option("--yes", is_flag=True, help=_("Do it although there is data."))
@click.pass_obj
def restore(app: App, file: Path, yes: bool) -> None:
    from backoffice.core.maintenance import filing
    from backoffice.core.maintenance.restoring import restore as put_back

    components = app.office(start=False, tolerant=True).components
    app.close()
    if filing.beside(file).exists():
        filing.check(filing.beside(file))
    restored = put_back(app.configuration.schema_database, file, components, replace=yes)
    app.say(_("Restored {path}.").with_values(path=str(file)))
    _restore_files(app, file)
    if restored.kept:
        app.say(_("What was there before is kept as {name}.").with_values(name=restored.kept))
    if any(item.pending for item in app.office(start=False, tolerant=True).standings()):
        app.say(_("Its tables are older than the program; now run: {command}").with_values(
            command="backoffice db upgrade"))  # fmt: skip


def _restore_files(app: App, file: Path) -> None:
    from backoffice.core.attachments.store import Store
    from backoffice.core.maintenance import filing

    if filing.beside(file).exists():
        added = filing.unpack(Store.of(app.configuration), file)
        app.say(_("One file of a record was put back.").counted("{count} files of records were put back.", added))
    elif lost := sum(1 for _one in filing.lost(app.office(start=False, tolerant=True))):
        app.note(_("A file that a record refers to is not there; take it from a backup of {folder}.").counted(
            "{count} files that records refer to are not there; take them from a backup of {folder}.", lost,
        ).with_values(folder=str(Store.of(app.configuration).folder)))  # fmt: skip


@db.command("check", help=_("Look closely: is the database whole, and are its tables those the program expects?"))
@click.pass_context
def check(ctx: click.Context) -> None:
    from backoffice.core.maintenance.integrity import problems

    app: Any = ctx.obj
    found = 0
    for problem in problems(app.office(start=False, tolerant=True)):
        found += 1
        app.say(problem)
    if not found:
        app.say(_("The database is whole, and its tables are those the program expects."))
    ctx.exit(1 if found else 0)
