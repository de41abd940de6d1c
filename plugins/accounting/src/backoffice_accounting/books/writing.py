"""Write books as other programs read them: journals of hledger and ledger, Beancount, CSV. Pure.

What a format has no place for is written in its own way of remarks, which :mod:`.reading` understands again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Final

from .entries_csv import COLUMNS
from .exported import AccountOut, BooksOut, EntryOut, LineOut
from .figures import amounts, escaped, money, number
from .written_beancount import beancount

MARK: Final = "; backoffice-books: 1"
"""The first line of a journal written here."""
LETTERS: Final = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"}
_UNSAFE = re.compile(r"[;\n\r\t]|  |^[\s*!(\[=;#%|]|\s$")


def journal(books: BooksOut, *, ledger: bool = False) -> Iterator[str]:
    """Yield the lines of a journal of hledger, or of ledger."""
    yield f"{MARK} {'ledger' if ledger else 'hledger'}"
    yield f"; {' '.join(books.company.split())}, {books.currency}"
    yield ""
    names = journal_names(books.accounts)
    for account in books.accounts:
        yield from _account(account, names[account.path])
    yield ""
    for day, base, other, rate in books.rates:
        yield f"P {day} {base} {number(rate)} {other}"
    for entry in books.entries:
        yield ""
        yield from _entry(books, entry, names)
    yield from _balances(books, names)


def journal_names(accounts: list[AccountOut]) -> dict[str, str]:
    """Return how accounts are called in a journal, which allows no double blanks and no brackets around a name."""
    names: dict[str, str] = {}
    for account in accounts:
        parts = [
            re.sub(r"\s+", " ", re.sub(r"[;\"%|]", "-", part)).strip(" ()[]*!=#") for part in account.path.split(":")
        ]
        name = ":".join(part or "-" for part in parts)
        names[account.path] = name if name not in names.values() else f"{name} ~{len(names)}"
    return names


def _part(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[;\"%|]", "-", text)).strip(" ()[]*!=#") or "-"


def _account(account: AccountOut, name: str) -> Iterator[str]:
    yield f"account {name}"
    if account.path != name:
        yield f"    ; path:{escaped(account.path)}"
    if account.type:
        letter = "C" if account.subtype in {"bank", "cash"} and account.type == "asset" else LETTERS[account.type]
        yield f"    ; type:{letter}"
    if account.subtype:
        yield f"    ; kind:{account.subtype}"
    yield f"    ; code:{escaped(account.code)}"
    if account.name != name.rpartition(":")[2]:
        yield f"    ; name:{escaped(account.name)}"
    if account.heading:
        yield "    ; heading:yes"
    if account.currency:
        yield f"    ; currency:{account.currency}"


def _shown(text: str) -> str:
    """Return a description without what would mean something; the whole one stands below it."""
    return " ".join(text.replace(";", ",").split()).lstrip(" *!([=#%|")


def _entry(books: BooksOut, entry: EntryOut, names: dict[str, str]) -> Iterator[str]:
    status = entry.status if entry.status in {"*", "!"} else "*"
    plain_code = entry.reference and not re.search(r"[()\n;]|^\s|\s$", entry.reference)
    code = f" ({entry.reference})" if plain_code else ""
    plain = not _UNSAFE.search(entry.description)
    yield f"{entry.date} {status}{code} {entry.description if plain else _shown(entry.description)}".rstrip()
    if entry.status != status:
        yield "    ; status:none"
    if not plain:
        yield f"    ; description:{escaped(entry.description)}"
    if entry.reference and not plain_code:
        yield f"    ; reference:{escaped(entry.reference)}"
    for name in ("number", "journal"):
        if value := getattr(entry, name):
            yield f"    ; {name}:{escaped(value)}"
    for line in entry.remarks.split("\n") if entry.remarks else ():
        yield f"    ; remark:{escaped(line)}"
    for one in entry.lines:
        yield from _line(books, one, names)


def _line(books: BooksOut, line: LineOut, names: dict[str, str]) -> Iterator[str]:
    name = names[line.account]
    for at, said in enumerate(amounts(books, line, symbol)):
        yield f"    {name}  {said}"
        if not at:
            if line.text:
                yield f"    ; text:{escaped(line.text)}"
            if line.party:
                yield f"    ; party:{escaped(line.party)}"
            if line.currency and not line.amount_currency:
                yield f"    ; foreign:{line.currency}"


def symbol(commodity: str) -> str:
    """Return a commodity as journals write it."""
    return commodity if re.fullmatch(r"[A-Za-z]+", commodity) else f'"{commodity.replace(chr(34), chr(39))}"'


def _balances(books: BooksOut, names: dict[str, str]) -> Iterator[str]:
    """Yield a transaction of nothing that asserts what every account holds at the end."""
    if not books.entries:
        return
    yield ""
    yield f"{books.entries[-1].date} * Balances"
    for account, held in sorted(books.balances().items()):
        for (sort, of), quantity in sorted(held.items()):
            text = (
                f"{money(quantity, books.places)} {books.currency}" if not sort else f"{number(quantity)} {symbol(of)}"
            )
            nothing = f"0 {symbol(of) if sort else books.currency}"
            yield f"    {names[account]}  {nothing} = {text}"


def entries_csv(books: BooksOut) -> Iterator[str]:
    """Yield the rows of a CSV file, a row for each line."""
    by_path = {account.path: account for account in books.accounts}
    yield _row(COLUMNS)
    for index, entry in enumerate(books.entries, start=1):
        for line in entry.lines:
            account = by_path[line.account]
            debit = money(line.amount, books.places) if line.amount > 0 else ""
            credit = money(-line.amount, books.places) if line.amount <= 0 else ""
            yield _row(
                (
                    entry.number or f"#{index}", str(entry.date), entry.journal, entry.description, entry.reference,
                    line.account, account.code, account.type or "", line.party, line.text, debit, credit,
                    books.currency, line.currency or "",
                    "" if line.amount_currency is None else number(line.amount_currency),
                    line.commodity or "", "" if line.quantity is None else number(line.quantity),
                )
            )  # fmt: skip


def _row(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_guarded(cell) for cell in cells])
    return out.getvalue()


def _guarded(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return (
        f"'{cell}"
        if cell[:1] in {"=", "+", "@", "\t"} or (cell[:1] == "-" and not re.fullmatch(r"-[\d.]+", cell))
        else cell
    )


WRITERS: Final[dict[str, Callable[[BooksOut], Iterator[str]]]] = {
    "hledger": journal,
    "ledger": lambda books: journal(books, ledger=True),
    "beancount": beancount,
    "csv": entries_csv,
}
ENDINGS: Final = {"hledger": "journal", "ledger": "ledger", "beancount": "beancount", "csv": "csv"}


def write(books: BooksOut, format_: str) -> Iterator[str]:
    """Yield the file line by line, each with its end."""
    for line in WRITERS[format_](books):
        yield f"{line}\n"
