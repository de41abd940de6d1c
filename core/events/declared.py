"""What this part asks of the plugins' registry, which stands above it, and how a declared function is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pkgutil import resolve_name
from typing import Any, Protocol

from backoffice.core.errors import PluginProblem
from backoffice.hookspecs import Event, Job, messages
from backoffice.hookspecs.nouns import Function

_ = messages("backoffice")


class Listener(Protocol):
    """A plugin's listener to an event."""

    @property
    def plugin(self) -> str:
        """The plugin it belongs to."""

    @property
    def event(self) -> str:
        """The event it hears."""

    @property
    def name(self) -> str:
        """Stable within the plugin; deliveries are remembered under it."""

    @property
    def handler(self) -> Function:
        """``handler(session, event)``, or a reference to it."""

    @property
    def later(self) -> bool:
        """Whether it runs after the commit."""

    @property
    def aside(self) -> bool:
        """Whether its plugin is put aside for now, and hears what is kept for it later."""


class Registry(Protocol):
    """The declarations of the active plugins."""

    @property
    def events(self) -> Mapping[str, Event]:
        """Events by name."""

    @property
    def jobs(self) -> Mapping[str, Job]:
        """Jobs by name."""

    @property
    def listeners(self) -> Mapping[str, Sequence[Any]]:
        """Listeners by event, dependencies first; each is a :class:`Listener`."""


def called(function: Function) -> Callable[..., Any]:
    """Return ``function`` itself, or what the reference ``"package.module:name"`` names.

    Raises :class:`~backoffice.core.errors.PluginProblem` when the reference leads nowhere.
    """
    return _imported(function) if isinstance(function, str) else function


@cache
def _imported(reference: str) -> Callable[..., Any]:
    try:
        found: Callable[..., Any] = resolve_name(reference)
    except (ImportError, AttributeError, ValueError) as error:
        raise PluginProblem(
            _("The function {reference} cannot be used.").with_values(reference=reference),
            why=_("Importing it failed: {problem}.").with_values(problem=str(error)),
            remedy=_("Correct the reference in the plugin; it reads package.module:name."),
        ) from error
    return found
