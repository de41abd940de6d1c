"""Exports of WordPress: counted, taken over, and taken over again."""

import csv
import json
from base64 import b64encode
from pathlib import Path

import pytest
from backoffice_cms import wxr
from backoffice_cms.models import Page, Text

from backoffice.core.api import InvalidInput

SHARED = Path(__file__).resolve().parents[4] / "shared"
FOLDER = SHARED / "data" / "cms_wxr" / "wordpress-importer"
FILE = SHARED / "cases" / "operations.json"
CASES = {case["id"]: case["expect"] for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}

pytestmark = pytest.mark.skipif(not (FOLDER.is_dir() and CASES), reason="the exports are not beside this checkout")


def export(name):
    return wxr.read(next(FOLDER.rglob(name)).read_bytes())


def kinds(found):
    counts = {}
    for item in found.items:
        key = f"{item.kind}/{item.state}"
        counts[key] = counts.get(key, 0) + 1
    return {key: str(count) for key, count in counts.items()}


def counted(found):
    comments = sum(len(item.comments) for item in found.items)
    terms = [term.element for term in found.terms]
    return {"items": str(len(found.items)), "authors": str(len(found.authors)), "comments": str(comments),
            "categories": str(terms.count("category")), "tags": str(terms.count("tag"))}  # fmt: skip


def test_wxr_01():
    found, expected = export("small-export.xml"), CASES["WXR-01"]
    assert counted(found) == {name: expected[name] for name in counted(found)}
    assert kinds(found) == expected["by_type"]
    many = next(item for item in found.items if item.slug == "many-categories")
    assert str(sum(domain == "category" for domain, _slug in many.terms)) == expected["many_categories_post_categories"]


def test_wxr_04():
    found, expected = export("valid-wxr-1.1.xml"), CASES["WXR-04"]
    [author] = found.authors
    assert found.base == expected["base_url"]
    assert (int(author.id), author.login, author.email) == tuple(
        expected["author"][k] for k in ("id", "login", "email")
    )
    assert [list(one) for one in found.items[0].terms] == expected["post_0_terms"]
    assert [list(one) for one in found.items[1].meta] == expected["post_1_meta"]


def test_wxr_05():
    found, expected = export("valid-wxr-1.0.xml"), CASES["WXR-05"]
    assert str(len(found.items)) == expected["posts"]
    assert found.authors  # the file has none: they are those who wrote
    assert "tag" in {domain for item in found.items for domain, _slug in item.terms}


def test_wxr_07():
    found, expected = export("slashes.xml"), CASES["WXR-07"]
    assert found.items[0].content == expected["post_content"]
    assert found.items[0].comments[0].content == expected["comment"]


def test_wxr_10():
    found, expected = export("theme-unit-test-data.xml"), CASES["WXR-10"]
    assert counted(found) == {name: expected[name] for name in counted(found)}
    assert kinds(found) == expected["by_type"]
    assert str(sum(term.element == "term" for term in found.terms)) == expected["terms"]


def test_every_well_formed_export_is_read():
    with (SHARED / "data" / "cms_wxr" / "reference_counts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["wellformed"] == "well-formed" and row["wxr_version"]]
    for row in rows:
        found = wxr.read((SHARED / "data" / "cms_wxr" / row["file"]).read_bytes())
        assert len(found.items) == int(row["items"]), row["file"]
    assert len(rows) > 8


@pytest.mark.parametrize("data", [b"", b"<rss/>", b"not xml", b"<?xml version='1.0'?><rss><channel/></rss>",
                                  b"<!DOCTYPE x [<!ENTITY e 'x'>]><rss>&e;</rss>"])  # fmt: skip
def test_what_is_no_export_is_refused(data):
    with pytest.raises(InvalidInput):
        wxr.read(data)


def sent(name):
    return {"name": name, "data": b64encode(next(FOLDER.rglob(name)).read_bytes()).decode()}


def test_an_export_is_taken_over_and_again(cms):
    expected = CASES["WXR-02"]
    first = cms.do("import_wordpress", id=cms.site, file=sent("small-export.xml"), published=True)
    second = cms.do("import_wordpress", id=cms.site, file=sent("small-export.xml"), published=True)
    assert expected["posts"] == "5+1"
    assert expected["pages"] == "4+1"
    assert (first["new"], second) == (11, {"new": 0, "known": 11, "left_out": 0})
    pages = [one for one in cms.all(Page) if one.site_id == cms.site]
    assert sum(one.kind == "post" for one in pages) == 6
    texts = {one.page_id: one for one in cms.all(Text) if one.site_id == cms.site}
    child = next(one for one in pages if one.parent_id is not None)
    assert texts[child.id].path == f"{texts[child.parent_id].path}/{texts[child.id].slug}"
    states = [one.state for one in texts.values()]
    assert (states.count("live"), states.count("draft")) == (9, 2)


def test_a_large_export_is_taken_over(cms):
    answer = cms.do("import_wordpress", id=cms.site, file=sent("theme-unit-test-data.xml"), published=True)
    assert answer["new"] + answer["left_out"] == 186
    assert cms.visit("").status_code == 200


CHILD_FIRST = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>T</title><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://old.example</wp:base_blog_url>%s</channel></rss>"""
ITEM = b"""<item><title>%(title)s</title><link>https://old.example/%(link)s/</link><content:encoded>Text</content:encoded>
<wp:post_id>%(id)d</wp:post_id><wp:post_date_gmt>2020-01-01 00:00:00</wp:post_date_gmt><wp:post_name></wp:post_name>
<wp:status>publish</wp:status><wp:post_parent>%(parent)d</wp:post_parent><wp:post_type>page</wp:post_type></item>"""


def test_wxr_11(cms):
    """A child before its parent, and in another file; its old address leads to where it stands."""
    child = ITEM % {b"title": b"Child", b"link": b"2020/child", b"id": 2, b"parent": 1}
    parent = ITEM % {b"title": b"Parent", b"link": b"parent", b"id": 1, b"parent": 0}
    for items in (child, child + parent):
        data = b64encode(CHILD_FIRST % items).decode()
        cms.do("import_wordpress", id=cms.site, file={"name": "x.xml", "data": data}, published=True)
    assert cms.title("parent/child") == "Child"
    for old in ("2020/child", "child"):
        assert cms.visit(old).headers["Location"].endswith("/en/parent/child")


def test_wxr_08():
    """Empty lines of a text stay: the file of the case is not beside this checkout, its text is made here."""
    item = ITEM % {b"title": b"Lines", b"link": b"x", b"id": 1, b"parent": 0}
    found = wxr.read(CHILD_FIRST % item.replace(b">Text<", b">one\n\n\ntwo<"))
    assert str(found.items[0].content.count("\n")) == CASES["WXR-08"]["newlines_in_content"]


ELSEWHERE = {
    "CMS-01": "test_writing: publishing at a time", "CMS-02": "test_writing: publishing at a time",
    "CMS-04": "test_writing: old revisions are deleted", "CMS-05": "test_writing: old revisions are deleted",
    "CMS-07": "test_writing: languages are published each by itself",
    "CMS-08": "a revision is whole, never a difference", "WXR-02": "an export is taken over and again",
}  # fmt: skip


def test_every_case_is_here():
    here = {f"WXR-{name[-2:]}" for name in globals() if name.startswith("test_wxr_")}
    assert {id_ for id_ in CASES if id_.startswith(("CMS", "WXR"))} == here | ELSEWHERE.keys()
