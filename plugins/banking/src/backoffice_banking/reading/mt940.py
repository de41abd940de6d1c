"""Read MT940 statements and MT942 interim reports of SWIFT, as banks write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from backoffice.hookspecs import messages

from .said import ZERO, Reading, ReadLine, ReadStatement, unreadable
from .tag86 import Told, told
from .words import decimal, number, plain, short_day, squeezed, text_of

_ = messages("banking")

_TAG: Final = re.compile(r"(?m)^:\n?(\d\d[A-Z]?):")
_END: Final = re.compile(r"(?m)^-(?:\}|XXX)?\s*$")
_BALANCE: Final = re.compile(r"\s*(D|C)(\d{6})([A-Z]{3})\s*([\d.,]+)")
_LINE: Final = re.compile(
    r"\s*(?P<value>\d{6})(?P<entry>\d{4})?\s*(?P<mark>[RE]?[CD])(?P<funds>[A-Z])?\s*(?P<amount>\d[\d.]*,?\d*)"
    r"(?P<code>[NSF][A-Z0-9]{3})(?P<customer>[^\n]*?)(?://(?P<bank>[^\n]*))?(?:\n(?P<more>.*))?$",
    re.DOTALL,
)
_NOTHING: Final = {"", "NONREF", "NOREF", "KREF+", "EREF"}


def read_mt940(data: bytes) -> Reading:
    """Return the statements of an MT940 or MT942 file. Raises :class:`~.said.Unreadable`."""
    text = text_of(data).replace("\r\n", "\n").replace("\r", "\n")
    made: list[_Statement] = []
    for tag, body in _fields(text):
        if not made or tag == "20" or (made[-1].ended and tag != "86"):
            made.append(_Statement())
        if tag:
            made[-1].take(tag, body)
        else:
            made[-1].ended = True
    found = tuple(one.done() for one in made if one.seen)
    if not found:
        raise unreadable(_("It has none of the fields of an MT940 statement."))
    return Reading(format="mt940", statements=found)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Give tags with what follows them; an empty tag where a message ends."""
    found = list(_TAG.finditer(text))
    for n, tag in enumerate(found):
        body = text[tag.end() : found[n + 1].start() if n + 1 < len(found) else len(text)]
        end = _END.search(body)
        yield tag[1], (body[: end.start()] if end else body).rstrip("\n ")
        if end:
            yield "", ""


@dataclass(slots=True)
class _Statement:
    """A statement while it is read, field by field."""

    seen: bool = False
    ended: bool = False
    said: dict[str, Any] = field(default_factory=dict)
    lines: list[ReadLine] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    is_of_line: bool = False

    def take(self, tag: str, body: str) -> None:
        """Take one field in."""
        self.seen = self.seen or tag in _READ or tag in ("61", "86")
        if tag == "61":
            self._finish_line()
            self.lines.append(_line(body))
            self.is_of_line = True
        elif tag == "86":
            if self.is_of_line:
                self.texts.append(body)
        else:
            self._finish_line()
            if tag in _READ:
                self.said.update(_READ[tag](body))

    def _finish_line(self) -> None:
        if self.lines and self.texts:
            self.lines[-1] = _with_text(self.lines[-1], told("\n".join(self.texts)))
        self.texts, self.is_of_line = [], False

    def done(self) -> ReadStatement:
        """Return the statement."""
        self._finish_line()
        return ReadStatement(lines=tuple(self.lines), **self.said)


def _balance(kind: str) -> Any:
    def take(body: str) -> dict[str, Any]:
        found = _BALANCE.match(body)
        if found is None:
            raise unreadable(_("“{text}” is not a balance.").with_values(text=squeezed(body)[:40]))
        amount = decimal(found[4], ",") * (-1 if found[1] == "D" else 1)
        said: dict[str, Any] = {kind: amount, f"{kind}_date": short_day(found[2])}
        return said | {"currency" if kind == "opening" else "closing_currency": found[3]}

    return take


def _account(body: str) -> dict[str, Any]:
    text = squeezed(body)
    bank, slash, rest = text.partition("/")
    written = rest if slash and rest else text
    found = re.fullmatch(r"(.*\d)([A-Z]{3})", written)
    return {"account": number(found[1] if found else written), "bank": bank if slash and rest else None}


_READ: Final[dict[str, Any]] = {
    "20": lambda body: {},
    "25": _account,
    "28": lambda body: {"number": plain(body)},
    "28C": lambda body: {"number": plain(body)},
    "60F": _balance("opening"),
    "60M": _balance("opening"),
    "62F": _balance("closing"),
    "62M": _balance("closing"),
    "34F": lambda body: {"kind": "interim", "currency": squeezed(body)[:3]},
    "64": lambda body: {},
    "65": lambda body: {},
    "13D": lambda body: {},
}


def _line(body: str) -> ReadLine:
    found = _LINE.match(body) or _LINE.match(body.replace("\n", ""))
    if found is None:
        raise unreadable(_("“{text}” is not a line of a statement.").with_values(text=squeezed(body)[:40]))
    value = short_day(found["value"])
    sign = -1 if found["mark"] in ("D", "ED", "RC") else 1
    charges, original, code = _amounts(found["more"] or "")
    bank = plain(found["bank"])
    return ReadLine(
        date=_booked(value, found["entry"]),
        value_date=value,
        amount=decimal(found["amount"], ",") * sign,
        code=found["code"],
        reference=_word(found["customer"]),
        bank_reference=bank if bank not in _NOTHING else None,
        description=squeezed(found["more"]),
        charges=charges,
        original_amount=original,
        original_currency=code,
    )


def _word(text: str | None) -> str | None:
    """Return a customer's reference; names that some banks write after it stand behind many blanks."""
    first = re.split(r"\s{3,}", (text or "").strip())[0].strip()
    return first if first not in _NOTHING else None


def _booked(value: date, entry: str | None) -> date:
    """Return the day of booking, written without a year: the one nearest to the value date."""
    if entry is None:
        return value
    month, of_month = int(entry[:2]), int(entry[2:])
    year = value.year + (1 if value.month - month > 6 else -1 if month - value.month > 6 else 0)
    return short_day(f"{year % 100:02}{month:02}{of_month:02}")


def _amounts(more: str) -> tuple[Decimal | None, Decimal | None, str | None]:
    """Return charges, original amount and its currency from the words /CHGS/ and /OCMT/."""
    words = {word: (code, decimal(amount, ",")) for word, code, amount in _WORDS.findall(more)}
    original = words.get("OCMT")
    charges = words.get("CHGS", (None, ZERO))[1]
    return charges or None, original[1] if original else None, original[0] if original else None


_WORDS: Final = re.compile(r"/(OCMT|CHGS)/([A-Z]{3})(\d[\d.]*,?\d*)")


def _with_text(line: ReadLine, said: Told) -> ReadLine:
    charges, original, code = _amounts(said.raw)
    return replace(
        line,
        description=said.description or line.description,
        party_name=said.party_name,
        party_account=said.party_account,
        party_bank=said.party_bank,
        reference=said.reference or line.reference,
        end_to_end=said.end_to_end,
        mandate=said.mandate,
        code=line.code,
        charges=line.charges or charges,
        original_amount=line.original_amount or original,
        original_currency=line.original_currency or code,
    )
