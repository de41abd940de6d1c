"""What careful authors add: types, words about what it is for, an answer to those who ask what is known about them."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from backoffice.core.audit.triggers import mapped_classes
from backoffice.core.office import Backoffice
from backoffice.core.persistence import fields_of
from backoffice.core.persistence.fields import REF
from backoffice.hookspecs import messages

from .subject import Subject

_ = messages("authoring")

FEWEST_WORDS: Final = 40
"""Words of a description that tell somebody whether they want the plugin."""
NAMED: Final = 5
"""Complaints of the type checker that are shown."""


def typed(subject: Subject) -> Iterator[str]:
    """Yield that the package does not say it is typed, and what mypy complains of where it is installed."""
    if not (subject.files / "py.typed").is_file():
        yield _("It has no file py.typed, so nobody who uses it has its types; add an empty one.")
        return
    if not subject.thorough or importlib.util.find_spec("mypy") is None:
        return
    complaints = [line for line in _mypy(subject).splitlines() if ": error:" in line]
    for line in complaints[:NAMED]:
        yield _("mypy: {complaint}").with_values(complaint=line.partition(f"{subject.package}/")[2] or line)
    if len(complaints) > NAMED:
        yield _("mypy has {count} complaints in all.").with_values(count=len(complaints))


def _mypy(subject: Subject) -> str:
    command = [
        sys.executable, "-m", "mypy", "--ignore-missing-imports", "--follow-imports=silent", "--no-error-summary",
        f"--cache-dir={subject.folder / 'mypy'}", str(subject.files),
    ]  # fmt: skip
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(path for path in sys.path if path.endswith("src"))}
    done = subprocess.run(  # noqa: S603 - our own words
        command, capture_output=True, text=True, check=False, env=environment, cwd=subject.folder
    )
    return done.stdout


def documented(subject: Subject) -> Iterator[str]:
    """Yield what nobody can read up: what the plugin is for, what its settings mean, what its own hooks ask."""
    read = subject.distribution.metadata
    text = str(read.get("Description") or read.get_payload() or "")
    pages = list((subject.source / "docs").glob("**/*.md")) if subject.source is not None else []
    if len(re.findall(r"\w+", text)) < FEWEST_WORDS and not pages:
        said = _("Its description has fewer than {count} words; say what it is for in README.md, or in docs/.")
        yield said.with_values(count=FEWEST_WORDS)
    office = subject.office(subject.places[0])
    for group in office.registry.settings.get(subject.name, ()):
        for field in group.fields:
            if not field.label:
                yield _("The setting {name} has no label.").with_values(name=field.name)
    yield from _hooks_without_words(subject, office)


def _hooks_without_words(subject: Subject, office: Backoffice) -> Iterator[str]:
    module: Any = sys.modules.get(f"{subject.package}.hookspecs")
    for name, function in vars(module).items() if module is not None else ():
        if hasattr(function, "backoffice_spec") and not inspect.getdoc(function):
            yield _("The hook {name} has no docstring; others cannot know what it asks.").with_values(name=name)


def personal(subject: Subject) -> Iterator[str]:
    """Yield the models with personal fields that are not found when somebody asks what is known about them."""
    office = subject.office(subject.places[0])
    if "personal_data" in subject.status(office).hooks:
        return
    people = _tables_of_people(office)
    base = office.registry.models.get(subject.name)
    classes: list[Any] = list(mapped_classes([base])) if base is not None else []
    for cls in classes:
        if any(field.personal for field in fields_of(cls).values()) and not _reachable(cls, people):
            said = _(
                "{table} has personal fields and refers to no person; give it a reference to one, or answer the hook "
                "personal_data."
            )
            yield said.with_values(table=cls.__tablename__)


def _tables_of_people(office: Backoffice) -> set[str]:
    """Return the tables whose records are people: users, and records that belong to themselves."""
    owned = {
        noun.model.__tablename__ for noun in office.registry.resources.values() if getattr(noun, "owner", "") == "id"
    }
    return {"core_user", *owned}


def _reachable(cls: Any, people: set[str]) -> bool:
    table: sa.Table = cls.__table__
    if table.name in people or any(column.info.get(REF) in people for column in table.columns):
        return True
    part = cls.__part_of__
    return bool(part) and str(table.c[part].info.get(REF, "")) in people


__all__ = ["documented", "personal", "typed"]
