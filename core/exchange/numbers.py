"""Numbers as people write them in files: which sign parts the decimals is decided for the whole file, never guessed.

``12,5`` and ``1.234,56`` can be read one way only and tell how the file is written. ``1,234`` can be read two ways; it
is read as the rest of the file is written, and refused where the rest contradicts itself or points the other way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from backoffice.core.errors import InvalidInput
from backoffice.core.money import parse_decimal
from backoffice.core.text import ascii_digits
from backoffice.hookspecs import messages

_ = messages("rest")

Mark = Literal[".", ","]

_EITHER_WAY: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}([.,])[0-9]{3}-?")


def mark_of(text: str) -> Mark | None:
    """Return the decimal mark that ``text`` can only be read with, or ``None`` when it does not tell."""
    signs = [c for c in ascii_digits(text) if c in ".,"]
    if not signs or either_way(text):
        return None
    last: Mark = "." if signs[-1] == "." else ","
    if len(set(signs)) == 1 and len(signs) > 1:
        return "," if last == "." else "."
    return last


def either_way(text: str) -> bool:
    """Tell whether ``text`` is a number with thousands to some and with decimals to others."""
    return _EITHER_WAY.fullmatch(ascii_digits(text).strip()) is not None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers of a file are written. ``mark`` is ``None`` where nothing in it tells."""

    mark: Mark | None = None
    contradictory: bool = False
    doubtful: bool = False
    """Whether a comma in a number that can be read two ways may well part decimals, as columns are parted by ``;``."""

    def read(self, text: str) -> str:
        """Return the number ``text`` in digits with a point.

        Raises :class:`InvalidInput` for what is no number, or could be one of two.
        """
        if either_way(text) and (self.contradictory or (self.mark is None and self.doubtful and "," in text)):
            raise InvalidInput(_("{text} can be read in two ways.").with_values(text=text.strip()))
        return format(parse_decimal(text, mark=self.mark or "."), "f")


def numbers_in(texts: Iterable[str], delimiter: str = "", mark: Mark | None = None) -> Numbers:
    """Return how the numbers ``texts``, a sample of a file whose columns ``delimiter`` parts, are written.

    ``mark`` is the decimal mark someone said it has.
    """
    if mark is not None:
        return Numbers(mark)
    found = {told for told in map(mark_of, texts) if told is not None}
    return Numbers(next(iter(found)) if len(found) == 1 else None, len(found) > 1, delimiter == ";")


__all__ = ["Mark", "Numbers", "either_way", "mark_of", "numbers_in"]
