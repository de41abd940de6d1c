"""Read OFX 1 (SGML) and OFX 2 (XML), which differ in whether the ends of elements are written.

A small tokenizer reads both; no XML parser is involved, so no entity is ever resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape, unescape
from typing import Final

from backoffice.hookspecs import messages

from .said import Reading, ReadLine, ReadStatement, unreadable
from .words import decimal, long_day, number, plain, text_of

_ = messages("banking")

_TOKEN: Final = re.compile(r"<(/?)([A-Za-z0-9._]+)\s*>([^<]*)")
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_STATEMENTS: Final = {"STMTRS", "CCSTMTRS", "INVSTMTRS"}
_ANSWERS: Final = {"STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS", "SONRS"}
DEEPEST: Final = 60


@dataclass(slots=True)
class Node:
    """An element of OFX."""

    name: str
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        """Give every element below."""
        for child in self.children:
            yield child
            yield from child.walk()

    def find(self, *names: str) -> Node | None:
        """Return the first element below that is called one of ``names`` and holds something."""
        return next((one for one in self.walk() if one.name in names and (one.text or one.children)), None)

    def said(self, *names: str) -> str | None:
        """Return the text of the first element below that is called one of ``names`` and has one."""
        return next((one.text for name in names for one in self.walk() if one.name == name and one.text), None)


def read_ofx(data: bytes) -> Reading:
    """Return the statements of an OFX file. Raises :class:`~.said.Unreadable`."""
    text = _text(data)
    start = text.upper().find("<OFX>")
    if start < 0:
        raise unreadable(_("It has no element OFX."))
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise unreadable(_("It declares entities or a document type, which no bank does."))
    root = _tree(_CDATA.sub(lambda found: escape(found[1]), text[start:]))
    parts = [one for one in root.walk() if one.name in _STATEMENTS]
    if not parts:
        raise _without_statement(root)
    return Reading(format="ofx", statements=tuple(_statement(part) for part in parts))


def _text(data: bytes) -> str:
    """Return the text: OFX 1 names its character set in its head, and often names it wrongly."""
    head = data[:2000].decode("ascii", "replace").upper()
    charset = re.search(r"CHARSET:\s*(\d+)", head)
    if charset and "ENCODING:UTF" not in head.replace(" ", ""):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return data.decode("cp1256" if charset[1] == "1256" else "cp1252", "replace")
    return text_of(data)


def _tree(text: str) -> Node:
    root = Node("")
    stack = [root]
    for closes, name, body in _TOKEN.findall(text):
        called = name.upper()
        if closes:
            depth = next((n for n in range(len(stack) - 1, 0, -1) if stack[n].name == called), 0)
            if depth:
                del stack[depth:]
            continue
        node = Node(called, plain(unescape(body)) or "")
        stack[-1].children.append(node)
        if not node.text:
            stack.append(node)
        if len(stack) > DEEPEST:
            raise unreadable(_("Its elements lie too deep in one another."))
    return root


def _without_statement(root: Node) -> Exception:
    """Return the error for a file without a statement; with the words of the bank where it gave some."""
    for answer in root.walk():
        if answer.name in _ANSWERS and (answer.said("CODE") or "0") != "0":
            said = _("The bank answered with an error: {code} {message}")
            values = {"code": answer.said("CODE") or "", "message": answer.said("MESSAGE") or ""}
            return unreadable(said.with_values(**values))
    return unreadable(_("It holds no statement."))


def _statement(part: Node) -> ReadStatement:
    account = part.find("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
    balance = part.find("LEDGERBAL")
    amount = balance.said("BALAMT") if balance else None
    start = long_day(part.said("DTSTART"))
    code = part.said("CURDEF") or part.said("CURSYM")
    return ReadStatement(
        account=number(account.said("ACCTID")) if account else None,
        bank=account.said("BANKID", "BROKERID") if account else None,
        currency=code.upper() if code else None,
        opening_date=start,
        closing=_amount(amount) if amount else None,
        closing_date=(long_day(balance.said("DTASOF")) if balance else None) or long_day(part.said("DTEND")),
        lines=tuple(_lines(part, code)),
    )


def _amount(text: str) -> Decimal:
    """Return an amount; some banks write the decimal comma of their country."""
    mark = "," if "," in text and "." not in text else "."
    return decimal(text, mark)


def _lines(part: Node, code: str | None) -> Iterator[ReadLine]:
    for node in part.walk():
        if node.name == "STMTTRN":
            yield _line(node, code)
        elif node.name == "INVTRANLIST":
            yield from (_investment(one) for one in node.children if one.find("INVTRAN") and one.said("TOTAL"))


def _line(node: Node, code: str | None) -> ReadLine:
    posted, amount = long_day(node.said("DTPOSTED")), node.said("TRNAMT")
    if posted is None or amount is None:
        raise unreadable(_("An entry has no amount or no date."))
    name, memo = node.said("NAME"), node.said("MEMO")
    payee = node.find("PAYEE")
    party = node.find("BANKACCTTO", "CCACCTTO")
    original = node.find("ORIGCURRENCY")
    rate = original.said("CURRATE") if original else None
    check = node.said("CHECKNUM")
    return ReadLine(
        date=posted,
        value_date=long_day(node.said("DTAVAIL", "DTUSER", "VALUEDATE")),
        amount=_amount(amount),
        description=" ".join(dict.fromkeys(filter(None, (name, memo)))),
        party_name=payee.said("NAME") if payee else name,
        party_account=number(party.said("ACCTID")) if party else None,
        party_bank=party.said("BANKID") if party else None,
        reference=node.said("REFNUM"),
        bank_reference=node.said("FITID"),
        check_number=check if check and check.strip("0") else None,
        code=node.said("TRNTYPE"),
        original_currency=original.said("CURSYM") if original else None,
        exchange_rate=decimal(rate) if rate else None,
    )


def _investment(node: Node) -> ReadLine:
    """Return what the sale or purchase of a security moved in cash."""
    traded, total = long_day(node.said("DTSETTLE", "DTTRADE")), node.said("TOTAL")
    if traded is None or total is None:
        raise unreadable(_("An entry has no amount or no date."))
    return ReadLine(
        date=traded,
        amount=_amount(total),
        description=" ".join(filter(None, (node.said("MEMO"), node.said("UNIQUEID")))),
        bank_reference=node.said("FITID"),
        code=node.name,
    )
