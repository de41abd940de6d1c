"""`backoffice person`: everything about a person, shown, handed over, erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, option
from backoffice.hookspecs import messages

_ = messages("cli")


@click.group("person", cls=Group, help=_("See everything that is kept about a person, hand it over, erase it."))
def person() -> None:
    """Group the commands about people."""


def _id(desk: Any, resource: str, id_or_key: str) -> int:
    return int(desk.get(resource, id_or_key).id)


@person.command("show", help=_("Show what every plugin keeps about a person, and what would stay if they were erased."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@format_option("table", "json", "csv")
@click.pass_obj
def show(app: App, resource: str, id_or_key: str, shape: str) -> None:
    from backoffice.core.cli.output import write_table

    desk = app.desk()
    write_table(app, desk.report("core.person", resource=resource, record=_id(desk, resource, id_or_key)), shape)


@person.command("export", help=_("Write everything about a person into a ZIP archive."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@option("--reason", required=True, help=_("Why; it is kept for ever, so name nobody in it."))
@option("-o", "--output", required=True, type=click.Path(dir_okay=False), help=_("The archive."))
@click.pass_obj
def export(app: App, resource: str, id_or_key: str, reason: str, output: str) -> None:
    from backoffice.core.attachments import files

    desk = app.desk()
    given = {"resource": resource, "record": _id(desk, resource, id_or_key), "reason": reason}
    made = desk.execute("core.export_person", given)
    if made.get("state") == "pending":
        app.say(_("A second person must agree: request {id}.").with_values(id=made["approval"]))
        return
    _found, data = files.fetch(desk, files.listed(desk, "core.person_request", made["id"])[0].id)
    path = Path(output)
    path.touch(mode=0o600)
    path.write_bytes(data)
    app.note(_("Wrote {path}.").with_values(path=output))


@person.command("erase", help=_("Ask for everything about a person to be erased; a second person must agree."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@option("--reason", required=True, help=_("Why; it is kept for ever, so name nobody in it."))
@click.pass_obj
def erase(app: App, resource: str, id_or_key: str, reason: str) -> None:
    desk = app.desk()
    given = {"resource": resource, "record": _id(desk, resource, id_or_key), "reason": reason}
    made = desk.execute("core.erase_person", given)
    app.say(_("A second person must agree: request {id}.").with_values(id=made["approval"]))
