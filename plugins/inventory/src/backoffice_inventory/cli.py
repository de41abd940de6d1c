"""Commands of inventory that need a file or an exit code; the rest is `backoffice do` and `backoffice report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from backoffice.hookspecs import messages

_ = messages("inventory")


@click.group("inventory", no_args_is_help=True)
def commands() -> None:
    """Stock: check it against its moves, make its balances anew, import opening stock."""


@commands.command("check")
@click.pass_obj
def check(app: Any) -> None:
    """Compare balances, layers, what is set aside and the books with the moves; ends with 1 when they differ."""
    answer = app.desk().execute("inventory.check")
    if answer["right"]:
        app.say(_("Everything in stock is what its moves add up to."))
        return
    for one in answer["drift"]:
        app.say(f"{one['kind']} {one['product']} {one['where']}: {one['stored']} ≠ {one['right']}")
    raise click.exceptions.Exit(1)


@commands.command("rebuild-balances")
@click.pass_obj
def rebuild_balances(app: Any) -> None:
    """Write balances and layers again from the moves; ends with 1 when they still differ."""
    answer = app.desk().execute("inventory.rebuild_balances")
    app.say(
        _("{before} differences before, {after} after.").with_values(
            before=answer["drift_before"], after=answer["drift_after"]
        )
    )
    if answer["drift_after"]:
        raise click.exceptions.Exit(1)


@commands.command("import-opening")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the opening stock.")
@click.pass_obj
def import_opening(app: Any, file: Path, day: Any) -> None:
    """Import opening stock from FILE, CSV or XLSX: product, quantity, unit_cost, place, lot, expires."""
    from .opening import table_of

    given: dict[str, Any] = {"table": table_of(file)}
    if day is not None:
        given["date"] = day.date().isoformat()
    answer = app.desk().execute("inventory.import_opening", given)
    app.say(_("{lines} lines entered, worth {value}.").with_values(lines=answer["lines"], value=str(answer["value"])))
