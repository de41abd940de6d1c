"""Every form of every plugin that is installed, each text field filled with what breaks careless programs.

Nothing may fail inside, what was typed comes back as text, and what was stored is text in the list and in the file. One
text is typed by default; BACKOFFICE_THOROUGH=1 goes through all of them, another in each field, round after round.
"""

import csv
import io
import itertools
import os
import re

import pytest

from backoffice.core.testing.offices import Offices
from backoffice.core.testing.visiting import Visitor

from .hostile import texts

NAUGHTY = (
    '"><script>x()</script><img src=x onerror=x()>{{7*7}}${7*7}',
    '=HYPERLINK("http://127.0.0.1:9";"x")\u202egnp.exe\u200b',
    "+1;DROP TABLE core_user;--' OR ''=''",
    "\ufeffÅ\u0301 ﷽ 𝒳 👩‍👩‍👧 \u2066x",
)
THOROUGH = os.environ.get("BACKOFFICE_THOROUGH") == "1"
TEXTS = (*NAUGHTY, *texts()) if THOROUGH else NAUGHTY[:1]
ROUNDS = 12 if THOROUGH else 1
FILLED = re.compile(r'<(?:input class="input"[^>]* type="text"|textarea)[^>]* name="([^":]+)"')
RAW = re.compile(r"<script>x\(\)|<img src=x")
STEADY = {"code", "currency", "country", "username", "language"}
"""Names whose values follow a pattern; they would be refused and take the form with them."""


@pytest.fixture(scope="module")
def visitor(tmp_path_factory):
    """The administrator of an office with every plugin."""
    office = Offices("sqlite", tmp_path_factory.mktemp("forms")).make()
    made = Visitor(office)
    made.arrive()
    yield made
    office.close()


def forms(office):
    """The address of every form there is without a record."""
    registry = office.registry
    yield from (f"/records/{name}/new" for name, noun in registry.resources.items() if "create" in noun.operations)
    yield from (f"/actions/{name}" for name, action in registry.actions.items() if not action.resource)


def test_no_form_fails_and_everything_typed_stays_text(visitor):
    wrong, typed, texts = [], 0, itertools.cycle(TEXTS)
    for _round in range(ROUNDS):
        for path in forms(visitor.office):
            if visitor.open(path).status != 200:
                continue
            form = next((f for f in visitor.page.forms if "csrf_token" in f.names and len(f.names) > 2
                         and f.action.split("?")[0] == path), None)  # fmt: skip
            names = [name for name in FILLED.findall(visitor.page.html) if "__" not in name]
            if form is None or not names:
                continue
            typed += len(names)
            given = dict(form.values) | {name: "K1" if name in STEADY else next(texts) for name in names}
            page = visitor.post(path, given)
            if page.status >= 500 or RAW.search(page.html):
                wrong.append((path, page.status, RAW.findall(page.html)[:1]))
    assert wrong == []
    assert typed > 60


def test_what_was_stored_is_text_in_lists_and_in_files(visitor):
    wrong, seen = [], 0
    for name, noun in visitor.office.registry.resources.items():
        if "create" not in noun.operations:
            continue
        page = visitor.open(f"/records/{name}?view=all")
        if page.status >= 500 or RAW.search(page.html):
            wrong.append(name)
        seen += "&lt;" in page.html
        file = visitor.client.get(f"/records/{name}/export.csv").get_data(as_text=True).lstrip("\ufeff")
        cells = [cell for row in csv.reader(io.StringIO(file)) for cell in row]
        wrong += [(name, cell) for cell in cells if cell[:1] in "=+@\t\r" and cell[:1]]
    assert wrong == []
    assert seen > 0
