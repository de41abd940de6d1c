"""The hooks that plugins add for others: who offers which, and whether it answers with one value or a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pluggy

from backoffice.core.errors import PluginProblem
from backoffice.hookspecs import messages

_ = messages("backoffice")


@dataclass(frozen=True, slots=True)
class Offer:
    """A hook specification that a plugin adds."""

    hook: str
    plugin: str
    first: bool
    """The hook stops at the first answer that is not ``None``."""


class Offering:
    """What the hook ``addhooks(hooks)`` receives: takes the specifications of one plugin."""

    def __init__(self, manager: pluggy.PluginManager, plugin: str, offers: dict[str, Offer]) -> None:
        self._manager = manager
        self._plugin = plugin
        self._offers = offers

    def add_hookspecs(self, namespace: Any) -> None:
        """Offer every ``@hookspec`` function of ``namespace``, a module or class, to other plugins.

        Raises :class:`~backoffice.core.errors.PluginProblem` when a hook's name does not begin with the plugin's.
        """
        found: dict[str, Offer] = {}
        for name in dir(namespace):
            options = self._manager.parse_hookspec_opts(namespace, name)
            if options is not None:
                self._check(name)
                found[name] = Offer(name, self._plugin, bool(options["firstresult"]))
        self._manager.add_hookspecs(namespace)
        self._offers.update(found)

    def _check(self, hook: str) -> None:
        if hook.startswith(f"{self._plugin}_"):
            return
        raise PluginProblem(
            _("The hook {hook} cannot be added by {plugin}.").with_values(hook=hook, plugin=self._plugin),
            why=_("A plugin's own hooks begin with its name."),
            remedy=_("Name it {plugin}_{hook}.").with_values(plugin=self._plugin, hook=hook),
        )


__all__ = ["Offer", "Offering"]
