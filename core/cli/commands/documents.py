"""`backoffice document`: a record as a page to hand out, such as an invoice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, option, output_option
from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import Column, Row, Table, messages

if TYPE_CHECKING:
    from backoffice.core.office import Desk

_ = messages("cli")

ENDINGS = (".html", ".htm", ".pdf", "")


@command(
    "document",
    _(
        "Make a document of a record, as HTML or, into a file that ends in .pdf, as PDF; "
        "without a name, list what there is."
    ),
)
@click.argument("name", required=False)
@click.argument("id_or_key", metavar="ID", required=False)
@option("--language", "written", metavar="CODE", help=_("Write it in this language instead of its own."))
@output_option()
@click.pass_obj
def document(app: App, name: str | None, id_or_key: str | None, written: str | None, output: str | None) -> None:
    from backoffice.core.cli.output import write_pieces, write_table, write_text

    desk = app.desk()
    if name is None:
        write_table(app, _documents(desk), "table")
        return
    if id_or_key is None:
        raise InvalidInput(_("Say of which record: its id or its key."))
    if output is not None and Path(output).suffix.lower() not in ENDINGS:
        raise InvalidInput(
            _("{path} does not end in .html or .pdf.").with_values(path=output),
            why=_("The ending says what a document is written as."),
        )
    made = desk.document(name, id_or_key, written)
    if output is not None and Path(output).suffix.lower() == ".pdf":
        write_pieces([made.pdf()], output, binary=True)
    else:
        write_text(made.html, output)
    if output is not None:
        app.note(_("Wrote {path}.").with_values(path=output))


def _documents(desk: Desk) -> Table:
    columns = [Column("name", _("Document")), Column("resource", _("Of")), Column("label", _("What"))]
    known = desk.office.registry.documents.values()
    rows = [Row((d.name, d.resource, d.label)) for d in known if desk.may(d.permission or f"{d.resource}.read")]
    return Table(columns, rows)
