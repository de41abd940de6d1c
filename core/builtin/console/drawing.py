"""Values, badges, icons and rows as markup: pages hold them by the thousand, so they are written in Python.

A :class:`Drawing` draws for one reader. Templates find it as the globals ``icon``, ``badge``, ``show``, ``figure`` and
``table_rows``; everything it returns is escaped and safe.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import zip_longest
from typing import Any, Final

from markupsafe import Markup, escape

from backoffice.core.text import (
    FIGURES,
    Calendar,
    Digits,
    format_date,
    format_figure,
    format_instant,
    translate,
)
from backoffice.hookspecs import messages

from .pages import Head, TableRow, Tone

_ = messages("console")

NUMBERS: Final = FIGURES
"""Kinds that stand under each other by their decimal mark."""

TURNING: Final = frozenset({"next", "previous", "arrow", "undo", "leave", "list", "reports", "external"})
"""Icons that point somewhere and turn round where reading starts on the right."""

TONES: Final[Mapping[str, Tone]] = {
    **dict.fromkeys(
        (
            "posted",
            "paid",
            "active",
            "done",
            "approved",
            "finished",
            "succeeded",
            "ok",
            "shipped",
            "ready",
            "published",
        ),
        "good",
    ),
    **dict.fromkeys(
        ("waiting", "pending", "partial", "needs-migration", "warning", "submitted", "retrying", "locked", "orphaned"),
        "warning",
    ),
    **dict.fromkeys(
        ("overdue", "unpaid", "failed", "dead", "refused", "rejected", "error", "quarantined", "import-failed"), "bad"
    ),
    **dict.fromkeys(("invalid-hooks", "incompatible", "missing-dependency"), "bad"),
    **dict.fromkeys(("open", "running", "started", "sent", "new"), "info"),
    "published": "good",
    "create": "good",
    "change": "info",
    "delete": "bad",
}
"""What the common words for a state look like; another word is quiet."""

SIGNS: Final[Mapping[str, str]] = {"good": "check", "warning": "half", "bad": "alert", "info": "play", "": "circle"}
OWN_SIGNS: Final = {"running": "repeat", "open": "circle", "create": "plus", "change": "edit", "delete": "trash"}

Draw = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one person reads: language, digits, calendar and time zone."""

    language: str = "en"
    digits: Digits = "latn"
    calendar: Calendar = "gregorian"
    zone: str = "UTC"


