"""Rows as a file has them, before anybody knows what they mean."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.core.errors import MalformedRequest
from backoffice.hookspecs import messages

_ = messages("rest")


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as the file has it: ``number`` as a spreadsheet counts, the head being 1; ``problem`` if it is broken."""

    number: int
    values: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True)
class Rows:
    """The rows of a file, read as they are asked for. ``columns`` is empty where each row names its own values."""

    kind: str
    columns: tuple[str, ...]
    rows: Iterable[RawRow] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""

    def __iter__(self) -> Iterator[RawRow]:
        return iter(self.rows)


class Borrowed(io.TextIOWrapper):
    """The text of a stream that belongs to someone else, who closes it."""

    def __del__(self) -> None:
        """Let go of the stream instead of closing it, as the class above would."""
        if not self.buffer.closed:
            self.detach()


def unreadable(why: str) -> MalformedRequest:
    """Return the error for a file that cannot be read at all."""
    return MalformedRequest(
        _("The file cannot be read."), why=why, remedy=_("Save it again as CSV in UTF-8, or as XLSX.")
    )


__all__ = ["Borrowed", "RawRow", "Rows", "unreadable"]
