"""Find the installed plugins by their entry points, importing none of them.

The wheel's metadata is the manifest: there is no second file that could disagree with what pip installed. Reading is
cheap because every command line start does it; requirements are parsed only when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import importlib_metadata
from importlib_metadata import Distribution, EntryPoint

if TYPE_CHECKING:
    from packaging.requirements import Requirement

CORE = "backoffice"
"""The core's distribution, and the entry-point group of plugins."""
COMMANDS = "backoffice.commands"
"""The entry-point group of lazily loaded click groups."""
BUILTINS = ("administration", "console", "rest", "worker")
"""The core's own plugins, in the order they are called."""

Damage = Literal["no-metadata", "no-name", "no-module", "bad-name"]
"""Metadata that is missing, that gives no name or version, or whose entry point does not name a module or has a name
that cannot begin tables and permissions."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Candidate:
    """A plugin that is installed, known from its metadata alone."""

    name: str
    """The entry point's name: one name for tables, permissions, templates, settings and commands."""
    module: str
    distribution: str
    version: str
    summary: str = ""
    requirement_lines: tuple[str, ...] = ()
    location: Path | None = None
    """The folder it was found in, such as a ``site-packages``."""
    commands: EntryPoint | None = field(default=None, compare=False)
    """Its click group, not loaded."""
    builtin: bool = False
    shadowed: tuple[Path, ...] = ()
    """Folders that hold the same distribution again, hidden by this one."""
    damage: Damage | None = None
    """What is wrong with its metadata; such a plugin is never loaded."""

    @cached_property
    def requires(self) -> tuple[Requirement, ...]:
        """The requirements that apply to this machine and Python, without extras.

        Raises ``packaging.requirements.InvalidRequirement`` when a line cannot be parsed.
        """
        from packaging.requirements import Requirement

        parsed = (Requirement(line) for line in self.requirement_lines)
        return tuple(needed for needed in parsed if needed.marker is None or needed.marker.evaluate({"extra": ""}))

    @property
    def core_requirement(self) -> Requirement | None:
        """What it asks of the core, or nothing."""
        return next((needed for needed in self.requires if normalised(needed.name) == CORE), None)


def normalised(distribution: str) -> str:
    """Return a distribution's name as indexes compare it: ``Backoffice_Acme.Fleet`` is ``backoffice-acme-fleet``."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


@cache
def core_version() -> str:
    """Return the version of the installed core."""
    return importlib_metadata.version(CORE)


def discover(
    distributions: Iterable[Distribution] | None = None, *, builtins: Sequence[str] = BUILTINS
) -> list[Candidate]:
    """Find the plugins among ``distributions``, by default everything importable, without importing any.

    Returns the built-in plugins in their order, then the others by name. Of a distribution found twice the first
    counts, as it does for imports; the candidate remembers where the others lie.
    """
    # Newer releases of importlib_metadata call what they find IDistribution; older ones do not know the word.
    everything: Iterable[Any] = importlib_metadata.distributions() if distributions is None else distributions
    found: dict[str, list[Candidate]] = {}
    for distribution in everything:
        for candidates in _offered(distribution):
            key = normalised(candidates[0].distribution)
            found[key] = _shadow(found[key], candidates) if key in found else candidates
    external = [candidate for candidates in found.values() for candidate in candidates]
    return _builtin(builtins) + sorted(external, key=lambda candidate: (candidate.name, candidate.distribution))


def _builtin(names: Sequence[str]) -> list[Candidate]:
    return [
        Candidate(name, f"backoffice.core.builtin.{name}.plugin", CORE, core_version(), builtin=True) for name in names
    ]


def _offered(distribution: Distribution) -> Iterator[list[Candidate]]:
    """Yield the plugins of one distribution as a list, or nothing when it has none."""
    text = distribution.read_text("entry_points.txt") or ""
    if f"[{CORE}]" not in text:
        return
    plugins, commands = _entry_points(text)
    read = _Metadata(distribution, next(iter(plugins), ""))
    if plugins:
        yield [read.candidate(name, value, commands.get(name)) for name, value in plugins.items()]


def _entry_points(text: str) -> tuple[dict[str, str], dict[str, EntryPoint]]:
    """Read the two groups; a line without ``=`` offers nothing."""
    plugins: dict[str, str] = {}
    commands: dict[str, EntryPoint] = {}
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif "=" in line and not line.startswith(("#", ";")):
            name, _, value = (part.strip() for part in line.partition("="))
            if group == CORE:
                plugins.setdefault(name, value)
            elif group == COMMANDS:
                commands.setdefault(name, EntryPoint(name, value, COMMANDS))
    return plugins, commands


class _Metadata:
    """The metadata of one distribution, parsed once."""

    def __init__(self, distribution: Distribution, fallback: str) -> None:
        self.location = Path(str(distribution.locate_file("")))
        self.damage: Damage | None = None
        try:
            metadata = distribution.metadata
        except FileNotFoundError:
            self._damaged(fallback, "no-metadata")
            return
        name, version = metadata.get("Name"), metadata.get("Version")
        if not name or not version:
            self._damaged(fallback, "no-name")
            return
        self.name, self.version = str(name), str(version)
        self.summary = str(metadata.get("Summary") or "")
        self.lines = tuple(metadata.get_all("Requires-Dist") or distribution.requires or ())

    def _damaged(self, fallback: str, damage: Damage) -> None:
        self.name, self.version, self.damage = f"{CORE}-{fallback}", "", damage
        self.summary, self.lines = "", ()

    def candidate(self, name: str, value: str, commands: EntryPoint | None) -> Candidate:
        match = EntryPoint.pattern.match(value)
        return Candidate(
            name,
            match["module"] if match else value,
            self.name,
            self.version,
            self.summary,
            self.lines,
            self.location,
            commands,
            damage=self.damage or _damage_of(name, bool(match)),
        )


def _damage_of(name: str, names_module: bool) -> Damage | None:
    if not _NAME.fullmatch(name):
        return "bad-name"
    return None if names_module else "no-module"


def _shadow(kept: list[Candidate], hidden: list[Candidate]) -> list[Candidate]:
    """Remember where ``hidden`` lies, unless it is the same folder met twice on the path."""
    where = hidden[0].location
    known = {kept[0].location, *kept[0].shadowed}
    if where is None or where in known:
        return kept
    return [replace(candidate, shadowed=(*candidate.shadowed, where)) for candidate in kept]


__all__ = ["BUILTINS", "COMMANDS", "CORE", "Candidate", "Damage", "core_version", "discover", "normalised"]
