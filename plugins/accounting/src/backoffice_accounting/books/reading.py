"""Read a file of books, whatever program it is of."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from backoffice.hookspecs import messages

from .balancing import complete
from .beancount import read_beancount
from .book import Book, Choices, Place, Told, TooMany
from .entries_csv import read_entries
from .files import Files
from .gnucash import read_gnucash
from .journal import read_journal

_ = messages("accounting")

FORMATS: Final = {
    "hledger": _("hledger journal"),
    "ledger": _("Ledger journal"),
    "beancount": _("Beancount"),
    "gnucash": _("GnuCash"),
    "csv": _("Entries as CSV"),
}
_ENDINGS: Final = {
    ".hledger": "hledger",
    ".journal": "hledger",
    ".j": "hledger",
    ".ledger": "ledger",
    ".ldg": "ledger",
    ".lgr": "ledger",
    ".dat": "ledger",
    ".beancount": "beancount",
    ".bean": "beancount",
    ".gnucash": "gnucash",
    ".gnc": "gnucash",
    ".csv": "csv",
    ".tsv": "csv",
}
_BEANCOUNT = re.compile(
    r'^(?:\d{4}-\d\d-\d\d\s+(?:open|close|balance|pad|commodity|price)\s|option\s+"|\d{4}-\d\d-\d\d\s+[*!]\s+")',
    re.MULTILINE,
)


def recognise(name: str, data: bytes) -> str:
    """Return the format of a file by its first bytes, its name, and its lines."""
    if data[:16] == b"SQLite format 3\0" or data[:2] == b"\x1f\x8b":
        return "gnucash"
    start = data[:20_000].decode("utf-8-sig", "replace")
    if start.lstrip().startswith("<?xml") or "<gnc-v2" in start:
        return "gnucash"
    if own := re.match(r"; backoffice-books: \d+ (\w+)", start):
        return own[1] if own[1] in FORMATS else "hledger"
    known = _ENDINGS.get(PurePath(name).suffix.lower())
    if known:
        return known
    if _BEANCOUNT.search(start):
        return "beancount"
    head = start.partition("\n")[0]
    if re.search(r"\bdate\b.*[,;\t].*\baccount\b|\baccount\b.*[,;\t].*\bdate\b", head, re.IGNORECASE):
        return "csv"
    return "hledger"


def read_book(files: Files, choices: Choices | None = None) -> Book:
    """Return the book of a file; what is wrong with it stands in :attr:`~.book.Book.told`, nothing is raised."""
    choices = choices or Choices()
    format_ = choices.format or recognise(files.name, files.data)
    if format_ == "gnucash":
        return _not_empty(read_gnucash(files), files)
    if format_ == "beancount":
        return _not_empty(read_beancount(files, choices), files)
    if format_ == "csv":
        return _not_empty(read_entries(files, choices), files)
    hledger = format_ != "ledger"
    read = read_journal(files, choices, hledger=hledger)
    try:
        complete(read.book, read.rules, choices, hledger=hledger)
    except TooMany as error:
        read.book.told.append(error.told())
    return _not_empty(read.book, files)


def _not_empty(book: Book, files: Files) -> Book:
    """Tell of a file with nothing in it."""
    if not book.transactions and not book.errors and not book.accounts:
        said = _("There is nothing in this file.")
        book.told.append(Told(Place(files.name, 0), said, remedy=_("Is it the right file, and its format?")))
    return book


__all__ = ["FORMATS", "read_book", "recognise"]
