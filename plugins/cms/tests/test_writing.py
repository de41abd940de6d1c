"""Writing and publishing: revisions, two who write at once, languages, times, addresses."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from backoffice_cms.models import Redirect, Revision, Text
from backoffice_cms.publishing import publish_due

from backoffice.core.api import BackofficeError, Conflict, FixedClock, InvalidInput, RuleBroken
from backoffice.core.testing.offices import NOON, Offices, desk_of

BODY = "one\ntwo\nthree\nfour\nfive"


def test_a_text_is_written_published_and_written_further(cms):
    text = cms.text("About us", body="First", publish=False)
    assert cms.title("about-us") == 404
    cms.do("publish", id=text)
    assert cms.title("about-us") == "About us"
    cms.do("write", id=text, title="About all of us", body="Second")
    assert (cms.title("about-us"), cms.get(text).state) == ("About us", "changed")
    cms.do("publish", id=text)
    assert (cms.title("about-us"), cms.get(text).state) == ("About all of us", "live")
    cms.do("withdraw", id=text)
    assert (cms.title("about-us"), cms.get(text).state) == (404, "withdrawn")


def test_two_who_write_at_once_lose_nothing(cms):
    text = cms.text("Shared", body=BODY)
    cms.do("write", id=text, base=1, body=BODY.replace("one", "ONE"))
    cms.do("write", id=text, base=1, body=BODY.replace("five", "FIVE"))
    assert cms.revisions(text)[-1].body == "ONE\ntwo\nthree\nfour\nFIVE"
    with pytest.raises(Conflict, match="same lines"):
        cms.do("write", id=text, base=1, body=BODY.replace("one", "uno"))
    assert len(cms.revisions(text)) == 3


def test_what_changes_nothing_is_no_revision(cms):
    text = cms.text("Same", body="x")
    assert cms.do("write", id=text, body="x")["revision"] == 1


def test_languages_are_published_each_by_itself(cms):
    page = cms.page("Welcome")
    english = cms.text("Welcome", page=page)
    arabic = cms.text("أهلًا", language="ar", page=page)
    cms.do("write", id=english, title="Welcome, all")
    assert (cms.get(english).state, cms.get(arabic).state) == ("changed", "live")
    assert cms.title("أهلا", "ar") == "أهلًا"
    with pytest.raises(InvalidInput, match="already"):
        cms.text("Again", page=page)


def test_an_old_revision_is_brought_back_as_a_new_one(cms):
    text = cms.text("Back", body="first")
    cms.do("write", id=text, body="second")
    assert cms.do("restore", id=text, revision=1)["revision"] == 3
    assert [one.body for one in cms.revisions(text)] == ["first", "second", "first"]


def test_what_was_handed_over_is_published_and_not_what_was_written_since(cms):
    text = cms.text("Review", body="good", publish=False)
    cms.do("submit", id=text)
    assert cms.get(text).state == "review"
    cms.do("write", id=text, body="not yet good")
    assert cms.do("publish", id=text)["revision"] == 1
    assert cms.get(text).state == "changed"
    cms.do("submit", id=text)
    cms.do("turn_down", id=text, reason="No")
    assert cms.get(text).state == "changed"
    with pytest.raises(RuleBroken):
        cms.do("submit", id=cms.text("Nothing new"))


class Run:
    def __init__(self, desk):
        self.program = desk


def test_publishing_at_a_time_and_until_another(tmp_path):
    clock = FixedClock(NOON)
    office = Offices("sqlite", tmp_path).make(only=["cms"], clock=clock)
    desk = desk_of(office)
    site = desk.execute("cms.site.create", code="timed", name="Timed")["id"]
    page = desk.execute("cms.page.create", site=site, name="Soon")["id"]
    text = desk.execute("cms.begin", id=page, language="en", title="Hello")["id"]
    at, until = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
    desk.execute("cms.publish", id=text, at=at.isoformat(), until=until.isoformat())
    desk.execute("cms.write", id=text, title="Goodbye")

    def now():
        publish_due(Run(desk))
        found = desk.get("cms.text", text)
        return found.state, found.live

    assert now() == ("scheduled", None)
    clock.at = at + timedelta(minutes=1)
    assert now() == ("changed", 1)  # the revision that was approved, not the newest
    clock.at = until + timedelta(minutes=1)
    assert now() == ("withdrawn", None)
    office.close()


def test_an_end_before_the_beginning_is_refused(cms):
    text = cms.text("Never", publish=False)
    with pytest.raises(InvalidInput, match="before it begins"):
        cms.do("publish", id=text, until="2020-01-01T00:00:00Z")


# -- addresses -------------------------------------------------------------------------------------------------------


def test_addresses_follow_the_tree_and_old_ones_lead_on(cms):
    above = cms.page("Products")
    text = cms.text("Products", page=above)
    below = cms.page("Tea", parent=above)
    tea = cms.text("Tea", page=below)
    assert cms.get(tea).path == "products/tea"
    cms.do("rename", id=text, slug="Our goods")
    assert cms.get(tea).path == "our-goods/tea"
    answer = cms.visit("products/tea")
    assert (answer.status_code, answer.headers["Location"].split("/en/")[1]) == (301, "our-goods/tea")
    cms.do("move", id=below)
    assert cms.get(tea).path == "tea"
    for old in ("products/tea", "our-goods/tea"):
        assert cms.visit(old).headers["Location"].endswith("/en/tea")


def test_an_address_that_was_never_published_leaves_nothing_behind(cms):
    text = cms.text("Draft", publish=False)
    cms.do("rename", id=text, slug="other")
    assert [one for one in cms.all(Redirect) if one.text_id == text] == []


def test_a_page_that_takes_an_old_address_has_it(cms):
    first = cms.text("News")
    cms.do("rename", id=first, slug="archive")
    second = cms.text("News")
    assert cms.get(second).path == "news"
    assert cms.title("news") == "News"


def test_two_pages_of_one_name_get_two_addresses(cms):
    paths = [cms.get(cms.text("Same name")).path for _n in range(3)]
    assert paths == ["same-name", "same-name-2", "same-name-3"]


def test_a_page_does_not_stand_below_itself(cms):
    above = cms.page("Above")
    below = cms.page("Below", parent=above)
    with pytest.raises(InvalidInput, match="below itself"):
        cms.do("move", id=above, parent=below)
    with pytest.raises(InvalidInput, match="below itself"):
        cms.do("page.change", id=above, parent=below)


@pytest.mark.parametrize(
    "values", [{"path": "x"}, {"path": "", "target": "/y"}, {"path": "x", "target": "javascript:alert(1)"}]
)
def test_a_redirect_that_leads_nowhere_is_refused(cms, values):
    with pytest.raises(InvalidInput):
        cms.do("redirect.create", site=cms.site, language="en", **values)


# -- what the database holds -----------------------------------------------------------------------------------------


def refused(cms, statement, said):
    with (
        pytest.raises(sa.exc.DBAPIError, match=said),
        cms.office.database.system() as session,
        session.begin(),
    ):
        session.execute(sa.text(statement))


def test_revisions_are_kept_by_the_database(cms_on_both):
    cms = cms_on_both
    cms.text("Kept", body="x")
    refused(cms, "UPDATE cms_revision SET body = 'y'", "never changed")
    refused(cms, "DELETE FROM cms_revision", "is published")


def test_old_revisions_are_deleted_and_those_in_use_are_not(tmp_path):
    clock = FixedClock(NOON)
    office = Offices("sqlite", tmp_path).make(only=["cms"], clock=clock)
    desk = desk_of(office)
    site = desk.execute("cms.site.create", code="old", name="Old")["id"]
    page = desk.execute("cms.page.create", site=site, name="Old")["id"]
    text = desk.execute("cms.begin", id=page, language="en", title="R1")["id"]
    for n in range(2, 9):
        desk.execute("cms.write", id=text, title=f"R{n}")
    desk.execute("cms.publish", id=text, revision=2)
    desk.execute("cms.publish", id=text, revision=4, at=(NOON + timedelta(days=400)).isoformat())
    clock.at = NOON + timedelta(days=200)
    desk.execute("cms.write", id=text, title="R9")
    assert desk.execute("cms.put_away", keep=2, days=90) == {"deleted": 5}
    with desk.reading() as session:
        numbers = session.scalars(sa.select(Revision.number).order_by(Revision.number)).all()
    assert numbers == [2, 4, 8, 9]
    office.close()


def test_a_draft_may_be_deleted_with_all_of_its_revisions(cms):
    text = cms.text("Gone", publish=False)
    cms.do("text.delete", id=text)
    assert cms.get(text, Text) is None
    kept = cms.text("Stays")
    with pytest.raises(BackofficeError):
        cms.do("text.delete", id=kept)
