"""What visitors see: pages in both directions, menus, maps, feeds, and never what is not published."""

import xml.etree.ElementTree as ET

import pytest

from backoffice.core.api import FixedClock, InvalidInput
from backoffice.core.testing.offices import NOON, Offices, desk_of
from backoffice.core.testing.visiting import Visitor


def test_a_page_in_each_direction_with_its_other_language(cms):
    page = cms.page("Home", position=1)
    cms.text("Home", page=page, body="Hello", seo_title="Harbour home")
    cms.text("الرئيسية", language="ar", page=page, body="أهلًا بكم في `Backoffice`")
    english, arabic = cms.visit().text, cms.visit(language="ar").text
    assert '<html lang="en" dir="ltr">' in english
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "<title>Harbour home · Harbour</title>" in english
    assert 'hreflang="ar"' in english
    assert "أهلًا بكم" in arabic
    assert "<script" not in english + arabic


def test_visitors_are_led_to_the_language_they_read(cms):
    page = cms.page("Home")
    cms.text("Home", page=page)
    cms.text("الرئيسية", language="ar", page=page)
    client = cms.office_client()
    for read, language in (("ar,en;q=0.5", "ar"), ("fr,en;q=0.5", "en"), ("", "en")):
        answer = client.get(f"/sites/acme/{cms.code}/", headers={"Accept-Language": read})
        assert answer.headers["Location"].endswith(f"/{language}/")


def test_nothing_that_is_not_published_is_seen_anywhere(cms):
    published = cms.text("Open", body="[secret](page:999) open")
    cms.do("write", id=published, title="SECRET TITLE", body="SECRET BODY")
    page = cms.page("SECRET PAGE")
    cms.text("SECRET TEXT", page=page, publish=False)
    client = cms.office_client()
    for path in ("en/", "en/open", "en/content/open", "en/feed.xml", "sitemap.xml", "en/secret-text", "en/secret-page"):
        assert "SECRET" not in client.get(f"/sites/acme/{cms.code}/{path}").text
    assert cms.visit("secret-text").status_code == 404


def test_a_site_that_is_closed_or_of_others_is_not_there(cms):
    cms.text("Open")
    cms.do("site.change", id=cms.site, active=False)
    assert cms.visit("open").status_code == 404
    client = cms.office_client()
    assert client.get(f"/sites/other/{cms.code}/en/open").status_code == 404
    assert client.get("/sites/acme/nothing/en/").status_code == 404
    assert client.get(f"/sites/acme/{cms.code}/xx/").status_code == 404


def test_links_between_pages_follow_them(cms):
    tea = cms.page("Tea")
    text = cms.text("Tea", page=tea)
    cms.text("Links", body=f"[tea](page:{tea})")
    cms.do("rename", id=text, slug="fine tea")
    assert "/en/fine-tea" in cms.visit("links").text


def test_menu_crumbs_and_pages_below(cms):
    above = cms.page("Above", position=1)
    cms.text("Above", page=above)
    below = cms.page("Below", parent=above)
    cms.text("Below", page=below)
    hidden = cms.page("Hidden", in_menu=False)
    cms.text("Hidden", page=hidden)
    page = cms.visit("above/below").text
    assert page.count("Hidden") == 0
    assert 'aria-current="page"' in page
    answer = cms.visit("content/above/below").json
    assert [title for title, _url in answer["crumbs"]] == ["Above"]
    assert [title for title, _url in cms.visit("content/above").json["below"]] == ["Below"]


def test_the_feed_and_the_map_are_well_formed(cms):
    post = cms.page("Launch & more", kind="post")
    cms.text("Launch & more <1>", page=post, body="We *launched*.")
    page = cms.page("Home")
    cms.text("Home", page=page)
    cms.text("الرئيسية", language="ar", page=page)
    client = cms.office_client()
    feed = ET.fromstring(client.get(f"/sites/acme/{cms.code}/en/feed.xml").data)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in feed.findall(f"{atom}entry")] == ["Launch & more <1>"]
    assert feed.findtext(f"{atom}entry/{atom}summary") == "We launched."
    found = ET.fromstring(client.get(f"/sites/acme/{cms.code}/sitemap.xml").data)
    assert len(found) == 3
    assert len(found.findall(".//{http://www.w3.org/1999/xhtml}link")) == 4


def test_a_page_that_did_not_change_is_not_sent_again(tmp_path):
    office = Offices("sqlite", tmp_path).make(only=["cms"], clock=FixedClock(NOON))
    desk = desk_of(office)
    site = desk.execute("cms.site.create", code="s", name="S")["id"]
    page = desk.execute("cms.page.create", site=site, name="P")["id"]
    text = desk.execute("cms.begin", id=page, language="en", title="P")["id"]
    desk.execute("cms.publish", id=text)
    from backoffice.core.web import create_app

    client = create_app(office).test_client()
    answer = client.get("/sites/acme/s/en/p")
    assert "max-age" in answer.headers["Cache-Control"]
    again = client.get("/sites/acme/s/en/p", headers={"If-Modified-Since": answer.headers["Last-Modified"]})
    assert again.status_code == 304
    office.close()


def test_a_preview_is_for_those_who_may_read_texts(cms):
    text = cms.text("Preview", publish=False, body="Only for us")
    visitor = Visitor(cms.office)
    assert not visitor.open(f"/cms/preview/{text}/1").says("Only for us")
    visitor.arrive()
    page = visitor.open(f"/cms/preview/{text}/1")
    assert page.says("Only for us", "Preview")


def test_the_console_shows_the_tree_and_compares_revisions(cms):
    above = cms.page("Above")
    text = cms.text("Above", page=above, body="one\ntwo")
    cms.page("Below", parent=above)
    cms.do("write", id=text, body="one\nthree")
    tree = cms.desk.report("cms.overview", {"site": cms.site})
    assert [(row.cells[0], row.level) for row in tree.rows] == [("Above", 0), ("Below", 1)]
    told = cms.desk.report("cms.compare", {"text": text, "older": 1})
    assert ("−", "two", "") in [tuple(row.cells) for row in told.rows]
    assert ("+", "", "three") in [tuple(row.cells) for row in told.rows]


def test_the_form_begins_with_the_newest_revision_and_notices_others(cms):
    text = cms.text("Form", body="one\ntwo\nthree", summary="Short")
    visitor = Visitor(cms.office)
    visitor.arrive()
    page = visitor.open(f"/records/cms.text/{text}/do/cms.write")
    assert "one\ntwo\nthree" in page.html
    cms.do("write", id=text, body="one\ntwo\nTHREE")
    visitor.press("Write", {"body": "ONE\ntwo\nthree"})
    assert cms.revisions(text)[-1].body == "ONE\ntwo\nTHREE"
    assert cms.revisions(text)[-1].summary == "Short"


def test_broken_links_are_told(cms):
    good = cms.page("Good")
    cms.text("Good", page=good)
    cms.text("Links", body=f"[a](page:{good}) [b](page:99999) [c](good) [d](nowhere) [e](https://x.example) [f](#top)")
    table = cms.desk.report("cms.links", {"site": cms.site})
    assert [row.cells[2] for row in table.rows] == ["page:99999", "nowhere"]


@pytest.mark.parametrize("values", [{"code": "Not A Code"}, {"code": "x", "address": "ftp://x"}])
def test_a_site_that_could_not_be_reached_is_refused(cms, values):
    with pytest.raises(InvalidInput):
        cms.do("site.create", name="X", **values)
