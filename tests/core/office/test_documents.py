"""Documents: complete pages made by a plugin's template from plain values, in a sandbox."""

import re
import sys

import pytest

from backoffice.core import printing
from backoffice.core.errors import Forbidden, NotFound, PluginProblem, Unavailable
from backoffice.core.office.documents import plain
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.papers import text_of


@pytest.fixture
def desk(library):
    desk = desk_of(library)
    desk.execute("library.author.create", code="eliot", name="George Eliot")
    desk.execute("library.book.create", isbn="1", title="<b>Middlemarch</b>", author="eliot", price="1234.5",
                 published="1871-12-01", title_ar="ميدل مارش")  # fmt: skip
    return desk


@pytest.fixture
def template(installed_library):
    """Write the template of the card for one test, and put the old one back."""
    import backoffice_library

    path = next(iter(backoffice_library.__path__)) + "/templates/library/card.html"
    with open(path) as file:
        before = file.read()

    def write(text):
        with open(path, "w") as file:
            file.write(text)

    yield write
    write(before)


def test_a_document_is_complete_in_itself_and_escapes_what_it_shows(desk):
    made = desk.document("library.card", 1)
    assert made.filename == "card-1"
    assert made.language == "en"
    assert "&lt;b&gt;Middlemarch&lt;/b&gt;" in made.html
    assert "1,234.50" in made.html
    assert "1 Dec 1871" in made.html
    assert "letter-spacing: 1px" in made.html
    assert "<script" not in made.html
    assert not re.findall(r"https?://|src=|href=", made.html)


def test_its_policy_allows_its_own_stylesheet_and_no_script(desk):
    policy = desk.document("library.card", 1).policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_it_is_made_in_the_language_one_asks_for(desk):
    made = desk.document("library.card", 1, "ar")
    assert '<html lang="ar" dir="rtl">' in made.html
    assert "1 ديسمبر 1871" in made.html
    with pytest.raises(NotFound):
        desk.document("library.card", 1, "tlh")


def test_two_languages_stand_side_by_side_each_read_in_its_own_direction(desk):
    made = desk.document("library.card", 1, "ar+en")
    assert made.language == "ar+en"
    assert [part in made.html for part in ('<html lang="ar" dir="rtl">', '<section class="side" lang="en" dir="ltr">')]
    assert made.html.index('<section class="side" lang="ar"') < made.html.index('<section class="side" lang="en"')
    assert made.html.count("<html") == 1
    assert made.pdf().startswith(b"%PDF")
    with pytest.raises(NotFound):
        desk.document("library.card", 1, "en+en")


def test_a_template_writes_amounts_in_words(desk, template):
    template("{% extends layout %}{% block content %}{{ price|words('GBP') }}{% endblock %}")
    assert (
        "one thousand two hundred and thirty-four pounds sterling and fifty pence"
        in desk.document("library.card", 1).html
    )


def test_whoever_may_not_read_the_record_gets_no_document(desk, library):
    with pytest.raises(NotFound):
        desk.document("library.card", 99)
    with pytest.raises((Forbidden, NotFound)):
        desk_of(library, "clerk").document("library.card", 1)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ words.update({'x': 1}) }}",
        "{{ nothing_of_that_name }}",
        "{% include 'console/base.html' %}",
        "{{ cycler.__init__.__globals__ }}",
    ],
)
def test_a_template_that_reaches_further_is_stopped(desk, template, text):
    template(text)
    with pytest.raises(PluginProblem):
        desk.document("library.card", 1)


def test_a_record_or_a_function_is_no_plain_value(desk):
    with pytest.raises(TypeError):
        plain({"book": desk.get("library.book", 1)})
    with pytest.raises(TypeError):
        plain([print])


def test_it_is_printed_as_pdf_in_its_language(desk):
    printed = desk.document("library.card", 1, "ar").pdf()
    assert printed.startswith(b"%PDF-")
    assert "Middlemarch" in text_of(printed)
    assert "1871" in text_of(printed)


def test_what_is_printed_fetches_nothing(tmp_path, capfd):
    kept = tmp_path / "kept.html"
    kept.write_text("<p>the key of the house</p>")
    made = printing.pdf(f'<p>card</p><object data="{kept.as_uri()}"></object><img src="{kept.as_uri()}">')
    assert "card" in text_of(made)
    assert "key of the house" not in text_of(made)
    assert "Traceback" not in capfd.readouterr().err


def test_without_the_engine_one_is_told_what_to_install(desk, monkeypatch):
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    with pytest.raises(Unavailable, match="pip install"):
        desk.document("library.card", 1).pdf()
