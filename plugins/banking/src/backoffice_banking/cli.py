"""Commands of banking that need a file; everything else is `backoffice do` and `backoffice report`."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from backoffice.hookspecs import messages

_ = messages("banking")


@click.group("banking", no_args_is_help=True)
def commands() -> None:
    """Bank accounts: take in statements."""


@commands.command("import-statement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", help="Code of the bank account; by default the one whose number the file names.")
@click.option("--mapping", help="Code of the mapping for CSV; by default that of the bank account.")
@click.option("--any-opening", is_flag=True, help="Take it in though it does not follow the statement before.")
@click.pass_obj
def import_statement(app: Any, file: Path, account: str | None, mapping: str | None, any_opening: bool) -> None:
    """Take in FILE, a bank statement in MT940, CAMT, OFX, QIF or CSV; all of it, or nothing with the reason."""
    given = {
        "content": b64encode(file.read_bytes()).decode(),
        "name": file.name,
        "account": account,
        "mapping": mapping,
        "any_opening": any_opening,
    }
    answer = app.desk().execute(
        "banking.import_statement", {name: value for name, value in given.items() if value is not None}
    )
    for one in answer["statements"]:
        app.say(
            _("{account}: {lines} lines, {repeated} of them were there already.").with_values(
                account=one["account"], lines=one["lines"] + one["repeated"], repeated=one["repeated"]
            )
        )
    for note in answer["notes"]:
        app.note(note)
