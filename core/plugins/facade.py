"""Call hooks: one small typed method for each of the core's, which also carries the hook's policy.

*Strict at load*: the plugin that fails is refused, the others go on. *Isolated*: the failure is logged with the
plugin's name and version and counted, the others go on. *Strict*: the exception propagates. *First result*: the first
answer that is not ``None`` counts. Answers come dependencies first, each with the name of the plugin that gave it.

Load-time and isolated hooks are called implementation by implementation, which runs no wrappers; the plugin manager
refuses wrappers of core hooks for that reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pluggy
from sqlalchemy.orm import Session

from backoffice.hookspecs import (
    Action,
    Card,
    Check,
    Document,
    Event,
    Intake,
    Job,
    MenuItem,
    On,
    Permission,
    PersonalRecord,
    Report,
    Resource,
    Role,
    Settings,
    messages,
)

from .offers import Offer
from .states import told
from .tracing import Tracer, Tracing

if TYPE_CHECKING:
    from flask import Blueprint, Flask, Request

_ = messages("backoffice")
T = TypeVar("T")


class Watch(Protocol):
    """Who is told when a plugin misbehaves: the plugin manager."""

    def is_active(self, name: str) -> bool:
        """Say whether the plugin's hooks may be called."""
        ...

    def failed(self, name: str, hook: str, error: BaseException) -> None:
        """Log and count a failure of an isolated hook."""
        ...

    def misdeclared(self, name: str, hook: str, error: BaseException) -> None:
        """Refuse a plugin whose declarations cannot be had."""
        ...

    def quarantine(self, name: str, reason: str, error: BaseException | None = None) -> None:
        """Stop calling a plugin."""
        ...


