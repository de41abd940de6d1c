"""Turn what people write for a reference (an id, a code, a name) into ids, a query per target and not per row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa

from backoffice.core.errors import InvalidInput
from backoffice.core.persistence import Session, metadata
from backoffice.core.persistence.fields import INFO
from backoffice.core.persistence.prepared import Read, among
from backoffice.core.persistence.records import OfCompany
from backoffice.hookspecs import Field, messages

_ = messages("backoffice")

CHUNK = 500
Known = dict[Any, dict[Any, int]]
"""Mapped class → what was written for a reference → id: what earlier inputs of the same work resolved."""

Path = tuple[Any, ...]
"""Where a value lies: the path above, a name and, in a list, its place. Written out only when something is wrong."""


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
        self.places: list[tuple[dict[str, Any], str, Any, Path]] = []
        self._models: dict[Any, Any] = {}

    def collect(self, fields: Iterable[Field], values: dict[str, Any], path: Path = ()) -> None:
        """Note every reference in ``values``, loaded by the schema of ``fields``; ``path`` leads nested errors."""
        for field in _leading(fields):
            value = values.get(field.name)
            if value is None:
                continue
            if field.kind == "ref":
                model = self._models.get(field.target) or self._model(field.target)
                self.wanted[model].add(value)
                self.places.append((values, field.name, model, path))
            elif field.many:
                for index, line in enumerate(value):
                    self.collect(field.fields, line, (path, field.name, index))
            else:
                self.collect(field.fields, value, (path, field.name))

    def _model(self, target: Any) -> Any:
        model = self._models[target] = model_of(target, self.bases)
        self.wanted.setdefault(model, set())
        return model

    def resolve(self) -> None:
        """Replace every noted reference by an id; raise :class:`InvalidInput` naming each that leads nowhere."""
        self.look_up()
        self._fill_in()

    def resolve_with_next(self) -> None:
        """Do the same; plain ids, which stay what they are, are only looked for on the way to what is asked next.

        It raises then, or at the latest when the session catches up.
        """
        reads = {model: {"ids": sorted(wanted)} for model, wanted in self.wanted.items() if _only_ids(wanted)}
        if self.known or not reads or len(reads) < len(self.wanted):
            self.resolve()
            return

        def found(rows: list[Any]) -> None:
            for model, some in zip(reads, rows, strict=True):
                self._know(self.known.setdefault(model, {}), some)
            self._fill_in()

        Read.with_next(self.session, [(_by_id(model), values) for model, values in reads.items()], found)

    def _fill_in(self) -> None:
        missing: dict[str, list[str]] = {}
        for values, name, model, path in self.places:
            value = values[name]
            found = self.known[model].get(value)
            if found is None:
                missing[_written((path, name.removesuffix("_id")))] = [
                    _("There is no {value} here.").with_values(value=str(value))
                ]
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
        fresh = {model: wanted - self.known.setdefault(model, {}).keys() for model, wanted in self.wanted.items()}
        self._find(fresh)
        numbers = {
            model: {text: int(text) for text in wanted if _could_be_id(text) and text not in self.known[model]}
            for model, wanted in fresh.items()
        }
        if any(numbers.values()):
            self._find({model: set(ids.values()) for model, ids in numbers.items()})
            for model, ids in numbers.items():
                self.known[model].update((text, id_) for text, id_ in ids.items() if id_ in self.known[model])

    def _find(self, wanted: Mapping[Any, set[Any]]) -> None:
        """Look for ids and texts of every model at once."""
        asked: list[tuple[Any, Read, dict[str, Any]]] = []
        for model, values in wanted.items():
            ids = sorted(value for value in values if isinstance(value, int))
            texts = sorted(value for value in values if isinstance(value, str))
            name = (*model.__key__[:1], model.__title__)[0]
            if ids:
                asked.append((model, _by_id(model), {"ids": ids}))
            if texts and name:
                asked.append((model, _by_name(model, name), {"texts": texts}))
        found = Read.together(self.session, *((read, values) for _model, read, values in asked)) if asked else []
        for (model, _read, _values), rows in zip(asked, found, strict=True):
            self._know(self.known[model], rows)

    def _know(self, known: dict[Any, int], rows: list[tuple[Any, ...]]) -> None:
        """Take what was found; of records called the same, that of the company at work is meant."""
        here = {row[0] for row in rows if row[2] is not None and row[2] == self.session.company_id}
        for value, id_, company in rows:
            if value in here and company != self.session.company_id:
                continue
            if known.setdefault(value, id_) != id_:
                raise _ambiguous(value)
            known.setdefault(id_, id_)


def _written(path: Path) -> str:
    """Return ``path`` as errors name it, such as ``lines.0.account``."""
    above, *own = path
    names = ".".join(str(name) for name in own)
    return f"{_written(above)}.{names}" if above else names


_led: dict[int, tuple[tuple[Field, ...], tuple[Field, ...]]] = {}


def _leading(fields: Iterable[Field]) -> Iterable[Field]:
    """Return those of ``fields`` that refer to records, or hold others that may."""
    if not isinstance(fields, tuple):
        return _referring(fields)
    known = _led.get(id(fields))
    if known is None:
        if len(_led) >= CHUNK:
            _led.clear()
        known = _led[id(fields)] = (fields, _referring(fields))  # kept, so that no other takes its place
    return known[1]


def _referring(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(field for field in fields if field.kind == "ref" or (field.kind == "data" and field.fields))


@cache
def _by_id(model: Any) -> Read:
    return Read(sa.select(model.id, model.id.label("found"), sa.null()).where(among(model.id, "ids")))


@cache
def _by_name(model: Any, name: str) -> Read:
    column = getattr(model, name)
    text = column if isinstance(column.type, sa.String) else sa.cast(column, sa.Text)
    company = model.company_id if issubclass(model, OfCompany) else sa.null()
    return Read(sa.select(text, model.id, company).where(among(text, "texts")))


def _only_ids(wanted: set[Any]) -> bool:
    return bool(wanted) and all(isinstance(value, int) for value in wanted)


def _could_be_id(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19


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


_PLAIN = frozenset({str, int, bool, type(None), Decimal, date})
"""Types of values nobody can change; most values are of one of them."""


def restore(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a deep copy of ``values``, so that a retried transaction resolves from what was given."""
    return {name: value if value.__class__ in _PLAIN else _copy(value) for name, value in values.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return restore(value)
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
