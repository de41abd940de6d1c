"""Slugs, merging and rendering: pure functions."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from backoffice_cms.merging import merge
from backoffice_cms.rendering import TAGS, headings_of, links_of, to_html, words_of
from backoffice_cms.slugs import is_slug, slug_of
from hypothesis import given
from hypothesis import strategies as st

SPEC = Path(__file__).resolve().parents[4] / "shared" / "data" / "cms_markdown" / "commonmark_spec.json"
PAYLOADS = Path(__file__).resolve().parents[4] / "shared" / "data" / "security_payloads"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("Où êtes-vous ?", "ou-etes-vous"),
        ("مَن نحنُ؟", "من-نحن"),
        ("تواصـــل معنا 2026", "تواصل-معنا-2026"),
        ("Straße İstanbul", "strasse-istanbul"),
        ("日本語 ページ", "日本語-ページ"),
        ("???", "page"),
        ("x" * 200, "x" * 80),
    ],
)
def test_slugs_keep_the_script(title, slug):
    assert slug_of(title) == slug


@given(st.text(max_size=60))
def test_a_slug_is_one(title):
    slug = slug_of(title)
    assert slug
    assert is_slug(slug)
    assert not set(slug) & set(" /?#%&<>\"'")


lines = st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=8).map("\n".join)


@given(base=lines, one=lines)
def test_who_writes_alone_gets_what_they_wrote(base, one):
    assert merge(base, one, base).text == one
    assert merge(base, base, one).text == one
    assert merge(base, one, one).text == one


@given(base=lines, one=lines, other=lines)
def test_merging_loses_no_line_both_kept(base, one, other):
    merged = merge(base, one, other)
    if merged.clashes:
        return
    assert merged.text == merge(base, other, one).text
    for line in set(one.split("\n")) - set(base.split("\n")):
        assert line in merged.text.split("\n")


def test_changes_of_different_lines_are_put_together():
    base = "one\ntwo\nthree\nfour\nfive"
    assert merge(base, "ONE\ntwo\nthree\nfour\nfive", "one\ntwo\nthree\nfour\nfive\nsix").text == (
        "ONE\ntwo\nthree\nfour\nfive\nsix"
    )
    [clash] = merge(base, "one\nII\nthree\nfour\nfive", "one\n2\nthree\nfour\nfive").clashes
    assert (clash.base, clash.ours, clash.theirs) == (("two",), ("II",), ("2",))


def test_markdown_becomes_html_with_directions_and_anchors():
    html = to_html("# مرحبا\n\nHello **you**\n\n# مرحبا")
    assert '<h1 id="مرحبا" dir="auto">' in html
    assert '<h1 id="مرحبا-2"' in html
    assert '<p dir="auto">Hello <strong>you</strong></p>' in html
    assert [one.id for one in headings_of("# A\n\n## A")] == ["a", "a-2"]


def test_links_are_found_and_replaced():
    assert list(links_of("[a](page:3) ![b](/x.png) <https://c.example>")) == ["page:3", "/x.png", "https://c.example"]
    assert 'href="/en/there"' in to_html("[a](page:3)", link=lambda address: "/en/there")


def test_words_of_a_text():
    assert words_of("# Title\n\nSome *words* & more") == "Title Some words & more"
    assert words_of("word " * 100).endswith("…")


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "<a href='jAvAsCrIpT:x'>x</a>",
    "<svg onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<style>*{}</style>",
    "<form action=//evil.example>",
    "![x](data:text/html;base64,PHNjcmlwdD4=)",
    "<a href='data:text/html,x'>x</a>",
    "<math><mi xlink:href='javascript:x'>",
]


class Active(HTMLParser):
    """Gathers what a browser would act upon."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.found.append(tag)
        for name, value in attrs:
            scheme = (value or "").split(":")[0].strip().lower() if ":" in (value or "") else ""
            if name.startswith("on") or name == "style":
                self.found.append(name)
            if name in ("href", "src", "action") and re.fullmatch("javascript|data|vbscript", scheme):
                self.found.append(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_could_act_is_left(text):
    assert Active(to_html(text)).found == []


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the hostile texts are not beside this checkout")
def test_hostile_texts_are_inert():
    count = 0
    for path in sorted(PAYLOADS.rglob("*")):
        if path.is_file() and path.suffix in (".txt", ".json", ".csv"):
            for line in path.read_text("utf-8", "replace").splitlines()[:3000]:
                count += 1
                assert Active(to_html(line)).found == [], line
    assert count


@pytest.mark.skipif(not SPEC.is_file(), reason="the examples of CommonMark are not beside this checkout")
def test_every_example_of_commonmark_is_rendered_safely():
    examples = json.loads(SPEC.read_text("utf-8"))
    for example in examples:
        assert Active(to_html(example["markdown"])).found == [], example["markdown"]
    assert len(examples) == 652
