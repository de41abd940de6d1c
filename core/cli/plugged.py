"""The groups of commands that plugins bring: found by entry point, named by their wheel, imported when they are run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import click
import importlib_metadata

GROUP = "backoffice.commands"


@dataclass(frozen=True, slots=True)
class Plugged:
    """A plugin's group of commands, not imported."""

    name: str
    value: str
    distribution: str
    summary: str
    """The distribution's own line about itself."""

    def load(self, ctx: click.Context) -> click.Command:
        """Import the group.

        Raises :class:`~backoffice.core.errors.PluginProblem` when it cannot be imported or is no command.
        """
        self._check_trust(ctx)
        try:
            found = importlib_metadata.EntryPoint(self.name, self.value, GROUP).load()
        except (Exception, SystemExit) as error:
            raise self._broken(repr(error)) from error
        if not isinstance(found, click.Command):
            raise self._broken(f"{self.value} is a {type(found).__name__}")
        return found

    def _check_trust(self, ctx: click.Context) -> None:
        """Refuse to run commands of a distribution that the configuration does not trust."""
        from .app import App

        app = ctx.find_object(App)
        allowed = app.configuration.allowed if app is not None else None
        if allowed is not None and _normal(self.distribution) not in {_normal(name) for name in allowed}:
            from backoffice.core.errors import PluginProblem
            from backoffice.hookspecs import messages

            _ = messages("cli")
            raise PluginProblem(
                _("The commands of {plugin} are not run.").with_values(plugin=self.name),
                why=_("The configuration does not trust {distribution}.").with_values(distribution=self.distribution),
                remedy=_("Add it to `allowed` in backoffice.toml once you trust it."),
            )

    def _broken(self, problem: str) -> Exception:
        from backoffice.core.errors import PluginProblem
        from backoffice.hookspecs import messages

        _ = messages("cli")
        return PluginProblem(
            _("The commands of {plugin} cannot be loaded.").with_values(plugin=self.name),
            why=_("Importing them failed: {problem}.").with_values(problem=problem),
            remedy=_("Run: {command}").with_values(command=f"pip install --upgrade {self.distribution}"),
        )


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@cache
def plugged_commands() -> dict[str, Plugged]:
    """Return the groups of the installed plugins by name, in alphabetical order."""
    return find(importlib_metadata.distributions())


def find(distributions: Iterable[Any]) -> dict[str, Plugged]:
    """Return the groups that ``distributions`` offer; of one found twice the first counts, as it does for imports."""
    found: dict[str, Plugged] = {}
    for distribution in distributions:
        text = distribution.read_text("entry_points.txt") or ""
        if f"[{GROUP}]" in text:
            header = _header(distribution)
            for name, value in _points(text).items():
                found.setdefault(name, Plugged(name, value, header.get("Name", name), header.get("Summary", "")))
    return dict(sorted(found.items()))


def _points(text: str) -> dict[str, str]:
    points: dict[str, str] = {}
    inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and "=" in line and not line.startswith(("#", ";")):
            name, _equals, value = line.partition("=")
            points.setdefault(name.strip(), value.strip())
    return points


def _header(distribution: Any) -> dict[str, str]:
    """Return the simple lines of the metadata's head; parsing all of it as a mail costs several milliseconds."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    lines = text.partition("\n\n")[0].splitlines()
    return dict(line.split(": ", 1) for line in reversed(lines) if ": " in line and not line[0].isspace())