class Hooks:
    """Every hook of the core as a method, and those that plugins add by name."""

    def __init__(self, manager: pluggy.PluginManager, offers: Mapping[str, Offer], watch: Watch) -> None:
        self._relay = manager.hook
        self._offers = offers
        self._watch = watch
        self._tracing = Tracing(manager)

    def trace(self, tracer: Tracer) -> Callable[[], None]:
        """Tell ``tracer`` of every hook call from now on; returns the function that ends it."""
        return self._tracing.add(tracer)

    # Strict at load

    def models(self) -> list[tuple[str, Any]]:
        """Return each plugin's declarative base."""
        return [(name, base) for name, base in self._answers("models", lambda given: (given,)) if base is not None]

    def resources(self) -> list[tuple[str, Resource]]:
        """Return the resources, one pair of plugin and resource each; likewise the declarations below."""
        return self._declared("resources", Resource)

    def actions(self) -> list[tuple[str, Action]]:
        """Return the actions."""
        return self._declared("actions", Action)

    def reports(self) -> list[tuple[str, Report]]:
        """Return the reports."""
        return self._declared("reports", Report)

    def documents(self) -> list[tuple[str, Document]]:
        """Return the documents."""
        return self._declared("documents", Document)

    def jobs(self) -> list[tuple[str, Job]]:
        """Return the jobs."""
        return self._declared("jobs", Job)

    def events(self) -> list[tuple[str, Event]]:
        """Return the events."""
        return self._declared("events", Event)

    def listeners(self) -> list[tuple[str, On]]:
        """Return the listeners."""
        return self._declared("listeners", On)

    def intakes(self) -> list[tuple[str, Intake]]:
        """Return what is taken in of other systems."""
        return self._declared("intakes", Intake)

    def settings(self) -> list[tuple[str, Settings]]:
        """Return what can be set."""
        return self._declared("settings", Settings)

    def permissions(self) -> list[tuple[str, Permission]]:
        """Return the permissions declared beside those that follow from other declarations."""
        return self._declared("permissions", Permission)

    def roles(self) -> list[tuple[str, Role]]:
        """Return the ready-made roles."""
        return self._declared("roles", Role)

    # Isolated

    def blueprints(self, app: Flask) -> list[tuple[str, Blueprint]]:
        """Return the Flask blueprints for ``app``."""
        return self._isolated("blueprints", object, app=app)

    def menu(self, user: Any) -> list[tuple[str, MenuItem]]:
        """Return the entries of the navigation for ``user``."""
        return self._isolated("menu", MenuItem, user=user)

    def cards(self, place: str, session: Any, subject: Any = None) -> list[tuple[str, Card]]:
        """Return the parts for ``place``, read through ``session``, about the record ``subject``.

        Each plugin reads inside a savepoint: PostgreSQL answers nothing more in a transaction one statement of which
        failed, and the page would fail with the plugin.
        """
        inside = session.begin_nested if isinstance(session, Session) else nullcontext
        return self._isolated("cards", Card, inside, place=place, session=session, subject=subject)

    def health(self, office: Any) -> list[tuple[str, Check]]:
        """Return the health checks."""
        return self._isolated("health", Check, office=office)

    def startup(self, office: Any) -> None:
        """Start each plugin once, dependencies first; one that fails is quarantined together with its dependents.

        Raises :class:`~backoffice.core.errors.PluginProblem` when a required plugin fails.
        """
        for impl in self._implementations("startup"):
            if not self._watch.is_active(impl.plugin_name):
                continue
            try:
                self._run(impl, "startup", {"office": office})
            except (Exception, SystemExit) as error:
                reason = _("Its start-up failed: {problem}.").with_values(problem=told(error))
                self._watch.quarantine(impl.plugin_name, reason, error)

    def shutdown(self, office: Any) -> None:
        """Put away each plugin once, those that depend on others first."""
        for impl in reversed(self._implementations("shutdown")):
            try:
                self._run(impl, "shutdown", {"office": office})
            except (Exception, SystemExit) as error:
                self._watch.failed(impl.plugin_name, "shutdown", error)

    # First result

    def authenticate(self, request: Request) -> Any:
        """Return the first user that a plugin recognises in ``request``, or ``None``."""
        return self._relay.authenticate(request=request)

    # Strict

    def authorize(self, user: Any, permission: str, subject: Any = None, *, granted: bool = False) -> bool:
        """Say whether ``user`` may: any no wins, and without a yes the answer is no.

        ``granted`` is the answer of the user's roles, a yes like any plugin's.
        """
        if not self._relay.authorize.get_hookimpls():
            return granted
        answers = self._relay.authorize(user=user, permission=permission, subject=subject)
        return (granted or True in answers) and False not in answers

    def personal_data(self, session: Any, subject: Any) -> list[tuple[str, PersonalRecord]]:
        """Return what is known about ``subject``, a party or a user."""
        return [
            (impl.plugin_name, record)
            for impl in self._implementations("personal_data")
            for record in _items(
                self._run(impl, "personal_data", {"session": session, "subject": subject}), PersonalRecord
            )
        ]

    def uninstall(self, plugin: str, session: Any, purge: bool) -> None:
        """Let ``plugin`` alone say its last words."""
        for impl in self._implementations("uninstall"):
            if impl.plugin_name == plugin:
                self._run(impl, "uninstall", {"session": session, "purge": purge})

    def decides(self) -> bool:
        """Say whether an active plugin answers ``authorize``: then a permission may depend on more than roles."""
        return bool(self._implementations("authorize"))

    # Hooks that plugins add

    def offers(self, hook: str) -> bool:
        """Say whether an active plugin offers ``hook``."""
        offer = self._offers.get(hook)
        return offer is not None and self._watch.is_active(offer.plugin)

    def call(self, hook: str, /, **arguments: Any) -> list[Any]:
        """Return every answer to a plugin's hook that is not ``None``; none when nobody offers the hook. Strict."""
        if not self.offers(hook):
            return []
        given = getattr(self._relay, hook)(**arguments)
        if self._offers[hook].first:
            return [] if given is None else [given]
        return list(given)

    def first(self, hook: str, /, **arguments: Any) -> Any:
        """Return the first answer to a plugin's hook that is not ``None``, or ``None``. Strict."""
        return next(iter(self.call(hook, **arguments)), None)

    # How

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        impls: list[pluggy.HookImpl] = getattr(self._relay, hook).get_hookimpls()
        return impls[::-1]

    def _run(self, impl: pluggy.HookImpl, hook: str, arguments: Mapping[str, Any]) -> Any:
        wanted = [arguments[name] for name in impl.argnames]
        if not self._tracing:
            return impl.function(*wanted)
        return self._tracing.timed(hook, impl.plugin_name, lambda: impl.function(*wanted))

    def _answers(self, hook: str, unpack: Callable[[Any], tuple[T, ...]]) -> list[tuple[str, T]]:
        answers: list[tuple[str, T]] = []
        for impl in self._implementations(hook):
            try:
                given = unpack(self._run(impl, hook, {}))
            except (Exception, SystemExit) as error:
                self._watch.misdeclared(impl.plugin_name, hook, error)
            else:
                answers += [(impl.plugin_name, one) for one in given]
        return answers

    def _declared(self, hook: str, kind: type[T]) -> list[tuple[str, T]]:
        return self._answers(hook, lambda given: _items(given, kind))

    def _isolated(
        self, hook: str, kind: type[Any], inside: Callable[[], AbstractContextManager[Any]] = nullcontext,
        **arguments: Any,
    ) -> list[tuple[str, Any]]:  # fmt: skip
        answers: list[tuple[str, Any]] = []
        for impl in self._implementations(hook):
            try:
                with inside():
                    given = _items(self._run(impl, hook, arguments), kind)
            except (Exception, SystemExit) as error:
                self._watch.failed(impl.plugin_name, hook, error)
            else:
                answers += [(impl.plugin_name, one) for one in given]
        return answers


def _items(given: Any, kind: type[T]) -> tuple[T, ...]:
    """Return what a hook gave as a tuple of ``kind``; nothing is an empty one.

    Raises ``TypeError`` for anything else, a single object included: a list is asked for, always.
    """
    if given is None:
        return ()
    if isinstance(given, (str, bytes, Mapping)) or not hasattr(given, "__iter__"):
        raise TypeError(f"a list of {kind.__name__} is expected, not {type(given).__name__}")
    items = tuple(given)
    for one in items:
        if not isinstance(one, kind):
            raise TypeError(f"a list of {kind.__name__} is expected, and it holds {type(one).__name__}")
    return items


__all__ = ["Hooks", "Watch"]
