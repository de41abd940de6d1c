"""Everything the command line says is said in Arabic too."""

from pathlib import Path

import backoffice.core
from backoffice.core.text import extract
from backoffice.core.text.catalogues import catalogue_file, read_catalogue

CORE = Path(next(iter(backoffice.core.__path__)))
CATALOGUE = read_catalogue(catalogue_file(CORE / "locale", "cli", "ar"), "ar")
MESSAGES = extract(CORE / "cli") | extract(CORE / "maintenance")


def translated(message):
    entry = CATALOGUE.get(message.text)
    forms = entry.string if entry is not None else ""
    return bool(forms) and (isinstance(forms, str) or (len(forms) == 6 and all(forms)))


def test_nothing_is_left_in_english():
    counted = {message.text for message in MESSAGES if message.plural}
    assert [m.text for m in sorted(MESSAGES) if (m.plural or m.text not in counted) and not translated(m)] == []


def test_no_translation_is_left_over():
    known = {message.text for message in MESSAGES}
    entries = [entry.id if isinstance(entry.id, str) else entry.id[0] for entry in CATALOGUE if entry.id]
    assert [text for text in entries if text not in known] == []
