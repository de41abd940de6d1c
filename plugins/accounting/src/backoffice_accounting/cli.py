"""Commands of accounting that need a file; everything else is `backoffice do` and `backoffice report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from backoffice_accounting.books.commands import COMMANDS

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

_ = messages("accounting")


@click.group("accounting", no_args_is_help=True)
def commands() -> None:
    """Double-entry books: import charts of accounts, check balances."""


@commands.command("import-chart")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--refused", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the rows that do not load."
)
@click.option("--no-numbering", is_flag=True, help="Refuse accounts without a code instead of giving them one.")
@click.pass_obj
def import_chart(app: Any, file: Path, refused: Path | None, no_numbering: bool) -> None:
    """Import a chart of accounts from FILE, CSV in UTF-8; what is wrong is told row by row, the others load."""
    answer = app.desk().execute("accounting.import_chart", chart=_read(file), numbering=not no_numbering)
    app.say(
        _("{new} accounts added, {existing} were there, {refused} rows refused.").with_values(
            new=answer["new"], existing=answer["existing"], refused=len(answer["refused"])
        )
    )
    for told in (*answer["refused"], *answer["notes"]):
        app.note(f"{told['row']}: {told['code']} {told['name']}: {told['reason']}")
    if refused is not None and answer["refused_csv"]:
        refused.write_text(answer["refused_csv"], encoding="utf-8", newline="")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            _("{file} is not written in UTF-8.").with_values(file=str(file)),
            remedy=_("Save it as “CSV UTF-8” and try again."),
        ) from error


@commands.command("verify-balances")
@click.pass_obj
def verify_balances(app: Any) -> None:
    """Compare the stored balances with the posted lines; ends with 1 when they differ."""
    answer = app.desk().execute("accounting.verify_balances")
    if answer["right"]:
        app.say(_("The stored balances are what the posted lines add up to."))
        return
    for one in answer["differences"]:
        app.say(
            f"{one['account']} {one['period']}: {one['stored_debit']} {one['stored_credit']}"
            f" ≠ {one['debit']} {one['credit']}"
        )
    raise click.exceptions.Exit(1)


for command in COMMANDS:
    commands.add_command(command)


@commands.command("verify-items")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="As it was at the end of this day.")
@click.pass_obj
def verify_items(app: Any, until: Any) -> None:
    """Compare open items with the accounts they are on; ends with 1 when they differ."""
    values = {"until": until.date()} if until else {}
    answer = app.desk().execute("accounting.verify_items", values)
    if answer["right"]:
        app.say(_("The open items are what their accounts add up to."))
        return
    for one in answer["differences"]:
        app.say(f"{one['what']}: {one['items']} ≠ {one['books']}")
    raise click.exceptions.Exit(1)
