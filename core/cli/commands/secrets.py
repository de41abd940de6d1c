"""`backoffice secrets`: the keys that seal secrets in the database, and a new key for all of them."""

from __future__ import annotations

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.hookspecs import Column, Row, Table, messages

_ = messages("cli")


@click.group("secrets", cls=Group, help=_("Look after the keys that seal secrets in the database."))
def secrets() -> None:
    """Group the commands about secrets."""


@secrets.command("status", help=_("Show where secrets are kept, how many, and which no key opens. Shows none of them."))
@format_option("table", "json")
@click.pass_context
def status(ctx: click.Context, shape: str) -> None:
    from backoffice.core.cli.output import write_table
    from backoffice.core.maintenance.resealing import standings

    app: App = ctx.obj
    found = standings(app.office())
    columns = [
        Column("place", _("Where")), Column("secrets", _("Secrets"), "integer"),
        Column("older", _("Under an older key"), "integer"), Column("closed", _("Opened by no key"), "integer"),
    ]  # fmt: skip
    rows = [Row((one.place, one.secrets, one.older, one.closed)) for one in found]
    plain = [{column.name: cell for column, cell in zip(columns, row.cells, strict=True)} for row in rows]
    write_table(app, Table(columns, rows), shape, plain=plain)
    ctx.exit(1 if any(one.closed for one in found) else 0)


@secrets.command("new-key", help=_("Print a new key for secrets_keys, where the keys are not in a file."))
@click.pass_obj
def new_key(app: App) -> None:
    from backoffice.core.secrets import new_key as make

    app.say(make())


@secrets.command(
    "rotate",
    help=_("Make a new key and seal every secret under it. Older keys stay, since backups need them, unless told."),
)
@option("--no-new-key", is_flag=True, help=_("Make no key; seal under the newest that is there."))
@option("--forget-old", is_flag=True, help=_("Forget the older keys: secrets in backups made before are lost."))
@option("--yes", is_flag=True, help=_("Do not ask before older keys are forgotten."))
@click.pass_obj
def rotate(app: App, no_new_key: bool, forget_old: bool, yes: bool) -> None:
    from backoffice.core.maintenance.resealing import reseal
    from backoffice.core.secrets import KeyRing
    from backoffice.core.secrets import new_key as make

    office = app.office()
    ring = KeyRing.of(office.configuration)
    if forget_old:
        app.confirm(_("Secrets in backups made before cannot be opened any more. Go on?"), yes)
    if not no_new_key:
        ring.add(make())
    done = reseal(office)
    app.say(_("{count} secret was sealed anew.").counted("{count} secrets were sealed anew.", done))
    if forget_old:
        ring.keep_newest()
        app.say(_("The older keys are forgotten."))
