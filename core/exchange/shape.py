"""What a record looks like from outside: its named values, as far as a person may read them.

REST, exports and imports all take the shape from here, so that none of them can show more than another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from backoffice.core.errors import MalformedRequest
from backoffice.core.office import Desk
from backoffice.core.office.described import NATIVE, nested_fields
from backoffice.core.persistence import fields_of
from backoffice.core.schemas import public_name
from backoffice.core.text import LANGUAGES
from backoffice.core.users.identity import permitted_fields
from backoffice.hookspecs import Field, Resource, messages

_ = messages("rest")

Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A named value of a record. ``read(record)`` gives it as Python has it; lines and custom values have parts."""

    name: str
    field: Field
    read: Read
    parts: tuple[Part, ...] = ()
    relation: str = ""
    """The relationship on the model when these are nested lines."""

    @property
    def label(self) -> str:
        """What people call it."""
        return self.field.label or self.name


Shape = Mapping[str, Part]

BOOKKEEPING = {
    "id": Field("id", "integer", label=_("Number"), read_only=True),
    "version": Field("version", "integer", label=_("Version"), read_only=True),
    "created_at": Field("created_at", "instant", label=_("Created"), read_only=True),
    "updated_at": Field("updated_at", "instant", label=_("Changed"), read_only=True),
}


def shape_of(desk: Desk, resource: Resource) -> Shape:
    """Return the values of the records of ``resource`` that the person at ``desk`` may read, by public name."""
    language = desk.office.language_of(desk.user.organization_id)
    parts = [*_kept(resource.model, ("id", "version")), *_own(desk, resource.model, language)]
    custom = desk.custom_fields(resource)
    if custom:
        parts.append(_custom(custom))
    nested = permitted_fields(desk.user, nested_fields(resource))
    parts += [_lines(desk, field) for field in nested]
    parts += _kept(resource.model, ("created_at", "updated_at"))
    return {part.name: part for part in parts}


def _kept(model: Any, names: Iterable[str]) -> list[Part]:
    known = fields_of(model)
    return [Part(n, BOOKKEEPING[n], attrgetter(n)) for n in names if hasattr(model, n) and n not in known]


def _own(desk: Desk, model: Any, language: str) -> Iterable[Part]:
    for field in permitted_fields(desk.user, fields_of(model).values()):
        if field.secret:
            continue
        yield Part(public_name(field), field, attrgetter(field.name))
        if field.translatable:
            yield from (_translation(field, other) for other in LANGUAGES if other != language)


def _translation(field: Field, language: str) -> Part:
    base = field.name

    def read(record: Any) -> Any:
        return ((record.translations or {}).get(language) or {}).get(base)

    label = _("{label} in {language}").with_values(label=field.label, language=NATIVE[language])
    name = f"{base}_{language}"
    return Part(name, replace(field, name=name, label=label, required=False, translatable=False), read)


def _custom(fields: Sequence[Field]) -> Part:
    def reading(name: str) -> Read:
        return lambda values: (values or {}).get(name)

    parts = tuple(Part(field.name, field, reading(field.name)) for field in fields)
    return Part("custom", Field("custom", "data", label=_("More"), fields=tuple(fields)), attrgetter("custom"), parts)


def _lines(desk: Desk, field: Field) -> Part:
    inner = [f for f in permitted_fields(desk.user, field.fields) if not f.secret]
    parts = tuple(Part(public_name(f), f, attrgetter(f.name)) for f in inner)
    return Part(field.name, field, attrgetter(field.name), parts, relation=field.name)


def without_lines(shape: Shape) -> tuple[Part, ...]:
    """Return the parts that need no further rows: what a list shows."""
    return tuple(part for part in shape.values() if not part.relation)


def chosen(shape: Shape, names: Iterable[str]) -> tuple[Part, ...]:
    """Return the parts called ``names``, dotted for a part of lines (``lines.amount``) or a custom value.

    Raises :class:`MalformedRequest` for a name that does not exist or may not be read, which look the same.
    """
    picked: dict[str, list[Part] | None] = {}
    for name in names:
        outer, mark, inner = name.partition(".")
        part = shape.get(outer)
        within = next((p for p in part.parts if p.name == inner), None) if part is not None and mark else None
        if part is None or (mark and within is None):
            raise _unknown(name, shape)
        so_far = picked.setdefault(outer, [] if within is not None else None)
        if within is None:
            picked[outer] = None
        elif so_far is not None and within not in so_far:
            so_far.append(within)
    return tuple(
        shape[outer] if inner is None else replace(shape[outer], parts=tuple(inner)) for outer, inner in picked.items()
    )


def _unknown(name: str, shape: Shape) -> MalformedRequest:
    return MalformedRequest(
        _("There is no field {name}.").with_values(name=name),
        remedy=_("Use some of: {names}.").with_values(names=", ".join(shape)),
    )


__all__ = ["Part", "Shape", "chosen", "shape_of", "without_lines"]
