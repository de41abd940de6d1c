"""Turn what people write for a reference (an id, a code, a name) into ids, a query per target and not per row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from backoffice.core.errors import InvalidInput
from backoffice.core.persistence import Session, metadata
from backoffice.core.persistence.fields import INFO
from backoffice.hookspecs import Field, messages

_ = messages("backoffice")

CHUNK = 500
Known = dict[Any, dict[Any, int]]
"""Mapped class → what was written for a reference → id: what earlier inputs of the same work resolved."""


def model_of(target: Any, bases: Iterable[Any]) -> Any:
    """Return the mapped class of ``target``, a class or the name of its table."""
    if not isinstance(target, str):
        return target
    for base in bases:
        for mapper in base.registry.mappers:
            if mapper.class_.__tablename__ == target:
                return mapper.class_
    raise KeyError(target)


class References:
    """Collects the references in one or many inputs and resolves them together.

    ``known`` carries what was resolved from one to the next; without it nothing is remembered.
    """

    def __init__(self, session: Session, bases: Iterable[Any], known: Known | None = None) -> None:
        self.session = session
        self.known: Known = {} if known is None else known
        self.bases = tuple(bases)
        self.wanted: dict[Any, set[Any]] = {}
        self.places: list[tuple[dict[str, Any], str, Any, str]] = []

    def collect(self, fields: Iterable[Field], values: dict[str, Any], path: str = "") -> None:
        """Note every reference in ``values``, loaded by the schema of ``fields``; ``path`` leads nested errors."""
        for field in fields:
            value = values.get(field.name)
            if value is None:
                continue
            if field.kind == "ref":
                model = model_of(field.target, self.bases)
                self.wanted.setdefault(model, set()).add(value)
                self.places.append((values, field.name, model, path + field.name.removesuffix("_id")))
            elif field.kind == "data" and field.fields:
                for index, line in enumerate(value if field.many else [value]):
                    self.collect(
                        field.fields, line, f"{path}{field.name}.{index}." if field.many else f"{path}{field.name}."
                    )

    def resolve(self) -> None:
        """Replace every noted reference by an id; raise :class:`InvalidInput` naming each that leads nowhere."""
        self.look_up()
        missing: dict[str, list[str]] = {}
        for values, name, model, path in self.places:
            value = values[name]
            found = self.known[model].get(value)
            if found is None:
                missing[path] = [_("There is no {value} here.").with_values(value=str(value))]
            else:
                values[name] = found
        if missing:
            raise InvalidInput(
                _("The input refers to something that does not exist."),
                remedy=_("Check the code, or create the record first."),
                fields=missing,
                missing=True,
            )

    def look_up(self) -> None:
        """Find the ids of what was collected, without complaint about what leads nowhere."""
        for model, wanted in self.wanted.items():
            known = self.known.setdefault(model, {})
            fresh = {value for value in wanted if value not in known}
            if fresh:
                found = self._ids(model, fresh)
                known.update(found)
                known.update((id_, id_) for id_ in found.values())

    def _ids(self, model: Any, wanted: set[Any]) -> dict[Any, int]:
        found: dict[Any, int] = {}
        ids = sorted(value for value in wanted if isinstance(value, int))
        for start in range(0, len(ids), CHUNK):
            rows = self.session.execute(sa.select(model.id).where(model.id.in_(ids[start : start + CHUNK])))
            found.update((row.id, row.id) for row in rows)
        texts = sorted(value for value in wanted if isinstance(value, str))
        if texts:
            found.update(self._by_text(model, texts))
        return found

    def _by_text(self, model: Any, texts: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        names = model.__key__[:1] or ((model.__title__,) if model.__title__ else ())
        for name in names:
            column = getattr(model, name)
            for start in range(0, len(texts), CHUNK):
                rows = self.session.execute(sa.select(column, model.id).where(column.in_(texts[start : start + CHUNK])))
                for text, id_ in rows:
                    if text in found:
                        raise _ambiguous(text)
                    found[text] = id_
        numeric = {text: int(text) for text in texts if text not in found and _could_be_id(text)}
        if numeric:
            existing = self._ids(model, set(numeric.values()))
            found.update((text, id_) for text, id_ in numeric.items() if id_ in existing)
        return found


def _could_be_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _ambiguous(text: str) -> InvalidInput:
    return InvalidInput(
        _("More than one record is called {value}.").with_values(value=text), remedy=_("Give its id instead.")
    )


def target_table(field: Field) -> str:
    """Return the name of the table that ``field``, a reference, points to."""
    return str(field.target if isinstance(field.target, str) else field.target.__tablename__)


def columns_referring_to(table: str) -> list[tuple[sa.Table, sa.Column[Any]]]:
    """Return the columns of every table that refer to ``table``."""
    found = []
    for other in metadata.tables.values():
        for column in other.columns:
            described = column.info.get(INFO)
            if described is not None and described.kind == "ref" and target_table(described) == table:
                found.append((other, column))
    return found


def restore(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deep copy of ``values``, so that a retried transaction resolves from what was given."""
    return {name: _copy(value) for name, value in values.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
