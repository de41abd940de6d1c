"""Spreadsheets as rows: CSV in whatever encoding and with whatever delimiter, and XLSX."""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO, Final

from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import messages

from .cells import unguarded
from .detection import DELIMITERS, SAMPLE, detect_delimiter, detect_encoding, require_encoding
from .rows import Borrowed, RawRow, Rows, unreadable

_ = messages("rest")

_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")

LARGEST_UNPACKED: Final = 512 * 1024**2
"""Bytes an XLSX file may unpack to; a small file can be made to unpack to any size."""

MORE: Final = "_more"
"""Where cells beyond the last column are kept, so that a refused row comes back whole."""

MOST_LINES: Final = 500
"""Lines of text within one cell, beyond which a quotation mark was not closed."""


def _columns(head: Sequence[Any]) -> tuple[str, ...]:
    columns = tuple("" if cell is None else str(cell).strip().lstrip("\ufeff") for cell in head)
    named = [name for name in columns if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise MalformedRequest(
            _("The file has several columns of the same name: {names}.").with_values(names=", ".join(twice)),
            remedy=_("Name each column once."),
        )
    if not named:
        raise MalformedRequest(
            _("The file is empty."), remedy=_("Its first row names the columns, the rows below hold the records.")
        )
    return columns


def _row(number: int, columns: tuple[str, ...], cells: Sequence[Any]) -> RawRow:
    values = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    beyond = [cell for name, cell in zip((*columns, *[""] * len(cells)), cells, strict=False) if not name]
    extra = [str(cell) for cell in beyond if cell not in ("", None)]
    if not extra:
        return RawRow(number, values)
    problem = _("The row has more cells than the head has columns; a comma inside text needs quotation marks.")
    return RawRow(number, {**values, MORE: " | ".join(extra)}, problem)


# -- CSV -------------------------------------------------------------------------------------------------------------


def read_csv(stream: BinaryIO, encoding: str | None = None, delimiter: str | None = None) -> Rows:
    """Return the rows of a CSV file; see :func:`~.reading.read_rows`."""
    used = require_encoding(encoding) if encoding else detect_encoding(stream)
    if delimiter is not None and delimiter not in DELIMITERS:
        raise MalformedRequest(
            _("Columns are not parted by {delimiter}.").with_values(delimiter=repr(delimiter)),
            remedy=_("Use one of: {names}.").with_values(names=", ; | tab"),
        )
    text = Borrowed(stream, encoding=used, newline="")
    try:
        sample = _whole_lines(text.read(SAMPLE))
        text.seek(0)
        said, skip = _declared(sample)
        parted = delimiter or said or detect_delimiter(sample)
        records = enumerate(_records(text, parted), start=1)
        if skip:
            next(records)
        _number, head = next(records, (1, []))
    except UnicodeError as error:
        raise unreadable(str(error)) from error
    if isinstance(head, str):
        raise unreadable(_("The first row, which names the columns, is broken."))
    columns = _columns([unguarded(cell) for cell in head])
    return Rows("csv", columns, _csv_rows(records, columns), used, parted)


def _whole_lines(sample: str) -> str:
    """Return ``sample`` without a last line that may have been cut."""
    return sample if len(sample) < SAMPLE else sample[: sample.rfind("\n") + 1] or sample


def _declared(sample: str) -> tuple[str, bool]:
    """Return what the first line says when it is ``sep=;``, as Excel writes it, and whether it does."""
    first = sample.split("\n", 1)[0].strip("\ufeff\r")
    if first.lower().startswith("sep=") and first[4:] in DELIMITERS:
        return first[4:], True
    return "", False


def _records(text: Iterable[str], delimiter: str) -> Iterator[list[str] | str]:
    """Yield the cells of each record, or its text where quotation marks do not fit.

    A mark that is never closed would swallow the rest of the file. So where the lines that it joins do not make a
    record, the first one stands alone and reading goes on below it.
    """
    lines, waiting = iter(text), deque[str]()

    def following() -> str | None:
        return waiting.popleft() if waiting else next(lines, None)

    while (first := following()) is not None:
        taken: list[str] = []
        found = _cells(first, delimiter)
        while found is None and len(taken) < MOST_LINES and (more := following()) is not None:
            taken.append(more)
            found = _cells(first + "".join(taken), delimiter)
        if not isinstance(found, list):
            waiting.extendleft(reversed(taken))
            found = first
        yield found


def _cells(text: str, delimiter: str) -> list[str] | str | None:
    """Return the cells of ``text``, ``None`` if it ends within quotation marks, and ``text`` if it is broken."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return None if "unexpected end" in str(error) else text


def _csv_rows(records: Iterator[tuple[int, list[str] | str]], columns: tuple[str, ...]) -> Iterator[RawRow]:
    while True:
        try:
            found = next(records, None)
        except UnicodeError as error:
            raise unreadable(str(error)) from error
        if found is None:
            return
        number, cells = found
        if isinstance(cells, str):
            problem = _("The quotation marks of this row do not fit; inside text each one is written twice.")
            yield RawRow(number, {next(name for name in columns if name): cells.strip("\r\n")}, problem)
        elif any(cells):
            yield _row(number, columns, [unguarded(cell) for cell in cells])


# -- XLSX ------------------------------------------------------------------------------------------------------------


def read_xlsx(stream: BinaryIO) -> Rows:
    """Return the rows of the first sheet of an XLSX file."""
    _require_modest(stream)
    rows = _sheet(stream)
    columns = _columns(next((cells for _n, cells in rows), []))
    return Rows("xlsx", columns, (_row(n, columns, cells) for n, cells in rows))


def _require_modest(stream: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(stream) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise unreadable(str(error)) from error
    if size > LARGEST_UNPACKED:
        raise MalformedRequest(
            _("The file unpacks to more than {n} MiB.").with_values(n=LARGEST_UNPACKED // 1024**2),
            remedy=_("Split it, or save it as CSV."),
        )
    stream.seek(0)


def _sheet(stream: BinaryIO) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows of the first sheet with their numbers, blank ones left out."""
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("openpyxl reads XML without defusedxml: is OPENPYXL_DEFUSEDXML set to False?")
    try:
        with _silence():
            sheet = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False).worksheets[0]
            sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(values_only=True), start=1)
        while some := _some(rows):
            for number, row in some:
                cells = [_cell(value) for value in row]
                if any(cell not in ("", None) for cell in cells):
                    yield number, cells
    except Exception as error:
        # A damaged file makes the library fail in any way; whichever it is, the file cannot be read.
        raise unreadable(f"{type(error).__name__}: {error}") from error


def _some(rows: Iterator[tuple[int, Any]]) -> list[tuple[int, Any]]:
    with _silence():
        return list(islice(rows, 500))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the library from warning of decoration it does not know, such as rules for colours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _cell(value: Any) -> Any:
    """Return a cell exactly: a number to the fifteen digits a spreadsheet keeps, a day without its midnight."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        return Decimal(f"{value:.15g}")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return _ESCAPED.sub(_unescaped, str(value))


def _unescaped(found: re.Match[str]) -> str:
    """Return the character that XML cannot hold and the format therefore spells, or the underscore that such a
    spelling begins with where it was typed; the library leaves both as they stand."""
    code = int(found[1], 16)
    return chr(code) if code == ord("_") or code < ord(" ") or code >= 0xFFFE else found[0]


__all__ = ["read_csv", "read_xlsx"]
