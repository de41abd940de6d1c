"""The plugin that is judged: found by its name or built from a folder, with databases to try it on."""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import importlib_metadata

from backoffice.core.configuration import Configuration
from backoffice.core.errors import BackofficeError, NotFound, PluginProblem
from backoffice.core.maintenance.founding import Wanted, found
from backoffice.core.office import Backoffice, Desk
from backoffice.core.persistence.migrations import Component
from backoffice.core.plugins.discovery import Candidate, discover, normalised
from backoffice.core.plugins.states import PluginStatus
from backoffice.hookspecs import messages

from .building import build_wheel
from .outcome import NotPossible

_ = messages("authoring")

PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of database on which a plugin is tried: ``create()`` gives the address of a new, empty one."""

    kind: str
    create: Callable[[], str]


@dataclass
class Subject:
    """A plugin that is installed or was just built, and what the checks need to know of it."""

    candidate: Candidate
    places: Sequence[Place]
    source: Path | None = None
    """The folder it is built from; a plugin that was installed from a wheel has none."""
    wheel: Path | None = None
    happen: Callable[[Desk], None] | None = None
    """Makes things happen that the plugin hears of; without it, events with made-up facts."""
    thorough: bool = False
    """Whether to ask what takes long: the type checker."""
    folder: Path = field(default_factory=Path)
    """For databases and whatever else the checks write; removed with the subject."""
    _offices: dict[str, Backoffice] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.candidate.name

    @property
    def package(self) -> str:
        """The package its module lies in, empty when it lies in none."""
        return self.candidate.module.rpartition(".")[0]

    @cached_property
    def distribution(self) -> Any:
        """Its distribution, for metadata and files."""
        location = str(self.candidate.location)
        for distribution in importlib_metadata.distributions(path=[location]):
            if normalised(distribution.metadata["Name"] or "") == normalised(self.candidate.distribution):
                return distribution
        raise NotPossible(_("Its metadata cannot be found."))

    @cached_property
    def files(self) -> Path:
        """The folder of its package. Nothing of it is imported to find it."""
        spec = importlib.util.find_spec(self.package.partition(".")[0]) if self.package else None
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        if not places or "." in self.package:
            raise NotPossible(_("Its module does not lie in a package of its own."))
        return Path(places[0])

    @cached_property
    def beside(self) -> frozenset[str]:
        """The plugins it needs, and those they need."""
        known = {normalised(one.distribution): one for one in discover() if not one.builtin}
        found: set[str] = set()
        waiting = [self.candidate]
        while waiting:
            for needed in waiting.pop().requires:
                other = known.get(normalised(needed.name))
                if other is not None and other.name not in {*found, self.name}:
                    found.add(other.name)
                    waiting.append(other)
        return frozenset(found)

    def open(self, address: str, *, alone: bool = False) -> Backoffice:
        """Return an office with this plugin and those it needs on the database ``address``; tables are not made.

        With ``alone`` it has what the plugin needs, and not the plugin.
        """
        configuration = Configuration(database=address, folder=self.folder, organization="")
        return Backoffice(configuration, only=self.beside | (set() if alone else {self.name}), create=True)

    def office(self, place: Place) -> Backoffice:
        """Return a started office with an organisation, on a database at ``place``; made once.

        Raises :class:`NotPossible` when the plugin is not active in it.
        """
        if place.kind not in self._offices:
            office = self._offices[place.kind] = self.open(place.create())
            office.upgrade()
            found(office, Wanted(name="Acme Trading", currency="GBP"))
            office.start()
        office = self._offices[place.kind]
        status = self.status(office)
        if status.state != "active":
            raise NotPossible(_("The plugin cannot be used: {reason}").with_values(reason=status.reason))
        return office

    def status(self, office: Backoffice) -> PluginStatus:
        """Return what the office knows of the plugin."""
        status = office.manager.status(self.name)
        assert status is not None
        return status

    def component(self, office: Backoffice) -> Component:
        """Return the plugin's tables. Raises :class:`NotPossible` when it has none."""
        for component in office.components:
            if component.name == self.name:
                return component
        status = self.status(office)
        if status.state != "active":
            raise NotPossible(_("The plugin cannot be used: {reason}").with_values(reason=status.reason))
        raise NotPossible(_("It has no tables."))

    def close(self) -> None:
        """Close what was opened."""
        for office in self._offices.values():
            office.close()
        self._offices.clear()


@contextmanager
def opened(
    target: str,
    places: Callable[[Path], Sequence[Place]],
    *,
    happen: Callable[[Desk], None] | None = None,
    thorough: bool = False,
) -> Iterator[Subject]:
    """Give the plugin ``target``, a name or a folder with its sources, for as long as the block lasts.

    A folder is built, and what was built is judged, whatever else of that name is installed. ``places(folder)`` gives
    the databases to try it on, with a folder to put files into. ``thorough`` asks the type checker as well.

    Raises:
        NotFound: no such plugin is installed, and there is no such folder.
        PluginProblem: the folder cannot be built, or what is built offers no plugin.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backoffice-check-")))
        path = Path(target)
        if path.is_dir() and any((path / name).exists() for name in PROJECT_FILES):
            subject = _built(path.resolve(), folder, stack)
        else:
            subject = _installed(target)
        subject.places, subject.happen, subject.folder = places(folder), happen, folder
        subject.thorough = thorough
        stack.callback(subject.close)
        yield subject


def _installed(target: str) -> Subject:
    for candidate in discover():
        if not candidate.builtin and target in (candidate.name, candidate.distribution):
            subject = Subject(candidate, ())
            subject.source = _source_of(subject.distribution)
            return subject
    raise NotFound(
        _("There is no plugin {name}.").with_values(name=target),
        remedy=_("Give the folder with its setup.cfg, or one of: {names}.").with_values(
            names=", ".join(one.name for one in discover() if not one.builtin) or "–"
        ),
    )


def _source_of(distribution: Any) -> Path | None:
    """Return the folder of an editable installation."""
    read = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not read.get("dir_info", {}).get("editable"):
        return None
    path = Path(unquote(urlsplit(read["url"]).path))
    return path if path.is_dir() else None


def _built(source: Path, folder: Path, stack: ExitStack) -> Subject:
    wheel = build_wheel(source, folder / "wheel")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    sys.path.insert(0, str(site))
    stack.callback(sys.path.remove, str(site))
    importlib.invalidate_caches()
    built: Iterable[Any] = importlib_metadata.distributions(path=[str(site)])
    candidates = discover(built, builtins=())
    if not candidates:
        raise PluginProblem(
            _("What {path} builds is not a plugin.").with_values(path=str(source)),
            why=_("It has no entry point in the group “backoffice”."),
            remedy=_("Add one to setup.cfg; `backoffice plugin new` shows how."),
        )
    _not_loaded(candidates[0])
    return Subject(candidates[0], (), source=source, wheel=wheel)


def _not_loaded(candidate: Candidate) -> None:
    """Refuse to judge what this process has imported from somewhere else."""
    if candidate.module.partition(".")[0] in sys.modules:
        raise PluginProblem(
            _("{name} is loaded already from another place.").with_values(name=candidate.name),
            remedy=_("Judge it in a process of its own, or by its name."),
        )


def said_by(error: BaseException) -> str:
    """Return what an error says, in one line."""
    if isinstance(error, BackofficeError):
        return " ".join(str(error).split())
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


__all__ = ["Place", "Subject", "opened", "said_by"]
