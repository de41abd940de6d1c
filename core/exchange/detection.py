"""What a text file is written in: its encoding and what parts its columns, decided from its bytes.

The decisions are few and can be explained: a mark at the beginning counts; what is valid UTF-8 is UTF-8, since other
text hardly ever is; of the two Windows code pages in use here, Arabic words are runs of high bytes while Western
accents stand alone between ASCII letters.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import BinaryIO, Final

from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import messages

_ = messages("rest")

SAMPLE: Final = 64 * 1024
DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1256",
    "cp1252",
    "iso-8859-6",
    "latin-1",
)
SAMPLED_ROWS: Final = 40

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH: Final = re.compile(rb"[\x80-\xff]+")
_UNDEFINED: Final = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that mean nothing in cp1252, and a Persian or Arabic letter or mark in cp1256."""


def detect_encoding(stream: BinaryIO) -> str:
    """Return the encoding of a seekable ``stream``, which is left at its beginning."""
    sample = _rewound(stream, stream.read(SAMPLE))
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    if wide := _without_mark(sample):
        return wide
    return "utf-8" if _is_utf8(stream) else _legacy(_rewound(stream, stream.read()))


def _rewound(stream: BinaryIO, read: bytes) -> bytes:
    stream.seek(0)
    return read


def _without_mark(sample: bytes) -> str:
    """Recognise UTF-16 whose mark was lost: every second byte of its ASCII is zero."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 8 and odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) // 8 and even > 4 * odd else ""


def _is_utf8(stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := stream.read(SAMPLE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _legacy(content: bytes) -> str:
    runs = [len(run) for run in _HIGH.findall(content)]
    arabic = sum(length for length in runs if length >= 3)
    if arabic * 2 > sum(runs):
        return "cp1256"
    return "latin-1" if _UNDEFINED.search(content) else "cp1252"


def require_encoding(name: str) -> str:
    """Return the codec's name of ``name``; raise :class:`MalformedRequest` unless it is one that files come in."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        found = ""
    if found not in {codecs.lookup(known).name for known in ENCODINGS}:
        raise MalformedRequest(
            _("Files are not read in the encoding {name}.").with_values(name=name),
            remedy=_("Use one of: {names}.").with_values(names=", ".join(ENCODINGS)),
        )
    return found


def detect_delimiter(sample: str) -> str:
    """Return what parts the columns of ``sample``, the beginning of a file: the sign by which most rows agree."""
    return max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))


def _agreement(sample: str, delimiter: str) -> tuple[int, int, int]:
    """Return how many rows have as many cells as the head, whether it has several at all first."""
    rows = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            rows.append(len(row))
            if len(rows) > SAMPLED_ROWS:
                break
    except csv.Error:
        return 0, 0, 0
    counts = [count for count in rows if count] or [0]
    same = sum(count == counts[0] for count in counts) * 100 // len(counts)
    return int(counts[0] > 1), same, counts[0]


__all__ = ["DELIMITERS", "ENCODINGS", "SAMPLE", "detect_delimiter", "detect_encoding", "require_encoding"]
