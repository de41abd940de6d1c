"""Write books as Beancount reads them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from .exported import AccountOut, BooksOut, EntryOut, LineOut
from .figures import amounts, money, number

ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}
_COMMODITY = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]")


def beancount(books: BooksOut) -> Iterator[str]:
    """Yield the lines of a Beancount file."""
    names, commodities = beancount_names(books.accounts), _commodities(books)
    first = min(
        [entry.date for entry in books.entries] + [day for day, *_rest in books.rates], default=date(2000, 1, 1)
    )
    yield "; backoffice-books: 1 beancount"
    yield f'option "title" {_quoted(books.company)}'
    yield f'option "operating_currency" "{books.currency}"'
    yield ""
    for commodity, name in sorted(commodities.items()):
        yield f"{first} commodity {name}"
        if name != commodity:
            yield f"  name: {_quoted(commodity)}"
    for account in books.accounts:
        yield from _open(account, names[account.path], first)
    yield ""
    for day, base, other, rate in books.rates:
        yield f"{day} price {base} {number(rate)} {other}"
    for entry in books.entries:
        yield ""
        yield from _entry(books, entry, names, commodities)
    yield ""
    yield from _balances(books, names, commodities)


def beancount_names(accounts: list[AccountOut]) -> dict[str, str]:
    """Return how accounts are called: below one of five roots, parts of letters, digits and hyphens only."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for account in accounts:
        root = ROOTS.get(account.type or "", "Equity")
        parts = [_part(part) for part in account.path.split(":")]
        parts = parts[1:] if parts[0] == root else parts
        name = ":".join([root, *(parts or ["General"])])
        if name in taken:
            name = f"{name}-{_part(account.code)}"
        while name in taken:
            name += "X"
        taken.add(name)
        names[account.path] = name
    return names


def _part(text: str) -> str:
    kept = re.sub(r"-+", "-", re.sub(r"[^\w-]|_", "-", text)).strip("-") or "X"
    first = kept[0].upper() if len(kept[0].upper()) == 1 else kept[0]
    return first + kept[1:] if first.isupper() or first.isdecimal() else f"X{kept}"


def _commodities(books: BooksOut) -> dict[str, str]:
    found = {books.currency: books.currency}
    for entry in books.entries:
        for line in entry.lines:
            for name in (line.currency, line.commodity):
                if name and name not in found:
                    found[name] = _commodity(name, set(found.values()))
    return found


def _commodity(name: str, taken: set[str]) -> str:
    made = name if _COMMODITY.fullmatch(name) else re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")[:20]
    made = made if _COMMODITY.fullmatch(made) else f"C-{made or 'X'}X"[:24].replace("--", "-")
    count = 1
    while made in taken:
        count += 1
        made = f"{made[:18]}-N{count}"
    return made


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + plain.replace("\n", "\\n").replace("\t", "\\t").replace("\r", " ") + '"'


def _open(account: AccountOut, name: str, first: date) -> Iterator[str]:
    yield f"{first} open {name}"
    said = {
        "path": account.path, "code": account.code, "name": account.name, "type": account.type or "",
        "kind": account.subtype or "", "heading": "yes" if account.heading else "", "currency": account.currency or "",
    }  # fmt: skip
    for key, value in said.items():
        if value:
            yield f"  {key}: {_quoted(value)}"


def _entry(books: BooksOut, entry: EntryOut, names: dict[str, str], commodities: dict[str, str]) -> Iterator[str]:
    status = entry.status if entry.status in {"*", "!"} else "*"
    yield f"{entry.date} {status} {_quoted(entry.description)}"
    said = {
        "code": entry.reference, "number": entry.number, "journal": entry.journal,
        "status": "" if entry.status == status else "none", "remarks": entry.remarks,
    }  # fmt: skip
    for key, value in said.items():
        if value:
            yield f"  {key}: {_quoted(value)}"
    for line in entry.lines:
        yield from _line(books, line, names, commodities)


def _line(books: BooksOut, line: LineOut, names: dict[str, str], commodities: dict[str, str]) -> Iterator[str]:
    for at, said in enumerate(amounts(books, line, lambda name: commodities[name])):
        yield f"  {names[line.account]}  {said}"
        if not at:
            foreign = line.currency if line.currency and not line.amount_currency else ""
            for key, value in (("text", line.text), ("party", line.party), ("foreign", foreign)):
                if value:
                    yield f"    {key}: {_quoted(value)}"


def _balances(books: BooksOut, names: dict[str, str], commodities: dict[str, str]) -> Iterator[str]:
    """Yield what every account holds at the end, with the accounts inside it, as Beancount counts."""
    if not books.entries or books.entries[-1].date == date.max:
        return
    after = books.entries[-1].date + timedelta(days=1)
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for path, held in books.balances().items():
        parts = names[path].split(":")
        for (sort, of), quantity in held.items():
            for count in range(2, len(parts) + 1):
                sums[":".join(parts[:count])][commodities[of] if sort else books.currency] += quantity
    for name in sorted(set(names.values()) & sums.keys()):
        for of, quantity in sorted(sums[name].items()):
            text = money(quantity, books.places) if of == books.currency else number(quantity)
            yield f"{after} balance {name}  {text} {of}"
