"""Tables of a terminal drawn by rich, where it is installed: columns are wrapped to fit the width there is."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from backoffice.core.exchange.tables import totals_of
from backoffice.hookspecs import Table

from .app import App
from .cells import is_numeric, tame
from .output import heading, texts_of


def draw(app: App, table: Table) -> bool:
    """Draw ``table`` if standard output is a terminal and rich is installed; tell whether it was."""
    if not sys.stdout.isatty():
        return False
    try:
        from rich.console import Console
    except ImportError:
        return False
    Console(highlight=False, markup=False).print(*_parts(app, table), sep="\n")
    return True


def _parts(app: App, table: Table) -> list[Any]:
    from rich.text import Text

    around = [Text(tame(app.told(text))) for text in (table.title, table.subtitle) if text]
    if around and table.title:
        around[0].stylize("bold")
    return [*around, _body(app, table), *(Text(tame(app.told(note))) for note in table.notes)]


def _body(app: App, table: Table) -> Any:
    from rich import box
    from rich.table import Table as Drawn

    rows = list(table.rows)
    totals = totals_of(replace(table, rows=rows))
    feet = texts_of(app, table, totals) if totals else [""] * len(table.columns)
    drawn = Drawn(
        box=box.SIMPLE_HEAD, show_footer=bool(totals), pad_edge=False, header_style="bold", footer_style="bold"
    )
    for column, foot in zip(table.columns, feet, strict=True):
        drawn.add_column(
            heading(app, column), foot, justify="right" if is_numeric(column) else "left", no_wrap=is_numeric(column),
            overflow="fold",
        )  # fmt: skip
    for row in rows:
        drawn.add_row(*texts_of(app, table, row.cells, row.level), style="bold" if row.style else "")
    return drawn
