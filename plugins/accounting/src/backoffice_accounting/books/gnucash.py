"""GnuCash books: SQLite files, and XML with or without gzip. Both become the same plain values first."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from backoffice.hookspecs import messages

from .account_types import GNUCASH_TYPES
from .book import Amount, Book, BookError, Place, Posting, Price, Transaction
from .files import Files, unpacked

_ = messages("accounting")

CURRENCY_SPACES: Final = {"CURRENCY", "ISO4217"}


@dataclass(slots=True)
class _Account:
    id: str
    name: str
    type: str
    commodity: tuple[str, str]
    parent: str
    code: str
    placeholder: bool


@dataclass(slots=True)
class _Split:
    account: str
    value: Decimal
    quantity: Decimal
    memo: str
    action: str
    state: str


@dataclass(slots=True)
class _Raw:
    """A book as the file holds it; commodities are pairs of namespace and symbol."""

    accounts: list[_Account] = field(default_factory=list)
    transactions: list[tuple[str, str, tuple[str, str], str, list[_Split]]] = field(default_factory=list)
    """Day, number, currency, description and splits."""
    prices: list[tuple[str, tuple[str, str], tuple[str, str], Decimal]] = field(default_factory=list)
    root: str = ""
    scheduled: int = 0
    business: int = 0


def read_gnucash(files: Files) -> Book:
    """Read a GnuCash book."""
    book = Book("gnucash")
    place = Place(files.name, 0)
    try:
        data = unpacked(files.data, place) if files.data[:2] == b"\x1f\x8b" else files.data
        raw = _from_sqlite(data, place) if data[:16] == b"SQLite format 3\0" else _from_xml(data, place)
        _fill(book, raw, place)
    except BookError as error:
        book.told.append(error.told())
    book.digest = files.digest
    return book


def _fill(book: Book, raw: _Raw, place: Place) -> None:
    paths, kept = _paths(raw), {}
    for account in raw.accounts:
        if account.type == "ROOT" or account.id not in paths:
            continue
        path = paths[account.id]
        said = book.account(path)
        said.type, said.subtype = GNUCASH_TYPES.get(account.type, (None, None))
        said.code, said.heading = account.code.strip(), True if account.placeholder else None
        kept[account.id] = account
    for day, number, currency, description, splits in raw.transactions:
        made = Transaction(_day(day, place), " ".join(description.split()), place, code=number.strip())
        for split in splits:
            if split.account in kept:
                made.postings.append(_posting(split, kept[split.account], paths[split.account], currency))
        if made.postings:
            book.transactions.append(made)
    book.transactions.sort(key=lambda each: each.date)
    for day, commodity, currency, value in raw.prices:
        if commodity != currency and value > 0:
            book.prices.append(Price(_day(day, place), commodity[1], Amount(value, currency[1]), place))
    book.currencies = _most_used(raw)
    _tell(book, raw, place)


def _posting(split: _Split, account: _Account, path: str, currency: tuple[str, str]) -> Posting:
    made = Posting(path, Amount(split.quantity, account.commodity[1]), 0, comment=_memo(split), status=_state(split))
    if account.commodity != currency:
        made.cost = Amount(split.value, currency[1])
    return made


def _memo(split: _Split) -> str:
    return " ".join(" ".join(filter(None, (split.action, split.memo))).split())


def _state(split: _Split) -> str:
    return {"y": "*", "c": "!"}.get(split.state, "")


def _tell(book: Book, raw: _Raw, place: Place) -> None:
    if raw.scheduled:
        said = _("{count} scheduled transaction is left out.").counted(
            "{count} scheduled transactions are left out.", raw.scheduled
        )
        book.tell(place, said, why=_("They are plans and hold no money."), kind="warning")
    if raw.business:
        said = _("{count} business document is left out.").counted(
            "{count} business documents are left out.", raw.business
        )
        why = _("Invoices and bills come without their lines; what was posted of them is in the entries.")
        book.tell(place, said, why=why, kind="warning")


def _most_used(raw: _Raw) -> list[str]:
    count: dict[str, int] = {}
    for _at, _number, currency, _description, _splits in raw.transactions:
        if currency[0] in CURRENCY_SPACES:
            count[currency[1]] = count.get(currency[1], 0) + 1
    return sorted(count, key=lambda code: -count[code])


def _paths(raw: _Raw) -> dict[str, str]:
    """Return the whole name of each account below the root; templates of scheduled transactions have none."""
    by_id = {account.id: account for account in raw.accounts}
    found: dict[str, str] = {}
    for account in raw.accounts:
        names, seen, at = [], set(), account
        while at.type != "ROOT" and at.id not in seen:
            seen.add(at.id)
            names.append(at.name.replace(":", "-").strip() or "-")
            parent = by_id.get(at.parent)
            if parent is None:
                break
            at = parent
        else:
            if names and (not raw.root or at.id == raw.root):
                found[account.id] = ":".join(reversed(names))
    return found


def _day(text: str, place: Place) -> date:
    """Return the day of an instant: GnuCash keeps midnight of its own zone in UTC, or a time near noon."""
    found = re.match(r"\s*(\d{4})-?(\d\d)-?(\d\d)(?:[ T]?(\d\d))?", text or "")
    try:
        if found is None:
            raise ValueError(text)
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise BookError(
            place, _("{text} is no date.").with_values(text=(text or "")[:40]), remedy=_("Repair the book in GnuCash.")
        ) from error
    evening = found[4] is not None and int(found[4]) >= 18 and "+" not in text
    return day + timedelta(days=1) if evening and not re.search(r"[+-]\d{4}\s*$", text) else day


def _fraction(number: object, of: object, place: Place) -> Decimal:
    try:
        top, bottom = int(str(number)), int(str(of))
        if not bottom or max(abs(top), abs(bottom)) >= 2**63:
            raise ValueError(number)
    except ValueError as error:
        raise BookError(
            place,
            _("{text} is no amount.").with_values(text=f"{number}/{of}"[:40]),
            remedy=_("Repair the book in GnuCash."),
        ) from error
    return Decimal(top) / Decimal(bottom)


# -- SQLite ----------------------------------------------------------------------------------------------------------


def _from_sqlite(data: bytes, place: Place) -> _Raw:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        try:
            connection.deserialize(data)
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            return _tables(connection, place)
        except (sqlite3.Error, UnicodeDecodeError, OverflowError, IndexError) as error:
            raise _damaged(place, str(error)) from error


def _damaged(place: Place, why: str) -> BookError:
    return BookError(
        place, _("This is no GnuCash book that can be read."), why=why, remedy=_("Save it anew in GnuCash.")
    )


def _tables(connection: sqlite3.Connection, place: Place) -> _Raw:
    there = {row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"accounts", "commodities", "splits", "transactions", "books"} <= there:
        raise _damaged(place, _("It has not the tables of one."))

    def rows(table: str) -> Iterable[Mapping[str, Any]]:
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')] if table in there else []

    raw = _Raw(root=next((row["root_account_guid"] for row in rows("books")), ""))
    commodities = {row["guid"]: (row["namespace"], row["mnemonic"]) for row in rows("commodities")}
    for row in rows("accounts"):
        commodity = commodities.get(row["commodity_guid"], ("", ""))
        raw.accounts.append(
            _Account(
                row["guid"], row["name"] or "", row["account_type"] or "", commodity, row["parent_guid"] or "",
                row["code"] or "", bool(row["placeholder"]),
            )
        )  # fmt: skip
    splits: dict[str, list[_Split]] = {}
    for row in rows("splits"):
        splits.setdefault(row["tx_guid"], []).append(
            _Split(
                row["account_guid"],
                _fraction(row["value_num"], row["value_denom"], place),
                _fraction(row["quantity_num"], row["quantity_denom"], place),
                row["memo"] or "", row["action"] or "", row["reconcile_state"] or "",
            )
        )  # fmt: skip
    for row in rows("transactions"):
        raw.transactions.append(
            (
                str(row["post_date"] or ""), row["num"] or "", commodities.get(row["currency_guid"], ("", "")),
                row["description"] or "", splits.get(row["guid"], []),
            )
        )  # fmt: skip
    for row in rows("prices"):
        value = _fraction(row["value_num"], row["value_denom"], place)
        pair = commodities.get(row["commodity_guid"], ("", "")), commodities.get(row["currency_guid"], ("", ""))
        raw.prices.append((str(row["date"]), *pair, value))
    raw.scheduled = len(list(rows("schedxactions")))
    raw.business = len(list(rows("invoices")))
    return raw


# -- XML -------------------------------------------------------------------------------------------------------------


def _from_xml(data: bytes, place: Place) -> _Raw:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    raw, parents = _Raw(), []
    try:
        for event, element in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                parents.append(_local(element))
            else:
                parents.pop()
                _take(raw, element, parents, place)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise _damaged(place, str(error)) from error
    if not raw.accounts:
        raise _damaged(place, _("It has no accounts."))
    return raw


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Any, *names: str) -> Iterator[Any]:
    """Yield the descendants that ``names`` lead to, whatever their namespaces."""
    found = [element]
    for name in names:
        found = [child for one in found for child in one if _local(child) == name]
    yield from found


def _text(element: Any, *names: str) -> str:
    return next((child.text or "" for child in _children(element, *names)), "")


def _commodity(element: Any, name: str) -> tuple[str, str]:
    space, symbol = _text(element, name, "space"), _text(element, name, "id")
    return ("CURRENCY" if space in CURRENCY_SPACES else space, symbol)


def _ratio(text: str, place: Place) -> Decimal:
    top, _slash, bottom = text.strip().partition("/")
    return _fraction(top, bottom or "1", place)


def _take(raw: _Raw, element: Any, parents: Sequence[str], place: Place) -> None:
    """Take what ``element`` says, once it is read with all inside it; ``parents`` are the names around it."""
    name = _local(element)
    if "template-transactions" in parents:
        return
    if name == "account" and "transaction" not in parents and _text(element, "id"):
        if _text(element, "type") == "ROOT" and not raw.root:
            raw.root = _text(element, "id")
        slots = {_text(slot, "key"): _text(slot, "value") for slot in _children(element, "slots", "slot")}
        raw.accounts.append(
            _Account(
                _text(element, "id"), _text(element, "name"), _text(element, "type"), _commodity(element, "commodity"),
                _text(element, "parent"), _text(element, "code"), slots.get("placeholder") == "true",
            )
        )  # fmt: skip
    elif name == "transaction":
        splits = [_xml_split(split, place) for split in _children(element, "splits", "split")]
        raw.transactions.append(
            (
                _text(element, "date-posted", "date"), _text(element, "num"), _commodity(element, "currency"),
                _text(element, "description"), splits,
            )
        )  # fmt: skip
    elif name == "price" and _text(element, "value"):
        raw.prices.append(
            (
                _text(element, "time", "date"), _commodity(element, "commodity"), _commodity(element, "currency"),
                _ratio(_text(element, "value"), place),
            )
        )  # fmt: skip
    elif name == "schedxaction":
        raw.scheduled += 1
    elif name == "GncInvoice":
        raw.business += 1
    else:
        return
    element.clear()


def _xml_split(element: Any, place: Place) -> _Split:
    return _Split(
        _text(element, "account"), _ratio(_text(element, "value"), place), _ratio(_text(element, "quantity"), place),
        _text(element, "memo"), _text(element, "action"), _text(element, "reconciled-state"),
    )  # fmt: skip
