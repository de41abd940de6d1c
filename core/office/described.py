"""What a resource looks like from outside: its fields with translations, custom fields and nested lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from backoffice.core.bookkeeping.models import CustomField
from backoffice.core.persistence import Session, fields_of
from backoffice.core.text import LANGUAGES
from backoffice.hookspecs import Field, Lines, Resource, messages

_ = messages("backoffice")

NATIVE = {"en": _("English"), "ar": _("Arabic")}


def form_fields(resource: Resource, *, language: str = "en") -> list[Field]:
    """Return the fields people may write, in order, with one more for each other language of a translatable one.

    ``language`` is the organisation's own: the language of the plain field.
    """
    described = fields_of(resource.model)
    names = resource.form or tuple(described)
    found: list[Field] = []
    for name in names:
        field = described[name]
        if field.read_only or field.secret:
            continue
        found.append(field)
        if field.translatable:
            found.extend(_translations(field, language))
    return found


def _translations(field: Field, language: str) -> Iterable[Field]:
    for other in LANGUAGES:
        if other != language:
            label = _("{label} in {language}").with_values(label=field.label, language=NATIVE[other])
            yield replace(
                field,
                name=f"{field.name}_{other}",
                label=label,
                required=False,
                translatable=False,
                help="",
                default=None,
            )


def line_fields(lines: Lines, model: Any) -> list[Field]:
    """Return the fields of one nested line; ``id`` names a line that exists already."""
    relation = sa.inspect(model).relationships[lines.relation]
    child = relation.mapper.class_
    parent_column = child.__part_of__ or next(iter(relation.remote_side)).key
    described = fields_of(child)
    names = lines.columns or tuple(described)
    fields = [described[name] for name in names if name != parent_column and not described[name].secret]
    return [Field("id", "integer", read_only=True), *fields]


def child_of(lines: Lines, model: Any) -> Any:
    """Return the mapped class of the nested lines."""
    return sa.inspect(model).relationships[lines.relation].mapper.class_


def nested_fields(resource: Resource) -> list[Field]:
    """Return one field for each kind of nested lines."""
    return [
        Field(
            lines.relation,
            "data",
            label=lines.label or lines.relation.capitalize(),
            many=True,
            fields=tuple(line_fields(lines, resource.model)),
            permission=lines.permission,
        )
        for lines in resource.lines
    ]


def writable(fields: Iterable[Field]) -> list[Field]:
    """Return ``fields`` with the read-only parts of nested lines left out, but for their id.

    Lines of which nothing can be written are left out altogether: the program writes them.
    """
    kept = [
        replace(f, fields=tuple(x for x in f.fields if not x.read_only or x.name == "id")) if f.fields else f
        for f in fields
    ]
    return [f for f in kept if not f.fields or any(x.name != "id" for x in f.fields)]


def custom_fields(session: Session, resource: str, company_id: int | None) -> list[Field]:
    """Return the fields the company added to ``resource``; their values live in ``custom``."""
    rows = session.scalars(
        sa.select(CustomField)
        .where(CustomField.resource == resource, CustomField.active, CustomField.company_id == company_id)
        .order_by(CustomField.id)
    )
    return [
        Field(
            row.name,
            row.kind,  # type: ignore[arg-type]
            label=row.label,
            required=row.required,
            length=400 if row.kind == "text" else None,
            choices={choice: choice for choice in row.choices or ()},
        )
        for row in rows
    ]


def input_fields(resource: Resource, custom: Sequence[Field], *, language: str = "en") -> list[Field]:
    """Return everything a create or change takes: own fields, nested lines and, below ``custom``, added ones."""
    fields = writable([*form_fields(resource, language=language), *nested_fields(resource)])
    if custom:
        fields.append(Field("custom", "data", label=_("More"), fields=tuple(custom)))
    return fields


def title_of(record: Any, language: str = "en") -> str:
    """Return what a record is called, in ``language`` where it has a translation."""
    name = record.__title__
    if not name:
        return f"#{record.id}"
    return str(text_of(record, name, language) or f"#{record.id}")


def text_of(record: Any, name: str, language: str) -> Any:
    """Return the field ``name`` of ``record``, in ``language`` where it has a translation."""
    translations: Mapping[str, Mapping[str, Any]] = getattr(record, "translations", None) or {}
    return translations.get(language, {}).get(name) or getattr(record, name)
