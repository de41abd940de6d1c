"""The web application, the interface and the files speak Arabic as well."""

import re
from pathlib import Path

import pytest

import backoffice.core.web
from backoffice.core.text import extract
from backoffice.core.text.catalogues import catalogue_file, read_catalogue

CORE = Path(backoffice.core.web.__file__).parent.parent
CATALOGUE = read_catalogue(catalogue_file(CORE / "locale", "rest", "ar"), "ar")
PLACEHOLDER = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("part", ["web", "exchange", "builtin/rest"])
def test_every_sentence_is_translated(part):
    missing = [
        each.text for each in extract(CORE / part) if not (found := CATALOGUE.get(each.text)) or not found.string
    ]
    assert missing == []


def test_translations_keep_their_placeholders():
    for entry in CATALOGUE:
        if isinstance(entry.id, str) and entry.id:
            assert set(PLACEHOLDER.findall(entry.string)) == set(PLACEHOLDER.findall(entry.id)), entry.id
