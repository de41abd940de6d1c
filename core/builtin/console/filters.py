"""What stands in the address of a list: search, order, typed filters and the place of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from backoffice.core.errors import InvalidInput
from backoffice.core.office import Question
from backoffice.core.office.queries import filterable
from backoffice.core.office.views import RANGES, SETS
from backoffice.core.schemas.derive import schema_for
from backoffice.core.text import parse_date
from backoffice.hookspecs import Field, Resource, messages

from .pages import Filter
from .reader import Reader
from .showing import Showing

_ = messages("console")

OURS: Final = frozenset({"q", "sort", "after", "before", "columns", "totals", "view"})
ONLY_LOOKS: Final = frozenset({"sort", "after", "before", "columns", "totals", "view"})
"""Parameters that leave nothing out of the list."""
BOOLEANS: Final = {"true": _("Yes"), "false": _("No")}

_ALIASES: Final = {"from": ".from", "to": ".until", "in": "", "contains": ""}
"""Operators of the programs' interface, as links to a list may write them, and what the filters here call them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a list as they came; ``given`` has neither empty nor unknown ones."""

    given: MultiDict[str, str]
    question: Question = field(default_factory=Question)

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out of the list."""
        return any(name not in ONLY_LOOKS for name in self.given)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that were chosen, by their public names; none for those the list shows by itself."""
        return tuple(self.given["columns"].split(",")) if "columns" in self.given else ()

    @property
    def totals(self) -> bool:
        """Whether amounts are summed over every page."""
        return self.given.get("totals") == "1"

    def query(self, *without: str, **changes: str) -> str:
        """Return the parameters as they stand in an address, the place of the page left out unless it is changed."""
        gone = {*without, *changes, "after", "before"}
        pairs = [(name, value) for name, value in self.given.items(multi=True) if name not in gone]
        return urlencode([*pairs, *((name, value) for name, value in changes.items() if value)])


