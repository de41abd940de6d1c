"""Answers of reports as files and as JSON: the same figures, to the last decimal, as the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from backoffice.core.schemas import to_plain
from backoffice.core.text import FIGURES, PRICE, least_decimals, padded, translate
from backoffice.hookspecs import Column, Label, Link, Row, Table

from .writers import Heading, csv_file, jsonl_file, require_format, xlsx_file

NUMERIC = FIGURES


def totals_of(table: Table) -> tuple[Any, ...]:
    """Return the cells of the total row: those given, or the sums of the columns marked ``total``.

    Rows that are heads or totals themselves are not counted again. Nothing is returned when nothing is to be summed.
    """
    if table.totals:
        return tuple(table.totals)
    if not any(column.total for column in table.columns):
        return ()
    counted = [row.cells for row in table.rows if not row.style]
    return tuple(
        sum((cells[n] or 0 for cells in counted), Decimal(0)) if column.total else None
        for n, column in enumerate(table.columns)
    )


def export_table(table: Table, format: str = "csv", language: str = "en", *, bom: bool = False) -> Iterator[bytes]:
    """Return a report's answer as a file, in pieces: for people with labels in ``language``, in JSON with names.

    Raises :class:`~backoffice.core.errors.MalformedRequest` for an unknown format.
    """
    require_format(format)
    table = replace(table, rows=list(table.rows))
    if format == "json":
        return _one(table_document(table, language))
    if format == "jsonl":
        return jsonl_file(_rows(table, language))
    headings = [Heading(translate(column.label or column.name, language), column.kind) for column in table.columns]
    cells = _cells(table, language)
    if format == "csv":
        return csv_file(headings, cells, bom=bom)
    return xlsx_file(headings, cells, title=translate(table.title, language), language=language)


def table_document(table: Table, language: str = "en") -> dict[str, Any]:
    """Return a report's answer as JSON: columns, rows by column name, totals.

    ``_style``, ``_level`` and ``_link`` of a row say that it is a head or a total, how deep it stands, and which record
    or report is behind it.
    """
    table = replace(table, rows=list(table.rows))
    totals = totals_of(table)
    return {
        "title": translate(table.title, language),
        "subtitle": translate(table.subtitle, language),
        "columns": [_column(column, language) for column in table.columns],
        "rows": list(_rows(table, language)),
        "totals": _named(table.columns, totals, language) if totals else None,
        "notes": [translate(note, language) for note in table.notes],
    }


def _one(document: dict[str, Any]) -> Iterator[bytes]:
    yield from jsonl_file([document])


def _column(column: Column, language: str) -> dict[str, Any]:
    said = {"name": column.name, "label": translate(column.label, language), "kind": column.kind, "total": column.total}
    return {**said, "currency": column.currency} if column.currency else said


def _rows(table: Table, language: str) -> Iterator[dict[str, Any]]:
    for row in table.rows:
        yield {**_named(table.columns, row.cells, language), **_marks(row)}


def _named(columns: Sequence[Column], cells: Sequence[Any], language: str) -> dict[str, Any]:
    return {c.name: to_plain(_shown(cell, c, language)) for c, cell in zip(columns, cells, strict=True)}


def _marks(row: Row) -> dict[str, Any]:
    marks: dict[str, Any] = {}
    if row.style:
        marks["_style"] = row.style
    if row.level:
        marks["_level"] = row.level
    if row.link is not None:
        marks["_link"] = _link(row.link)
    return marks


def _link(link: Link) -> dict[str, Any]:
    if link.report:
        return {"report": link.report, "parameters": to_plain(link.parameters)}
    return {"resource": link.resource, "id": link.id}


def _cells(table: Table, language: str) -> Iterator[list[Any]]:
    for row in table.rows:
        yield [_shown(cell, column, language) for column, cell in zip(table.columns, row.cells, strict=True)]
    totals = totals_of(table)
    if totals:
        yield [_shown(cell, column, language) for column, cell in zip(table.columns, totals, strict=True)]


def _shown(value: Any, column: Column, language: str) -> Any:
    """Return a cell with labels translated, and amounts and prices with at least the decimals of their currency."""
    if isinstance(value, Label):
        return translate(value, language)
    if column.kind in {"money", PRICE} and isinstance(value, Decimal | int) and not isinstance(value, bool):
        return padded(Decimal(value), least_decimals(column.kind, column.currency))
    return value


__all__ = ["export_table", "table_document", "totals_of"]
