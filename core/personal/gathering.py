"""Find everything that is kept about a person: their own record, its lines, and whatever refers to it.

Fields say themselves that they are personal, and references say whose record it is, so most plugins say nothing more. A
plugin that knows better, because the law asks to keep something or erasing takes more than blanking, answers the hook
``personal_data``; what it answers for a record takes the place of what would be derived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.errors import InvalidInput, NotFound
from backoffice.core.persistence import Session, fields_of
from backoffice.core.persistence.fields import REF
from backoffice.core.persistence.records import Row
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.users.models import User
from backoffice.hookspecs import PersonalRecord, Resource, messages

_ = messages("personal")

ERASED: Final = "—"
"""What stands where a name must stand."""

Erase = Callable[[Session], Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept about a person in one record."""

    plugin: str
    resource: str
    """The resource's name, or the table's where nobody sees it as a list."""
    table: str
    id: int
    data: Mapping[str, Any] = field(repr=False)
    erase: Erase | None = field(default=None, repr=False)
    reason: str = ""
    """Why it is kept, when it is not erased."""


def is_person(noun: Resource) -> bool:
    """Tell whether the records of ``noun`` are people: users, and records that belong to themselves."""
    return noun.model is User or noun.owner == "id"


def person(session: Session, registry: Any, resource: str, id_: int) -> Any:
    """Return the record of a person.

    Raises:
        InvalidInput: the records of ``resource`` are no people.
        NotFound: there is none with this id.
    """
    noun: Resource = registry.get("resources", resource)
    if not is_person(noun):
        said = _("Its records are not people.")
        raise InvalidInput(said, fields={"resource": [said]})
    found = session.get(noun.model, id_)
    if found is None:
        raise NotFound(_("There is no {noun} {id}.").with_values(noun=noun.label or noun.name, id=id_))
    return found


def everything(session: Session, registry: Any, hooks: Any, subject: Any) -> list[Held]:
    """Return what every plugin keeps about ``subject``: its answers, and what follows from fields for the rest."""
    answered: dict[tuple[str, str, int], Held] = {}
    people = _same_person(session, registry, subject)
    for one in people:
        for plugin, record in hooks.personal_data(session, one):
            held = _answered(registry, plugin, record)
            answered.setdefault((plugin, held.table, held.id), held)
    known = {(held.table, held.id): held for held in answered.values()}
    derived: dict[tuple[str, int], Held] = {}
    for one in people:
        for held in _derived(session, registry, one, known):
            derived.setdefault((held.table, held.id), held)
    return [*answered.values(), *(held for key, held in derived.items() if key not in known)]


def _same_person(session: Session, registry: Any, subject: Any) -> list[Any]:
    """Return ``subject`` and the records that are the same person: a user may be a party."""
    models = [noun.model for noun in registry.resources.values() if noun.owner == "id" and noun.model is not User]
    if isinstance(subject, User):
        found = [session.get(model, subject.party_id) for model in models[:1] if subject.party_id is not None]
    elif models and isinstance(subject, models[0]):
        found = list(session.scalars(sa.select(User).where(User.party_id == subject.id)))
    else:
        found = []
    return [subject, *(one for one in found if one is not None)]


def _answered(registry: Any, plugin: str, record: PersonalRecord) -> Held:
    noun = registry.resources.get(record.resource)
    table = noun.model.__tablename__ if noun is not None else record.resource
    erase = resolve_function(record.erase) if record.erase is not None else None
    return Held(plugin, record.resource, table, record.id, dict(record.data), erase, str(record.reason))


# -- what follows from the models ------------------------------------------------------------------------------------


def _derived(
    session: Session, registry: Any, subject: Any, known: Mapping[tuple[str, int], Held]
) -> Iterator[Held]:  # fmt: skip
    table = subject.__tablename__
    if (table, subject.id) not in known:
        yield _held(registry, subject, _blanker(type(subject), subject.id))
    for model in _models(registry):
        columns = [column for column in model.__table__.columns if column.info.get(REF) == table]
        if not columns or model.__tablename__ == table:
            continue
        if model.__part_of__ and any(column.name == model.__part_of__ for column in columns):
            if (table, subject.id) in known:
                continue  # whoever answered for the record answered for its lines
            columns = [column for column in columns if column.name == model.__part_of__]
        wanted = sa.select(model).where(sa.or_(*(getattr(model, column.key) == subject.id for column in columns)))
        for record in session.scalars(wanted.order_by(model.id)).unique():
            yield _held(registry, record, _eraser(model, record.id, table))


def _blanker(model: Any, id_: int) -> Erase:
    return lambda session: _blank(session, model, id_)


def _models(registry: Any) -> Iterator[Any]:
    for model in mapped_classes(registry.models.values()):
        if issubclass(model, Row) and (model.__audited__ or _personal(model)):
            yield model


def _personal(model: Any) -> list[str]:
    return [name for name, described in fields_of(model).items() if described.personal]


def _held(registry: Any, record: Any, erase: Erase | None) -> Held:
    model: Any = type(record)
    noun = next((one for one in registry.resources.values() if one.model is model), None)
    plugin = next((name for name, base in registry.models.items() if issubclass(model, base)), "")
    data = {
        name: getattr(record, name)
        for name, described in fields_of(model).items()
        if not described.secret and getattr(record, name, None) not in (None, "")
    }
    return Held(
        plugin, noun.name if noun is not None else record.__tablename__, record.__tablename__, record.id, data, erase
    )


def _eraser(model: Any, id_: int, table: str) -> Erase | None:
    """Return how a record that refers to the person is erased: a line of theirs goes, other records are blanked."""
    if not _personal(model):
        return None
    whole = model.__part_of__ and model.__table__.columns[model.__part_of__].info.get(REF) == table
    return lambda session: (_remove if whole else _blank)(session, model, id_)


def _remove(session: Session, model: Any, id_: int) -> None:
    record = session.get(model, id_)
    if record is not None:
        session.delete(record)
        session.flush()


def _blank(session: Session, model: Any, id_: int) -> None:
    """Forget what is personal in a record, but not that there was one: others refer to it."""
    record = session.get(model, id_)
    for name in _personal(model):
        column = model.__mapper__.columns[name]
        setattr(record, name, None if column.nullable else ERASED)
    for name, value in (("translations", None), ("custom", None), ("active", False)):
        if hasattr(record, name):
            setattr(record, name, value)
    session.flush()


def summary(held: Iterable[Held]) -> list[dict[str, Any]]:
    """Return how much is kept where, and why it stays: numbers and names of lists, nothing about the person."""
    found: dict[tuple[str, str, str], int] = {}
    for one in held:
        key = (one.plugin, one.resource, one.reason)
        found[key] = found.get(key, 0) + 1
    return [
        {"plugin": plugin, "resource": resource, "records": count, "kept": reason}
        for (plugin, resource, reason), count in found.items()
    ]


__all__ = ["ERASED", "Held", "everything", "is_person", "person", "summary"]
