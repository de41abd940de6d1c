"""Which labels of a source tree lack a translation. Used by the tests of every package, never while serving."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .catalogues import catalogue_file, read_catalogue

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

_SKIPPED: Final = frozenset({"tests", "build", "dist", "node_modules", "__pycache__"})
_DOMAIN: Final = re.compile(r'\bmessages\("(\w+)"\)')
_TEMPLATES: Final = frozenset({".html", ".txt", ".xml", ".jinja"})


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A message of the sources: its English ``text`` and, when it counts things, its English ``plural``."""

    text: str
    plural: str = ""


def extract(folder: Path, domain: str = "") -> set[Message]:
    """Return the messages marked in the Python modules and Jinja templates below ``folder``, those of ``domain`` alone
    when one is given.

    ``_("…")`` and ``_("…").counted("…", n)`` in Python; ``{{ _("…") }}`` and ``{% trans %}`` in templates. Folders of
    tests, builds and those whose name starts with a dot are left out. A message that is counted in one place and
    plain in another is given once, counted.
    """
    paths = [path for path in _sources(folder) if not domain or domain_of(path) in {domain, ""}]
    found = {message for path in paths for message in _messages(path)}
    counted = {message.text for message in found if message.plural}
    return {message for message in found if message.plural or message.text not in counted}


def domains(folder: Path) -> set[str]:
    """Return the domains whose messages are marked below ``folder``."""
    return {domain_of(path) for path in _sources(folder) if any(_messages(path))} - {""}


def domain_of(path: Path) -> str:
    """Return the domain of what a source marks, empty when nothing tells.

    A module says ``messages("…")``; one that does not has the domain of the other modules of its folder, if they agree.
    A template lies in ``templates/<domain>/``.
    """
    if path.suffix != ".py":
        return path.parts[len(path.parts) - path.parts[::-1].index("templates")]
    own = _named(path)
    if own:
        return own
    others = {_named(other) for other in path.parent.glob("*.py")} - {""}
    return others.pop() if len(others) == 1 else ""


def _named(path: Path) -> str:
    found = _DOMAIN.search(path.read_text("utf-8"))
    return found[1] if found else ""


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in _SKIPPED and not path.name.startswith("."):
                yield from _sources(path)
        elif path.suffix == ".py" or (path.suffix in _TEMPLATES and "templates" in path.parts):
            yield path


def _messages(path: Path) -> Iterator[Message]:
    if path.suffix == ".py":
        yield from _python_messages(ast.parse(path.read_text("utf-8"), str(path)))
    else:
        yield from _template_messages(path)


def _python_messages(tree: ast.AST) -> Iterator[Message]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            marked = _marked(node)
            if marked:
                yield Message(marked)
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "counted":
                yield from _counted(node.func.value, node)


def _marked(node: ast.expr) -> str:
    """Return the text of ``_("text")``, or nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
        return _text(node.args[0])
    return ""


def _counted(singular: ast.expr, call: ast.Call) -> Iterator[Message]:
    plural = next((each.value for each in call.keywords if each.arg == "plural"), call.args[0] if call.args else None)
    if _marked(singular) and plural is not None and _text(plural):
        yield Message(_marked(singular), _text(plural))


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _template_messages(path: Path) -> Iterator[Message]:
    from babel.messages.extract import extract as babel_extract

    with path.open("rb") as file:
        for _line, found, _comments, _context in babel_extract(
            "jinja2.ext:babel_extract", file, options={"silent": "false"}
        ):
            texts = (found,) if isinstance(found, str) else tuple(each for each in found if isinstance(each, str))
            yield Message(*texts[:2])


def untranslated(package_folder: Path, domain: str, languages: Iterable[str]) -> dict[str, list[str]]:
    """Return, per language other than English, the messages below ``package_folder`` that lack a translation.

    The catalogues are those below ``<package_folder>/locale``. Missing, empty and fuzzy entries are named, and counted
    ones that lack one of the language's plural forms. A language that lacks nothing has an empty list.
    """
    messages = sorted(extract(package_folder, domain))
    answer: dict[str, list[str]] = {}
    for language in languages:
        if language != "en":
            path = catalogue_file(package_folder / "locale", domain, language)
            catalogue = read_catalogue(path, language) if path.is_file() else None
            answer[language] = [each.text for each in messages if not _translated(each, catalogue)]
    return answer


def _translated(message: Message, catalogue: Catalog | None) -> bool:
    entry = None if catalogue is None else catalogue.get(message.text)
    if catalogue is None or entry is None or entry.fuzzy:
        return False
    if message.plural:
        forms = entry.string if isinstance(entry.string, list | tuple) else ()
        return len(forms) == catalogue.num_plurals and all(forms)
    return bool(entry.string)
