"""Every word a person reads is marked, translated into Arabic, and translated once: in the core, the plugins of this
checkout and its examples."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.pofile import PoFileParser

from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.persistence import fields_of
from backoffice.core.plugins.registry import Registry
from backoffice.core.text import NOUN, extract, translate, untranslated
from backoffice.core.text.catalogues import catalogue_file, read_catalogue
from backoffice.core.text.extraction import domains
from backoffice.hookspecs import Label

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "core": ROOT / "core",
    **{path.name: path for path in sorted(ROOT.glob("plugins/*/src/backoffice_*")) if path.is_dir()},
    **{path.name: path for path in sorted(ROOT.glob("examples/*/src/backoffice_*")) if path.is_dir()},
}
CATALOGUES = [(name, domain) for name, folder in PACKAGES.items() for domain in sorted(domains(folder))]

PLACEHOLDER = re.compile(r"\{(\w+)\}")
ARABIC = re.compile(r"[\u0621-\u064a]")
LATIN_WORD = re.compile(r"[A-Za-z]{2}")
NAMES = {
    "SQLite", "PostgreSQL", "Beancount", "GnuCash", "CSV", "OFX", "QIF", "MT940, MT942", "CAMT.052, 053, 054",
    "UBL 2.1", "SHA-256", "UUID",
}  # fmt: skip
"""Names of programs and formats, which are written the same everywhere."""

pytestmark = pytest.mark.skipif(not (ROOT / "core").is_dir(), reason="this looks at the files of a checkout")
each_catalogue = pytest.mark.parametrize(("package", "domain"), CATALOGUES)


def catalogue(package: str, domain: str) -> Catalog:
    return read_catalogue(file(package, domain), "ar")


def file(package: str, domain: str) -> Path:
    return catalogue_file(PACKAGES[package] / "locale", domain, "ar")


def entries(package: str, domain: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """The English of each entry, singular and plural, its Arabic, and its context."""
    for entry in catalogue(package, domain):
        if entry.id:
            english = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
            arabic = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
            yield tuple(english), tuple(arabic), entry.context or ""


@each_catalogue
def test_everything_is_translated_into_arabic(package: str, domain: str) -> None:
    assert untranslated(PACKAGES[package], domain, ["ar"]) == {"ar": []}


@each_catalogue
def test_no_translation_is_left_of_what_nobody_says_any_more(package: str, domain: str) -> None:
    used = {message.text for message in extract(PACKAGES[package], domain)}
    assert [english[0] for english, _arabic, _context in entries(package, domain) if english[0] not in used] == []
    assert list(catalogue(package, domain).obsolete) == []


@each_catalogue
def test_nothing_is_translated_twice(package: str, domain: str) -> None:
    seen: Counter[tuple[str, str]] = Counter()

    class Counting(Catalog):
        def __setitem__(self, id_: Any, message: Any) -> None:
            seen[message.context or "", id_ if isinstance(id_, str) else id_[0]] += 1
            super().__setitem__(id_, message)

    with file(package, domain).open("rb") as source:
        PoFileParser(Counting(locale="ar"), abort_invalid=True).parse(source)
    assert [key for key, times in seen.items() if times > 1] == []


@each_catalogue
def test_placeholders_are_those_of_the_english(package: str, domain: str) -> None:
    wrong = [
        said
        for english, arabic, _context in entries(package, domain)
        for form, said in enumerate(arabic)
        if not fits(set(PLACEHOLDER.findall(english[-1])), set(PLACEHOLDER.findall(said)), form if arabic[1:] else 5)
    ]
    assert wrong == []


def fits(asked: set[str], found: set[str], form: int) -> bool:
    """Whether one of the six forms has the placeholders it should: none, one and two are said in words."""
    needed = set() if form == 0 else asked - {"count"} if form < 3 else asked
    return needed <= found <= asked


@each_catalogue
def test_counted_things_have_the_six_forms_of_arabic(package: str, domain: str) -> None:
    assert catalogue(package, domain).num_plurals == 6
    assert [e for e, arabic, _context in entries(package, domain) if len(e) > 1 and len(set(arabic)) < 4] == []


@each_catalogue
def test_isolates_are_closed(package: str, domain: str) -> None:
    said = [text for _english, arabic, _context in entries(package, domain) for text in arabic]
    assert [text for text in said if text.count("\u2066") != text.count("\u2069")] == []


@each_catalogue
def test_the_only_context_is_that_of_nouns(package: str, domain: str) -> None:
    assert {context for _english, _arabic, context in entries(package, domain)} <= {"", NOUN}


@each_catalogue
def test_a_noun_of_its_own_differs_from_the_plain_word(package: str, domain: str) -> None:
    """A tool that knows nothing of contexts makes both the same."""
    said = {(english[0], context): arabic for english, arabic, context in entries(package, domain)}
    assert [text for (text, context), arabic in said.items() if context and arabic == said.get((text, ""))] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_catalogue_has_a_domain_in_use(package: str) -> None:
    found = {path.stem for path in (PACKAGES[package] / "locale").glob("*/LC_MESSAGES/*.po")}
    assert found == {domain for name, domain in CATALOGUES if name == package}


@pytest.mark.parametrize("package", PACKAGES)
def test_both_forms_of_a_counted_message_stand_where_it_is_marked(package: str) -> None:
    """Otherwise the extraction misses the plural."""
    assert [place for path in PACKAGES[package].rglob("*.py") for place in badly_counted(path)] == []


def badly_counted(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "counted":
            plural = next((each.value for each in node.keywords if each.arg == "plural"), (*node.args, None)[0])
            if not isinstance(node.func.value, ast.Call) or not isinstance(plural, ast.Constant):
                yield f"{path}:{node.lineno}"


# -- what plugins declare ------------------------------------------------------------------------------------------

WORDS = {"label", "plural", "description", "help", "title", "confirm"}
KINDS = ("resources", "actions", "reports", "documents", "jobs", "events", "permissions", "roles", "settings")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """What the built-in plugins and the installed ones of this checkout declare; this needs no tables.

    A plugin of other tests, which may share this process, speaks English alone.
    """
    ours = frozenset(name.removeprefix("backoffice_") for name in PACKAGES)
    database = f"sqlite:///{tmp_path_factory.mktemp('words') / 'office.db'}"
    office = Backoffice(Configuration(database=database), only=ours, create=True)
    yield office.registry
    office.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_that_is_declared_can_be_read_in_arabic(registry: Registry, kind: str) -> None:
    declared = getattr(registry, kind)
    assert [f"{name}: {word}" for name in declared for word in words(declared[name]) if not is_arabic(word)] == []


def test_every_field_of_a_record_can_be_read_in_arabic(registry: Registry) -> None:
    wrong = [
        f"{resource.name}.{name}: {word}"
        for resource in registry.resources.values()
        for name, described in fields_of(resource.model).items()
        for word in words(described)
        if not described.secret and not is_arabic(word)
    ]
    assert wrong == []


def words(declared: Any) -> Iterator[str]:
    """Every text for people in a declaration and the declarations within it."""
    if isinstance(declared, tuple | list):
        for each in declared:
            yield from words(each)
    elif is_dataclass(declared) and not isinstance(declared, type):
        for part in fields(declared):
            value = getattr(declared, part.name)
            if part.name in WORDS and isinstance(value, str) and value:
                yield value
            elif part.name == "choices":
                yield from value.values()
            else:
                yield from words(value)


def is_arabic(word: str) -> bool:
    if not LATIN_WORD.search(word) or word in NAMES:
        return True
    return isinstance(word, Label) and bool(ARABIC.search(translate(word, "ar")))
