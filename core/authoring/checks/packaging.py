"""What pip and the plugin's users see: metadata, entry points, names, and what the wheel carries."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import click

from backoffice.core.authoring.scaffold import LONGEST
from backoffice.core.plugins.discovery import normalised
from backoffice.core.plugins.resolution import DAMAGE, RESERVED
from backoffice.hookspecs import messages

from .building import build_wheel
from .outcome import NotPossible
from .subject import Subject, said_by

_ = messages("authoring")

LOWER, UPPER = frozenset({">=", ">", "~=", "=="}), frozenset({"<", "<=", "~=", "=="})


def metadata(subject: Subject) -> Iterator[str]:
    """Yield what the metadata lacks."""
    candidate = subject.candidate
    if candidate.damage:
        yield DAMAGE[candidate.damage]
        return
    if not candidate.summary or candidate.summary == "UNKNOWN":
        yield _("It has no description; write one line under description in setup.cfg.")
    if not subject.distribution.metadata.get("Requires-Python"):
        yield _("It does not say which Python it needs; write python_requires = >=3.11.")
    yield from _core_range(subject)


def _core_range(subject: Subject) -> Iterator[str]:
    needed = subject.candidate.core_requirement
    operators = {part.operator for part in needed.specifier} if needed is not None else set()
    if not operators & LOWER or not operators & UPPER:
        said = _("It does not say for which versions of the core it was made; require {requirement}.")
        yield said.with_values(requirement="backoffice>=0.1,<1")


def description(subject: Subject) -> Iterator[str]:
    """Yield what people would like to read about it."""
    read = subject.distribution.metadata
    if not (read.get("Description") or read.get_payload() or "").strip():
        yield _("It has no long description; write long_description = file: README.md.")
    licences = [value for value in read.get_all("Classifier") or () if value.startswith("License ::")]
    if not (read.get("License-Expression") or read.get("License") or licences):
        yield _("It names no licence; write license = MIT, or yours.")


def entry_points(subject: Subject) -> Iterator[str]:
    """Yield what is wrong with where the plugin and its commands are said to be."""
    module = subject.candidate.module
    if subject.package and not (subject.files / f"{module.rpartition('.')[2]}.py").is_file():
        yield _("The entry point names {module}, which is not there.").with_values(module=module)
    commands = subject.candidate.commands
    if commands is None:
        return
    try:
        loaded = commands.load()
    except (Exception, SystemExit) as error:
        yield _("Its commands cannot be loaded: {problem}.").with_values(problem=said_by(error))
        return
    if not isinstance(loaded, click.Command):
        yield _("{value} is no click command.").with_values(value=commands.value)


def names(subject: Subject) -> Iterator[str]:
    """Yield where the one name of the plugin is written in another way."""
    name = subject.name
    wanted = {
        "distribution": (normalised(subject.candidate.distribution), f"backoffice-{name.replace('_', '-')}"),
        "package": (subject.package, f"backoffice_{name}"),
    }
    for found, expected in wanted.values():
        if found != expected:
            yield _("{found} should be called {expected}, after the plugin {name}.").with_values(
                found=found or "–", expected=expected, name=name
            )
    if name in RESERVED:
        yield _("The name {name} belongs to the core.").with_values(name=name)
    if len(name) > LONGEST:
        yield _("The name has {count} characters; {most} leave room for those of indexes on PostgreSQL.").with_values(
            count=len(name), most=LONGEST
        )


def wheel(subject: Subject) -> Iterator[str]:
    """Yield the files beside the code that the wheel leaves behind."""
    if subject.source is None:
        raise NotPossible(_("It is installed from a wheel; give the folder it is built from."))
    built = subject.wheel or build_wheel(subject.source, subject.folder / "wheel")
    with zipfile.ZipFile(built) as archive:
        carried = set(archive.namelist())
    package = _package_in(subject.source, subject.package)
    for path in sorted(package.rglob("*")):
        name = f"{subject.package}/{path.relative_to(package).as_posix()}"
        if path.is_file() and "__pycache__" not in path.parts and name not in carried:
            yield _("The wheel leaves {file} behind; add it to package_data in setup.cfg.").with_values(file=name)


def _package_in(source: Path, package: str) -> Path:
    for folder in (source / "src" / package, source / package):
        if folder.is_dir():
            return folder
    raise NotPossible(_("The folder of {package} is not in {path}.").with_values(package=package, path=str(source)))


__all__ = ["description", "entry_points", "metadata", "names", "wheel"]