class Drawing:
    """Draws for one :class:`Reader`. ``icons`` is the address of the file that holds the icons."""

    def __init__(self, reader: Reader, icons: str) -> None:
        self.reader = reader
        self.icons = icons

    def say(self, label: Any) -> str:
        """Return ``label`` in the reader's language, escaped."""
        return str(escape(translate(label, self.reader.language) if isinstance(label, str) else label))

    def icon(self, name: str, look: str = "") -> Markup:
        """Return the drawing ``name`` of ``icons.svg``, with the classes ``look`` beside its own."""
        return _icon(self.icons, name, look)

    def badge(self, value: Any, label: str = "", tone: Tone | None = None) -> Markup:
        """Return the state ``value``, said by ``label``; without a ``tone`` it follows from common words."""
        word = str(value)
        look = TONES.get(word, "") if tone is None else tone
        sign = self.icon(OWN_SIGNS.get(word, SIGNS[look]))
        classes = f"badge badge-{look}" if look else "badge"
        return _safe(f'<span class="{classes}">{sign}{self.say(label or word)}</span>')

    def figure(self, text: str, places: int | None = None, *, zero: bool = False) -> Markup:
        """Return a number that never flips; with ``places`` its mark stands under the others of its column."""
        return _safe(_figure(str(escape(text)), places, " class=zero" if zero else ""))

    def value(
        self,
        kind: str,
        value: Any,
        currency: str = "",
        choices: Mapping[str, str] | None = None,
        *,
        badge: bool = False,
        places: int | None = None,
        alone: bool = False,
    ) -> Markup:
        """Return ``value`` as its ``kind`` asks. ``alone`` money carries its currency; in a column the head does."""
        head = Head(name="", label="", kind=kind, currency=currency, choices=choices or {}, badge=badge, places=places)
        return _safe(self._drawer(head, alone)(value))

    def rows(self, columns: Sequence[Head], rows: Sequence[TableRow], *, select: bool = False) -> Markup:
        """Return the rows of a table, the first cell leading to the record; ``select`` puts a box before each."""
        values = list(zip_longest(*(row.cells for row in rows)))
        cells = [self._cells(column, each, at) for at, (column, each) in enumerate(zip(columns, values, strict=False))]
        for at, row in enumerate(rows):
            for missing in cells[len(row.cells) :]:
                missing[at] = ""
        urls = self._escaped([row.url for row in rows])
        begins = [f"<tr{_attributes(row, url)}>" for row, url in zip(rows, urls, strict=True)]
        boxes = [self._boxes(rows)] if select else []
        leads = self._leads(columns, rows, cells[0] if cells else [""] * len(rows), urls)
        # Joined column by column without a step of Python for each cell.
        written = map("".join, zip(begins, *boxes, leads, *cells[1:], strict=True))
        return _safe("".join(f"{row}</tr>\n" for row in written).removesuffix("\n"))

    def _cells(self, column: Head, values: Sequence[Any], at: int) -> list[str]:
        """Return the cells of a column; those of the first are put into the head of their row."""
        opening, closing = (f"<td{_look(_classes(column))}>", "</td>") if at else ("", "")
        return self._column(column, values, opening, closing)

    def _column(self, head: Head, values: Sequence[Any], opening: str, closing: str) -> list[str]:
        """Return ``values`` as they are drawn, each between ``opening`` and ``closing``."""
        if head.kind in _NOT_WORDS:
            draw = self._drawer(head)
            return [f"{opening}{draw(value)}{closing}" for value in values]
        nothing = f"{opening}{self._nothing}{closing}"
        if (words := _WORDS.get(head.kind)) is not None:
            return [f"{opening}{words(said)}{closing}" if said else nothing for said in self._escaped(values)]
        return self._around(values, f"{opening}<bdi>", f"</bdi>{closing}", nothing)

    def _around(self, values: Sequence[Any], before: str, after: str, nothing: str) -> list[str]:
        """Return escaped ``values`` between ``before`` and ``after``, or ``nothing`` for one that is empty.

        All at once: what is between them is found by what parts them, and no escaped text looks like markup.
        """
        said = _BETWEEN.join(self._escaped(values))
        return (
            f"{before}{said}{after}"
            .replace(_BETWEEN, f"{after}{_BETWEEN}{before}")
            .replace(before + after, nothing)
            .split(_BETWEEN)
        )  # fmt: skip

    def _escaped(self, values: Sequence[Any]) -> list[str]:
        """Return ``values`` as text, all of them escaped by one call, which is quicker than one by one."""
        said = [value if type(value) is str else "" if value is None else self._text(value) for value in values]
        if set(map(type, said)) <= {str}:
            found = str(escape(_BETWEEN.join(said))).split(_BETWEEN)
            if len(found) == len(said):
                return found
        return [str(escape(one)).replace(_BETWEEN, "") for one in said]

    def _text(self, value: Any) -> str:
        return translate(value, self.reader.language) if isinstance(value, str) else str(value)

    def _leads(
        self, columns: Sequence[Head], rows: Sequence[TableRow], cells: Sequence[str], urls: Sequence[str]
    ) -> list[str]:
        """Return the first cells, which are the heads of their rows and lead to what the rows show."""
        look = _classes(columns[0]) if columns else ""
        looks = [f"{look} indent-{row.level}".strip() if row.level else look for row in rows]
        return [
            f'<th scope="row"{_look(look)}><a class="row-link" href="{url}">{cell}</a></th>'
            if url
            else f'<th scope="row"{_look(look)}>{cell}</th>'
            for look, cell, url in zip(looks, cells, urls, strict=True)
        ]

    def _boxes(self, rows: Sequence[TableRow]) -> list[str]:
        select = self.say(_("Select"))
        ids = self._escaped([row.id for row in rows])
        named = self._escaped([getattr(row.cells[0], "text", row.cells[0]) if row.cells else "" for row in rows])
        return [
            f'<td class="tight"><input type="checkbox" name="id" value="{id_}" aria-label="{select} {said}"></td>'
            for id_, said in zip(ids, named, strict=True)
        ]

    # -- one function a kind -----------------------------------------------------------------------------------------

    def _drawer(self, head: Head, alone: bool = False) -> Draw:
        """Return what draws the values of a column, made once for all of them."""
        draw = self._number(head, alone) if head.kind in NUMBERS else self._other(head)
        nothing = "" if head.kind in NUMBERS and not alone else self._nothing
        return lambda value: nothing if value is None or value == "" else draw(value)

    @cached_property
    def _nothing(self) -> str:
        return f'<span class="nil" aria-hidden="true">–</span><span class="hide">{self.say(_("None"))}</span>'

    def _number(self, head: Head, alone: bool) -> Draw:
        # Isolation is the markup's work here; asking for English keeps the invisible marks out.
        kind, currency, digits = head.kind, head.currency, self.reader.digits

        def text(value: Any) -> str:
            return format_figure(Decimal(value), kind, language="en", digits=digits, currency=currency)

        def with_currency(value: Any) -> str:
            said = format_figure(Decimal(value), kind, language="en", digits=digits, currency=currency, code=True)
            return str(escape(said))  # the code of a currency is only as clean as the row it stands in

        if kind == "money" and alone:
            return lambda value: _figure(with_currency(value), head.places, "")
        if kind == "money":
            return lambda value: _figure(text(value), head.places, "" if value else " class=zero")
        return lambda value: _figure(text(value), head.places, "")

    def _other(self, head: Head) -> Draw:
        if head.kind == "choice":
            return self._choice(head)
        if head.kind == "boolean":
            return self._boolean()
        known: dict[str, Draw] = {
            "date": lru_cache(self._date),
            "instant": self._instant,
            "ref": self._ref,
            "data": lambda value: f'<code><bdi dir="ltr">{escape(_json(value))}</bdi></code>',
        }
        words = _WORDS.get(head.kind, _words)
        return known.get(head.kind) or (lambda value: words(self.say(value)))

    def _choice(self, head: Head) -> Draw:
        @lru_cache
        def draw(value: Any) -> str:
            label = head.choices.get(value, value)
            return str(self.badge(value, label)) if head.badge else self.say(label)

        return draw

    def _date(self, value: date) -> str:
        reader = self.reader
        text = format_date(value, language=reader.language, calendar=reader.calendar, digits=reader.digits)
        return f'<time datetime="{value.isoformat()}">{text}</time>'

    def _instant(self, value: datetime) -> str:
        reader = self.reader
        text = format_instant(
            value, reader.zone, language=reader.language, calendar=reader.calendar, digits=reader.digits
        )
        return f'<time datetime="{value.isoformat(timespec="seconds")}">{text}</time>'

    def _boolean(self) -> Draw:
        yes = f'{self.icon("check")}<span class="hide">{self.say(_("Yes"))}</span>'
        no = f'<span class="nil">{self.say(_("No"))}</span>'
        return lambda value: yes if value else no

    def _ref(self, value: Any) -> str:
        text = f"<bdi>{self.say(getattr(value, 'text', value))}</bdi>"
        url = getattr(value, "url", "")
        return f'<a href="{escape(url)}">{text}</a>' if url else text


