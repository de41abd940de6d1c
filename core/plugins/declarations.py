"""What each plugin declares, gathered from the hooks, and the rules a declaration must keep to be usable at all.

Whether a column or a relation exists on a model is checked where models are known, not here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.hookspecs import (
    SIGNED_IN,
    Action,
    Document,
    Event,
    Intake,
    Job,
    Label,
    On,
    Permission,
    Report,
    Resource,
    Role,
    Settings,
    messages,
)

from .facade import Hooks
from .functions import function_name
from .permissions import name_of, of_noun, of_resource

_ = messages("backoffice")

NAMED = ("resources", "actions", "reports", "documents", "jobs", "events", "intakes", "permissions", "roles")
"""Kinds of declarations that are looked up by name."""
GENERATED = ("create", "change", "delete")
"""Actions the core makes of every resource."""


@dataclass(slots=True)
class Declarations:
    """Everything one plugin declares."""

    plugin: str
    prefix: str
    """What its names begin with: the plugin's name, or ``core`` for the built-in administration."""
    models: Any = None
    resources: list[Resource] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    intakes: list[Intake] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    listeners: list[On] = field(default_factory=list)
    settings: list[Settings] = field(default_factory=list)

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield the kind and name of each declaration that is looked up by name."""
        for kind in NAMED:
            for noun in getattr(self, kind):
                yield kind, noun.name


def prefix_of(plugin: str, builtin: bool) -> str:
    """Return what the names of a plugin's declarations begin with."""
    return "core" if builtin and plugin == "administration" else plugin


def derived_permissions(own: Declarations) -> Iterator[Permission]:
    """Yield the permissions that follow from a plugin's resources, actions, reports and documents."""
    for resource in own.resources:
        yield from of_resource(resource)
    asking: list[Action | Report | Document] = [*own.actions, *own.reports, *own.documents]
    for permission in map(of_noun, asking):
        if permission.name.startswith(f"{own.prefix}."):
            yield permission


def listener_name(listener: On) -> str:
    """Return the stable name under which deliveries to ``listener`` are remembered."""
    return listener.name or function_name(listener.handler)


def gather(hooks: Hooks, is_builtin: Mapping[str, bool]) -> dict[str, Declarations]:
    """Ask every plugin for its declarations; a plugin that fails is refused by the hooks' own policy."""
    gathered = {name: Declarations(name, prefix_of(name, builtin)) for name, builtin in is_builtin.items()}
    for plugin, base in hooks.models():
        gathered[plugin].models = base
    for kind in (*NAMED, "listeners", "settings"):
        pairs: list[tuple[str, Any]] = getattr(hooks, kind)()
        for plugin, noun in pairs:
            getattr(gathered[plugin], kind).append(noun)
    return gathered


def problems(declared: Mapping[str, Declarations]) -> dict[str, list[Label]]:
    """Return what is wrong with each plugin's declarations, given those of every active plugin."""
    rules = _Rules(declared)
    found = {plugin: list(rules.check(declarations)) for plugin, declarations in declared.items()}
    return {plugin: labels for plugin, labels in found.items() if labels}


class _Rules:
    """The rules, with what they must know of all plugins at hand."""

    def __init__(self, declared: Mapping[str, Declarations]) -> None:
        self.owners: dict[tuple[str, str], str] = {}
        for plugin, declarations in declared.items():
            for kind, name in declarations.named():
                if name.startswith(f"{declarations.prefix}."):
                    self.owners[kind, name] = plugin
        everything = list(declared.values())
        self.prefixes = {declarations.prefix for declarations in everything}
        self.permissions = {one.name for declarations in everything for one in declarations.permissions}
        for declarations in everything:
            self.permissions.update(permission.name for permission in derived_permissions(declarations))

    def check(self, own: Declarations) -> Iterator[Label]:
        yield from self._names(own)
        yield from self._fields(own)
        yield from self._resources(own)
        yield from self._permissions(own)
        yield from self._listeners(own)
        yield from self._settings(own)

    def _names(self, own: Declarations) -> Iterator[Label]:
        shape = re.compile(rf"{re.escape(own.prefix)}(\.[a-z][a-z0-9_]*)+")
        for (kind, name), times in Counter(own.named()).items():
            holder = self.owners.get((kind, name), own.plugin)
            if holder != own.plugin:
                said = _("{name} is declared by {first} and by {second}")
                yield said.with_values(name=name, first=holder, second=own.plugin)
            elif not shape.fullmatch(name):
                said = _("the name {name} does not read {prefix}.something, in small letters, digits and underscores")
                yield said.with_values(name=name, prefix=own.prefix)
            elif times > 1:
                yield _("{name} is declared twice by {plugin}").with_values(name=name, plugin=own.plugin)

    def _fields(self, own: Declarations) -> Iterator[Label]:
        nouns: list[Action | Report | Job | Event] = [*own.actions, *own.reports, *own.jobs, *own.events]
        for noun in nouns:
            for name in _repeated(one.name for one in noun.fields):
                yield _("{name} has the field {field} twice").with_values(name=noun.name, field=name)

    def _resources(self, own: Declarations) -> Iterator[Label]:
        nouns: list[Action | Document] = [*own.actions, *own.documents]
        for noun in nouns:
            if noun.resource and ("resources", noun.resource) not in self.owners:
                said = _("{name} is for the resource {resource}, which no active plugin declares")
                yield said.with_values(name=noun.name, resource=noun.resource)
        for action in own.actions:
            resource, _dot, verb = action.name.rpartition(".")
            if verb in GENERATED and ("resources", resource) in self.owners:
                yield _("{name} is an action the core makes itself").with_values(name=action.name)

    def _permissions(self, own: Declarations) -> Iterator[Label]:
        nouns: list[Action | Report | Document] = [*own.actions, *own.reports, *own.documents]
        for noun in nouns:
            wanted = name_of(noun)
            if wanted not in {*self.permissions, SIGNED_IN} and not wanted.startswith(f"{own.prefix}."):
                said = _("{name} asks for the permission {permission}, which no active plugin declares")
                yield said.with_values(name=noun.name, permission=wanted)

    def _listeners(self, own: Declarations) -> Iterator[Label]:
        for listener in own.listeners:
            if listener.event.partition(".")[0] in self.prefixes and ("events", listener.event) not in self.owners:
                yield _("it listens to {event}, which its plugin never says").with_values(event=listener.event)
        for name in _repeated(f"{one.event} → {listener_name(one)}" for one in own.listeners):
            yield _("the listener {name} is declared twice").with_values(name=name)

    def _settings(self, own: Declarations) -> Iterator[Label]:
        for name in _repeated(one.name for settings in own.settings for one in settings.fields):
            yield _("the setting {name} is declared twice").with_values(name=name)


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


__all__ = [
    "GENERATED",
    "NAMED",
    "Declarations",
    "derived_permissions",
    "gather",
    "listener_name",
    "prefix_of",
    "problems",
]
