"""Verbs: the actions plugins declare and the create, change and delete of every resource, in one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import marshmallow as ma

from backoffice.core.errors import NotFound
from backoffice.core.persistence import Session
from backoffice.core.plugins.functions import resolve_function
from backoffice.core.plugins.registry import Registry
from backoffice.hookspecs import Action, Approval, Field, Resource, messages

from . import writing

_ = messages("backoffice")

GENERATED = ("create", "change", "delete")
ID = Field("id", "integer", label=_("Record"), required=True)
VERSION = Field("version", "integer", label=_("Version"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """Something that can be done: one transaction, audited, permitted, idempotent by key."""

    name: str
    label: str
    permission: str
    fields: tuple[Field, ...] = ()
    schema: ma.Schema | None = None
    resource: Resource | None = None
    on_record: bool = False
    """It takes a record: ``id`` and, to refuse lost updates, ``version`` are among its arguments."""
    generated: str = ""
    """``create``, ``change`` or ``delete`` for the verbs of every resource."""
    run: Callable[..., Any]
    """``run(session, record, values)``; ``record`` is ``None`` unless ``on_record``."""
    many: Callable[[Session, list[dict[str, Any]]], list[Any]] | None = None
    approval: Approval | None = None
    action: Action | None = None

    @property
    def as_job(self) -> bool:
        """Whether interfaces queue it instead of waiting for it."""
        return self.action is not None and self.action.as_job

    @property
    def partial(self) -> bool:
        """Whether fields left out keep their values."""
        return self.generated == "change"

    def with_fields(self, fields: Sequence[Field]) -> Verb:
        """Return the verb with the fields of its resource filled in; generated verbs learn them late."""
        return replace(self, fields=(*self.fields, *fields))


def find(registry: Registry, name: str) -> Verb:
    """Return the verb called ``name``. Raises :class:`NotFound`."""
    if name in registry.actions:
        return _declared(registry, registry.actions[name])
    noun, _dot, verb = name.rpartition(".")
    if verb in GENERATED and noun in registry.resources:
        resource = registry.resources[noun]
        if verb in resource.operations:
            return generated(resource, verb)
        raise NotFound(
            _("{noun} has no {verb}.").with_values(noun=resource.label or noun, verb=verb),
            why=_("Its records come about and change by actions."),
        )
    registry.get("actions", name)
    raise AssertionError("unreachable: get raises")


def _declared(registry: Registry, action: Action) -> Verb:
    resource = registry.resources.get(action.resource) if action.resource else None
    run = resolve_function(action.run)

    def perform(session: Session, record: Any, values: dict[str, Any]) -> Any:
        return run(session, record, **values) if resource is not None else run(session, **values)

    return Verb(
        name=action.name,
        label=action.label or action.name,
        permission=action.permission or action.name,
        fields=((ID, VERSION) if resource is not None else ()) + action.fields,
        schema=action.schema() if action.schema is not None else None,
        resource=resource,
        on_record=resource is not None,
        run=perform,
        many=resolve_function(action.many) if action.many is not None else None,
        approval=action.approval,
        action=action,
    )


def generated(resource: Resource, verb: str) -> Verb:
    """Return the verb ``create``, ``change`` or ``delete`` of ``resource``."""
    labels = {"create": _("Create {noun}"), "change": _("Change {noun}"), "delete": _("Delete {noun}")}

    def perform(session: Session, record: Any, values: dict[str, Any]) -> Any:
        if verb == "create":
            return writing.create(session, resource, values)
        if verb == "change":
            return writing.change(session, resource, record, values, None)
        return writing.delete(session, resource, record)

    return Verb(
        name=f"{resource.name}.{verb}",
        label=labels[verb].with_values(noun=resource.label or resource.name),
        permission=f"{resource.name}.{verb}",
        fields=() if verb == "create" else (ID, VERSION),
        resource=resource,
        on_record=verb != "create",
        generated=verb,
        run=perform,
    )
