"""Exports of lists: the rows and fields the list shows this person, in a file that can be imported again.

A record with nested lines takes several rows of a table: its own values stand in the first, and each further line has
a row of its own in which ``_row`` counts on from 2. In JSON the lines stand inside their record. References are
written as natural keys, or as ``#id`` where a record has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Final

from backoffice.core.office import Desk, Question
from backoffice.core.office.described import form_fields
from backoffice.core.office.queries import LARGEST_PAGE, answer, conditions, order_of
from backoffice.core.persistence import Session
from backoffice.core.schemas import public_name
from backoffice.core.text import translate
from backoffice.hookspecs import Resource, messages

from .records import as_documents, load_lines
from .refs import Ref, Refs
from .shape import Part, Shape, chosen, shape_of
from .writers import Heading, csv_file, json_file, jsonl_file, require_format, xlsx_file

_ = messages("rest")

ROW: Final = "_row"
"""The column that counts the rows of one record."""


def export(
    desk: Desk,
    name: str,
    question: Question | None = None,
    *,
    columns: Sequence[str] | None = None,
    format: str = "csv",
    labels: bool = False,
    bom: bool = False,
) -> Iterator[bytes]:
    """Return the list of the resource ``name`` as a file, in pieces.

    Args:
        desk: whose list it is; nothing is written that this person may not read.
        name: the resource.
        question: the list's filters, search and order; its page is passed over, every page is written.
        columns: names of fields, by default what an import takes and what the list shows.
        format: ``csv``, ``xlsx``, ``json`` or ``jsonl``.
        labels: head columns with what people call them instead of their names; an import understands both.
        bom: begin a CSV file with the mark by which Excel knows UTF-8.

    Raises:
        NotFound, Forbidden: as the list does, before the first piece is asked for.
        MalformedRequest: an unknown or forbidden column, filter or order, or an unknown format.
    """
    require_format(format)
    resource = desk.resource(name)
    asked = replace(question or Question(), after="", before="", limit=LARGEST_PAGE)
    readable = desk.readable(resource)
    order_of(resource, asked.order, readable)
    conditions(resource, asked, readable)
    shape = shape_of(desk, resource)
    names = columns or default_columns(desk, resource, shape)
    parts = tuple(part if f"{part.name}.id" in names else _portable(part) for part in chosen(shape, names))
    return _written(_Source(desk, resource, asked, parts), format, labels, bom)


def _portable(part: Part) -> Part:
    """Return lines without their ids, which mean nothing elsewhere: an import matches lines by their order."""
    return replace(part, parts=tuple(p for p in part.parts if p.name != "id")) if part.relation else part


def default_columns(desk: Desk, resource: Resource, shape: Shape) -> list[str]:
    """Return the columns of an export that an import takes back: what can be written, and what the list shows."""
    language = desk.office.language_of(desk.user.organization_id)
    written = [public_name(field) for field in form_fields(resource, language=language)]
    own = {part.field.name: part.name for part in shape.values()}
    shown = [own[column] for column in resource.columns if column in own]
    keys = [own[key] for key in resource.model.__key__ if key in own] or ["id"]
    rest = [part.name for part in shape.values() if part.parts]
    return list(dict.fromkeys(name for name in (*keys, *written, *shown, *rest) if name in shape))


@dataclass(frozen=True, slots=True)
class _Source:
    """The pages of a list, read in one snapshot."""

    desk: Desk
    resource: Resource
    question: Question
    parts: tuple[Part, ...]

    def pages(self) -> Iterator[tuple[Session, Sequence[Any]]]:
        rule = self.desk.rule(self.resource, "read")
        readable = self.desk.readable(self.resource)
        question = self.question
        with self.desk.reading() as session:
            while True:
                page = answer(session, self.resource, question, [] if rule is None else [rule], readable=readable)
                yield session, page.records
                if not page.next:
                    return
                session.expunge_all()
                question = replace(question, after=page.next)

    def documents(self) -> Iterator[dict[str, Any]]:
        for session, records in self.pages():
            yield from as_documents(self.desk, session, self.resource, records, self.parts, Ref.text)

    def rows(self) -> Iterator[list[Any]]:
        for session, records in self.pages():
            load_lines(session, self.resource, records, self.parts)
            yield from flattened(self.desk, session, records, self.parts)


def _written(source: _Source, format: str, labels: bool, bom: bool) -> Iterator[bytes]:
    if format == "json":
        return json_file(source.documents())
    if format == "jsonl":
        return jsonl_file(source.documents())
    headings = headings_of(source.parts, source.desk.language if labels else "")
    if format == "csv":
        return csv_file(headings, source.rows(), bom=bom)
    title = translate(source.resource.plural or source.resource.name, source.desk.language)
    return xlsx_file(headings, source.rows(), title=title, language=source.desk.language)


# -- records as rows -------------------------------------------------------------------------------------------------


def headings_of(parts: Sequence[Part], language: str = "") -> list[Heading]:
    """Return the heads of a table of ``parts``: names, or labels in ``language`` where one is given."""
    heads = [Heading(ROW, "integer")] if any(part.relation for part in parts) else []
    for part in parts:
        if part.parts:
            heads += [Heading(header(one, language, part), one.field.kind) for one in part.parts]
        else:
            heads.append(Heading(header(part, language), part.field.kind))
    return heads


def header(part: Part, language: str = "", outer: Part | None = None) -> str:
    """Return the head of a column: ``lines.amount``, or in ``language`` the labels, as in ``Lines / Amount``."""
    if not language:
        return f"{outer.name}.{part.name}" if outer is not None else part.name
    own = translate(part.label, language)
    return f"{translate(outer.label, language)} / {own}" if outer is not None else own


def flattened(desk: Desk, session: Session, records: Iterable[Any], parts: Sequence[Part]) -> Iterator[list[Any]]:
    """Yield the rows of ``records``: one each, and one more for each further nested line."""
    records = list(records)
    refs = Refs(desk, session)
    nested = [part for part in parts if part.relation]
    for record in records:
        for part in parts:
            for one, holder in _cells(part, record):
                if one.field.kind == "ref":
                    refs.want(one.field, one.read(holder))
    for record in records:
        lines = [list(part.read(record)) for part in nested]
        for number, at in enumerate(list(zip_longest(*lines)) or [()], start=1):
            held = dict(zip((part.name for part in nested), at, strict=False))
            yield [*([number] if nested else []), *_row(refs, record if number == 1 else None, parts, held)]


def _cells(part: Part, record: Any) -> Iterator[tuple[Part, Any]]:
    if not part.relation:
        yield part, record
        return
    for line in part.read(record):
        yield from ((one, line) for one in part.parts)


def _row(refs: Refs, record: Any, parts: Sequence[Part], held: dict[str, Any]) -> Iterator[Any]:
    for part in parts:
        if part.relation:
            yield from (_cell(refs, one, held.get(part.name)) for one in part.parts)
        elif part.parts:
            values = part.read(record) if record is not None else None
            yield from (None if values is None else one.read(values) for one in part.parts)
        else:
            yield _cell(refs, part, record)


def _cell(refs: Refs, part: Part, holder: Any) -> Any:
    if holder is None:
        return None
    value = part.read(holder)
    if part.field.kind != "ref":
        return value
    found = refs.of(part.field, value)
    return None if found is None else found.text()


__all__ = ["ROW", "default_columns", "export", "flattened", "header", "headings_of"]
