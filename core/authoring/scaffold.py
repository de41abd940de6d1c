"""Make the distribution of a new plugin from the templates in ``core/templates/plugin``.

What is made builds, installs, and passes its own tests and ``backoffice plugin check``: a model, a resource, an
action, a report, an event with a listener, a page, a translation and a page of documentation.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Template
from typing import Final

from packaging.version import Version

from backoffice.core.errors import AlreadyExists, InvalidInput
from backoffice.core.plugins.discovery import BUILTINS, core_version
from backoffice.core.plugins.resolution import RESERVED
from backoffice.hookspecs import messages

_ = messages("authoring")

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "plugin"
SUFFIX: Final = ".tmpl"
LONGEST: Final = 30
"""Characters of a plugin's name: with what follows it in the names of tables, indexes and constraints, PostgreSQL
takes 63."""

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TAKEN: Final = frozenset({*RESERVED, *BUILTINS, "test", "tests", "backoffice"})


@dataclass(frozen=True, slots=True)
class Names:
    """The one name of a plugin, as each place writes it."""

    name: str
    """Entry point, tables, permissions: ``acme_fleet``."""

    @property
    def distribution(self) -> str:
        """What pip calls it: ``backoffice-acme-fleet``."""
        return f"backoffice-{self.path}"

    @property
    def package(self) -> str:
        """What Python imports: ``backoffice_acme_fleet``."""
        return f"backoffice_{self.name}"

    @property
    def path(self) -> str:
        """What stands in addresses of its pages: ``acme-fleet``."""
        return self.name.replace("_", "-")

    @property
    def title(self) -> str:
        """What a heading says: ``Acme fleet``."""
        return self.name.replace("_", " ").capitalize()


def names_of(text: str) -> Names:
    """Return the names of the plugin that somebody calls ``text``: ``acme-fleet``, ``backoffice_acme_fleet`` ….

    Raises :class:`InvalidInput` when tables and permissions cannot be called so.
    """
    name = re.sub(r"[-_. ]+", "_", text.strip().lower()).removeprefix("backoffice_")
    wrong = ""
    if not _NAME.fullmatch(name):
        wrong = _("Use small letters, digits and hyphens, and begin with a letter.")
    elif name in _TAKEN or keyword.iskeyword(name):
        wrong = _("This name is taken; put your own in front, such as acme-{name}.").with_values(name=name)
    elif len(name) > LONGEST:
        wrong = _("Use at most {count} characters.").with_values(count=LONGEST)
    if wrong:
        raise InvalidInput(_("A plugin cannot be called {name}.").with_values(name=text), fields={"name": [wrong]})
    return Names(name)


def scaffold(names: Names, into: Path, *, description: str = "") -> Path:
    """Write the distribution of a new plugin below the folder ``into`` and return its folder.

    ``description`` is one line about the plugin, for its metadata and its pages.

    Raises:
        InvalidInput: the description has several lines.
        AlreadyExists: the folder is there and not empty.
    """
    said = description.strip().rstrip(".") or f"{names.title}, a plugin for Backoffice"
    if not said.isprintable():
        raise InvalidInput(_("The description cannot be used."), fields={"description": [_("Write one line.")]})
    folder = into / names.distribution
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyExists(
            _("The folder {path} is there already.").with_values(path=str(folder)),
            remedy=_("Choose another folder, or another name."),
        )
    values = _values(names, said)
    for template in sorted(TEMPLATES.rglob(f"*{SUFFIX}")):
        target = folder / _place(template.relative_to(TEMPLATES), names)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = Template(template.read_text("utf-8")).substitute(values[target.suffix == ".py"])
        target.write_text(text, "utf-8")
    return folder


def _values(names: Names, description: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the placeholders stand for, in text and inside the docstrings of Python."""
    core = Version(core_version())
    plain = {
        "name": names.name,
        "package": names.package,
        "distribution": names.distribution,
        "path": names.path,
        "title": names.title,
        "description": description,
        "series": f"{core.major}.{core.minor}",
        "next": str(core.major + 1),
        "year": str(date.today().year),
    }
    return plain, {**plain, "description": description.replace("\\", "\\\\").replace('"', '\\"')}


def _place(template: Path, names: Names) -> Path:
    """Return where a template's text goes: ``src/package/locale/ar/name.po.tmpl`` names the package and the plugin."""
    parts = [{"package": names.package, "name": names.name}.get(part, part) for part in template.parts]
    last = parts[-1].removesuffix(SUFFIX)
    return Path(*parts[:-1], last.replace("name.po", f"{names.name}.po"))


__all__ = ["Names", "names_of", "scaffold"]
