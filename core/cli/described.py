"""Records as tables for people: labels of choices, names of what they refer to, translations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from backoffice.core.exchange.refs import Refs
from backoffice.core.exchange.shape import Part, shape_of, without_lines
from backoffice.core.office import Desk
from backoffice.core.office.described import text_of
from backoffice.core.persistence import Session
from backoffice.core.text import shown_as
from backoffice.hookspecs import Column, Field, Resource, Row, Table

from .cells import choice

ID = "id"


def listed(desk: Desk, resource: Resource) -> tuple[Part, ...]:
    """Return the columns of the list of ``resource`` that this person may read, the id first."""
    shape = shape_of(desk, resource)
    by_field = {part.field.name: part for part in without_lines(shape)}
    names = [ID, *(name for name in resource.columns if name != ID)]
    return tuple(by_field[name] for name in names if name in by_field)


def table_of(desk: Desk, session: Session, records: Sequence[Any], parts: Sequence[Part]) -> Table:
    """Return ``records`` as a table with the columns ``parts``, none of them nested lines."""
    refs = Refs(desk, session)
    _want(refs, records, parts)
    columns = [Column(part.name, part.label if part.name != ID else ID, _kind(part.field)) for part in parts]
    rows = [Row(tuple(_cell(refs, part, record, desk.language) for part in parts)) for record in records]
    return Table(columns, rows)


def lines_of(desk: Desk, session: Session, record: Any, part: Part, totals: Iterable[str]) -> Table:
    """Return the nested lines that ``part`` reads from ``record`` as a table, ``totals`` summed."""
    from dataclasses import replace

    summed = set(totals)
    table = table_of(desk, session, list(part.read(record)), [one for one in part.parts if one.name != ID])
    columns = [replace(column, total=column.name in summed) for column in table.columns]
    return replace(table, columns=columns, title=part.label)


def _want(refs: Refs, records: Iterable[Any], parts: Sequence[Part]) -> None:
    for record in records:
        for part in parts:
            if part.field.kind == "ref":
                refs.want(part.field, part.read(record))


def _cell(refs: Refs, part: Part, record: Any, language: str) -> Any:
    field = part.field
    if field.translatable:
        return text_of(record, field.name, language)
    value = part.read(record)
    if field.kind == "ref":
        found = refs.of(field, value)
        return None if found is None else found.title
    return choice(field, value)


def _kind(field: Field) -> Any:
    return "text" if field.kind in ("ref", "choice") else shown_as(field)
