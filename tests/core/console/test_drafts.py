"""What was typed into a form is kept until it is saved, for whoever typed it, and merged when others were faster."""

from datetime import timedelta

import pytest

from backoffice.core.bookkeeping.keeping import Draft
from backoffice.core.builtin.administration.keeping import KEPT
from backoffice.core.builtin.console.drafts import _secrets
from backoffice.core.personal.own import personal_data
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.work import work_off
from backoffice.core.users.models import User
from backoffice.hookspecs import Field

OFFER = "You began this form and did not save it"


def drafts(office):
    with office.database.system() as session:
        return session.query(Draft).all()


@pytest.fixture
def begun(visitor, eliot):
    """A book with one copy that was typed and not saved."""
    visitor.open("/records/library.book/new")
    visitor.press("Keep as a draft", {"title": "Romola", "copies.0.shelf": "B7", "author": "1"})
    return visitor


def test_a_form_with_lines_is_offered_again_and_gone_once_saved(begun, library, desk):
    begun.open("/records/library.book/new")
    assert begun.page.says(OFFER)
    assert begun.page.value("title") == ""
    page = begun.follow("Go on with it")
    assert (page.value("title"), page.value("copies.0.shelf")) == ("Romola", "B7")
    begun.press("Create", isbn="9")
    with desk.reading():
        assert desk.get("library.book", "9").copies[0].shelf == "B7"
    assert drafts(library) == []
    assert not begun.open("/records/library.book/new").says(OFFER)


def test_a_draft_is_thrown_away(begun, library):
    begun.open("/records/library.book/new")
    assert not begun.press("Throw it away").says(OFFER)
    assert drafts(library) == []


def test_nobody_else_sees_it(begun, clerk):
    other = clerk("library.librarian")
    assert not other.open("/records/library.book/new").says(OFFER)
    assert other.open("/records/library.book/new?draft=1").value("title") == ""


def test_secrets_and_files_are_not_kept():
    inner = Field("account", "data", fields=(Field("pin", secret=True), Field("name")))
    fields = (Field("user", "text"), Field("password", secret=True), Field("scan", "file"), inner)
    assert set(_secrets(fields)) == {"password", "scan", "account.pin"}


def test_a_draft_over_an_older_version_is_merged_when_it_is_saved(visitor, middlemarch, desk, library):
    visitor.open("/records/library.book/1/change")
    visitor.press("Keep as a draft", pages="880")
    library.clock.at += timedelta(minutes=1)
    desk.execute("library.book.change", id=1, version=1, title="Theirs")
    visitor.open("/records/library.book/1/change")
    visitor.follow("Go on with it")
    assert visitor.press("Save").says("Someone else saved other fields in the meantime.")
    visitor.press("Save")
    book = desk.get("library.book", 1)
    assert (book.title, book.pages) == ("Theirs", 880)
    assert drafts(library) == []


def test_what_arrives_after_the_form_was_saved_is_not_kept(visitor, library, desk):
    visitor.open("/records/core.branch/new")
    key = visitor.page.value("key")
    visitor.press("Create", code="north", name="North")
    form = {"form": "1:core.branch.create", "texts": {"name": "North"}}
    assert desk.execute("core.keep_draft", {**form, "key": key}) == {"kept": False}
    assert drafts(library) == []


def test_it_goes_with_the_person(clerk, library):
    clerk("library.librarian").open("/records/library.book/new")
    desk = desk_of(library, "clerk")
    desk.execute("core.keep_draft", form="1:library.book.create", texts={"title": "Romola"})
    desk.execute("core.keep_favourite", place="list:library.book")
    with desk_of(library).reading() as session:
        account = next(one for one in personal_data(session, session.get(User, desk.user.user_id)) if one.erase)
    desk_of(library).run(lambda session: account.erase(session))
    assert drafts(library) == []


def test_drafts_that_nobody_comes_back_to_are_forgotten(begun, library, desk):
    library.clock.at += KEPT + timedelta(days=1)
    desk.execute("worker.start_job", job="core.sweep_drafts")
    work_off(library)
    assert drafts(library) == []


def test_a_script_is_answered_in_json(visitor, library):
    visitor.open("/records/core.branch/new")
    page = visitor.post("/records/core.branch/new", {"draft": "keep", "name": "West"}, Accept="application/json")
    assert page.status == 200
    assert drafts(library)[0].texts["name"] == "West"
