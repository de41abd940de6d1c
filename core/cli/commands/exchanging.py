"""`backoffice export` and `backoffice import`: the records of a resource as a file, and back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backoffice.core.cli.app import App
from backoffice.core.cli.base import command, option
from backoffice.core.errors import InvalidInput
from backoffice.hookspecs import messages

if TYPE_CHECKING:
    from backoffice.core.exchange.importing import ImportResult

_ = messages("cli")

BY_ENDING = {".csv": "csv", ".xlsx": "xlsx", ".json": "json", ".jsonl": "jsonl"}


@command("export", _("Write the records of a resource to a file, or into a pipe; an import takes the file back."))
@click.argument("resource")
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@option(
    "--format",
    "shape",
    type=click.Choice(["csv", "xlsx", "json", "jsonl"]),
    help=_("By default what the file's name ends in, else CSV."),
)
@option("--column", "columns", multiple=True, metavar="FIELD", help=_("Only this column; may be given many times."))
@option("--filter", "filters", multiple=True, metavar="FIELD=VALUE", help=_("Only records with this value."))
@option("--search", default="", metavar="WORDS", help=_("Only records in which these words are found."))
@option("--order", default="", metavar="FIELD", help=_("In the order of this field; -FIELD turns it round."))
@option("--labels", is_flag=True, help=_("Head the columns with what people call them."))
@click.pass_obj
def export(
    app: App, resource: str, file: str | None, shape: str | None, columns: Sequence[str], filters: Sequence[str],
    search: str, order: str, labels: bool,
) -> None:  # fmt: skip
    from backoffice.core.cli.output import write_pieces
    from backoffice.core.exchange.exporting import export as written
    from backoffice.core.office import Question

    from .records import pair

    desk = app.desk()
    chosen = shape or BY_ENDING.get(Path(file or "").suffix.lower(), "csv")
    question = Question(filters=dict(map(pair, filters)), search=search, order=order)
    pieces = written(desk, resource, question, columns=columns or None, format=chosen, labels=labels)
    write_pieces(pieces, file, binary=chosen == "xlsx")
    if file is not None:
        app.note(_("Wrote {path}.").with_values(path=file))


@command(
    "import",
    _(
        "Load the rows of a CSV, XLSX or JSON lines file into a resource or an action. Rows with mistakes "
        "do not stop the others; they come back in a file with the reasons beside them."
    ),
)
@click.argument("name", metavar="RESOURCE")
@click.argument("file", type=click.Path(dir_okay=False))
@option("--dry-run", is_flag=True, help=_("Try everything and keep nothing."))
@option("--only-new", is_flag=True, help=_("Refuse rows whose record is there already, instead of changing it."))
@option(
    "--column",
    "columns",
    multiple=True,
    metavar="COLUMN=FIELD",
    help=_("This column of the file is that field; nothing after the = leaves it out."),
)
@option("--encoding", help=_("How the file is encoded, where it is not recognised."))
@option("--delimiter", type=click.Choice([",", ";", "|", "tab"]), help=_("What parts the columns, likewise."))
@option("--decimal-mark", type=click.Choice([".", ","]), help=_("How the file writes decimals, likewise."))
@option(
    "--bad",
    "bad",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help=_("Where refused rows go; by default beside the file, ending in .bad.csv."),
)
@click.pass_context
def import_(
    ctx: click.Context, name: str, file: str, dry_run: bool, only_new: bool, columns: Sequence[str],
    encoding: str | None, delimiter: str | None, decimal_mark: Any, bad: str | None,
) -> None:  # fmt: skip
    from backoffice.core.cli.output import write_pieces
    from backoffice.core.cli.progress import progress
    from backoffice.core.exchange.importing import bad_rows, import_rows
    from backoffice.core.exchange.reading import read_rows

    from .records import pair

    app: App = ctx.obj
    desk = app.desk()
    mapping = {column: field or None for column, field in map(pair, columns)}
    with _opened(file) as stream, progress(app, _("Import")) as show:
        rows = read_rows(stream, file, encoding=encoding, delimiter="\t" if delimiter == "tab" else delimiter)
        result = import_rows(
            desk, name, rows, mapping=mapping or None, update=not only_new, dry_run=dry_run,
            decimal_mark=decimal_mark, progress=show, filename=Path(file).name if file != "-" else "-",
        )  # fmt: skip
    _say(app, result)
    if result.failed:
        target = bad or str(_beside(file))
        write_pieces(bad_rows(result, bom=True), target, binary=False)
        app.note(
            _("{count} row was refused; it is in {path} with the reason.").counted(
                "{count} rows were refused; they are in {path} with the reasons.", len(result.failed), path=target
            )
        )
        ctx.exit(InvalidInput.exit_code)


def _opened(file: str) -> Any:
    return nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb")


def _beside(file: str) -> Path:
    return Path("import.bad.csv") if file == "-" else Path(file).with_suffix(".bad.csv")


def _say(app: App, result: ImportResult) -> None:
    if result.ignored:
        app.note(_("Columns passed over: {names}.").with_values(names=", ".join(result.ignored)))
    if result.dry_run:
        app.say(_("Tried only; nothing was kept."))
    app.say(
        _("{created} created, {changed} changed, {unchanged} unchanged.").with_values(
            created=result.created, changed=result.changed, unchanged=result.unchanged
        )
    )
