"""Write a table to the terminal, to a file or into a pipe: aligned, as JSON, CSV or XLSX."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import click

from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import Column, Table, messages

from .app import App
from .cells import cell, is_numeric, tame, width

_ = messages("cli")

GAP = "  "
LONGEST_CELL = 60


def write_table(app: App, table: Table, shape: str, output: str | None = None, *, plain: Any = None) -> None:
    """Write ``table`` in the format ``shape`` to the file ``output``, or to the terminal.

    ``plain`` is what JSON says instead of the table itself.
    """
    from backoffice.core.exchange.tables import export_table, table_document

    table = replace(table, rows=list(table.rows))
    if shape == "json":
        write_text(as_json(table_document(table, app.language) if plain is None else plain), output)
    elif shape == "table":
        _show(app, table, output)
    else:
        write_pieces(export_table(table, shape, app.language), output, binary=shape == "xlsx")


def write_tables(app: App, tables: Sequence[Table], output: str | None = None) -> None:
    """Write several tables below each other, for people."""
    if output is not None:
        write_text("\n\n".join("\n".join(lines(app, table)) for table in tables), output)
        return
    for number, table in enumerate(tables):
        if number:
            click.echo()
        _show(app, table, None)


def _show(app: App, table: Table, output: str | None) -> None:
    from .rich_tables import draw

    if output is not None or not draw(app, table):
        write_text("\n".join(lines(app, table)), output)


def as_json(value: Any) -> str:
    """Return ``value`` as JSON for people and programs: indented, Arabic as it is, amounts as text."""
    from backoffice.core.schemas import to_plain

    return json.dumps(to_plain(value), indent=2, ensure_ascii=False)


def write_text(text: str, output: str | None = None) -> None:
    """Write ``text`` and the end of a line to the file ``output``, whole or not at all, or to the terminal."""
    if output is None:
        click.echo(text)
        return
    with replacing(output) as file:
        file.write(f"{text}\n".encode())


def write_pieces(pieces: Iterable[bytes], output: str | None, *, binary: bool) -> None:
    """Write ``pieces`` to the file ``output``, whole or not at all, or into a pipe.

    Raises :class:`~backoffice.core.errors.MalformedRequest` when ``binary`` pieces would go to a terminal.
    """
    if output is not None:
        with replacing(output) as file:
            file.writelines(pieces)
        return
    if binary and sys.stdout.isatty():
        raise MalformedRequest(
            _("This format cannot be shown in a terminal."), remedy=_("Add --output FILE, or redirect it to a file.")
        )
    sys.stdout.flush()
    sys.stdout.buffer.writelines(pieces)
    sys.stdout.buffer.flush()


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


# -- as a table of the terminal --------------------------------------------------------------------------------------


def lines(app: App, table: Table) -> Iterator[str]:
    """Yield the lines of ``table`` in a terminal: title, aligned columns, totals, notes."""
    from backoffice.core.exchange.tables import totals_of

    rows = list(table.rows)
    heads = [heading(app, column) for column in table.columns]
    body = [_cut(texts_of(app, table, row.cells, row.level)) for row in rows]
    totals = totals_of(replace(table, rows=rows))
    foot = [texts_of(app, table, totals)] if totals else []
    widths = [max(map(width, column)) for column in zip(heads, *body, *foot, strict=True)]
    if table.title:
        yield _bold(tame(app.told(table.title)))
    if table.subtitle:
        yield tame(app.told(table.subtitle))
    yield _bold(_line(table.columns, heads, widths))
    yield GAP.join("─" * size for size in widths)
    for row, cells in zip(rows, body, strict=True):
        line = _line(table.columns, cells, widths)
        yield _bold(line) if row.style else line
    for cells in foot:
        yield GAP.join("─" * size for size in widths)
        yield _bold(_line(table.columns, cells, widths))
    yield from (tame(app.told(note)) for note in table.notes)


def heading(app: App, column: Column) -> str:
    """Return what stands above ``column``, its currency included."""
    label = tame(app.told(column.label or column.name))
    return f"{label} ({column.currency})" if column.currency else label


def texts_of(app: App, table: Table, cells: Sequence[Any], level: int = 0) -> list[str]:
    """Return the cells of a row as a person reads them, the first set in by its ``level``."""
    texts = [
        cell(value, column.kind, language=app.language, currency=column.currency, zone=app.zone)
        for column, value in zip(table.columns, cells, strict=True)
    ]
    return ["  " * level + texts[0], *texts[1:]] if texts else []


def _cut(texts: list[str]) -> list[str]:
    """Shorten long cells where there is a terminal; a file or pipe gets them whole."""
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
