"""Labels in a person's language: catalogues are ``.po`` files, read once per process and language when first needed.

There are no compiled files to forget. A label without a translation is shown in English, the language it is written
in. :mod:`.extraction` tells which labels those are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from backoffice.core.errors import BackofficeError, PluginProblem
from backoffice.hookspecs import Label, messages

from .digits import END_ISOLATE, FIRST_STRONG_ISOLATE
from .formats import format_date, format_number
from .languages import base_language, direction

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

_ = messages("backoffice")

CORE_DOMAIN: Final = "backoffice"
NOUN: Final = "noun"
"""The context of the words for kinds of records inside sentences, and the placeholder such a word is put into."""

_folders: Final[dict[str, Path]] = {CORE_DOMAIN: Path(__file__).parents[1] / "locale"}
_catalogues: Final[dict[tuple[str, str], NullTranslations]] = {}
_lock: Final = Lock()


def add_catalogue(domain: str, folder: Path) -> None:
    """Say that the labels of ``domain`` are translated by ``<folder>/<language>/LC_MESSAGES/<domain>.po``.

    Files need not exist. A second folder for the same domain replaces the first.
    """
    with _lock:
        if _folders.get(domain) == folder:
            return
        _folders[domain] = folder
        for key in [key for key in _catalogues if key[0] == domain]:
            del _catalogues[key]


def add_catalogues(folder: Path) -> None:
    """Say that every catalogue below the ``locale`` folder translates the labels of the domain it is named after."""
    for domain in sorted({path.stem for path in folder.glob("*/LC_MESSAGES/*.po")}):
        add_catalogue(domain, folder)


def catalogue_file(folder: Path, domain: str, language: str) -> Path:
    """Return the place of a catalogue below a ``locale`` folder."""
    return folder / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(path: Path, language: str) -> Catalog:
    """Return the messages of a ``.po`` file.

    Raises :class:`~backoffice.core.errors.PluginProblem` when it is not one, naming the file and the line.
    """
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            return read_po(file, locale=language.replace("-", "_"), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise PluginProblem(
            _("The catalogue {path} cannot be read.").with_values(path=str(path)),
            why=str(error),
            remedy=_("Correct the file; msgfmt --check names the line."),
        ) from error


def _load(domain: str, language: str) -> NullTranslations:
    """Return the catalogue, read at most once; country variants fall back to their language."""
    with _lock:
        found = _catalogues.get((domain, language))
        if found is None:
            found = _catalogues[domain, language] = _compile(domain, language)
        return found


def _compile(domain: str, language: str) -> NullTranslations:
    folder = _folders.get(domain, _folders[CORE_DOMAIN])
    for name in dict.fromkeys((language.replace("-", "_"), base_language(language))):
        if folder is not None and name.replace("_", "").isalnum():
            path = catalogue_file(folder, domain, name)
            if path.is_file():
                return _translations(read_catalogue(path, name))
    return NullTranslations()


def _translations(catalogue: Catalog) -> GNUTranslations:
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(label: str, language: str) -> str:
    """Return what ``label`` says in ``language``, with its plural form chosen and its placeholders filled.

    A plain ``str`` is returned as it is. ``{name}`` is replaced by the label's value of that name; placeholders are
    plain names, so a translation can never reach into an object. Values are shown in the same language: labels are
    translated, dates and decimals formatted, lists joined; other things are written as ``str`` writes them. In
    right-to-left languages a value with Latin letters or digits is isolated, so that codes and dates keep their order.

    Raises :class:`~backoffice.core.errors.PluginProblem` when the catalogue's file is broken.
    """
    if not isinstance(label, Label):
        return label
    catalogue = _catalogues.get((label.domain, language)) or _load(label.domain, language)
    text = str(label)
    if label.plural is not None and label.count is not None:
        said = catalogue.ngettext(text, label.plural, label.count)
    else:
        said = catalogue.gettext(text) if text else ""
    return fill(said, label.values, language) if label.values else said


def translate_noun(label: str, language: str) -> str:
    """Return what a kind of record is called inside a sentence in ``language``: "new *invoice*", "إضافة *فاتورة*".

    Arabic names a column with the article, "الحساب", and a new one without it, "حساب". Where the two differ the
    catalogue holds the second as an entry of its own with ``msgctxt "noun"``; elsewhere there is one word for both.
    """
    if isinstance(label, Label):
        catalogue = _catalogues.get((label.domain, language)) or _load(label.domain, language)
        said = catalogue.pgettext(NOUN, label)
        if said != label:
            return said
    return translate(label, language)


def translate_title(error: BackofficeError | type[BackofficeError], language: str) -> str:
    """Return the title of an error or of its class in ``language``."""
    title = error.title
    return translate(title if isinstance(title, Label) else Label(title), language)


_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def fill(text: str, values: Mapping[str, Any], language: str) -> str:
    """Return ``text`` with each ``{name}`` replaced by ``values[name]`` as people read it in ``language``.

    A name without a value stays as it is, braces and all. ``{noun}`` is a kind of record, see :func:`translate_noun`.
    """
    show = _isolated if direction(language) == "rtl" else _shown

    def _replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name == NOUN and isinstance(values.get(name), Label):
            return translate_noun(values[name], language)
        return show(values[name], language) if name in values else match[0]

    return _PLACEHOLDER.sub(_replaced, text)


def _shown(value: Any, language: str) -> str:
    if isinstance(value, str):
        return translate(value, language)
    if isinstance(value, Decimal):
        return format_number(value, language=language)
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_date(value, language=language)
    if isinstance(value, list | tuple):
        return ("، " if base_language(language) == "ar" else ", ").join(_shown(each, language) for each in value)
    return str(value)


_LATIN: Final = re.compile(r"[0-9A-Za-z]")


def _isolated(value: Any, language: str) -> str:
    text = _shown(value, language)
    if text.isalnum() or not _LATIN.search(text) or isinstance(value, Label | list | tuple):
        return text
    return f"{FIRST_STRONG_ISOLATE}{text}{END_ISOLATE}"
