"""Rows into a resource: found by natural key, compared, created or changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from backoffice.core.errors import AlreadyExists, BackofficeError, Forbidden, InvalidInput, NotFound
from backoffice.core.office import Desk
from backoffice.core.office.input import load
from backoffice.core.office.references import CHUNK, Known, References, restore, target_table
from backoffice.core.office.verbs import ID, VERSION, Verb
from backoffice.core.persistence import Session, fields_of
from backoffice.core.persistence.records import OfCompany
from backoffice.core.schemas import public_name, to_plain
from backoffice.core.text import LANGUAGES
from backoffice.hookspecs import Field, messages

from .drafts import Draft
from .exporting import header
from .layout import Target, targets_of
from .shape import Shape, shape_of

_ = messages("rest")

OWN = ("id", "version")
"""Inputs that find a record and are not written into it."""


class IntoResource:
    """The resource ``name`` as a target of an import."""

    def __init__(self, desk: Desk, name: str, *, update: bool = True) -> None:
        self.desk = desk
        self.resource = desk.office.registry.get("resources", name)
        self.update = update
        self.action = f"{name}.import"
        self.verbs = _verbs(desk, name)
        self.model = self.resource.model
        self.fields = _inputs(self.verbs)
        self.known_records: Known = {}
        """References that were found already, by model."""
        shape = shape_of(desk, self.resource) if desk.may(f"{name}.read") else {}
        written = {".".join(target.path) for target in self.targets}
        self.known: Mapping[str, tuple[str, ...]] = {
            name: labels for name, labels in _labels(shape) if name not in written
        }

    @property
    def refers_to_itself(self) -> bool:
        """Whether its records refer to each other, so that a row may need one that stands below it."""
        inner = (one for field in self.fields for one in (field, *field.fields))
        return any(f.kind == "ref" and target_table(f) == self.model.__tablename__ for f in inner)

    @property
    def targets(self) -> list[Target]:
        """What can be written, and what finds a record."""
        return targets_of([ID, VERSION, *self.fields])

    def prepare(self, draft: Draft) -> None:
        """Raise :class:`InvalidInput` for values of the wrong kind; what is missing depends on whether it is new."""
        draft.given = _without_defaulted(self.fields, draft.given)
        load(self.action, [ID, VERSION, *self.fields], draft.given, partial=True)

    def load(self, drafts: Sequence[Draft]) -> list[str]:
        """Create or change the records of ``drafts`` in one transaction; return what became of each, if anything."""
        known: Known = {}

        def work(session: Session) -> list[str]:
            known.clear()
            known.update({model: dict(ids) for model, ids in self.known_records.items()})
            return self._write(session, drafts, known)

        outcomes = self.desk.run(work, action=self.action)
        self.known_records = known
        return outcomes

    # -- within the transaction --------------------------------------------------------------------------------

    def _write(self, session: Session, drafts: Sequence[Draft], known: Known) -> list[str]:
        values = [self._partial(draft) for draft in drafts]
        self._look_up(session, values, known)
        existing = self._existing(session, drafts, values)
        return [
            self._one(session, draft, value, record, known)
            for draft, value, record in zip(drafts, values, existing, strict=True)
        ]

    def _partial(self, draft: Draft) -> dict[str, Any]:
        return restore(load(self.action, [ID, VERSION, *self.fields], draft.given, partial=True))

    def _look_up(self, session: Session, values: Iterable[dict[str, Any]], known: Known) -> None:
        references = References(session, self.desk.office.registry.models.values(), known)
        for one in values:
            references.collect(self.fields, one)
        references.look_up()

    def _one(self, session: Session, draft: Draft, values: dict[str, Any], record: Any, known: Known) -> str:
        draft.refused = None
        if record is None:
            return self._create(session, draft, known)
        if not self.update:
            raise AlreadyExists(_("There is such a record already."), remedy=_("Allow the import to change records."))
        return self._change(session, draft, values, record, known)

    def _create(self, session: Session, draft: Draft, known: Known) -> str:
        verb = self._verb("create")
        given = {n: _given(v) for n, v in draft.given.items() if v is not None and n not in OWN}
        try:
            values = restore(self.desk.load(verb, given))
            self._resolve(session, values, known)
        except InvalidInput as error:
            # Nothing was written yet, so the other records of the batch need not be tried again.
            draft.refused = error
            return ""
        self.desk.apply(session, verb, given, values, known)
        return "created"

    def _change(self, session: Session, draft: Draft, values: dict[str, Any], record: Any, known: Known) -> str:
        try:
            self._resolve(session, values, known)
        except InvalidInput as error:
            draft.refused = error
            return ""
        version = values.pop("version", None)
        values.pop("id", None)
        values = _Comparison(self.model, self.fields, draft.given).prepared(record, values)
        if not values:
            return "unchanged"
        target = {"id": record.id, **({} if version is None else {"version": version}), **values}
        self.desk.apply(session, self._verb("change"), draft.given, target, known)
        return "changed"

    def _resolve(self, session: Session, values: dict[str, Any], known: Known) -> None:
        references = References(session, self.desk.office.registry.models.values(), known)
        references.collect(self.fields, values)
        references.resolve()

    def _verb(self, name: str) -> Verb:
        verb = self.verbs.get(name)
        if verb is None:
            raise Forbidden(
                _("There is no such record, and you may not create it.")
                if name == "create"
                else _("You may not change this record.")
            )
        return verb

    # -- which record is meant ---------------------------------------------------------------------------------

    def _existing(self, session: Session, drafts: Sequence[Draft], values: Sequence[dict[str, Any]]) -> list[Any]:
        """Return the record that each of ``drafts`` means, found by natural key or else by id."""
        keys = [self._key_of(one) for one in values]
        by_key = self._by_key(session, [key for key in keys if key is not None])
        ids = [one.get("id") if key is None else None for one, key in zip(values, keys, strict=True)]
        by_id = self._by_id(session, [id_ for id_ in ids if id_ is not None])
        found: list[Any] = []
        for key, id_ in zip(keys, ids, strict=True):
            if id_ is not None and id_ not in by_id:
                raise NotFound(_("There is no record with the number {id}.").with_values(id=id_))
            found.append(by_id[id_] if id_ is not None else by_key.get(key) if key is not None else None)
        return found

    def _key_of(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        key = tuple(values.get(name) for name in self.model.__key__)
        return key if key and all(part not in (None, "") for part in key) else None

    def _by_key(self, session: Session, keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], Any]:
        if not keys:
            return {}
        first = getattr(self.model, self.model.__key__[0])
        wanted = sorted({key[0] for key in keys}, key=str)
        found: dict[tuple[Any, ...], Any] = {}
        for start in range(0, len(wanted), CHUNK):
            for record in self._read(session, first.in_(wanted[start : start + CHUNK])):
                key = tuple(getattr(record, name) for name in self.model.__key__)
                if key in found and key in keys:
                    raise InvalidInput(_("More than one record is called {value}.").with_values(value=str(key[0])))
                found[key] = record
        return found

    def _by_id(self, session: Session, ids: Sequence[int]) -> dict[int, Any]:
        if not ids:
            return {}
        return {record.id: record for record in self._read(session, self.model.id.in_(sorted(set(ids))))}

    def _read(self, session: Session, condition: Any) -> Iterable[Any]:
        statement = sa.select(self.model).where(condition)
        rule = self.desk.rule(self.resource, "read")
        if rule is not None:
            statement = statement.where(rule)
        if issubclass(self.model, OfCompany) and session.company_id is not None:
            statement = statement.where(self.model.company_id == session.company_id)
        relations = [selectinload(getattr(self.model, lines.relation)) for lines in self.resource.lines]
        return session.scalars(statement.options(*relations)).unique()


def _verbs(desk: Desk, name: str) -> dict[str, Verb]:
    """Return the verbs this person may use to load records; raise when there is none."""
    found: dict[str, Verb] = {}
    refused: BackofficeError | None = None
    for verb in ("create", "change"):
        try:
            one = desk.verb(f"{name}.{verb}")
            desk.require(one.permission)
            found[verb] = one
        except (Forbidden, NotFound) as error:
            refused = refused or error
    if not found and refused is not None:
        raise refused
    return found


def _labels(shape: Shape) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield every name of ``shape``, dotted for parts of lines, with what heads of columns call it."""
    for part in shape.values():
        if not part.parts:
            yield part.name, tuple(header(part, language) for language in LANGUAGES)
        for one in part.parts:
            yield f"{part.name}.{one.name}", tuple(header(one, language, part) for language in LANGUAGES)


