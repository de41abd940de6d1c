"""Write a table to the terminal, to a file or into a pipe: aligned, as JSON, CSV or XLSX."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import click

from backoffice.core.errors import MalformedRequest
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import Column, Row, Table, messages

from .app import App
from .cells import is_numeric, safe, shown, totals_of, width

_ = messages("cli")

FORMATS = ("table", "json", "csv", "xlsx")
GAP = "  "
LONGEST_CELL = 60


def write_table(app: App, table: Table, shape: str, output: str | None = None, *, plain: Any = None) -> None:
    """Write ``table`` in the format ``shape`` to ``output``, or to the terminal.

    ``plain`` is what JSON says instead of the table itself.
    """
    table = replace(table, rows=list(table.rows))
    if shape == "json":
        write_text(app, as_json(plain if plain is not None else plain_table(table, app.language)), output)
    elif shape == "csv":
        write_text(app, _csv(app, table), output, newline="")
    elif shape == "xlsx":
        write_bytes(_xlsx(app, table), output)
    else:
        write_text(app, "\n".join(_lines(app, table)), output)


def as_json(value: Any) -> str:
    """Return ``value`` as JSON for people and programs: indented, Arabic as it is, amounts as text."""
    return json.dumps(to_plain(value), indent=2, ensure_ascii=False)


def write_text(app: App, text: str, output: str | None = None, *, newline: str | None = None) -> None:
    """Write ``text`` to the file ``output``, whole or not at all, or to the terminal."""
    if output is None:
        click.echo(text, nl=newline is None)
        return
    with replacing(output) as file:
        file.write((text + "\n" if newline is None else text).encode())


def write_bytes(content: bytes, output: str | None) -> None:
    """Write ``content`` to the file ``output``, or into a pipe; a terminal is spared.

    Raises :class:`~backoffice.core.errors.MalformedRequest` when it would go to a terminal.
    """
    if output is not None:
        with replacing(output) as file:
            file.write(content)
    elif sys.stdout.isatty():
        raise MalformedRequest(
            _("This format cannot be shown in a terminal."), remedy=_("Add --output FILE, or redirect it to a file.")
        )
    else:
        click.get_binary_stream("stdout").write(content)


@contextmanager
def replacing(path: str | Path) -> Iterator[IO[bytes]]:
    """Give a file that takes the place of ``path`` when the block ends well, and leaves nothing behind when not."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current


# -- as JSON ---------------------------------------------------------------------------------------------------------


def plain_table(table: Table, language: str) -> dict[str, Any]:
    """Return a report as plain values: columns, rows by column name, totals, notes."""
    from backoffice.core.text import translate

    def by_name(cells: Sequence[Any]) -> dict[str, Any]:
        return {column.name: _told(cell, language) for column, cell in zip(table.columns, cells, strict=True)}

    rows = list(table.rows)
    totals = totals_of(table, rows)
    return {
        "title": translate(table.title, language),
        "subtitle": translate(table.subtitle, language),
        "columns": [
            {"name": c.name, "label": translate(c.label, language), "kind": c.kind, "currency": c.currency}
            for c in table.columns
        ],
        "rows": [by_name(row.cells) for row in rows],
        "totals": by_name(totals) if totals else None,
        "notes": [translate(note, language) for note in table.notes],
    }


def _told(cell: Any, language: str) -> Any:
    from backoffice.core.text import translate

    return translate(cell, language) if isinstance(cell, str) else cell


# -- as a table of the terminal --------------------------------------------------------------------------------------


def _lines(app: App, table: Table) -> Iterator[str]:
    rows = list(table.rows)
    heads = [_head(app, column) for column in table.columns]
    body = [_cells(app, table, row) for row in rows]
    totals = totals_of(table, rows)
    foot = [_cells(app, table, Row(totals))] if totals else []
    widths = [max(map(width, column)) for column in zip(heads, *body, *foot, strict=True)]
    if table.title:
        yield _bold(app.told(table.title))
    if table.subtitle:
        yield app.told(table.subtitle)
    yield _bold(_line(table.columns, heads, widths))
    yield GAP.join("─" * size for size in widths)
    for row, cells in zip(rows, body, strict=True):
        line = _line(table.columns, cells, widths)
        yield _bold(line) if row.style else line
    for cells in foot:
        yield GAP.join("─" * size for size in widths)
        yield _bold(_line(table.columns, cells, widths))
    yield from (app.told(note) for note in table.notes)


def _head(app: App, column: Column) -> str:
    label = app.told(column.label or column.name)
    return f"{label} ({column.currency})" if column.currency else label


def _cells(app: App, table: Table, row: Row) -> list[str]:
    texts = [
        shown(cell, column.kind, language=app.language, currency=column.currency)
        for column, cell in zip(table.columns, row.cells, strict=True)
    ]
    if row.level and texts:
        texts[0] = "  " * row.level + texts[0]
    if not sys.stdout.isatty():
        return texts
    return [text if width(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…" for text in texts]


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for column, text, size in zip(columns, cells, widths, strict=True):
        blanks = " " * (size - width(text))
        parts.append(blanks + text if is_numeric(column) else text + blanks)
    return GAP.join(parts).rstrip()


def _bold(text: str) -> str:
    return click.style(text, bold=True) if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


# -- as files for spreadsheets ---------------------------------------------------------------------------------------


def _csv(app: App, table: Table) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([safe(app.told(column.label or column.name)) for column in table.columns])
    for row in table.rows:
        writer.writerow([_for_csv(app, cell) for cell in row.cells])
    return file.getvalue()


def _for_csv(app: App, cell: Any) -> str:
    if isinstance(cell, str):
        return safe(app.told(cell))
    plain = to_plain(cell)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return "" if plain is None else plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _xlsx(app: App, table: Table) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        if app.language == "ar":
            sheet.right_to_left()
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        amount = book.add_format({"num_format": "#,##0.00##"})
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, _head(app, column), bold)
        for line, row in enumerate(table.rows, start=1):
            for place, cell in enumerate(row.cells):
                _write_cell(app, sheet, line, place, cell, day, amount)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return file.getvalue()


def _write_cell(app: App, sheet: Any, line: int, place: int, cell: Any, day: Any, amount: Any) -> None:
    from datetime import date, datetime
    from decimal import Decimal

    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(line, place, cell)
    elif isinstance(cell, Decimal | int):
        sheet.write_number(line, place, cell, amount if isinstance(cell, Decimal) else None)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        sheet.write_datetime(line, place, datetime(cell.year, cell.month, cell.day), day)
    else:
        sheet.write_string(line, place, _for_csv(app, cell).removeprefix("'"))
