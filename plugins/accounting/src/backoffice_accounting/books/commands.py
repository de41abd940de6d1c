"""The commands that import and export books."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from backoffice.hookspecs import messages

_ = messages("accounting")

_TYPES = click.Choice(["asset", "liability", "equity", "income", "expense"])
_FORMATS = click.Choice(["hledger", "ledger", "beancount", "gnucash", "csv"])
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("import-books")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_", type=_FORMATS, help="What the file is; recognised when left out.")
@click.option("--dry-run", is_flag=True, help="Try everything and take it back.")
@click.option("--open-years", is_flag=True, help="Open the fiscal years that entries need.")
@click.option("--year-begins", type=click.IntRange(1, 12), help="The month such years begin in.")
@click.option("--journal", default="", help="The journal of entries that name none; by default the first general one.")
@click.option("--account", "accounts", multiple=True, metavar="NAME=CODE", help="Which account here one there is.")
@click.option("--type", "types", multiple=True, metavar="NAME=TYPE", help="The type of an account and those inside it.")
@click.option("--other-type", type=_TYPES, help="The type of accounts that nothing tells.")
@click.option("--commodity", "commodities", multiple=True, metavar="SYMBOL=CODE", help="What a symbol means: $=CAD.")
@click.option("--value", "values", multiple=True, metavar="NAME=WORTH", help="What one is worth where nothing tells.")
@click.option("--assertions", type=click.Choice(["refuse", "warn", "ignore"]), default="refuse", show_default=True)
@click.option("--automatic/--no-automatic", default=None, help="Whether automatic transactions apply.")
@click.option("--virtual", type=click.Choice(["balance", "leave"]), default="balance", show_default=True)
@click.option("--virtual-account", default="", help="Where the counterparts of virtual postings are booked.")
@click.option("--decimal-mark", type=click.Choice([".", ","]), help="Where the file does not tell.")
@click.pass_obj
def import_books(app: Any, /, file: Path, format_: str | None, automatic: bool | None, **values: Any) -> None:
    """Import the books in FILE: a journal of ledger or hledger, Beancount, GnuCash, or entries as CSV."""
    from backoffice_accounting.books.files import Files
    from backoffice_accounting.books.loading import load, refused, sentences
    from backoffice_accounting.books.orders import order_of

    said = {None: "", True: "yes", False: "no"}[automatic]
    order = order_of({**values, "format": format_, "automatic": said})
    desk = app.desk()
    done = load(desk, Files.at(file), order)
    for told in sentences([one for one in done.told if one.kind != "error"], app.language):
        app.note(told)
    if done.errors:
        raise refused(done, app.language)
    if order.dry_run:
        app.say(_("Tried only; nothing was kept."))
    app.say(
        _(
            "Entries posted: {posted}; there before: {existing}. "
            "Added: accounts {accounts}, years {years}, rates {rates}."
        ).with_values(
            posted=done.posted, existing=done.existing, accounts=done.accounts, years=done.years, rates=done.rates
        )
    )  # fmt: skip
    if done.checked:
        app.say(
            _("{count} balance of the file was checked.").counted(
                "{count} balances of the file were checked.", done.checked
            )
        )


@click.command("export-books")
@click.option("--format", "format_", type=click.Choice(["hledger", "ledger", "beancount", "csv"]), default="hledger")
@click.option("--since", type=_DAY, help="The first day; what was before is brought forward in one entry.")
@click.option("--until", type=_DAY, help="The last day.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="By default standard output.")
@click.pass_obj
def export_books(app: Any, format_: str, since: datetime | None, until: datetime | None, output: Path | None) -> None:
    """Export the books of the company for hledger, ledger, Beancount or a spreadsheet."""
    days = {"since": since and since.date(), "until": until and until.date()}
    answer = app.desk().execute("accounting.export_books", format=format_, **days)
    if output is None:
        sys.stdout.write(answer["text"])
        return
    output.write_text(answer["text"], encoding="utf-8", newline="")
    app.say(
        _("{entries} entries and {accounts} accounts written to {file}.").with_values(
            entries=answer["entries"], accounts=answer["accounts"], file=str(output)
        )
    )


COMMANDS = (import_books, export_books)
