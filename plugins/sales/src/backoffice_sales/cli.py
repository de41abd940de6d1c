"""Commands of sales that need a file; everything else is `backoffice do` and `backoffice report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backoffice.hookspecs import messages

_ = messages("sales")


@click.group("sales", no_args_is_help=True)
def commands() -> None:
    """Sales: import files of orders."""


@commands.command("import-orders")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", required=True, help="Code of a mapping; online-retail comes with the plugin.")
@click.option("--dry-run", is_flag=True, help="Read and count, and write nothing.")
@click.option("--per", type=click.IntRange(1, 1000), default=100, show_default=True, help="Documents in a transaction.")
@click.pass_obj
def import_orders(app: Any, file: Path, mapping: str, dry_run: bool, per: int) -> None:
    """Bring in the orders, credit notes and shipments of FILE (CSV, CSV.GZ or XLSX); doing it again changes nothing."""
    from .importing.files import told
    from .importing.run import import_file

    found = import_file(app.desk(), file, mapping, dry_run=dry_run, per_transaction=per)
    app.say(
        _("{documents} documents with {lines} lines: {returns} returns, {adjustments} adjustments, {value} net.")
        .with_values(
            documents=found.documents, lines=found.lines, returns=found.returns, adjustments=found.adjustments,
            value=f"{found.value:f}",
        )
    )  # fmt: skip
    app.say(
        _("{made} brought in, {known} were there, {customers} customers and {products} products added.").with_values(
            made=found.made, known=found.known, customers=found.customers, products=found.products
        )
    )
    for said in told(found):
        app.note(said)
    if found.flagged:
        raise click.exceptions.Exit(1)
