"""The lines of ledger and hledger journals: heads of transactions, postings, comments with tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import unquote

from backoffice.hookspecs import messages

from .amounts import Style, amount_at, reduced
from .book import Amount, Assertion, BookError, Place, Posting, Transaction

_ = messages("accounting")

DATE: Final = r"(?:\d{4}[-/.])?\d{1,2}[-/.]\d{1,2}"
_HEAD = re.compile(rf"({DATE})(?:\s*=\s*({DATE}))?\s*([*!])?\s*(?:\(([^)\n]*)\))?\s*(.*)$")
_SPLIT = re.compile(r"  |\t| \t")
_COMMENT = re.compile(r"(?:^|\s);")
_TAG = re.compile(r"(?:^|(?<=[\s,]))([^\s:,;]+):(?=\s|$|[^\s:])\s*([^,\n]*)")
_WORDS = re.compile(r"(?:^|\s):((?:[^\s:]+:)+)(?=\s|$)")


def day_of(text: str, place: Place, year: int | None) -> date:
    """Return the date ``text``; one without a year is in ``year``. Raises :class:`BookError` when there is none."""
    parts = [int(part) for part in re.split(r"[-/.]", text)]
    if len(parts) == 2:
        if year is None:
            raise BookError(
                place,
                _("The date {text} has no year.").with_values(text=text),
                remedy=_("Write the year, or a line such as “Y 2026” above it."),
            )
        parts.insert(0, year)
    try:
        return date(*parts)
    except ValueError as error:
        raise BookError(
            place,
            _("{text} is no date.").with_values(text=text),
            remedy=_("Write year, month and day, such as 2026-01-31."),
        ) from error


def head_of(line: str, place: Place, *, year: int | None, hledger: bool) -> Transaction:
    """Return the transaction that begins with ``line``, without its postings."""
    found = _HEAD.match(line)
    if found is None:
        raise BookError(
            place,
            _("This line begins no transaction."),
            why=line.strip()[:80],
            remedy=_("Begin with a date, such as 2026-01-31, and indent the postings."),
        )
    day, day2, status, code, rest = found.groups()
    description, comment = _told_apart(rest, hledger)
    made = Transaction(
        day_of(day, place, year), description, place, code=(code or "").strip(), status=status or "", comment=comment
    )
    if day2:
        made.date2 = day_of(day2, place, made.date.year)
    made.tags = tags_of(comment)
    return made


def _told_apart(text: str, hledger: bool) -> tuple[str, str]:
    """Return description and comment: in hledger a semicolon parts them, in ledger one after two blanks or a tab."""
    found = re.search(r";" if hledger else r"(?:\s\s|\t)\s*;|^;", text)
    if found is None:
        return " ".join(text.split()), ""
    return " ".join(text[: found.start()].split()), text[found.end() :].strip()


def tags_of(comment: str) -> dict[str, str]:
    """Return the tags of a comment: ``name: value`` up to a comma, and ``:several:words:`` without values."""
    tags = {name.strip(): value.strip() for name, value in _TAG.findall(comment)}
    for words in _WORDS.findall(comment):
        tags.update(dict.fromkeys(words.strip(":").split(":"), ""))
    return tags


def posting_of(line: str, place: Place, style: Style) -> Posting:
    """Return the posting of an indented ``line``, its account as it is written. Raises :class:`BookError`."""
    text, status = line.strip(), ""
    if text[:1] in {"*", "!"} and len(text) > 1:
        status, text = text[0], text[1:].lstrip()
    parted = _SPLIT.search(text)
    name, rest = (text[: parted.start()], text[parted.end() :].strip()) if parted else (text, "")
    comment = ""
    if found := _COMMENT.search(name):
        name, comment, rest = name[: found.start()], text[found.end() :].strip(), ""
    name, virtual = _virtual(name.strip())
    if not name:
        raise BookError(place, _("This posting names no account."), remedy=_("Begin it with the name of an account."))
    made = Posting(name, None, place.line, virtual=virtual, status=status, comment=comment)
    if rest:
        _read_amount(made, rest, place, style)
    made.tags = tags_of(made.comment) if made.comment else {}
    return made


def _virtual(name: str) -> tuple[str, Any]:
    if name.startswith("(") and name.endswith(")"):
        return name[1:-1].strip(), "unbalanced"
    if name.startswith("[") and name.endswith("]"):
        return name[1:-1].strip(), "balanced"
    return name, ""


def _read_amount(made: Posting, text: str, place: Place, style: Style) -> None:
    """Read ``amount {lot} @ price = assertion ; comment``, each of which may be left out."""
    at, price, lot, total = 0, None, None, False
    while at < len(text):
        sign = text[at]
        if sign.isspace():
            at += 1
        elif sign == ";":
            made.comment = text[at + 1 :].strip()
            break
        elif sign == "=" or text.startswith(":=", at):
            made.assertion, at = _assertion(text, at, place, style)
        elif sign == "@" or text.startswith("(@", at):
            price, total, at = _price(text, at, place, style)
        elif sign == "{":
            lot, at = _lot(text, at, place, style, made.amount)
        elif sign == "[" or (sign == "(" and made.amount is not None):
            at = _past(text, at, "]" if sign == "[" else ")", place)
        elif made.amount is None:
            made.amount, at = amount_at(text, at, style, place)
        else:
            raise BookError(
                place,
                _("This posting has something behind its amount that is not understood."),
                why=text[at:].strip()[:80],
                remedy=_("Write remarks behind a semicolon."),
            )
    _priced(made, price, lot, total, style)


def _past(text: str, at: int, closing: str, place: Place) -> int:
    end = text.find(closing, at)
    if end < 0:
        raise BookError(
            place, _("A bracket is never closed."), why=text[at:][:80], remedy=_("Write the closing bracket.")
        )
    return end + 1


def _assertion(text: str, at: int, place: Place, style: Style) -> tuple[Assertion, int]:
    marks = re.compile(r":?={1,2}\*?").match(text, at)
    assert marks is not None  # the caller saw the sign
    amount, end = amount_at(text, marks.end(), style, place)
    amount = reduced(amount, style)
    return Assertion(amount, total="==" in marks[0], inclusive=marks[0].endswith("*")), end


def _price(text: str, at: int, place: Place, style: Style) -> tuple[Amount, bool, int]:
    marks = re.compile(r"\(?@@?\)?").match(text, at)
    assert marks is not None  # the caller saw the sign
    amount, end = amount_at(text, marks.end(), style, place)
    return amount, "@@" in marks[0], end


def _lot(text: str, at: int, place: Place, style: Style, of: Amount | None) -> tuple[Amount | None, int]:
    """Return the price of one unit of a lot ``{…}``, or of all of it ``{{…}}``."""
    double = text.startswith("{{", at)
    end = _past(text, at, "}}" if double else "}", place)
    inside = text[at:end].strip("{}").strip().removeprefix("=").strip()
    if not inside or of is None or not of.quantity:
        return None, end
    amount, stop = amount_at(inside, 0, style, place)
    if inside[stop:].strip():
        raise BookError(
            place,
            _("The price of a lot is not understood."),
            why=inside[:80],
            remedy=_("Write an amount in braces, such as 12.50 EUR."),
        )
    if double:
        amount = Amount(amount.quantity / abs(of.quantity), amount.commodity)
    return amount, end


def _priced(made: Posting, price: Amount | None, lot: Amount | None, total: bool, style: Style) -> None:
    """Give a posting its cost, and its lot's where it is sold at another price, so that the gain has its own line."""
    whole = made.amount
    if whole is None:
        return
    if price is not None:
        price = reduced(price, style)
        sign = -1 if whole.quantity < 0 else 1
        made.cost = Amount(abs(price.quantity) * sign if total else price.quantity * whole.quantity, price.commodity)
    small = reduced(whole, style)
    if lot is not None:
        lot = reduced(lot, style)
        if made.cost is not None and lot.commodity == made.cost.commodity:
            made.basis = Amount(lot.quantity * whole.quantity, lot.commodity)
        factor = small.quantity / whole.quantity
        small = Amount(small.quantity, small.commodity, (lot.quantity / factor, lot.commodity))
    made.amount = small


def own_tags(remarks: Sequence[str]) -> dict[str, str]:
    """Return what an export of ours says of an account, a thing on each line."""
    parts = [remark.partition(":") for remark in remarks]
    return {key: unquote(value) for key, _colon, value in parts if key}
