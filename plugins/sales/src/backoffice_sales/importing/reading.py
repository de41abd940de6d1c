"""Documents read from the rows of a file: pure functions over a mapping, and the files themselves."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, Literal
from zipfile import BadZipFile

from backoffice.core.api import InvalidInput
from backoffice.hookspecs import messages

from .mapping import Rules

_ = messages("sales")

Kind = Literal["order", "return", "adjustment"]
ONE_CENT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A row: an item with its quantity, as the document's kind counts it, and price."""

    item: str
    description: str
    quantity: Decimal
    unit_price: Decimal
    purpose: str | None
    """What it is for where it is no goods."""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document of a file."""

    number: str
    kind: Kind
    date: date
    customer: str
    country: str
    lines: tuple[ReadLine, ...]
    hash: str

    @property
    def value(self) -> Decimal:
        """Return the sum of its lines, below zero for what comes back."""
        total = sum((line.quantity * line.unit_price for line in self.lines), Decimal(0))
        return -total if self.kind == "return" else total


def documents(rows: Iterable[Mapping[str, Any]], rules: Rules) -> Iterator[ReadDocument]:
    """Yield the documents of ``rows``, in the order in which they first appear.

    Raises :class:`~backoffice.core.api.InvalidInput` naming every row that cannot be read.
    """
    column = rules.columns
    together: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    wrong: list[tuple[int, str]] = []
    for number, row in enumerate(rows, start=2):
        wrong += [(number, said) for said in mistakes(number, row, rules)]
        together.setdefault(str(row[column["document"]]), []).append((number, row))
    if wrong:
        raise refused(wrong)
    for name, own in together.items():
        yield _document(name, own, rules)


def mistakes(number: int, row: Mapping[str, Any], rules: Rules) -> Iterator[str]:
    """Yield what keeps a row from being read."""
    column = rules.columns
    if not str(row[column["document"]] or "").strip():
        yield _("Row {row} names no document.").with_values(row=number)
    if not all(_is_number(row[column[name]]) for name in ("quantity", "price")):
        yield _("Row {row} has no number where one belongs.").with_values(row=number)
    elif not Decimal(str(row[column["quantity"]])):
        yield _("Row {row} has no quantity.").with_values(row=number)
    try:
        _day(row[column["date"]], number)
    except InvalidInput as error:
        yield error.what


def _is_number(said: Any) -> bool:
    try:
        return Decimal(str(said)).is_finite()
    except InvalidOperation:
        return False


def refused(wrong: Sequence[tuple[int, str]]) -> InvalidInput:
    """Return the error for rows that cannot be read: the first ones, and all of them in its details."""
    said = [what for _number, what in wrong]
    error = InvalidInput(
        said[0] if len(said) == 1 else _("{count} rows of this file cannot be read.").with_values(count=len(said)),
        remedy=_("Nothing was brought in. Correct these rows and send the file again."),
    )
    error.fields = {"file": said[:MOST_SHOWN]}
    error.details["rows"] = [{"row": number, "problem": _filled(what)} for number, what in wrong]
    return error


def _filled(said: Any) -> str:
    return said.filled() if hasattr(said, "filled") else str(said)


MOST_SHOWN = 12


def _document(name: str, own: list[tuple[int, Mapping[str, Any]]], rules: Rules) -> ReadDocument:
    column = rules.columns
    back = bool(rules.return_prefix) and name.startswith(rules.return_prefix)
    lines = tuple(_line(name, row, rules, -1 if back else 1) for _number, row in own)
    first = own[0][1]
    customer = str(first.get(column.get("customer", "")) or "")
    kind: Kind = "return" if back else "order"
    if not back and not customer and not any(line.unit_price for line in lines):
        kind = "adjustment"
    said = "\n".join("|".join(str(value) for value in row.values()) for _number, row in own)
    return ReadDocument(
        name, kind, _day(first[column["date"]], own[0][0]), customer, str(first.get(column.get("country", "")) or ""),
        lines, hashlib.sha256(said.encode()).hexdigest(),
    )  # fmt: skip


def _line(name: str, row: Mapping[str, Any], rules: Rules, sign: int) -> ReadLine:
    column = rules.columns
    item = str(row[column["item"]] or "").strip()
    quantity = Decimal(str(row[column["quantity"]])) * sign
    price = Decimal(str(row[column["price"]]))
    return ReadLine(
        item, str(row.get(column.get("description", "")) or "").strip(), quantity, price.normalize() + 0,
        rules.purpose(item, name),
    )  # fmt: skip


def _day(said: Any, number: int) -> date:
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError as error:
        raise InvalidInput(_("Row {row} has no date such as 2026-01-31.").with_values(row=number)) from error


# -- files -----------------------------------------------------------------------------------------------------------


def rows_of(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a CSV file, packed by gzip or not, or of the first sheet of an XLSX file."""
    with file.open("rb") as raw:
        yield from rows_in(file.name, raw)


def rows_in(name: str, raw: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file called ``name`` that is open for reading; see :func:`rows_of`.

    Raises :class:`~backoffice.core.api.InvalidInput` for one that is neither.
    """
    try:
        if name.lower().endswith(".xlsx"):
            yield from _sheet(raw)
            return
        plain: Any = gzip.GzipFile(fileobj=raw) if name.lower().endswith(".gz") else raw
        yield from csv.DictReader(io.TextIOWrapper(plain, encoding="utf-8-sig", newline=""))
    except (UnicodeDecodeError, csv.Error, EOFError, OSError, BadZipFile) as error:
        raise InvalidInput(
            _("{name} cannot be read.").with_values(name=name),
            remedy=_("Send CSV in UTF-8, packed by gzip or not, or a spreadsheet ending in .xlsx."),
        ) from error


def _sheet(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True, data_only=True)
    rows = iter(book.worksheets[0].iter_rows(values_only=True))
    head = [str(name or "") for name in next(rows, ())]
    for row in rows:
        if any(value is not None for value in row):
            yield dict(zip(head, row, strict=False))


def check_columns(row: Mapping[str, Any], rules: Rules) -> None:
    """Raise :class:`~backoffice.core.api.InvalidInput` naming the columns a file lacks."""
    missing = [head for head in rules.columns.values() if head not in row]
    if missing:
        raise InvalidInput(
            _("The file has no column {names}.").with_values(names=", ".join(missing)),
            remedy=_("Choose another mapping, or correct its columns."),
        )
