"""Writers of files: rows of typed cells go in, bytes come out while more rows are read."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from backoffice.core.errors import InvalidInput, MalformedRequest
from backoffice.core.text import direction
from backoffice.hookspecs import messages

from .cells import harmless, text_of_value

_ = messages("rest")

Format = Literal["csv", "xlsx", "json", "jsonl"]
FORMATS: Final = ("csv", "xlsx", "json", "jsonl")
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "pdf": "application/pdf",
}
"""The type of each format, for an answer over HTTP."""

REPORT_FORMATS: Final = (*FORMATS, "pdf")
"""What the answer of a report can be written as."""

CHUNK: Final = 64 * 1024
LARGEST_CELL: Final = 32_767
MOST_ROWS: Final = 1_048_576
MOST_DIGITS: Final = 15
"""Significant digits a spreadsheet keeps of a number."""


def require_format(format: str, formats: Sequence[str] = FORMATS) -> None:
    """Raise :class:`MalformedRequest` unless files can be written in ``format``."""
    if format not in formats:
        raise MalformedRequest(
            _("There is no format {format}.").with_values(format=format),
            remedy=_("Use one of: {names}.").with_values(names=", ".join(formats)),
        )


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: what stands in its head, and the kind of its values."""

    text: str
    kind: str = "text"


# -- CSV -------------------------------------------------------------------------------------------------------------


def csv_file(
    headings: Sequence[Heading], rows: Iterable[Sequence[Any]], *, bom: bool = False,
    cell: Callable[[Any], str] = harmless,
) -> Iterator[bytes]:  # fmt: skip
    """Yield a CSV file in UTF-8; ``bom`` begins it with the mark by which Excel knows that.

    ``cell`` makes the text of a cell.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    if bom:
        buffer.write("\ufeff")
    writer.writerow([cell(heading.text) for heading in headings])
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() > CHUNK:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


# -- JSON ------------------------------------------------------------------------------------------------------------


def json_file(documents: Iterable[Any]) -> Iterator[bytes]:
    """Yield a JSON array of ``documents``, a line each."""
    start = "[\n"
    for document in documents:
        yield (start + _compact(document)).encode()
        start = ",\n"
    yield b"[]\n" if start == "[\n" else b"\n]\n"


def jsonl_file(documents: Iterable[Any]) -> Iterator[bytes]:
    """Yield ``documents`` as lines of JSON."""
    for document in documents:
        yield (_compact(document) + "\n").encode()


def _compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


# -- XLSX ------------------------------------------------------------------------------------------------------------


def xlsx_file(
    headings: Sequence[Heading], rows: Iterable[Sequence[Any]], *, title: str = "", language: str = "en"
) -> Iterator[bytes]:
    """Yield an XLSX file, from right to left in languages that are written so.

    Text is text whatever it begins with. An amount is a number if a spreadsheet holds it exactly, else text.

    Raises :class:`InvalidInput` for more rows or longer cells than the format has; nothing is cut off.
    """
    from xlsxwriter import Workbook

    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
        try:
            _Sheet(book, title, language).fill(headings, rows)
        finally:
            book.close()
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


class _Sheet:
    def __init__(self, book: Any, title: str, language: str) -> None:
        self.sheet = book.add_worksheet(_sheet_name(title))
        if direction(language) == "rtl":
            self.sheet.right_to_left()
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.amount = book.add_format({"num_format": "#,##0.00####"})
        self.whole = book.add_format({"num_format": "0"})

    def fill(self, headings: Sequence[Heading], rows: Iterable[Sequence[Any]]) -> None:
        self.sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            self.sheet.set_column(column, column, min(max(12, len(heading.text) + 2), 40))
        for column, heading in enumerate(headings):
            self.sheet.write_string(0, column, heading.text, self.head)
        for number, row in enumerate(rows, start=1):
            if number >= MOST_ROWS:
                raise _too_many()
            for column, cell in enumerate(row):
                self._write(number, column, cell)

    def _write(self, row: int, column: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(row, column, value)
        elif isinstance(value, Decimal | int) and is_exact_number(value):
            self.sheet.write_number(row, column, value, self.whole if isinstance(value, int) else self.amount)
        elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
            self.sheet.write_datetime(row, column, value, self.day)
        else:
            text = text_of_value(value)
            if len(text) > LARGEST_CELL:
                raise _too_long(row + 1)
            self.sheet.write_string(row, column, text)


def is_exact_number(value: Decimal | int) -> bool:
    """Tell whether a spreadsheet, which keeps fifteen digits, holds ``value`` exactly."""
    number = Decimal(value)
    digits = number.normalize().as_tuple()
    return number.is_finite() and len(digits.digits) <= MOST_DIGITS and -MOST_DIGITS <= number.adjusted() <= MOST_DIGITS


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip().strip("'")[:31] or "Sheet1"


def _too_many() -> InvalidInput:
    return InvalidInput(
        _("An XLSX sheet holds at most {n} rows.").with_values(n=MOST_ROWS), remedy=_("Use CSV, or filter the list.")
    )


def _too_long(row: int) -> InvalidInput:
    return InvalidInput(
        _("A cell of XLSX holds at most {n} characters; one in row {row} is longer.").with_values(
            n=LARGEST_CELL, row=row
        ),
        remedy=_("Use CSV, or leave that column out."),
    )


__all__ = [
    "FORMATS",
    "MEDIA_TYPES",
    "REPORT_FORMATS",
    "Format",
    "Heading",
    "csv_file",
    "is_exact_number",
    "json_file",
    "jsonl_file",
    "require_format",
    "xlsx_file",
]
