"""Create, change and delete the records of a resource: the actions the core makes of every resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from backoffice.core.errors import Conflict, InvalidInput, NotFound
from backoffice.core.persistence import Session
from backoffice.core.persistence.database import stale
from backoffice.core.persistence.fields import fields_of
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.text import LANGUAGES
from backoffice.hookspecs import Lines, Resource, messages

from .described import child_of

_ = messages("backoffice")


def create(session: Session, resource: Resource, values: Mapping[str, Any]) -> Any:
    """Return a new record of ``resource`` with ``values``, nested lines included."""
    record = resource.model()
    _fill(session, resource, record, values)
    session.add(record)
    _before_save(session, resource, record, values)
    session.flush()
    return record


def change(session: Session, resource: Resource, record: Any, values: Mapping[str, Any], version: int | None) -> Any:
    """Return ``record`` with ``values`` written into it.

    Raises :class:`StaleVersion` when ``version`` is given and is not the record's, :class:`Conflict` when the record's
    state does not allow changes.
    """
    require_editable(resource, record)
    if version is not None and getattr(record, "version", version) != version:
        raise stale()
    _fill(session, resource, record, values)
    _before_save(session, resource, record, values)
    if session.is_modified(record) or resource.lines:
        _touch(session, record)
    session.flush()
    return record


def _touch(session: Session, record: Any) -> None:
    """Move the version along when only lines were changed, so that nobody overwrites them unseen."""
    if hasattr(record, "updated_at"):
        record.updated_at = session.now()
        # Lines may be all that changed, within the same instant; the row is written all the same.
        flag_modified(record, "updated_at")


def delete(session: Session, resource: Resource, record: Any) -> dict[str, Any]:
    """Delete ``record`` and its lines; others that refer to it keep it alive (an error)."""
    require_editable(resource, record)
    gone = {"id": record.id, "deleted": True}
    session.delete(record)
    session.flush()
    return gone


def require_editable(resource: Resource, record: Any) -> None:
    """Raise :class:`Conflict` unless ``record`` is in the state in which it may be changed."""
    if resource.editable_when is None:
        return
    name, value = resource.editable_when
    if getattr(record, name) != value:
        raise Conflict(
            _("This record can no longer be changed."),
            why=_("Its state is {state}.").with_values(state=fields_of(resource.model)[name].choices.get(
                getattr(record, name), getattr(record, name))),
            remedy=_("Correct it with a reversing or crediting document instead."),
        )  # fmt: skip


def _before_save(session: Session, resource: Resource, record: Any, values: Mapping[str, Any]) -> None:
    if resource.before_save is not None:
        with session.no_autoflush:
            resolve_function(resource.before_save)(session, record, values)


def _fill(session: Session, resource: Resource, record: Any, values: Mapping[str, Any]) -> None:
    relations = {lines.relation: lines for lines in resource.lines}
    described = fields_of(resource.model)
    for name, value in values.items():
        if name in relations:
            _fill_lines(record, relations[name], resource, value or [])
        elif name == "custom":
            record.custom = {**(record.custom or {}), **_plain_custom(value or {})} or None
        elif name in described:
            setattr(record, name, value)
        else:
            _translate(record, name, value)


def _plain_custom(values: Mapping[str, Any]) -> dict[str, Any]:
    from backoffice.core.schemas import to_plain

    return {name: to_plain(value) for name, value in values.items()}


def _translate(record: Any, name: str, value: Any) -> None:
    base, _mark, language = name.rpartition("_")
    if language not in LANGUAGES or not hasattr(record, "translations"):
        raise InvalidInput(_("There is no field {name}.").with_values(name=name))
    translations = {key: dict(texts) for key, texts in (record.translations or {}).items()}
    texts = translations.setdefault(language, {})
    texts[base] = value
    if not value:
        del texts[base]
    record.translations = {key: texts for key, texts in translations.items() if texts} or None


def _fill_lines(record: Any, lines: Lines, resource: Resource, given: list[Mapping[str, Any]]) -> None:
    """Make the record's lines those given: matched by id, added without one, removed when missing."""
    model = child_of(lines, resource.model)
    existing = {line.id: line for line in getattr(record, lines.relation)}
    if len(given) < lines.minimum:
        said = _("At least one line is needed.").counted("At least {count} lines are needed.", lines.minimum)
        raise InvalidInput(said, fields={lines.relation: [said]})
    kept = []
    for index, values in enumerate(given):
        line_id = values.get("id")
        if line_id is not None and line_id not in existing:
            raise NotFound(_("Line {n} refers to a line that is not there.").with_values(n=index + 1))
        line = existing[line_id] if line_id is not None else model()
        for name, value in values.items():
            if name != "id" and getattr(line, name, None) != value:
                setattr(line, name, value)
        kept.append(line)
    setattr(record, lines.relation, kept)
