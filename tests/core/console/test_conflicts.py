"""Two people change one record: nobody's work is lost, nobody overwrites anybody unseen."""

from datetime import timedelta

import pytest


@pytest.fixture
def two(visitor, middlemarch, desk, library):
    """A form that was opened before someone else saved, a minute later; give what the other saved."""
    visitor.open("/records/library.book/1/change")

    def save(**values):
        library.clock.at += timedelta(minutes=1)
        desk.execute("library.book.change", id=1, version=1, **values)
        return visitor

    return save


def shelves(desk):
    with desk.reading():
        return [copy.shelf for copy in desk.get("library.book", 1).copies]


def test_changes_of_different_fields_are_put_together(two, desk):
    mine = two(pages="880")
    page = mine.press("Save", title="Middlemarch: A Study")
    assert page.status == 409
    assert page.says("Someone else saved other fields in the meantime.")
    assert page.value("pages") == "880"
    mine.press("Save")
    book = desk.get("library.book", 1)
    assert (book.title, book.pages) == ("Middlemarch: A Study", 880)


def test_changes_of_the_same_field_are_laid_side_by_side(two, desk):
    mine = two(title="Their title")
    page = mine.press("Save", title="My title", notes="Mine")
    assert page.status == 409
    assert page.says("Someone changed this in the meantime", "My title", "Their title", "admin saved it")
    assert not page.says("Notes Mine")
    mine.press("Save")
    assert desk.get("library.book", 1).title == "My title"
    assert desk.get("library.book", 1).notes == "Mine"


def test_the_other_value_can_be_left_standing(two, desk):
    mine = two(title="Their title")
    mine.press("Save", title="My title", notes="Mine")
    mine.press("Save", {"resolve.title": "theirs"})
    assert desk.get("library.book", 1).title == "Their title"
    assert desk.get("library.book", 1).notes == "Mine"


def test_lines_that_only_one_changed_are_no_clash(two, desk):
    mine = two(title="Their title")
    page = mine.press("Save", {"copies.0.shelf": "Z9"})
    assert page.says("Someone else saved other fields in the meantime.")
    mine.press("Save")
    assert desk.get("library.book", 1).title == "Their title"
    assert shelves(desk) == ["Z9", "A2"]


def test_lines_that_both_changed_are_compared_as_a_whole(two, desk):
    mine = two(copies=[{"shelf": "B1"}, {"shelf": "B2"}, {"shelf": "B3"}])
    page = mine.press("Save", {"copies.0.shelf": "Z9"})
    assert page.says("Copies", "2 lines", "3 lines")
    mine.press("Save", {"resolve.copies": "theirs"})
    assert shelves(desk) == ["B1", "B2", "B3"]


def test_a_record_that_was_deleted_meanwhile_is_gone(two, visitor, desk):
    desk.execute("library.book.delete", id=1)
    assert visitor.press("Save", title="Too late").status == 404
