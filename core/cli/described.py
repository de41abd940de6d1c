"""Records as tables and as plain values, with the names of what they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backoffice.core.office import Desk
from backoffice.core.office.described import child_of, line_fields, text_of
from backoffice.core.persistence import Session, fields_of
from backoffice.core.schemas import public_name, to_plain
from backoffice.core.users.identity import permitted_fields
from backoffice.hookspecs import Column, Field, Resource, Row, Table

from .cells import choice

Titles = Mapping[tuple[str, int], str]
"""What the records referred to are called, by name of the field and id."""


def visible(desk: Desk, resource: Resource, names: Iterable[str] = ()) -> list[Field]:
    """Return the fields of ``resource`` this person may read, those called ``names`` or all of them."""
    described = fields_of(resource.model)
    readable = set(desk.readable(resource))
    return [described[name] for name in (names or described) if name in described and name in readable]


def titles_of(desk: Desk, session: Session, fields: Iterable[Field], records: Sequence[Any]) -> Titles:
    """Return what the records that ``records`` refer to are called, in one query for each field."""
    found: dict[tuple[str, int], str] = {}
    for field in fields:
        if field.kind == "ref":
            ids = {getattr(record, field.name) for record in records} - {None}
            found.update({(field.name, id_): said for id_, said in desk.titles(session, field, ids).items()})
    return found


def value_of(record: Any, field: Field, titles: Titles, language: str) -> Any:
    """Return a cell for people: the label of a choice, the name of what is referred to, the translation of a name."""
    value = text_of(record, field.name, language) if field.translatable else getattr(record, field.name)
    if field.kind == "ref" and value is not None:
        return titles.get((field.name, value), f"#{value}")
    return choice(field, value)


def table_of(desk: Desk, session: Session, resource: Resource, records: Sequence[Any]) -> Table:
    """Return ``records`` as a table with the columns of their list, the id first."""
    fields = visible(desk, resource, resource.columns)
    titles = titles_of(desk, session, fields, records)
    columns = [Column("id", "id", "integer"), *(Column(public_name(f), f.label, _kind(f)) for f in fields)]
    rows = [Row((record.id, *(value_of(record, f, titles, desk.language) for f in fields))) for record in records]
    return Table(columns, rows)


def _kind(field: Field) -> Any:
    return "text" if field.kind in ("ref", "choice") else field.kind


def plain_record(desk: Desk, session: Session, resource: Resource, record: Any) -> dict[str, Any]:
    """Return everything this person may read of ``record``, nested lines included, as plain values."""
    plain = {"id": record.id}
    if hasattr(record, "version"):
        plain["version"] = record.version
    plain |= _plain_values(desk, session, visible(desk, resource), [record])[0]
    for name in ("translations", "custom"):
        if getattr(record, name, None):
            plain[name] = to_plain(getattr(record, name))
    for lines in resource.lines:
        fields = [f for f in _readable_lines(desk, lines, resource) if f.name != "id"]
        children = list(getattr(record, lines.relation))
        values = _plain_values(desk, session, fields, children)
        plain[lines.relation] = [{"id": c.id, **v} for c, v in zip(children, values, strict=True)]
    return plain


def plain_records(
    desk: Desk, session: Session, resource: Resource, records: Sequence[Any]
) -> list[dict[str, Any]]:
    """Return ``records`` as plain values without their lines, in a query for each kind of reference."""
    values = _plain_values(desk, session, visible(desk, resource), records)
    return [{"id": record.id, **plain} for record, plain in zip(records, values, strict=True)]


def _readable_lines(desk: Desk, lines: Any, resource: Resource) -> list[Field]:
    if getattr(lines, "permission", "") and not desk.may(lines.permission):
        return []
    return permitted_fields(desk.user, line_fields(lines, resource.model))


def _plain_values(
    desk: Desk, session: Session, fields: Sequence[Field], records: Sequence[Any]
) -> list[dict[str, Any]]:
    titles = titles_of(desk, session, fields, records)
    return [{public_name(f): _plain(record, f, titles) for f in fields} for record in records]


def _plain(record: Any, field: Field, titles: Titles) -> Any:
    value = getattr(record, field.name)
    if field.kind == "ref" and value is not None:
        return {"id": value, "title": titles.get((field.name, value), "")}
    return to_plain(value)


def line_table(desk: Desk, session: Session, resource: Resource, record: Any, lines: Any) -> Table:
    """Return the nested ``lines`` of ``record`` as a table."""
    fields = [f for f in _readable_lines(desk, lines, resource) if f.name != "id"]
    children = list(getattr(record, lines.relation))
    described = fields_of(child_of(lines, resource.model))
    titles = titles_of(desk, session, fields, children)
    columns = [
        Column(public_name(f), described[f.name].label, _kind(f), total=f.name in lines.totals) for f in fields
    ]
    rows = [Row(tuple(value_of(child, f, titles, desk.language) for f in fields)) for child in children]
    return Table(columns, rows, title=lines.label or lines.relation)
