"""Answers of reports and tables of cards as pages show them: labels translated, drill links, sums, charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from backoffice.core.exchange.tables import totals_of
from backoffice.core.text import FIGURES, decimals, direction, least_decimals
from backoffice.hookspecs import Column, Label, Row, Table, messages

from .charts import CARD, Chart, chart
from .pages import Head, TableRow, TableView
from .places import Places
from .reader import Reader

_ = messages("console")

MOST_BARS: Final = 62
"""Rows of a chart of bars; more cannot be told apart."""


def table_view(table: Table, read: Reader, places: Places) -> TableView:
    """Return ``table`` for a page; a row's link stands behind its first cell."""
    rows = [_row(row, read, places) for row in table.rows]
    heads = [_head(column, rows, at, read) for at, column in enumerate(table.columns)]
    totals = [_cell(cell, read) for cell in totals_of(table)]
    if totals and totals[0] in (None, ""):
        totals[0] = read.say(_("Total"))
    return TableView(columns=heads, rows=rows, totals=totals, caption=read.say(table.title))


def _row(row: Row, read: Reader, places: Places) -> TableRow:
    cells = [_cell(cell, read) for cell in row.cells]
    return TableRow(cells=cells, url=places.link(row.link), level=row.level, style=row.style)


def _cell(cell: Any, read: Reader) -> Any:
    return read.say(cell) if isinstance(cell, Label) else cell


def _head(column: Column, rows: Sequence[TableRow], at: int, read: Reader) -> Head:
    places = None
    if column.kind in {"quantity", "rate", "price"}:
        least = least_decimals(column.kind, column.currency)
        found = {max(least, decimals(row.cells[at])) for row in rows if isinstance(row.cells[at], Decimal | int)}
        places = max(found) if len(found) > 1 else None
    return Head(
        name=column.name,
        label=read.say(column.label or column.name),
        kind=column.kind,
        currency=column.currency,
        places=places,
        wrap=column.kind == "long_text",  # a report is read as a whole, unlike a list
    )


def chart_of(table: Table, read: Reader, room: int = CARD) -> Chart | None:
    """Return the chart of ``table``, drawn from its own rows, or nothing when it has none or nothing could be seen."""
    if table.chart is None:
        return None
    names = [column.name for column in table.columns]
    rows = [row for row in table.rows if not row.style]
    x = names.index(table.chart.x) if table.chart.x in names else 0
    columns = [column for column in table.columns if column.name in table.chart.y]
    if not rows or not columns:
        return None
    series = [
        (read.say(column.label), [row.cells[names.index(column.name)] or 0 for row in rows]) for column in columns
    ]
    crowded = table.chart.kind == "bar" and len(rows) > MOST_BARS
    if crowded or not any(value for _label, values in series for value in values):
        return None
    title = read.say(table.chart.label or table.title)
    unit = next((column.currency for column in columns if column.currency), "")
    return chart(
        table.chart.kind,
        f"{title}{'، ' if read.language == 'ar' else ', '}{unit}" if unit else title,
        _categories([row.cells[x] for row in rows], table.columns[x], read),
        series,
        direction=direction(read.language),
        show=read.number,
        cut=table.columns[x].kind not in ("date", "instant", "integer"),
        room=room,
    )


def _categories(cells: Sequence[Any], column: Column, read: Reader) -> list[str]:
    """Return what stands under the chart; days of one year do without it."""
    days = [cell for cell in cells if isinstance(cell, date) and not isinstance(cell, datetime)]
    if len(days) < len(cells) or len({day.year for day in days}) > 1:
        return [_category(cell, column, read) for cell in cells]
    return [read.day(day).removesuffix(" هـ").removesuffix(" AH").rpartition(" ")[0] for day in days]


def _category(cell: Any, column: Column, read: Reader) -> str:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return read.day(cell)
    if column.kind in FIGURES and isinstance(cell, Decimal | int):
        return read.number(cell)
    return read.say(str(cell) if not isinstance(cell, str) else cell)


def narrowed(table: Table, most: int) -> Table:
    """Return ``table`` with its first ``most`` rows."""
    return replace(table, rows=list(table.rows)[:most])


__all__ = ["chart_of", "narrowed", "table_view"]
