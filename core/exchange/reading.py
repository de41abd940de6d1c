"""Read files of rows: CSV in whatever encoding and with whatever delimiter, XLSX, JSON lines.

Nothing is interpreted here but what the file itself says: a cell of CSV is text, a number of XLSX or JSON is an exact
decimal. A row that cannot be read is given with what is wrong with it, so that the others are not lost.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import PurePath
from typing import Any, BinaryIO

from backoffice.hookspecs import Label, messages

from .detection import SAMPLE, require_encoding
from .rows import Borrowed, RawRow, Rows, unreadable
from .spreadsheets import read_csv, read_xlsx

_ = messages("rest")


def read_rows(
    stream: BinaryIO, filename: str = "", *, encoding: str | None = None, delimiter: str | None = None
) -> Rows:
    """Return the rows of ``stream``, whose kind the ending of ``filename`` tells: ``.xlsx``, ``.json``, ``.jsonl``,
    anything else being CSV.

    ``encoding`` and ``delimiter`` (one of ``, ; | tab``) are found out unless given. Raises
    :class:`MalformedRequest` when the file as a whole cannot be read.
    """
    ending = PurePath(filename).suffix.lower()
    seekable = stream if stream.seekable() else _kept(stream)
    if ending in {".xlsx", ".xlsm"} or _is_zip(seekable):
        return read_xlsx(seekable)
    if ending in {".jsonl", ".ndjson"}:
        return Rows("jsonl", (), _json_lines(_text(seekable, encoding or "utf-8-sig")))
    if ending == ".json":
        return Rows("json", (), _json(_text(seekable, encoding or "utf-8-sig")))
    return read_csv(seekable, encoding, delimiter)


class _Kept(tempfile.SpooledTemporaryFile[bytes]):
    def __del__(self) -> None:
        """Close the file with the rows that are read from it; nobody else knows of it."""
        self.close()


def _kept(stream: BinaryIO) -> BinaryIO:
    """Keep what comes from a pipe, to be able to look at it twice."""
    kept = _Kept(max_size=8 * 1024**2)  # lives as long as the rows
    while piece := stream.read(SAMPLE):
        kept.write(piece)
    kept.seek(0)
    return kept  # type: ignore[return-value]


def _is_zip(stream: BinaryIO) -> bool:
    start = stream.read(4)
    stream.seek(0)
    return start == b"PK\x03\x04"


def _text(stream: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return Borrowed(stream, encoding=require_encoding(encoding), newline="")


# -- JSON ------------------------------------------------------------------------------------------------------------


def _json_lines(text: Iterable[str]) -> Iterator[RawRow]:
    lines = enumerate(text, start=1)
    while True:
        try:
            number, line = next(lines)
        except StopIteration:
            return
        except UnicodeError as error:
            raise unreadable(str(error)) from error
        if line.strip():
            yield _json_row(number, line)


def _json_row(number: int, line: str) -> RawRow:
    try:
        found = parse_json(line)
    except ValueError as error:
        problem = _("This line is not JSON: {problem}.").with_values(problem=str(error))
        return RawRow(number, {"json": line.strip()}, problem)
    return _object(number, found)


def _object(number: int, found: Any) -> RawRow:
    if isinstance(found, dict):
        return RawRow(number, found)
    said: Label = _("An object with named values is expected.")
    return RawRow(number, {"json": json.dumps(found, default=str, ensure_ascii=False)}, said)


def _json(text: io.TextIOWrapper) -> Iterator[RawRow]:
    try:
        found = parse_json(text.read())
    except ValueError as error:
        raise unreadable(str(error)) from error
    rows = found.get("data") if isinstance(found, dict) else found
    if not isinstance(rows, list):
        raise unreadable(_("A list of objects is expected."))
    return (_object(number, row) for number, row in enumerate(rows, start=1))


def parse_json(text: str, *, fraction: Any = Decimal) -> Any:
    """Return what ``text`` says, numbers exact; ``fraction`` makes the number of one with decimals.

    Raises ``ValueError`` for anything that is not JSON, for a name used twice in one object, for NaN and Infinity, and
    for nesting beyond any use.
    """
    try:
        found = json.loads(text, parse_float=fraction, parse_constant=_no_number, object_pairs_hook=_without_repetition)
        if "\\u" in text:
            # Half a character can be written as an escape, but neither stored nor sent.
            json.dumps(found, ensure_ascii=False, default=str).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        raise ValueError(f"the name {next(n for n in names if names.count(n) > 1)!r} is used twice")
    return found


__all__ = ["parse_json", "read_rows"]
