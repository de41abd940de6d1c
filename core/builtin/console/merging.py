"""Two people changed the same record: take what does not touch each other, and lay the rest before the second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.core.audit.history import at_version, lines_as_of
from backoffice.core.office.described import child_of
from backoffice.core.schemas import public_name
from backoffice.hookspecs import Field, Resource, messages

from .pages import Clash
from .revived import revived
from .showing import Showing
from .typed import Texts, count_lines, of_record

_ = messages("console")


@dataclass(frozen=True, slots=True)
class Merged:
    """The texts to go on with, and the fields on which the two disagree."""

    texts: Texts
    clashes: Sequence[Clash]


def merge(showing: Showing, noun: Resource, fields: Iterable[Field], record: Any, texts: Texts, version: int) -> Merged:
    """Return ``texts``, typed over ``version`` of ``record``, together with what others saved since.

    A field that only the others changed takes their value; one that both changed is a clash, unless they agree.
    Nested lines are compared as a whole.
    """
    fields = list(fields)
    theirs = of_record(showing, fields, record)
    base = _base(showing, noun, fields, record, version)
    merged, clashes = dict(texts), []
    for field in fields:
        for name, part in _parts(field):
            mine, other = _taken(texts, name), _taken(theirs, name)
            before = _taken(base, name) if base is not None else None
            if mine == other:
                continue
            if before is not None and mine == before:
                _replace(merged, name, other)
            elif before is None or other != before:
                clashes.append(_clash(showing, part, name, mine, other))
    return Merged(merged, clashes)


def _parts(field: Field) -> list[tuple[str, Field]]:
    if field.fields and not field.many:
        return [(f"{field.name}.{public_name(part)}", part) for part in field.fields]
    return [(public_name(field), field)]


def _taken(texts: Texts, name: str) -> Texts:
    """Return what ``texts`` hold for the input ``name``: its value, its text, its nested lines."""
    return {
        key: value
        for key, value in texts.items()
        if key == name or key.startswith(f"{name}.") or key == f"{name}:text"
        if value not in ("", [])
    }


def _replace(texts: Texts, name: str, values: Texts) -> None:
    for key in _taken(texts, name):
        del texts[key]
    texts.update(values or {name: ""})


def _base(showing: Showing, noun: Resource, fields: Sequence[Field], record: Any, version: int) -> Texts | None:
    """Return the texts of the version that was typed over, or nothing when its history is gone."""
    values = at_version(showing.session, noun.model.__tablename__, record.id, version)
    if values is None:
        return None
    was = revived(noun.model, values)
    for lines in noun.lines:
        child = child_of(lines, noun.model)
        rows = lines_as_of(showing.session, child.__tablename__, record.id, values["updated_at"])
        setattr(was, lines.relation, [revived(child, row) for row in rows])
    return of_record(showing, fields, was)


def _clash(showing: Showing, field: Field, name: str, mine: Texts, other: Texts) -> Clash:
    return Clash(
        name=name,
        label=showing.reader.say(field.label),
        yours=_said(showing, field, name, mine),
        theirs=_said(showing, field, name, other),
    )


def _said(showing: Showing, field: Field, name: str, texts: Texts) -> str:
    """Return what stands in an input in words."""
    read = showing.reader
    if field.many and field.fields:
        count = count_lines(field, texts)
        return read.say(_("{count} line").counted("{count} lines", count))
    value = texts.get(f"{name}:text", texts.get(name, ""))
    if field.kind == "boolean":
        return read.say(_("Yes") if value else _("No"))
    if field.kind == "choice" and isinstance(value, str):
        return read.say(field.choices.get(value, value))
    return ", ".join(value) if isinstance(value, list) else str(value)


def without_theirs(values: dict[str, Any], resolved: Iterable[str]) -> dict[str, Any]:
    """Return the input without the fields whose saved value shall stand."""
    kept = dict(values)
    for name in resolved:
        outer, _dot, inner = name.partition(".")
        if inner and isinstance(kept.get(outer), dict):
            kept[outer] = {key: value for key, value in kept[outer].items() if key != inner}
        else:
            kept.pop(name, None)
    return kept


__all__ = ["Merged", "merge", "without_theirs"]
