"""The nouns of the active plugins, looked up by name.

Lookups are plain dictionaries, replaced as a whole when a plugin is put aside, so that a request that runs meanwhile
sees either the old set or the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backoffice.core.errors import NotFound
from backoffice.hookspecs import (
    Action,
    Document,
    Event,
    Field,
    Intake,
    Job,
    On,
    Permission,
    Report,
    Resource,
    Role,
    Settings,
    messages,
)
from backoffice.hookspecs.nouns import Function
from backoffice.hookspecs.parts import Scope

from .declarations import NAMED, Declarations, derived_permissions, gather, listener_name, problems
from .manager import PluginManager
from .permissions import expand, grants
from .states import run

_ = messages("backoffice")


@dataclass(frozen=True, slots=True)
class Listener:
    """A plugin's listener to an event."""

    plugin: str
    event: str
    name: str
    """Stable within the plugin; deliveries are remembered under it."""
    handler: Function
    later: bool
    aside: bool = False
    """Its plugin is put aside for now: what it would have heard is kept until it can hear it."""


@dataclass(frozen=True, slots=True)
class Nouns:
    """Everything the active plugins declare, by name."""

    models: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    intakes: dict[str, Intake] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    settings: dict[str, tuple[Settings, ...]] = field(default_factory=dict)
    listeners: dict[str, tuple[Listener, ...]] = field(default_factory=dict)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)


