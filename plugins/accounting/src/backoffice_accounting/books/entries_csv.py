"""Entries as CSV: a row for each line. Our own columns, and those hledger and GnuCash export."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from backoffice.hookspecs import messages

from .account_types import GNUCASH_TYPES, HLEDGER_TYPES, type_word
from .amounts import GAPS, Style, decimal_of
from .balancing import Running, balance
from .book import Amount, Book, BookError, Choices, Place, Posting, TooMany, Transaction
from .files import Files
from .journal_lines import day_of

_ = messages("accounting")

COLUMNS: Final = (
    "entry", "date", "journal", "description", "reference", "account", "account_code", "account_type", "party", "text",
    "debit", "credit", "books_currency", "currency", "amount_currency", "commodity", "quantity",
)  # fmt: skip
"""The columns of an export; an import needs date, account and debit and credit, or amount."""

_NAMES: Final[Mapping[str, str]] = {
    "txnidx": "entry",
    "transactionid": "entry",
    "number": "entry",
    "entryno": "entry",
    "postdate": "date",
    "code": "reference",
    "num": "reference",
    "ref": "reference",
    "payee": "description",
    "fullaccountname": "account",
    "accountname": "account",
    "type": "account_type",
    "accounttype": "account_type",
    "accountcode": "account_code",
    "memo": "text",
    "postingcomment": "text",
    "amountnum": "amount",
    "value": "amount",
    "amount": "amount",
    "commoditycurrency": "commodity",
    "bookscurrency": "books_currency",
    "amountcurrency": "amount_currency",
    "التاريخ": "date",
    "الحساب": "account",
    "مدين": "debit",
    "داين": "credit",
    "البيان": "description",
    "المبلغ": "amount",
}


def read_entries(files: Files, choices: Choices) -> Book:
    """Read entries from CSV. Rows with the same ``entry`` belong together; without one, a date begins another."""
    return _Entries(files, choices).all()


class _Entries:
    def __init__(self, files: Files, choices: Choices) -> None:
        self.files = files
        self.book = Book("csv")
        self.style = Style(choices.decimal_mark)
        self.columns: dict[str, int] = {}
        self.made: list[tuple[str, Transaction]] = []
        self.by_entry: dict[str, Transaction] = {}

    def all(self) -> Book:
        """Read all rows."""
        try:
            self._rows(self.files.text())
        except TooMany as error:
            self.book.told.append(error.told())
        except (BookError, csv.Error) as error:
            self.book.told.append(_damaged(self.files.name, error).told())
        running = Running()
        for _entry, transaction in self.made:
            try:
                balance(transaction)
                for posting in transaction.postings:
                    assert posting.amount is not None  # balancing completes it
                    running.add(posting.account, posting.amount)
                self.book.transactions.append(transaction)
            except BookError as error:
                self.book.told.append(error.told())
        self.book.digest = self.files.digest
        return self.book

    def _rows(self, text: str) -> None:
        head = text.partition("\n")[0]
        delimiter = max(",;\t", key=head.count)
        self.style.text = re.sub(r"^|[;\t]", "\n ", text) if delimiter != "," else ""
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for row in rows:
            place = Place(self.files.name, rows.line_num)
            if not any(cell.strip() for cell in row):
                continue
            if not self.columns:
                self._head(row, place)
                continue
            try:
                self._row(row, place)
            except TooMany:
                raise
            except BookError as error:
                self.book.fail(error)
        if not self.columns:
            self._head([], Place(self.files.name, 1))

    def _head(self, row: list[str], place: Place) -> None:
        for at, cell in enumerate(row):
            plain = re.sub(r"[\W_]+", "", cell.lower()).replace("ائ", "اي")
            name = _NAMES.get(plain) or next((name for name in COLUMNS if name.replace("_", "") == plain), "")
            if name and name not in self.columns:
                self.columns[name] = at
        sides = {"amount", "debit", "credit"} & self.columns.keys()
        if not {"date", "account"} <= self.columns.keys() or not sides:
            raise BookError(
                place,
                _("These are no entries."),
                why=_(
                    "The first line should name the columns; date, account and amount, or debit and credit, are needed."
                ),
                remedy=_("Begin with a line such as: entry,date,description,account,debit,credit"),
            )

    def _cell(self, row: list[str], name: str) -> str:
        at = self.columns.get(name)
        text = row[at].strip() if at is not None and at < len(row) else ""
        return text[1:] if re.match(r"'[=+@\t-]", text) else text

    def _row(self, row: list[str], place: Place) -> None:
        account = self._cell(row, "account") or self._cell(row, "account_code")
        if not account:
            raise BookError(place, _("This row names no account."), remedy=_("Give each line its account."))
        transaction = self._transaction(row, place)
        said = self.book.account(account)
        said.code = said.code or self._cell(row, "account_code")
        word = self._cell(row, "account_type")
        found = HLEDGER_TYPES.get(word) or GNUCASH_TYPES.get(word) or type_word(word)
        said.type = said.type or (found[0] if found else None)
        tags = {"party": party} if (party := self._cell(row, "party")) else {}
        comment = self._cell(row, "text")
        if "books_currency" not in self.columns:
            comment = comment.lstrip("; ")
        posting = Posting(account, None, place.line, comment=comment, tags=tags)
        self._amounts(posting, row, place)
        transaction.postings.append(posting)

    def _transaction(self, row: list[str], place: Place) -> Transaction:
        entry, day = self._cell(row, "entry"), self._cell(row, "date")
        if entry in self.by_entry and entry:
            return self.by_entry[entry]
        if not entry and not day and self.made:
            return self.made[-1][1]
        if not day:
            raise BookError(place, _("This row has no date."), remedy=_("Give the first line of an entry its date."))
        made = Transaction(_day(day, place), self._cell(row, "description"), place, code=self._cell(row, "reference"))
        journal = self._cell(row, "journal")
        made.tags = {"journal": journal} if journal else {}
        self.made.append((entry, made))
        if entry:
            self.by_entry[entry] = made
        return made

    def _amounts(self, posting: Posting, row: list[str], place: Place) -> None:
        value = self._number(row, "amount", place)
        if value is None:
            debit, credit = self._number(row, "debit", place), self._number(row, "credit", place)
            value = (debit or Decimal(0)) - (credit or Decimal(0)) if (debit, credit) != (None, None) else None
        books, foreign = self._cell(row, "books_currency"), self._cell(row, "currency")
        commodity = self._cell(row, "commodity").rpartition("::")[2]
        quantity = self._number(row, "quantity", place)
        amount_currency = self._number(row, "amount_currency", place)
        if value is None:
            return
        if quantity is not None and commodity:
            posting.amount, posting.cost = Amount(quantity, commodity), Amount(value, books)
        elif amount_currency is not None and foreign:
            posting.amount, posting.cost = Amount(amount_currency, foreign), Amount(value, books)
            if not amount_currency:
                posting.amount, posting.cost, posting.foreign = Amount(value, books), None, foreign
        else:
            posting.amount = Amount(value, commodity or books or ("" if "books_currency" in self.columns else foreign))

    def _number(self, row: list[str], name: str, place: Place) -> Decimal | None:
        text = self._cell(row, name)
        if not text:
            return None
        sign = -1 if text[0] in "-−" or text[0] == "(" else 1
        plain = text.strip("-−+() ")
        if not re.fullmatch(rf"[\d.,'{GAPS}]*\d[\d.,]*", plain):
            raise BookError(
                place,
                _("{text} is no amount.").with_values(text=text[:40]),
                remedy=_("Write digits and a decimal mark."),
            )
        return decimal_of(plain, self.style, place) * sign


def _day(text: str, place: Place) -> date:
    if re.fullmatch(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*", text):
        return day_of(re.split(r"[T ]", text)[0], place, None)
    raise BookError(
        place,
        _("The date {text} can be read in more than one way.").with_values(text=text[:20]),
        remedy=_("Write year, month and day, such as 2026-01-31."),
    )


def _damaged(name: str, error: Exception) -> BookError:
    if isinstance(error, BookError):
        return error
    return BookError(Place(name, 0), _("The CSV cannot be read."), why=str(error), remedy=_("Save it as “CSV UTF-8”."))
