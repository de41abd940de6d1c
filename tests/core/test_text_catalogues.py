"""Labels in the reader's language."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from backoffice.core import errors
from backoffice.core.errors import InvalidInput, NotFound, PluginProblem
from backoffice.core.text import add_catalogue, extract, translate, translate_noun, translate_title, untranslated
from backoffice.core.text.catalogues import CORE_DOMAIN, catalogue_file, read_catalogue
from backoffice.core.text.extraction import domains
from backoffice.hookspecs import Label, messages

CORE = Path(errors.__file__).parent
HEADER = """msgid ""
msgstr ""
"Language: ar\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"
"""
PHARMACY = """
msgid "Medicine"
msgstr "دواء"

msgid "{what} expires on {day}"
msgstr "ينتهي {what} في {day}"

#, fuzzy
msgid "Shelf"
msgstr "كتاب"

msgid "Batch"
msgstr ""

msgid "One box"
msgid_plural "{count} boxes"
msgstr[0] "لا علب"
msgstr[1] "علبة واحدة"
msgstr[2] "علبتان"
msgstr[3] "{count} علب"
msgstr[4] "{count} علبة"
msgstr[5] "{count} علبة"
"""
_ = messages("pharmacy")


def write(folder: Path, text: str, domain: str = "pharmacy", language: str = "ar") -> Path:
    path = catalogue_file(folder / "locale", domain, language)
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + text, "utf-8")
    return folder / "locale"


@pytest.fixture(autouse=True)
def _pharmacy(tmp_path: Path) -> None:
    add_catalogue("pharmacy", write(tmp_path, PHARMACY))


def test_a_label_is_shown_in_the_language_of_the_reader() -> None:
    assert translate(_("Medicine"), "ar") == "دواء"
    assert translate(_("Medicine"), "en") == "Medicine"


def test_a_country_speaks_its_language() -> None:
    assert translate(_("Medicine"), "ar-SA") == "دواء"
    assert translate(_("Medicine"), "ar_EG") == "دواء"


@pytest.mark.parametrize("text", ["Surgery", "Shelf", "Batch", ""])
def test_a_label_without_a_finished_translation_is_shown_in_english(text: str) -> None:
    assert translate(_(text), "ar") == text


def test_a_translation_is_a_plain_string() -> None:
    assert type(translate(_("Surgery"), "ar")) is str


def test_plain_text_is_left_alone() -> None:
    assert translate("Medicine", "ar") == "Medicine"


@pytest.mark.parametrize("language", ["fr", "", "../../etc", "x" * 99])
def test_a_language_without_a_catalogue_falls_back_to_english(language: str) -> None:
    assert translate(_("Medicine"), language) == "Medicine"


def test_an_unknown_domain_falls_back_to_english() -> None:
    assert translate(Label("Medicine", "nobody"), "ar") == "Medicine"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "لا علب"),
        (1, "علبة واحدة"),
        (2, "علبتان"),
        (5, "5 علب"),
        (11, "11 علبة"),
        (100, "100 علبة"),
        (103, "103 علب"),
    ],
)
def test_arabic_counts_in_six_forms(count: int, said: str) -> None:
    assert translate(_("One box").counted("{count} boxes", count), "ar") == said


def test_english_counts_in_two_forms() -> None:
    assert translate(_("One box").counted("{count} boxes", 1), "en") == "One box"
    assert translate(_("One box").counted("{count} boxes", 3), "en") == "3 boxes"


def test_values_are_shown_in_the_same_language() -> None:
    label = _("{what} expires on {day}").with_values(what=_("Medicine"), day=date(2026, 11, 23))
    assert translate(label, "ar") == "ينتهي دواء في \u206823 نوفمبر 2026\u2069"
    assert translate(label, "en") == "Medicine expires on 23 Nov 2026"


def test_decimals_and_lists_in_values_are_written_for_people() -> None:
    label = _("{amounts} of {total}").with_values(amounts=[_("Medicine"), "B"], total=Decimal("1E+3"))
    assert translate(label, "en") == "Medicine, B of 1,000"
    assert translate(label, "ar") == "دواء، B of \u20681,000\u2069"


def test_codes_are_isolated_in_arabic_so_that_they_keep_their_order() -> None:
    assert translate(_("{n}").with_values(n="+966 50"), "ar") == "\u2068+966 50\u2069"
    assert translate(_("{n}").with_values(n="GBP"), "ar") == "GBP"
    assert translate(_("{n}").with_values(n="شركة الأمل"), "ar") == "شركة الأمل"
    assert translate(_("{n}").with_values(n="+966 50"), "en") == "+966 50"


def test_a_placeholder_cannot_reach_into_an_object() -> None:
    label = _("{x.__class__} {x[0]} {x!r} {x}").with_values(x="v")
    assert translate(label, "en") == "{x.__class__} {x[0]} {x!r} v"


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert translate(_("{a} {b}").with_values(a="{b}", b="2"), "en") == "{b} 2"


def test_a_placeholder_without_a_value_stays() -> None:
    assert translate(_("{a} {b}").with_values(a="1"), "en") == "1 {b}"


def test_a_label_that_travelled_is_still_translated() -> None:
    label = pickle.loads(pickle.dumps(_("One box").counted("{count} boxes", 5)))
    assert translate(label, "ar") == "5 علب"


def test_a_second_folder_replaces_the_first(tmp_path: Path) -> None:
    assert translate(_("Medicine"), "ar") == "دواء"
    add_catalogue("pharmacy", write(tmp_path / "other", 'msgid "Medicine"\nmsgstr "عقار"\n'))
    assert translate(_("Medicine"), "ar") == "عقار"


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    add_catalogue("pharmacy", write(tmp_path / "broken", 'msgid "Medicine"\nmsgstr "x"\n<<<<<<< ours\n'))
    with pytest.raises(PluginProblem, match=r"pharmacy\.po cannot be read"):
        translate(_("Medicine"), "ar")


def test_many_threads_may_ask_first() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _n: translate(_("Medicine"), "ar"), range(200))) == {"دواء"}


def test_the_title_of_an_error_is_translated() -> None:
    assert translate_title(NotFound("x"), "ar") == "غير موجود"
    assert translate_title(InvalidInput, "en") == "Please correct the input"


@pytest.mark.parametrize("name", errors.__all__)
def test_every_title_of_an_error_has_an_arabic_translation(name: str) -> None:
    kind = getattr(errors, name)
    assert translate_title(kind, "ar") != kind.title


def test_an_error_in_a_log_has_its_placeholders_filled() -> None:
    error = InvalidInput(_("{n} is wrong").with_values(n=3), fields={"lines.0": [_("Give {m}").with_values(m="x")]})
    assert str(error) == "3 is wrong lines.0: Give x"


def test_the_arabic_catalogue_keeps_every_placeholder() -> None:
    names = re.compile(r"\{\w+\}")
    for entry in read_catalogue(catalogue_file(CORE / "locale", CORE_DOMAIN, "ar"), "ar"):
        if isinstance(entry.id, str) and entry.id:
            assert set(names.findall(entry.string)) == set(names.findall(entry.id)), entry.id


SOURCE = """
_ = print
_("Medicine")
_("Shelf")
_("A long " "sentence")
_("One box").counted("{count} boxes", 3)
_("One pill").counted(plural="{count} pills", count=3)
_(name)
other("Not a label")
"""
TEMPLATE = """
<p>{{ _("Batch") }}</p>{% trans %}Welcome{% endtrans %}
{% trans count=n %}One user{% pluralize %}{{ count }} users{% endtrans %}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    templates = tmp_path / "templates" / "pharmacy"
    templates.mkdir(parents=True)
    (templates / "page.html").write_text(TEMPLATE, "utf-8")
    (tmp_path / "actions.py").write_text(SOURCE, "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text('_("Only in a test")', "utf-8")
    return tmp_path


def test_labels_are_found_in_modules_and_templates(package: Path) -> None:
    assert {message.text: message.plural for message in extract(package)} == {
        "Medicine": "",
        "Shelf": "",
        "A long sentence": "",
        "One box": "{count} boxes",
        "One pill": "{count} pills",
        "Batch": "",
        "Welcome": "",
        "One user": "%(count)s users",
    }


def test_missing_empty_and_fuzzy_translations_are_told(package: Path) -> None:
    assert untranslated(package, "pharmacy", ("en", "ar")) == {
        "ar": ["A long sentence", "Batch", "One pill", "One user", "Shelf", "Welcome"]
    }


def test_without_a_catalogue_everything_is_missing(package: Path) -> None:
    assert len(untranslated(package, "pharmacy", ["fr"])["fr"]) == 8


@pytest.mark.parametrize("part", ["money", "text"])
def test_money_and_text_speak_arabic(part: str) -> None:
    catalogue = read_catalogue(catalogue_file(CORE / "locale", CORE_DOMAIN, "ar"), "ar")
    assert [
        each.text for each in extract(CORE / part) if not (entry := catalogue.get(each.text)) or not entry.string
    ] == []


NOUNS = """
msgid "Account"
msgstr "الحساب"

msgctxt "noun"
msgid "Account"
msgstr "حساب"

msgid "Batch"
msgstr "دفعة"

msgid "New {noun}"
msgstr "إضافة {noun}"
"""


@pytest.fixture
def nouns(tmp_path: Path) -> None:
    add_catalogue("pharmacy", write(tmp_path / "nouns", NOUNS))


@pytest.mark.usefixtures("nouns")
def test_a_kind_of_record_stands_in_a_sentence_without_its_article() -> None:
    assert translate(_("New {noun}").with_values(noun=_("Account")), "ar") == "إضافة حساب"
    assert translate(_("Account"), "ar") == "الحساب"


@pytest.mark.usefixtures("nouns")
def test_a_kind_of_record_with_one_word_has_it_everywhere() -> None:
    assert translate_noun(_("Batch"), "ar") == "دفعة"
    assert translate_noun(_("Account"), "en") == "Account"


def test_messages_belong_to_the_domain_of_their_module_or_of_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "shelves.py").write_text('_ = messages("shelves")\n_("Shelf")', "utf-8")
    (tmp_path / "more.py").write_text('_("Board")', "utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "boxes.py").write_text('_ = messages("boxes")\n_("Box")', "utf-8")
    assert domains(tmp_path) == {"shelves", "boxes"}
    assert {each.text for each in extract(tmp_path, "shelves")} == {"Shelf", "Board"}
