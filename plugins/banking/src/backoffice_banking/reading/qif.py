"""Read QIF, the old exchange format of Quicken: bank, cash and card accounts; investments are left out and told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from backoffice.hookspecs import messages

from .dates import Order, order_of, read_day
from .said import ReadDetail, Reading, ReadLine, ReadStatement, unreadable
from .words import decimal, plain, text_of

_ = messages("banking")

_MONEY: Final = {"bank", "cash", "ccard", "oth a", "oth l", "oth s"}


@dataclass(slots=True)
class _Account:
    name: str | None
    records: list[list[tuple[str, str]]] = field(default_factory=list)


def read_qif(data: bytes, *, day_first: bool | None = None) -> Reading:
    """Return the accounts of a QIF file, each as a statement without balances.

    ``day_first`` settles dates such as 02/03/2020 where no date of the file does; Quicken writes the month first.
    Raises :class:`~.said.Unreadable`.
    """
    text = text_of(data)
    if "!" not in text or "^" not in text:
        raise unreadable(_("It has none of the marks of a QIF file."))
    accounts, others = _accounts(text.splitlines())
    if not accounts:
        said = _("It holds lists or investments, and no transaction of a bank account.")
        raise unreadable(said if others else _("It holds no transaction."))
    days = (value for one in accounts for record in one.records for mark, value in record if mark == "D")
    order = order_of(days, "day" if day_first else "month")
    notes = (_("{count} investment transactions were left out.").with_values(count=others),) if others else ()
    return Reading(format="qif", statements=tuple(_statement(one, order) for one in accounts), notes=notes)


def _accounts(rows: Iterable[str]) -> tuple[list[_Account], int]:
    made: list[_Account] = []
    name: str | None = None
    section, others = "", 0
    for head, record in _records(rows):
        if head is not None:
            section = head
            if section in _MONEY:
                made.append(_Account(name))
        elif section == "account":
            name = next((value for mark, value in record if mark == "N"), name)
        elif section in _MONEY and any(mark in "TU" for mark, _value in record):
            made[-1].records.append(record)
        elif section == "invst":
            others += 1
    return [one for one in made if one.records], others


def _records(rows: Iterable[str]) -> Iterator[tuple[str | None, list[tuple[str, str]]]]:
    """Give heads in small letters, and records as marks with their values."""
    record: list[tuple[str, str]] = []
    for row in rows:
        if row.startswith("!"):
            record = []
            yield row[1:].removeprefix("Type:").strip().lower(), []
        elif row.startswith("^"):
            if record:
                yield None, record
            record = []
        elif row.strip():
            record.append((row[0], row[1:].strip()))
    if record:
        yield None, record


def _statement(account: _Account, order: Order) -> ReadStatement:
    return ReadStatement(account=account.name, lines=tuple(_line(record, order) for record in account.records))


def _line(record: list[tuple[str, str]], order: Order) -> ReadLine:
    said: dict[str, str] = {}
    for mark, value in record:
        if value:
            said.setdefault(mark, value)
    amount = said.get("T") or said.get("U")
    if "D" not in said or amount is None:
        raise unreadable(_("An entry has no amount or no date."))
    return ReadLine(
        date=read_day(said["D"], order),
        amount=decimal(amount),
        description=" ".join(dict.fromkeys(filter(None, (plain(said.get("P")), plain(said.get("M")))))),
        party_name=plain(said.get("P")),
        check_number=plain(said.get("N")),
        category=plain(said.get("L")),
        details=tuple(_splits(record)),
    )


def _splits(record: list[tuple[str, str]]) -> Iterator[ReadDetail]:
    category, memo = "", ""
    for mark, value in record:
        if mark == "S":
            category, memo = value, ""
        elif mark == "E":
            memo = value
        elif mark == "$" and value:
            yield ReadDetail(amount=decimal(value), description=" ".join(filter(None, (memo, category))))
