"""Which format a file is in, told by what it holds rather than by its name."""

from __future__ import annotations

import re
from typing import Final

from backoffice.hookspecs import messages

from .camt import read_camt
from .csvs import read_csv
from .mt940 import read_mt940
from .ofx import read_ofx
from .qif import read_qif
from .said import CsvMapping, Reading, unreadable
from .words import LARGEST, text_of

_ = messages("banking")

FORMATS: Final = {
    "camt": "CAMT.052, 053, 054",
    "mt940": "MT940, MT942",
    "ofx": "OFX",
    "qif": "QIF",
    "csv": "CSV",
}


def recognise(data: bytes) -> str:
    """Return the format ``data`` is in; what is no other is taken for CSV. Raises :class:`~.said.Unreadable`."""
    if not data.strip():
        raise unreadable(_("It is empty."))
    if len(data) > LARGEST:
        raise unreadable(_("It is larger than 20 megabytes."), _("Ask the bank for shorter spans."))
    text = text_of(data[:200_000])
    if re.search(r"<OFX>|OFXHEADER", text, re.IGNORECASE):
        return "ofx"
    if text.lstrip("\ufeff \n\r\t").startswith("<"):
        return "camt"
    if re.search(r"(?m)^:(?:20|25|28C?|60[FM]|61|62[FM]|64):", text.replace("\r", "\n")):
        return "mt940"
    if re.search(r"(?im)^!(?:type|account|option|clear)", text) or re.fullmatch(r"\s*\^[\s\S]*", text):
        return "qif"
    if "," in text or ";" in text or "\t" in text:
        return "csv"
    raise unreadable(_("It is in none of the formats that are read here."))


def read(data: bytes, *, format: str = "", mapping: CsvMapping | None = None) -> Reading:
    """Return what a file holds, in the format it is in. Raises :class:`~.said.Unreadable`."""
    found = format or recognise(data)
    if found == "csv":
        if mapping is None:
            said = _("CSV is read with a mapping that says which column is what.")
            raise unreadable(said, _("Make a mapping for this bank, and name it."))
        return read_csv(data, mapping)
    return _READERS[found](data)


_READERS: Final = {"camt": read_camt, "mt940": read_mt940, "ofx": read_ofx, "qif": read_qif}