def _safe(text: str) -> Markup:
    """Return ``text``, every part of which was escaped where it was put in."""
    return Markup(text)  # noqa: S704


@lru_cache(maxsize=512)
def _icon(icons: str, name: str, look: str) -> Markup:
    classes = " ".join(filter(None, ("icon", look, "icon-turn" if name in TURNING else "")))
    return Markup('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(
        classes, icons, name
    )


def _figure(text: str, places: int | None, look: str) -> str:
    if not places:
        return f'<bdi dir="ltr"{look}>{text}</bdi>'
    whole, mark, part = text.rpartition("٫" if "٫" in text else ".")
    after = f'<span class="frac frac-{places}">{mark}{part if mark else ""}</span>'
    return f'<bdi dir="ltr"{look}>{whole if mark else part}{after}</bdi>'


_BETWEEN: Final = "\0"
"""Parts texts that are escaped together; no text that came from outside holds it."""


def _words(said: str) -> str:
    return f"<bdi>{said}</bdi>"


def _code(said: str) -> str:
    return f'<bdi dir="ltr" class="code">{said}</bdi>'


def _email(said: str) -> str:
    return f'<a href="mailto:{said.replace(" ", "")}"><bdi dir="ltr">{said}</bdi></a>'


def _phone(said: str) -> str:
    return f'<a href="tel:{said.replace(" ", "")}"><bdi dir="ltr">{said}</bdi></a>'


_WORDS: Final[Mapping[str, Callable[[str], str]]] = {"code": _code, "email": _email, "phone": _phone}
"""What stands around escaped words of a kind; around any other :func:`_words`."""
_NOT_WORDS: Final = NUMBERS | {"choice", "date", "instant", "boolean", "ref", "data"}


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _classes(column: Head) -> str:
    if column.kind in NUMBERS:
        return "num"
    return "wrap" if column.wrap else "clip" if column.kind in {"long_text", "data"} else ""


def _look(classes: str) -> str:
    return f' class="{classes}"' if classes else ""


def _attributes(row: TableRow, url: str) -> str:
    address = f' data-url="{url}"' if url else ""
    return f"{address}{_look(row.style)}"


__all__ = ["NUMBERS", "SIGNS", "TONES", "Drawing", "Reader"]