def _inputs(verbs: Mapping[str, Verb]) -> list[Field]:
    return [field for field in next(iter(verbs.values())).fields if field not in (ID, VERSION)]


def _given(value: Any) -> Any:
    """Return lines without their empty cells, so that they take their defaults."""
    if isinstance(value, list):
        return [{n: v for n, v in one.items() if v is not None} if isinstance(one, dict) else one for one in value]
    if isinstance(value, dict):
        return {n: v for n, v in value.items() if v is not None}
    return value


def _without_defaulted(fields: Iterable[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` without the empty cells of fields that always have a value."""
    found = dict(given)
    for field in fields:
        name = public_name(field)
        value = found.get(name)
        if name in found and value is None and field.default is not None:
            del found[name]
        elif field.fields and isinstance(value, list):
            found[name] = [_without_defaulted(field.fields, one) if isinstance(one, dict) else one for one in value]
    return found


class _Comparison:
    """What of the loaded values differs from a record, lines matched in their order."""

    def __init__(self, model: Any, fields: Sequence[Field], given: Mapping[str, Any]) -> None:
        self.model = model
        self.fields = {field.name: field for field in fields}
        self.given = given

    def prepared(self, record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of ``values`` to be written into ``record``."""
        found: dict[str, Any] = {}
        for name, value in values.items():
            field = self.fields[name]
            if field.fields and field.many:
                lines = self._lines(record, name, field, value or [])
                if lines is not None:
                    found[name] = lines
            elif name == "custom":
                changed = {
                    k: v for k, v in (value or {}).items() if not _same((record.custom or {}).get(k), to_plain(v))
                }
                found.update({"custom": changed} if changed else {})
            elif not _same(_present(record, name), value) and _takes(type(record), name, value):
                found[name] = value
        return found

    def _lines(self, record: Any, name: str, field: Field, values: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        """Return the lines to be written, each told which existing one it is, or ``None`` when nothing differs."""
        existing = list(getattr(record, name))
        given = self.given.get(name) or []
        child = {public_name(one): one.name for one in field.fields}
        prepared, same = [], len(existing) == len(values)
        for n, line in enumerate(values):
            old = _the(existing, line.get("id")) or (existing[n] if n < len(existing) and not line.get("id") else None)
            if old is None:
                prepared.append({k: v for k, v in line.items() if k != "id"})
                same = False
                continue
            written = {child.get(k, k) for k in given[n]} - {"id"}
            kept = {k: v for k, v in line.items() if k in written and _takes(type(old), k, v)}
            same = same and all(_same(_present(old, k), v) for k, v in kept.items())
            prepared.append({"id": old.id, **kept})
        return None if same else prepared


def _the(existing: Iterable[Any], id_: Any) -> Any:
    return next((line for line in existing if id_ is not None and line.id == id_), None)


def _present(record: Any, name: str) -> Any:
    model: Any = type(record)
    if name in fields_of(model):
        return getattr(record, name)
    base, _mark, language = name.rpartition("_")
    return ((getattr(record, "translations", None) or {}).get(language) or {}).get(base)


def _takes(model: Any, name: str, value: Any) -> bool:
    """Tell whether an empty cell can empty the field; where the database always has a value it keeps the old one."""
    if value is not None or name not in fields_of(model):
        return True
    column = model.__mapper__.column_attrs.get(name)
    return column is not None and bool(column.columns[0].nullable)


def _same(old: Any, new: Any) -> bool:
    return (old in (None, "") and new in (None, "")) or bool(old == new)


__all__ = ["IntoResource"]
