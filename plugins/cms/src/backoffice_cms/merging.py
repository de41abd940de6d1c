"""Two people who wrote at once: their texts put together line by line, as far as they touch different lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Clash:
    """Lines both changed, each in its own way."""

    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """The lines of both, and what they disagree on; ``text`` holds ours there."""

    text: str
    clashes: tuple[Clash, ...]


def merge(base: str, ours: str, theirs: str) -> Merged:
    """Return ``ours`` and ``theirs`` put together, both made from ``base``.

    >>> merge("a\\nb\\nc", "A\\nb\\nc", "a\\nb\\nC").text
    'A\\nb\\nC'
    """
    if ours == theirs or theirs == base:
        return Merged(ours, ())
    if ours == base:
        return Merged(theirs, ())
    lines: list[str] = []
    clashes: list[Clash] = []
    for part in _parts(base.split("\n"), ours.split("\n"), theirs.split("\n")):
        if isinstance(part, Clash):
            clashes.append(part)
            lines.extend(part.ours)
        else:
            lines.extend(part)
    return Merged("\n".join(lines), tuple(clashes))


def _parts(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Sequence[str] | Clash]:
    """Yield what lies between lines all three have, and these lines."""
    at = (0, 0, 0)
    for b, o, t, size in _anchors(base, ours, theirs):
        yield from _between(base[at[0] : b], ours[at[1] : o], theirs[at[2] : t])
        yield base[b : b + size]
        at = (b + size, o + size, t + size)
    yield from _between(base[at[0] :], ours[at[1] :], theirs[at[2] :])


def _between(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Sequence[str] | Clash]:
    if list(ours) == list(base):
        yield theirs
    elif list(theirs) == list(base) or list(ours) == list(theirs):
        yield ours
    else:
        yield Clash(tuple(base), tuple(ours), tuple(theirs))


def _anchors(
    base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:  # fmt: skip
    """Yield stretches of ``base`` that stand unchanged in both: where they begin in each, and how long they are."""
    mine = SequenceMatcher(None, base, ours, autojunk=False).get_matching_blocks()
    other = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(mine) and j < len(other):
        a, b = mine[i], other[j]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield start, a.b + start - a.a, b.b + start - b.a, end - start
        if a.a + a.size < b.a + b.size:
            i += 1
        else:
            j += 1
