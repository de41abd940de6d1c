"""`backoffice attachment`: files of records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import Group, format_option, output_option
from backoffice.hookspecs import Column, Row, Table, messages

_ = messages("cli")


@click.group("attachment", cls=Group, help=_("Add files to records, list, fetch and remove them."))
def attachment() -> None:
    """Group the commands about files."""


@attachment.command("add", help=_("Attach files to a record."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.pass_obj
def add(app: App, resource: str, id_or_key: str, paths: Sequence[str]) -> None:
    from backoffice.core.attachments import files

    desk = app.desk()
    for path in map(Path, paths):
        made = files.add(desk, resource, id_or_key, path.name, path.read_bytes())
        app.say(_("{name} is attachment {id}.").with_values(name=made["name"], id=made["id"]))


@attachment.command("list", help=_("List the files of a record."))
@click.argument("resource")
@click.argument("id_or_key", metavar="ID")
@format_option("table", "json", "csv")
@click.pass_obj
def list_files(app: App, resource: str, id_or_key: str, shape: str) -> None:
    from backoffice.core.attachments import files
    from backoffice.core.cli.output import write_table

    found = files.listed(app.desk(), resource, id_or_key)
    columns = [
        Column("id", _("Number"), "integer"), Column("name", _("Name")), Column("type", _("Kind")),
        Column("size", _("Bytes"), "integer"), Column("digest", _("SHA-256")),
    ]  # fmt: skip
    rows = [Row((one.id, one.name, one.type, one.size, one.digest)) for one in found]
    write_table(app, Table(columns, rows), shape, plain=[files.described(one) for one in found])


@attachment.command("get", help=_("Fetch a file; without --output it is written under its own name here."))
@click.argument("number", metavar="ID", type=int)
@output_option()
@click.pass_obj
def get(app: App, number: int, output: str | None) -> None:
    from backoffice.core.attachments import files

    found, data = files.fetch(app.desk(), number)
    path = Path(output or found.name)
    path.write_bytes(data)
    app.note(_("Wrote {path}.").with_values(path=str(path)))


@attachment.command("remove", help=_("Remove a file from its record."))
@click.argument("number", metavar="ID", type=int)
@click.pass_obj
def remove(app: App, number: int) -> None:
    from backoffice.core.attachments import files

    files.remove(app.desk(), number)
    app.say(_("Attachment {id} is removed.").with_values(id=number))
