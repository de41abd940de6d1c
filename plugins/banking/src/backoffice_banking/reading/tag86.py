"""What field 86 of an MT940 line says, in the dialects banks use: German, Dutch and SWIFT words, Polish, plain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .words import is_iban, number, plain, squeezed


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the text of a line tells."""

    raw: str
    description: str = ""
    party_name: str | None = None
    party_account: str | None = None
    party_bank: str | None = None
    reference: str | None = None
    end_to_end: str | None = None
    mandate: str | None = None


def told(text: str) -> Told:
    """Return what ``text`` tells, in whichever dialect it is written."""
    joined = text.replace("\n", "")
    found = _GERMAN.match(joined.lstrip())
    if found:
        return _german(text, found[2])
    if _WORD.search(joined) and joined.lstrip().startswith("/"):
        return _words(text, joined)
    if _POLISH.search(joined):
        return _polish(text, joined)
    return Told(raw=text, description=squeezed(text))


_GERMAN: Final = re.compile(r"(\d{3})([?@+|&])\d{2}")
_SEPA: Final = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+|(?<![A-Z])()(?:VWZ)\+",
)
_NONE: Final = {"NOTPROVIDED", "NONREF", "NOTAVAIL"}


def _subfields(joined: str, mark: str) -> dict[int, str]:
    parts = re.split(rf"{re.escape(mark)}(\d{{2}})", joined)
    fields: dict[int, str] = {}
    for code, body in zip(parts[1::2], parts[2::2], strict=True):
        fields[int(code)] = fields.get(int(code), "") + body
    return fields


def _german(text: str, mark: str) -> Told:
    """Read subfields ?00 to ?63; inside ?20 to ?29 and ?60 to ?63 stand the words of SEPA."""
    fields = _subfields(text.replace("\n", ""), mark)
    purpose = "".join(fields.get(n, "") for n in (*range(20, 30), *range(60, 64)))
    words = _sepa(purpose)
    account = number(fields.get(38) or fields.get(31) or words.get("IBAN"))
    name = plain(fields.get(32, "") + fields.get(33, "")) or plain(words.get("ABWA"))
    return Told(
        raw=text,
        description=squeezed(words.get("SVWZ") or words.get("") or purpose or fields.get(0, "")),
        party_name=name,
        party_account=account,
        party_bank=plain(fields.get(30) or words.get("BIC")),
        reference=_told(words.get("KREF")),
        end_to_end=_told(words.get("EREF")),
        mandate=_told(words.get("MREF")),
    )


def _sepa(purpose: str) -> dict[str, str]:
    marks = list(_SEPA.finditer(purpose))
    found = {"": purpose[: marks[0].start()] if marks else purpose}
    for n, mark in enumerate(marks):
        found[mark[1] or "SVWZ"] = purpose[mark.end() : marks[n + 1].start() if n + 1 < len(marks) else len(purpose)]
    return found


def _told(text: str | None) -> str | None:
    said = plain(text)
    return said if said and said.upper() not in _NONE else None


_WORD: Final = re.compile(
    r"/(EREF|PREF|MARF|CSID|RTRN|TRTP|IBAN|BIC|NAME|REMI|ISDT|ORDP|BENM|ADDR|CNTP|ULTD|ULTC|PURP|SVCL|TRCD|OCMT|CHGS|"
    r"ID|ACCW|INST|RREF|TRNR|KREF)/"
)


def _words(text: str, joined: str) -> Told:
    """Read words between slashes, as SWIFT recommends and Dutch banks write them."""
    marks = list(_WORD.finditer(joined))
    said: dict[str, str] = {}
    for n, mark in enumerate(marks):
        body = joined[mark.end() : marks[n + 1].start() if n + 1 < len(marks) else len(joined)]
        said.setdefault(mark[1], body.strip("/ "))
    account, bank, name = _counterparty(said)
    remittance = re.sub(r"^(USTD|STRD)/+", "", said.get("REMI", ""))
    creditor = re.search(r"(?:CUR|ISO|SCOR)/+([A-Z0-9]{5,35})", said.get("REMI", ""))
    return Told(
        raw=text,
        description=squeezed(remittance) or squeezed(said.get("TRTP")) or squeezed(joined),
        party_name=plain(name),
        party_account=number(account),
        party_bank=plain(bank),
        reference=creditor[1] if creditor else _told(said.get("KREF") or said.get("PREF")),
        end_to_end=_told(said.get("EREF")),
        mandate=_told(said.get("MARF")),
    )


def _counterparty(said: dict[str, str]) -> tuple[str | None, str | None, str | None]:
    if "CNTP" in said:
        parts = [*said["CNTP"].split("/"), "", "", ""]
        return parts[0], parts[1], parts[2]
    return said.get("IBAN") or said.get("ACCW"), said.get("BIC"), said.get("NAME")


_POLISH: Final = re.compile(r"(Z RACH\.|NA RACH\.|OD|DLA|TYT\.|TNR):\s")


def _polish(text: str, joined: str) -> Told:
    """Read the labels of Polish banks: account, party, title and transaction number."""
    marks = list(_POLISH.finditer(joined))
    said: dict[str, str] = {}
    for n, mark in enumerate(marks):
        body = joined[mark.end() : marks[n + 1].start() if n + 1 < len(marks) else len(joined)]
        said.setdefault(mark[1], body.strip(" ;"))
    account = number(said.get("Z RACH.") or said.get("NA RACH."))
    return Told(
        raw=text,
        description=squeezed(said.get("TYT.")) or squeezed(joined),
        party_name=plain(said.get("OD") or said.get("DLA")),
        party_account=account if account is None or is_iban(account) or account.strip("0") else None,
        reference=plain(said.get("TNR")),
    )
