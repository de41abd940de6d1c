"""Decide which plugins may load and in which order, from their metadata alone.

Every refusal carries its reason and the one command that mends it. A plugin that needs a refused one is refused too
and names the root cause, so that twelve refusals read as the one problem they are.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from graphlib import CycleError, TopologicalSorter

import importlib_metadata
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from backoffice.hookspecs import Label, messages

from .discovery import CORE, Candidate, Damage, core_version, normalised
from .states import STATE_LABELS, State, run

_ = messages("backoffice")

RESERVED = frozenset({"core", "backoffice"})
"""Names no plugin may take: the core's own nouns and tables begin with them."""

DAMAGE: dict[Damage, Label] = {
    "no-metadata": _("The metadata of the package is missing."),
    "no-name": _("The metadata of the package gives no name or no version."),
    "no-module": _("The entry point of the package does not name a module."),
    "bad-name": _("A plugin's name is made of small letters, digits and underscores."),
}
"""Each kind of damage in words."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plugin that may not load, why, and what to do."""

    candidate: Candidate
    state: State
    reason: str
    remedy: str
    root: str = ""
    """Name of the plugin that caused it, empty when the cause is its own."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What may load, dependencies first, and what may not."""

    order: tuple[Candidate, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    required: frozenset[str] = frozenset()
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Plugin → the plugins it depends on directly."""


def selection_from(environ: Mapping[str, str] = os.environ, no_plugins: bool = False) -> frozenset[str] | None:
    """Return the allow-list a person gave for this process, or nothing when every plugin may load.

    ``no_plugins`` (the option ``--no-plugins``) leaves only the built-in ones; ``BACKOFFICE_PLUGINS=a,b`` names those
    that may load beside them. An empty variable counts as not set.
    """
    if no_plugins:
        return frozenset()
    named = frozenset(name.strip() for name in environ.get("BACKOFFICE_PLUGINS", "").split(",")) - {""}
    return named or None


@cache
def _installed(distribution: str) -> str | None:
    try:
        return importlib_metadata.version(distribution)
    except importlib_metadata.PackageNotFoundError:
        return None


def resolve(
    candidates: Iterable[Candidate],
    *,
    enabled: Set[str] | None = None,
    disabled: Set[str] = frozenset(),
    allowed: Set[str] | None = None,
    required: Iterable[str] = (),
    core: str | None = None,
    installed: Callable[[str], str | None] = _installed,
    distributions: Set[str] | None = None,
) -> Resolution:
    """Order ``candidates`` dependencies first, ties by name, and refuse those that cannot load.

    ``enabled`` names the plugins that were switched on, nothing means all; ``disabled`` those switched off;
    ``allowed`` is the allow-list of this process (:func:`selection_from`) and never leaves out a built-in plugin.
    ``distributions`` are those the configuration trusts, nothing means all; no line of any other is run.
    ``required`` is kept for the load, which stops when one of them is not active. ``core`` is the core's version, and
    ``installed(distribution)`` gives the version of any other distribution, or nothing.
    """
    work = _Resolver(list(candidates), core or core_version(), installed)
    work.refuse_untrusted(distributions)
    work.refuse_unwanted(enabled, disabled, allowed)
    work.refuse_incompatible()
    work.refuse_unsatisfied()
    work.refuse_cycles()
    return Resolution(work.ordered(), tuple(work.refusals), frozenset(required), work.needs)


class _Resolver:
    """The steps of :func:`resolve`; each moves plugins from ``kept`` to ``refusals``."""

    def __init__(self, candidates: list[Candidate], core: str, installed: Callable[[str], str | None]) -> None:
        self.core = core
        self.installed = installed
        self.refusals: list[Refusal] = []
        self.kept: dict[str, Candidate] = {}
        self.position = {candidate.name: place for place, candidate in enumerate(candidates) if candidate.builtin}
        self.of_distribution: dict[str, list[str]] = {}
        self.displaced: dict[str, Refusal] = {}
        self.needs: dict[str, frozenset[str]] = {}
        for candidate in candidates:
            self._admit(candidate)

    def _admit(self, candidate: Candidate) -> None:
        holder = self.kept.get(candidate.name)
        if holder is not None or candidate.name in RESERVED:
            taken = _("The name {name} is taken by {distribution}.").with_values(
                name=candidate.name, distribution=holder.distribution if holder else CORE
            )
            remedy = run("pip uninstall {package}", package=candidate.distribution)
            self.refusals.append(Refusal(candidate, "incompatible", taken, remedy))
            self.displaced[normalised(candidate.distribution)] = self.refusals[-1]
            return
        self.kept[candidate.name] = candidate
        if not candidate.builtin:
            self.of_distribution.setdefault(normalised(candidate.distribution), []).append(candidate.name)

    def refuse(self, name: str, state: State, reason: str, remedy: str, root: str = "") -> None:
        self.refusals.append(Refusal(self.kept.pop(name), state, reason, remedy, root))

    def refuse_untrusted(self, distributions: Set[str] | None) -> None:
        trusted = None if distributions is None else {normalised(name) for name in distributions}
        for name, candidate in list(self.kept.items()):
            if trusted is not None and not candidate.builtin and normalised(candidate.distribution) not in trusted:
                reason = _("The configuration trusts some distributions alone, and {distribution} is none of them.")
                remedy = _("Add it to `allowed` in backoffice.toml once you trust it.")
                self.refuse(name, "disabled", reason.with_values(distribution=candidate.distribution), remedy)

    def refuse_unwanted(self, enabled: Set[str] | None, disabled: Set[str], allowed: Set[str] | None) -> None:
        for name, candidate in list(self.kept.items()):
            if name in disabled or not (enabled is None or candidate.builtin or name in enabled):
                reason = _("It is disabled; its data is kept.")
                self.refuse(name, "disabled", reason, run("backoffice plugin enable {name}", name=name))
            elif not (allowed is None or candidate.builtin or name in allowed):
                reason = _("It was left out by --no-plugins or BACKOFFICE_PLUGINS when this process started.")
                chosen = ",".join(sorted({*allowed, name}))
                self.refuse(name, "disabled", reason, run("export BACKOFFICE_PLUGINS={chosen}", chosen=chosen))

    def refuse_incompatible(self) -> None:
        for name, candidate in list(self.kept.items()):
            reinstall = run("pip install --force-reinstall {package}", package=candidate.distribution)
            if candidate.damage:
                self.refuse(name, "incompatible", DAMAGE[candidate.damage], reinstall)
                continue
            try:
                needed = candidate.core_requirement
            except InvalidRequirement as error:
                reason = _("A requirement of the package cannot be read: {problem}.")
                reason = reason.with_values(problem=str(error).splitlines()[0])
                self.refuse(name, "incompatible", reason, reinstall)
                continue
            if needed is not None and not needed.specifier.contains(self.core, prereleases=True):
                reason = _("It needs {requirement}, and the core is {version}.").with_values(
                    requirement=str(needed), version=self.core
                )
                self.refuse(name, "incompatible", reason, self._remedy_for_core(candidate, needed))

    def _remedy_for_core(self, candidate: Candidate, needed: Requirement) -> str:
        """Ask for a newer core when it is older than what is needed, else for a newer plugin."""
        floors = [part.version for part in needed.specifier if part.operator in {">=", ">", "~=", "=="}]
        if any(Version(self.core) < Version(floor.removesuffix(".*")) for floor in floors):
            return run("pip install '{requirement}'", requirement=str(needed))
        return run("pip install --upgrade {package}", package=candidate.distribution)

    def refuse_unsatisfied(self) -> None:
        """Refuse plugins whose requirements are absent or too old, then everything that needs a refused one."""
        for name, candidate in list(self.kept.items()):
            neighbours: set[str] = set()
            for requirement in candidate.requires:
                self._check(name, requirement, neighbours)
                if name not in self.kept:
                    break
            self.needs[name] = frozenset(neighbours - {name})
        self._refuse_dependents()

    def _check(self, name: str, requirement: Requirement, neighbours: set[str]) -> None:
        wanted = normalised(requirement.name)
        if wanted == CORE:
            return
        if wanted in self.displaced:
            self.refuse(name, *dependent_of(self.displaced[wanted]))
            return
        neighbours.update(self.of_distribution.get(wanted, ()))
        version = self._version_of(wanted)
        remedy = run("pip install '{requirement}'", requirement=str(requirement).split(";")[0].strip())
        if version is None:
            reason = _("It needs {requirement}, which is not installed.").with_values(requirement=str(requirement))
            self.refuse(name, "missing-dependency", reason, remedy)
        elif not requirement.specifier.contains(version, prereleases=True):
            reason = _("It needs {requirement}, and {version} is installed.").with_values(
                requirement=str(requirement), version=version
            )
            self.refuse(name, "incompatible", reason, remedy)

    def _version_of(self, distribution: str) -> str | None:
        """Return the version of a plugin among the candidates, refused or not, else of what is installed."""
        for candidate in [*self.kept.values(), *(refusal.candidate for refusal in self.refusals)]:
            if not candidate.builtin and normalised(candidate.distribution) == distribution:
                return candidate.version or None
        return self.installed(distribution)

    def _refuse_dependents(self) -> None:
        refused = {one.candidate.name: one for one in self.refusals if one.candidate.name not in self.kept}
        again = True
        while again:
            again = False
            for name in sorted(self.kept):
                cause = next((refused[need] for need in sorted(self.needs[name]) if need in refused), None)
                if cause is not None:
                    self.refuse(name, *dependent_of(cause))
                    refused[name] = self.refusals[-1]
                    again = True

    def refuse_cycles(self) -> None:
        while cycle := self._cycle():
            names = sorted(set(cycle))
            reason = _("{names} need each other in a circle, so none can come first.").with_values(
                names=", ".join(names)
            )
            for name in names:
                remedy = run("backoffice plugin disable {name}", name=name)
                self.refuse(name, "incompatible", reason, remedy)
            self._refuse_dependents()

    def _cycle(self) -> list[str]:
        try:
            TopologicalSorter({name: self.needs[name] for name in self.kept}).prepare()
        except CycleError as error:
            return list(error.args[1])
        return []

    def ordered(self) -> tuple[Candidate, ...]:
        """Return what is left: built-in plugins, then always the first by name of those whose needs are met."""
        sorter = TopologicalSorter({name: self.needs[name] for name in self.kept})
        sorter.prepare()
        ready: list[tuple[int, str]] = []
        order: list[Candidate] = []
        while sorter.is_active():
            for name in sorter.get_ready():
                heapq.heappush(ready, (self.position.get(name, len(self.position)), name))
            _place, name = heapq.heappop(ready)
            order.append(self.kept[name])
            sorter.done(name)
        return tuple(order)


def dependent_of(cause: Refusal) -> tuple[State, str, str, str]:
    """Return state, reason, remedy and root cause of a plugin that needs the refused one of ``cause``.

    The remedy is that of the root: mending it mends every plugin above.
    """
    root = cause.root or cause.candidate.name
    if cause.root:
        return "missing-dependency", cause.reason, cause.remedy, root
    reason = _("It needs {root}, which cannot be used ({state}).").with_values(
        root=root, state=STATE_LABELS[cause.state]
    )
    return "missing-dependency", reason, cause.remedy, root


__all__ = ["RESERVED", "Refusal", "Resolution", "dependent_of", "resolve", "selection_from"]
