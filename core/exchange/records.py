"""Records as plain values: their lines loaded together, their references named together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from backoffice.core.office import Desk
from backoffice.core.persistence import Session
from backoffice.core.schemas import to_plain
from backoffice.hookspecs import Resource

from .refs import Ref, Refs
from .shape import Part

Name = Callable[[Ref], Any]


def load_lines(session: Session, resource: Resource, records: Sequence[Any], parts: Iterable[Part]) -> None:
    """Load the nested lines that ``parts`` name of all ``records``, with one query for each kind of lines."""
    loads = [selectinload(getattr(resource.model, part.relation)) for part in parts if part.relation]
    ids = [record.id for record in records]
    if loads and ids:
        session.scalars(sa.select(resource.model).where(resource.model.id.in_(ids)).options(*loads)).all()


def as_documents(
    desk: Desk, session: Session, resource: Resource, records: Sequence[Any], parts: Sequence[Part],
    name: Name = Ref.plain,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return ``records`` as JSON objects of ``parts``; ``name`` says what a reference is written as."""
    load_lines(session, resource, records, parts)
    refs = Refs(desk, session)
    for record in records:
        _want(refs, record, parts)
    return [_document(refs, record, parts, name) for record in records]


def _want(refs: Refs, record: Any, parts: Iterable[Part]) -> None:
    for part in parts:
        if part.field.kind == "ref":
            refs.want(part.field, part.read(record))
        elif part.relation:
            for line in part.read(record):
                _want(refs, line, part.parts)


def _document(refs: Refs, record: Any, parts: Iterable[Part], name: Name) -> dict[str, Any]:
    return {part.name: _value(refs, record, part, name) for part in parts}


def _value(refs: Refs, record: Any, part: Part, name: Name) -> Any:
    value = part.read(record)
    if part.relation:
        return [_document(refs, line, part.parts, name) for line in value]
    if part.parts:
        return _document(refs, value, part.parts, name)
    if part.field.kind == "ref":
        found = refs.of(part.field, value)
        return None if found is None else name(found)
    return to_plain(value)


__all__ = ["as_documents", "load_lines"]
