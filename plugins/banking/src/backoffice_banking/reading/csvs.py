"""Read CSV as a saved mapping describes it. Nothing is guessed where two readings are possible: it is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from backoffice.core.api import InvalidInput, fold, parse_decimal
from backoffice.hookspecs import messages

from .dates import Order, order_of, read_day
from .said import CsvMapping, Reading, ReadLine, ReadStatement, unreadable
from .words import number, plain, text_of

_ = messages("banking")

DELIMITERS: Final = (",", ";", "\t", "|")
_SIGNS: Final = str.maketrans({"−": "-", "–": "-", "(": "-"})


def read_csv(data: bytes, mapping: CsvMapping) -> Reading:
    """Return the statements of a CSV file, one for each account it names. Raises :class:`~.said.Unreadable`."""
    rows = _rows(data, mapping)
    head = _head(rows, mapping)
    sheet = _Sheet(mapping, head)
    records = [row for row in rows if any(cell.strip() for cell in row) and row != list(head)]
    taken, left = sheet.split(records)
    if not taken:
        raise unreadable(_("It holds no line with a date and an amount."))
    order = sheet.order(taken)
    lines = [sheet.line(row, order) for row in taken]
    notes = (_("{count} rows without a date or an amount were left out.").with_values(count=left),) if left else ()
    return Reading(format="csv", statements=tuple(_statements(lines)), notes=notes)


def _rows(data: bytes, mapping: CsvMapping) -> list[list[str]]:
    text = text_of(data, mapping.encoding)
    body = "\n".join(text.splitlines()[mapping.skip :])
    delimiter = mapping.delimiter or delimiter_of(body)
    try:
        return list(csv.reader(io.StringIO(body), delimiter=delimiter))
    except csv.Error as error:
        raise unreadable(_("It is not CSV: {problem}.").with_values(problem=str(error))) from error


def delimiter_of(text: str) -> str:
    """Return the sign between the cells of the first line that has one."""
    for row in text.splitlines():
        counts = {mark: row.count(mark) for mark in DELIMITERS}
        best = max(counts, key=lambda mark: counts[mark])
        if counts[best]:
            return best
    return ","


def _head(rows: list[list[str]], mapping: CsvMapping) -> tuple[str, ...]:
    while rows and not any(cell.strip() for cell in rows[0]):
        rows.pop(0)
    if not mapping.head or not rows:
        return ()
    return tuple(rows.pop(0))


class _Sheet:
    """Rows seen through a mapping."""

    def __init__(self, mapping: CsvMapping, head: Sequence[str]) -> None:
        self.mapping = mapping
        self.mark: Literal[".", ","] = "," if mapping.decimal_mark == "," else "."
        self.places = {fold(name): n for n, name in reversed(list(enumerate(head)))}
        self.columns: dict[str, Any] = {
            name: self._place(getattr(mapping, name))
            for name in mapping.__dataclass_fields__
            if name in _COLUMNS and getattr(mapping, name)
        }
        self.description = [self._place(name) for name in mapping.description]
        if not {"amount", "money_in", "money_out"} & set(self.columns):
            raise unreadable(_("The mapping names no column of amounts."))

    def _place(self, name: str) -> int:
        found = self.places.get(fold(name))
        if found is not None:
            return found
        if name.strip().isdigit() and int(name) >= 1:
            return int(name) - 1
        raise unreadable(
            _("It has no column “{name}”.").with_values(name=name), _("Choose the mapping that was made for this file.")
        )

    def cell(self, row: Sequence[str], name: str) -> str:
        """Return what ``row`` has in the column for ``name``."""
        place = self.columns.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    def split(self, rows: Sequence[list[str]]) -> tuple[list[list[str]], int]:
        """Return the rows with a date and an amount, and how many are none."""
        taken = [row for row in rows if self._is_line(row)]
        return taken, len(rows) - len(taken)

    def _is_line(self, row: Sequence[str]) -> bool:
        has_amount = any(self.cell(row, name) for name in ("amount", "money_in", "money_out"))
        return has_amount and any(letter.isdigit() for letter in self.cell(row, "date"))

    def order(self, rows: Sequence[Sequence[str]]) -> Order:
        """Return whether days or months come first."""
        if self.mapping.date_format:
            return "day"
        return order_of(self.cell(row, "date") for row in rows)

    def line(self, row: Sequence[str], order: Order) -> ReadLine:
        """Return the line that ``row`` is."""
        form = self.mapping.date_format
        value, code = self.cell(row, "value_date"), self.cell(row, "currency")
        texts = [row[n].strip() for n in self.description if n < len(row)]
        return ReadLine(
            date=read_day(self.cell(row, "date"), order, form),
            value_date=read_day(value, order, form) if value else None,
            amount=self.amount(row),
            currency=code.upper() or None,
            description=" ".join(dict.fromkeys(filter(None, texts))),
            party_name=plain(self.cell(row, "party_name")),
            party_account=number(self.cell(row, "party_account")),
            reference=plain(self.cell(row, "reference")),
            bank_reference=plain(self.cell(row, "bank_reference")),
            check_number=plain(self.cell(row, "check_number")),
            balance=self.number(self.cell(row, "balance")),
            account=plain(self.cell(row, "account")),
            category=plain(self.cell(row, "category")),
        )

    def amount(self, row: Sequence[str]) -> Decimal:
        """Return the signed amount of ``row``."""
        if "amount" in self.columns:
            amount = self.number(self.cell(row, "amount")) or Decimal(0)
            if "sign" in self.columns:
                word = fold(self.cell(row, "sign"))
                amount = -abs(amount) if word in map(fold, self.mapping.out_words) else abs(amount)
        else:
            came, went = self.number(self.cell(row, "money_in")), self.number(self.cell(row, "money_out"))
            amount = abs(came or Decimal(0)) - abs(went or Decimal(0))
        return -amount if self.mapping.inverted else amount

    def number(self, text: str) -> Decimal | None:
        """Return the number in ``text``; signs of currencies around it are left out, brackets mean below zero."""
        if not text:
            return None
        kept = "".join(letter for letter in text.translate(_SIGNS) if letter.isdigit() or letter in ".,٫٬'-+ ")
        try:
            return parse_decimal(kept.strip(), mark=self.mark)
        except InvalidInput as error:
            raise unreadable(_("“{text}” is not an amount.").with_values(text=text)) from error


_COLUMNS: Final = {
    "date", "amount", "money_in", "money_out", "sign", "value_date", "party_name", "party_account", "reference",
    "bank_reference", "check_number", "balance", "currency", "account", "category",
}  # fmt: skip


def _statements(lines: Sequence[ReadLine]) -> Iterator[ReadStatement]:
    groups: dict[str | None, list[ReadLine]] = {}
    for line in lines:
        groups.setdefault(line.account, []).append(line)
    for account, found in groups.items():
        opening, closing = balances(found)
        codes = {line.currency for line in found if line.currency}
        yield ReadStatement(
            account=number(account),
            currency=codes.pop() if len(codes) == 1 else None,
            opening=opening,
            closing=closing,
            closing_date=max(line.date for line in found) if closing is not None else None,
            lines=tuple(sorted(found, key=lambda line: line.date)),
        )


def balances(lines: Sequence[ReadLine]) -> tuple[Decimal | None, Decimal | None]:
    """Return the balances before the first and after the last line, where the balance after each is known and right.

    Files run from the newest or from the oldest line; whichever way every balance follows from the one before holds.
    """
    if not lines or any(line.balance is None for line in lines):
        return None, None
    for run in (list(lines), list(reversed(lines))):
        after = [line.balance for line in run if line.balance is not None]
        if all(a + line.amount == b for a, b, line in zip(after, after[1:], run[1:], strict=False)):
            return after[0] - run[0].amount, after[-1]
    return None, None