def tidy(arguments: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return ``arguments`` without empty values, an operator's name as the filters write it."""
    found: MultiDict[str, str] = MultiDict()
    chosen = [name for value in arguments.getlist("columns") for name in value.split(",") if name.strip()]
    for name, value in arguments.items(multi=True):
        if name == "columns":
            continue
        if value.strip() and not (name.endswith(":text") and arguments.get(name.removesuffix(":text"))):
            found.add(_own_name(name), value.strip())
    if chosen:
        found.add("columns", ",".join(dict.fromkeys(chosen)))
    return found


def _own_name(name: str) -> str:
    plain, mark, operator = name.partition("__")
    return plain + _ALIASES[operator] if mark and operator in _ALIASES else name


def asked(resource: Resource, given: MultiDict[str, str], showing: Showing) -> Asked:
    """Return what the parameters ``given`` ask of the list of ``resource``."""
    known = filterable(resource, showing.desk.readable(resource))
    filters = dict(_filters(known, given, showing))
    question = Question(
        filters=filters,
        search=given.get("q", ""),
        order=given.get("sort", ""),
        after=given.get("after", ""),
        before=given.get("before", ""),
    )
    return Asked(given, question)


def _filters(known: Mapping[str, Field], given: MultiDict[str, str], showing: Showing) -> Iterator[tuple[str, Any]]:
    for written in given:
        if written in OURS:
            continue
        name, mark, edge = written.partition(".")
        named, _colon, text = written.partition(":")
        if mark and name in known and edge in {"from", "until"}:
            value = _edge(known[name], given[written], edge, showing.reader)
            yield f"{name}__{'from' if edge == 'from' else 'to'}", value
        elif text and named in known:
            yield named, _referred(known[named], given[written], showing)
        elif name in known and known[name].kind in SETS:
            yield f"{name}__in", ",".join(given.getlist(name))
        elif name in known and known[name].kind == "ref" and "," in given[written]:
            yield f"{name}__in", given[written]
        elif name in known and known[name].kind not in RANGES | {"ref"}:
            yield f"{name}__contains", given[written]
        else:
            # The office says which filters there are when this is none of them.
            yield written, given[written]


def _edge(field: Field, written: str, edge: str, reader: Reader) -> str:
    """Return the beginning or the end of a range as the office reads it; a day of an instant is a day here."""
    if field.kind == "date":
        return reader.read_day(written)
    if field.kind != "instant":
        return written
    try:
        day = parse_date(written, calendar=reader.calendar)
    except InvalidInput:
        return written
    return reader.read_instant(datetime.combine(day, time.min if edge == "from" else time.max).isoformat())


def _referred(field: Field, text: str, showing: Showing) -> int:
    """Return the id of the record called ``text``; one that nobody has when there is none, so nothing is found."""
    from .typed import find_reference

    found = find_reference(showing.desk, showing.session, field, text)
    return found if found is not None else 0


# -- as they are shown -------------------------------------------------------------------------------------------


def shown(resource: Resource, asked: Asked, showing: Showing, url: str) -> list[Filter]:
    """Return the filters of the list, each with what it is set to in words."""
    known = filterable(resource, showing.desk.readable(resource))
    usable = [(name, f) for name, f in known.items() if f.kind not in {"data", "file"}]
    return [_shown(name, field, asked, showing, url) for name, field in usable]


def _shown(name: str, field: Field, asked: Asked, showing: Showing, url: str) -> Filter:
    names = (name, f"{name}.from", f"{name}.until", f"{name}:text")
    is_set = any(each in asked.given for each in names)
    made = Filter(
        name=name,
        label=showing.reader.say(field.label),
        kind=field.kind,
        choices=_choices(field, showing.reader),
        clear_url=f"{url}?{asked.query(*names)}".rstrip("?") if is_set else "",
        pick=showing.places.pick(field) if field.kind == "ref" else "",
    )
    return _set(made, field, asked, showing) if is_set else made


def _choices(field: Field, reader: Reader) -> dict[str, str]:
    if field.kind == "boolean":
        return {value: reader.say(label) for value, label in BOOLEANS.items()}
    return reader.choices(field)


def _set(made: Filter, field: Field, asked: Asked, showing: Showing) -> Filter:
    given, name = asked.given, made.name
    if made.kind in RANGES:
        first, last = given.get(f"{name}.from", ""), given.get(f"{name}.until", "")
        if not (first or last):
            return replace(made, value=given[name], until=given[name], text=_said(field, given[name], showing.reader))
        return replace(made, value=first, until=last, text=_range(field, first, last, showing.reader))
    if made.kind in SETS:
        values = [value for each in given.getlist(name) for value in each.split(",")]
        return replace(made, value=",".join(values), text=_listed(made, values, showing.reader))
    if made.kind == "ref":
        text = given.get(f"{name}:text", "") or _title(field, given.get(name, ""), showing)
        return replace(made, value=given.get(name, ""), text=text)
    return replace(made, value=given.get(name, ""), text=given.get(name, ""))


def _listed(made: Filter, values: Sequence[str], reader: Reader) -> str:
    comma = "، " if reader.language == "ar" else ", "
    return comma.join(made.choices.get(value, value) for value in values)


def _range(field: Field, first: str, last: str, reader: Reader) -> str:
    start, end = _said(field, first, reader), _said(field, last, reader)
    if first and last:
        return start if first == last else f"{start} – {end}"
    return reader.say(_("from {value}"), value=start) if first else reader.say(_("until {value}"), value=end)


def _said(field: Field, written: str, reader: Reader) -> str:
    """Return a limit in words, or as it was written when it cannot be understood."""
    if not written:
        return ""
    kind: Any = "date" if field.kind == "instant" else field.kind
    plain = replace(field, kind=kind, name="value", required=False)
    try:
        value = schema_for("Limit", [plain], partial=True)().load({"value": written})["value"]
    except ValidationError:
        return written
    if isinstance(value, Decimal):
        return reader.number(value)
    return reader.value(plain, value)


_ID = re.compile(r"[0-9]{1,18}")


def _title(field: Field, written: str, showing: Showing) -> str:
    """Return what the records are called whose ids stand in the address, parted by commas."""
    ids = [int(id_) if _ID.fullmatch(id_) else None for id_ in written.split(",")]
    for id_ in ids:
        showing.refs.want(field, id_)
    refs = [showing.ref(field, id_, linked=False) for id_ in ids]
    comma = "، " if showing.reader.language == "ar" else ", "
    return comma.join(ref.text for ref in refs if ref is not None) or written


__all__ = ["Asked", "asked", "shown", "tidy"]
