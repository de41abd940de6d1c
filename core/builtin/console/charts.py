"""Where the parts of a chart stand, in hundredths of its width and height; the template only writes them down.

The first category stands where reading starts, on the right in Arabic. Values may be ``Decimal``; they become positions
here, never amounts again, and the table behind the chart keeps the exact ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Number = Decimal | int

NARROW, CARD, PAGE, LETTER = 270, 440, 860, 6
"""Pixels under a chart on a telephone, on a card and on a page of its own, and about what a letter takes."""

WIDEST_BAR = Decimal(12)
"""Hundredths of the width a bar takes at most, when there are few."""

MOST_LABELS = 12
SHORTEST = 8
"""Letters a name is cut to at least; with less room some are left out."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar (with ``width`` and ``height``) or a point of a line, with the words a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """A column of the table, drawn: ``number`` counts from 1 and chooses colour and dash."""

    label: str
    number: int
    marks: Sequence[Mark]
    path: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis. ``minor`` ones are left out where there is little room."""

    at: float
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to be written as SVG."""

    kind: Literal["bar", "line"]
    title: str
    series: Sequence[Series]
    ticks: Sequence[Tick]
    labels: Sequence[Tick]
    zero: float
    direction: Literal["ltr", "rtl"]


def chart(
    kind: Literal["bar", "line"],
    title: str,
    categories: Sequence[str],
    columns: Sequence[tuple[str, Sequence[Number]]],
    *,
    direction: Literal["ltr", "rtl"] = "ltr",
    show: Callable[[Number], str] = str,
    cut: bool = True,
    room: int = CARD,
) -> Chart:
    """Lay out ``columns``, pairs of a label and a value for each of ``categories``.

    ``show`` writes a value in the reader's language, for the axis and for what a pointer shows. Long names of
    categories end in dots, unless ``cut`` is false, as for days; what does not find ``room``, in pixels, is left out.
    """
    steps = ticks([value for _, values in columns for value in values])
    plot = _Plot(kind, categories, len(columns), direction, steps[0], steps[-1], show, cut, room)
    return Chart(
        kind,
        title,
        [plot.series(number, label, values) for number, (label, values) in enumerate(columns, start=1)],
        [Tick(plot.y(step), show(step)) for step in steps],
        plot.labels(),
        plot.y(0),
        direction,
    )


def ticks(values: Sequence[Number], most: int = 5) -> list[Decimal]:
    """Return round steps from below the smallest of ``values`` to above the largest, zero among them."""
    low, high = Decimal(min([0, *values])), Decimal(max([0, *values]))
    if low == high:
        high = low + 1
    step = _round_step((high - low) / most)
    first, last = (low / step).to_integral_value("ROUND_FLOOR"), (high / step).to_integral_value("ROUND_CEILING")
    return [step * number for number in range(int(first), int(last) + 1)]


def _round_step(rough: Decimal) -> Decimal:
    unit = Decimal(1).scaleb(rough.adjusted())
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)


@dataclass(frozen=True, slots=True)
class _Plot:
    kind: Literal["bar", "line"]
    categories: Sequence[str]
    columns: int
    direction: Literal["ltr", "rtl"]
    low: Number
    high: Number
    show: Callable[[Number], str]
    cut: bool
    room: int

    def y(self, value: Number) -> float:
        """Return the height of ``value`` from the top."""
        return _position(100 * (self.high - value) / (self.high - self.low))

    def x(self, middle: Decimal) -> float:
        """Return where a distance from the start of reading stands, from the left."""
        return _position(100 - middle if self.direction == "rtl" else middle)

    def series(self, number: int, label: str, values: Sequence[Number]) -> Series:
        """Return one column as bars or as a line."""
        place = self._bar if self.kind == "bar" else self._point
        marks = [place(number, index, value, label) for index, value in enumerate(values)]
        if self.kind == "bar" or not marks:
            return Series(label, number, marks)
        path = "M" + "L".join(f"{mark.x} {mark.y}" for mark in marks)
        return Series(label, number, marks, path, f"{path}L{marks[-1].x} {self.y(0)}L{marks[0].x} {self.y(0)}Z")

    def labels(self) -> list[Tick]:
        """Return the names of the categories; when there are many, every second or so steps back."""
        longest = max((len(name) for name in self.categories), default=1)
        each = self.room // max(1, min(MOST_LABELS, len(self.categories))) // LETTER - 1
        length = min(longest, max(SHORTEST, each)) if self.cut else longest
        most = min(MOST_LABELS, max(2, self.room // (LETTER * (length + 1))))
        every = max(1, -(-len(self.categories) // most))
        # A name in the middle of many would reach over the edge where the last of them stands.
        end = 100 - Decimal(50 * LETTER * length) / self.room if every > 1 else 100
        shown = [
            (i, _short(name, length))
            for i, name in enumerate(self.categories)
            if i % every == 0 and self._middle(i) <= end
        ]
        fitting = min(6, max(2, NARROW // (LETTER * (length + 1))))
        apart = max(1, -(-len(shown) // fitting))
        return [Tick(self.x(self._middle(i)), name, place % apart != 0) for place, (i, name) in enumerate(shown)]

    @property
    def _band(self) -> Decimal:
        return Decimal(100) / max(1, len(self.categories))

    def _middle(self, index: int) -> Decimal:
        return self._band * (index + Decimal("0.5"))

    def _bar(self, number: int, index: int, value: Number, label: str) -> Mark:
        width = min(self._band * Decimal("0.68") / self.columns, WIDEST_BAR)
        centre = self.x(self._middle(index) + width * (number - Decimal(self.columns + 1) / 2))
        top, bottom = sorted((self.y(value), self.y(0)))
        return Mark(
            round(centre - float(width) / 2, 2),
            top,
            _position(width),
            round(bottom - top, 2),
            self._say(index, value, label),
        )

    def _point(self, number: int, index: int, value: Number, label: str) -> Mark:
        return Mark(self.x(self._middle(index)), self.y(value), 0, 0, self._say(index, value, label))

    def _say(self, index: int, value: Number, label: str) -> str:
        return f"{self.categories[index]} · {label}: {self.show(value)}"


def _short(name: str, length: int) -> str:
    return name if len(name) <= length else f"{name[: length - 1].rstrip()}…"


def _position(value: Number | float) -> float:
    return round(float(value), 2)
