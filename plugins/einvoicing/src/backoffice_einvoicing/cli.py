"""Commands of einvoicing that need a file; everything else is `backoffice do` and `backoffice report`."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from backoffice.hookspecs import messages

_ = messages("einvoicing")


@click.group("einvoicing", no_args_is_help=True)
def commands() -> None:
    """Electronic invoices: take in those of suppliers, save those that were issued."""


@commands.command("take-in")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def take_in(app: Any, files: tuple[Path, ...]) -> None:
    """Take in electronic invoices: UBL, Cross Industry Invoice, or PDF with one of them inside."""
    for file in files:
        content = b64encode(file.read_bytes()).decode()
        answer = app.desk().execute("einvoicing.receive", content=content, name=file.name)
        app.say(_("{file}: {number} was taken in.").with_values(file=file.name, number=answer["number"]))
        if answer["party"] is None:
            app.note(_("The supplier is not known."))


@commands.command("save")
@click.argument("invoice")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def save(app: Any, invoice: str, file: Path | None) -> None:
    """Save the electronic document of INVOICE, byte for byte, as FILE or under its own name."""
    answer = app.desk().execute("einvoicing.show", id=invoice)
    path = file or Path(answer["name"])
    path.write_bytes(answer["content"].encode("utf-8"))
    app.say(_("{file}: SHA-256 {digest}").with_values(file=str(path), digest=answer["digest"]))
