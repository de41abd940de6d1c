"""Comments on records, what people are told, and everything that happened in one row."""

from datetime import timedelta

import pytest

from backoffice.core.testing.work import work_off


def test_whoever_reads_a_record_comments_on_it_and_takes_back_their_own_words(visitor, clerk, middlemarch):
    reader = clerk("library.reader")
    reader.open("/records/library.book/1")
    page = reader.press("Comment", text="Is the cover torn?\nSee shelf A2.")
    assert page.says("Clerk", "Is the cover torn?", "See shelf A2.")
    page = visitor.open("/records/library.book/1")
    assert page.says("commented: “Is the cover torn? See shelf A2.”")
    assert "Remove your comment" not in page.text
    reader.press("Remove your comment")
    assert not reader.open("/records/library.book/1").says("Is the cover torn?")


def test_what_is_said_is_text_and_nothing_else(visitor, middlemarch):
    visitor.open("/records/library.book/1")
    visitor.press("Comment", text="<script>alert(1)</script>")
    assert "<script>alert(1)" not in visitor.page.html
    assert visitor.page.says("<script>alert(1)</script>")


def test_an_empty_comment_is_none(visitor, middlemarch):
    visitor.open("/records/library.book/1")
    assert visitor.press("Comment", text="  ").says("This is needed.")


def test_nobody_comments_on_what_they_may_not_read(clerk, stranger, middlemarch):
    clerk_ = clerk()
    clerk_.open("/")
    assert clerk_.post("/records/library.book/1/comments", {"text": "x"}).status in {403, 404}
    stranger.open("/")
    assert stranger.post("/records/library.book/1/comments", {"text": "x"}).status == 404


def test_someone_named_in_a_comment_is_told_until_they_look(visitor, clerk, middlemarch):
    reader = clerk("library.reader")
    visitor.open("/records/library.book/1")
    visitor.press("Comment", text="@clerk, @nobody and @admin: please look.")
    assert not visitor.open("/notifications").says("named you")
    page = reader.open("/notifications")
    assert page.says("1 notification", "named you in a comment: Book", "New")
    reader.follow(next(text for text in page.links if "named you" in text))
    assert reader.page.path == "/records/library.book/1"
    assert not reader.open("/notifications").says("New")


def test_the_end_of_ones_job_is_told(visitor, desk, library):
    desk.run(lambda session: session.enqueue("console.import_file", {"token": "x" * 24, "resource": "library.book"}))
    work_off(library)
    for _attempt in range(3):
        library.clock.at += timedelta(hours=2)
        work_off(library)
    assert visitor.open("/notifications").says("Import of a file was given up.")
    visitor.press("Mark all as read")
    assert not visitor.page.says("New")


def test_a_request_is_told_to_those_who_may_agree_and_its_answer_to_whoever_asked(visitor, clerk, middlemarch, desk):
    other = clerk("core.administrator")
    desk.execute("library.write_off", id=1)
    assert not visitor.open("/notifications").says("asks you to agree")
    assert other.open("/notifications").says("asks you to agree: Write off")
    other.open("/approvals")
    other.press("Agree")
    assert visitor.open("/notifications").says("decided your request: Write off, Approved")


def test_events_are_told_with_the_change_of_the_same_request(visitor, middlemarch, desk):
    desk.execute("library.write_off", id=1)
    page = visitor.open("/records/core.approval/1")
    assert page.says("created this · Approval asked for")


@pytest.fixture
def offices(request, tmp_path):
    """One database is enough for pages; what they stand on is tested on both."""
    from backoffice.core.testing.offices import Offices

    (tmp_path / "offices").mkdir()
    made = []
    own = Offices("sqlite", tmp_path / "offices")

    class Made:
        def make(self, **options):
            made.append(own.make(**options))
            return made[-1]

    yield Made()
    for office in made:
        office.close()