class Registry:
    """What can be done, seen, asked, printed, run and heard, and whose it is."""

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager
        self._declared: dict[str, Declarations] = {}
        self._nouns = Nouns()
        manager.on_change(self.rebuild)

    def collect(self) -> None:
        """Ask the loaded plugins for their declarations and refuse those whose declarations cannot be used.

        Raises :class:`~backoffice.core.errors.PluginProblem` when a required plugin is refused.
        """
        active = {name: self._manager.is_builtin(name) for name in self._manager.active()}
        self._declared = gather(self._manager.hooks, active)
        while found := problems(self._active()):
            for plugin, said in found.items():
                reason = _("Its declarations cannot be used: {problem}.").with_values(problem=said[0])
                self._manager.refuse(plugin, "invalid-declarations", reason, self._upgrade(plugin))
        self.rebuild()
        self._manager.check_required()

    def rebuild(self) -> None:
        """Make the lookups anew from the plugins that are active now."""
        self._nouns = _nouns(self._active().values(), self._waiting())

    def _waiting(self) -> list[Declarations]:
        """Return what plugins declare that are put aside until somebody mends them, and then go on."""
        return [
            self._declared[name]
            for name in self._manager.names()
            if name in self._declared and self._manager.is_waiting(name)
        ]

    def _active(self) -> dict[str, Declarations]:
        return {name: self._declared[name] for name in self._manager.active() if name in self._declared}

    def _upgrade(self, plugin: str) -> str:
        status = self._manager.status(plugin)
        return run("pip install --upgrade {package}", package=status.distribution if status else plugin)

    @property
    def models(self) -> Mapping[str, Any]:
        """Each plugin's declarative base, by plugin, dependencies first."""
        return self._nouns.models

    @property
    def resources(self) -> Mapping[str, Resource]:
        """The resources by name, in call order of their plugins; likewise the kinds below."""
        return self._nouns.resources

    @property
    def actions(self) -> Mapping[str, Action]:
        """The declared actions by name, without those the core makes of every resource."""
        return self._nouns.actions

    @property
    def reports(self) -> Mapping[str, Report]:
        """The reports by name."""
        return self._nouns.reports

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by name."""
        return self._nouns.documents

    @property
    def jobs(self) -> Mapping[str, Job]:
        """The jobs by name."""
        return self._nouns.jobs

    @property
    def events(self) -> Mapping[str, Event]:
        """The events by name."""
        return self._nouns.events

    @property
    def intakes(self) -> Mapping[str, Intake]:
        """What is taken in of other systems, by name."""
        return self._nouns.intakes

    @property
    def permissions(self) -> Mapping[str, Permission]:
        """All that can be granted, declared or derived, by name."""
        return self._nouns.permissions

    @property
    def roles(self) -> Mapping[str, Role]:
        """The ready-made roles by name."""
        return self._nouns.roles

    @property
    def settings(self) -> Mapping[str, tuple[Settings, ...]]:
        """What can be set, by plugin."""
        return self._nouns.settings

    @property
    def listeners(self) -> Mapping[str, tuple[Listener, ...]]:
        """The listeners by event, dependencies first, then those of plugins that were put aside for now.

        For the latter every event is kept, that of listeners which join the transaction included.
        """
        return self._nouns.listeners

    def get(self, kind: str, name: str) -> Any:
        """Return the noun of ``kind`` (``"actions"``, ``"reports"`` …) called ``name``.

        Raises :class:`~backoffice.core.errors.NotFound`, which says so when the plugin that has it was put aside.
        """
        found = getattr(self._nouns, kind).get(name)
        if found is None:
            raise self._not_found(kind, name)
        return found

    def owner_of(self, kind: str, name: str) -> str:
        """Return the plugin that declares the noun. Raises as :meth:`get` does."""
        owner = self._nouns.owners.get((kind, name))
        if owner is None:
            raise self._not_found(kind, name)
        return owner

    def setting(self, plugin: str, name: str) -> tuple[Settings, Field]:
        """Return a plugin's setting and the group that says for whom it is set.

        Raises :class:`~backoffice.core.errors.NotFound`.
        """
        for group in self._nouns.settings.get(plugin, ()):
            for one in group.fields:
                if one.name == name:
                    return group, one
        raise self._not_found("settings", f"{plugin}.{name}")

    def actions_of(self, resource: str) -> list[Action]:
        """Return the declared actions that the records of ``resource`` carry."""
        return [action for action in self._nouns.actions.values() if action.resource == resource]

    def documents_of(self, resource: str) -> list[Document]:
        """Return the documents made of the records of ``resource``."""
        return [document for document in self._nouns.documents.values() if document.resource == resource]

    def expand(self, patterns: Iterable[str]) -> frozenset[str]:
        """Return the permissions that ``patterns`` name, such as ``accounting.*`` or ``*.read``."""
        return expand(patterns, self._nouns.permissions)

    def grants(self, role: Role) -> dict[str, Scope]:
        """Return the permissions ``role`` grants and how far each reaches."""
        return grants(role, self._nouns.permissions)

    def _not_found(self, kind: str, name: str) -> NotFound:
        what = _("There is no {name}.").with_values(name=name)
        prefix = name.partition(".")[0]
        status = self._manager.status(prefix)
        if status is not None and status.state != "active":
            return NotFound(what, why=status.reason, remedy=status.remedy, kind=kind, name=name)
        if status is None and prefix != "core":
            why = _("No plugin called {plugin} is installed.").with_values(plugin=prefix)
            return NotFound(what, why=why, remedy=run("backoffice plugin list"), kind=kind, name=name)
        return NotFound(what, kind=kind, name=name)


def _nouns(declared: Iterable[Declarations], waiting: Iterable[Declarations] = ()) -> Nouns:
    nouns = Nouns()
    listeners: dict[str, list[Listener]] = {}
    for own in declared:
        for kind in NAMED:
            for noun in getattr(own, kind):
                getattr(nouns, kind)[noun.name] = noun
                nouns.owners[kind, noun.name] = own.plugin
        if own.models is not None:
            nouns.models[own.plugin] = own.models
        if own.settings:
            nouns.settings[own.plugin] = tuple(own.settings)
        for on in own.listeners:
            listeners.setdefault(on.event, []).append(_listener(own.plugin, on))
        _derive_permissions(nouns, own)
    for own in waiting:
        for on in own.listeners:
            listeners.setdefault(on.event, []).append(replace(_listener(own.plugin, on), later=True, aside=True))
    nouns.listeners.update({event: tuple(heard) for event, heard in listeners.items()})
    return nouns


def _listener(plugin: str, on: On) -> Listener:
    return Listener(plugin, on.event, listener_name(on), on.handler, on.later)


def _derive_permissions(nouns: Nouns, own: Declarations) -> None:
    """Add the permissions that follow from ``own``; one declared by hand keeps its own label."""
    for permission in derived_permissions(own):
        if permission.name not in nouns.permissions:
            nouns.permissions[permission.name] = permission
            nouns.owners["permissions", permission.name] = own.plugin


__all__ = ["Listener", "Nouns", "Registry"]
