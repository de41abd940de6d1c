"""Imports on record: a number for each, columns remembered, a break survived, and the whole taken back."""

import pytest

from backoffice.core.errors import Conflict, Forbidden, NotFound
from backoffice.core.exchange import import_rows
from backoffice.core.exchange.runs import heads_of, remembered, resumed
from backoffice.core.testing.offices import desk_of

NEW = [
    {"isbn": "1", "title": "Alley", "price": "15.00"},
    {"isbn": "8", "title": "Romola", "author": "eliot"},
    {"isbn": "9", "title": "Emma", "author": "eliot", "copies": [{"shelf": "Z"}]},
]


@pytest.fixture
def loaded(desk):
    """An import that added two books and changed one."""
    return import_rows(desk, "library.book", NEW, filename="books.json")


def titles(desk):
    return {book.isbn: book.title for book in desk.list("library.book").records}


def test_an_import_is_listed_with_what_it_did(desk, loaded):
    run = desk.get("core.import", loaded.run)
    assert (run.filename, run.state, run.created, run.changed, run.rows) == ("books.json", "loaded", 2, 1, 3)


def test_undoing_deletes_what_was_added_and_puts_back_what_was_changed(desk, loaded):
    told = desk.execute("core.undo_import", id=loaded.run)
    assert (told["deleted"], told["restored"], told["left"]) == (2, 1, [])
    assert titles(desk) == {"1": "Midaq Alley", "2": "=HYPERLINK(1)", "3": 'Sugar, "Street"\nvol. 2'}
    book = desk.get("library.book", "1")
    assert (str(book.price), book.author_id, str(book.royalty)) == ("12.50", 1, "7.7777")
    assert desk.get("core.import", loaded.run).state == "undone"


def test_lines_an_import_changed_are_as_they_were(desk):
    done = import_rows(desk, "library.book", [{"isbn": "1", "copies": [{"shelf": "Q", "paid": "1"}]}])
    with desk.reading():
        assert [copy.shelf for copy in desk.get("library.book", "1").copies] == ["Q"]
    desk.execute("core.undo_import", id=done.run)
    with desk.reading():
        copies = desk.get("library.book", "1").copies
        assert [(c.shelf, c.condition, c.donor_id) for c in copies] == [("A1", "new", None), ("A2", "worn", 2)]


def test_nothing_is_undone_when_one_record_was_touched_since_and_that_is_said(desk, loaded):
    desk.execute("library.book.change", id=desk.get("library.book", "8").id, title="Romola, revised")
    with pytest.raises(Conflict) as refused:
        desk.execute("core.undo_import", id=loaded.run)
    assert "Romola, revised was changed since by" in str(refused.value.why)
    assert set(titles(desk)) == {"1", "2", "3", "8", "9"}
    told = desk.execute("core.undo_import", id=loaded.run, partly=True)
    assert (told["deleted"], told["restored"], len(told["left"])) == (1, 1, 1)
    assert titles(desk)["8"] == "Romola, revised"


def test_what_others_refer_to_stays_with_the_reason(desk):
    done = import_rows(desk, "library.author", [{"code": "austen", "name": "Jane Austen"}])
    desk.execute("library.book.create", isbn="7", title="Persuasion", author="austen")
    with pytest.raises(Conflict) as refused:
        desk.execute("core.undo_import", id=done.run)
    assert "Jane Austen: " in str(refused.value.why)
    assert desk.get("library.author", "austen")


def test_an_import_is_undone_once(desk, loaded):
    desk.execute("core.undo_import", id=loaded.run)
    with pytest.raises(Conflict, match="undone before"):
        desk.execute("core.undo_import", id=loaded.run)


def test_undoing_asks_for_the_right_to_do_it_and_to_delete(desk, loaded, give):
    with pytest.raises((Forbidden, NotFound)):
        give("library.reader").execute("core.undo_import", id=loaded.run)


def test_columns_matched_by_hand_are_remembered_for_the_next_file_like_it(desk, library):
    assert remembered(desk, "library.author", ("Kürzel", "Wer")) is None
    rows = [{"Kürzel": "austen", "Wer": "Jane Austen"}]
    from backoffice.core.exchange.rows import RawRow, Rows

    mapping = {"Kürzel": "code", "Wer": "name"}
    source = Rows("csv", ("Kürzel", "Wer"), [RawRow(2, row) for row in rows])
    import_rows(desk, "library.author", source, mapping=mapping)
    assert remembered(desk, "library.author", ("Kürzel", "Wer")) == mapping
    assert remembered(desk, "library.author", ("Wer", "Kürzel")) is None
    assert remembered(desk_of(library, "clerk"), "library.author", ("Kürzel", "Wer")) == mapping
    assert heads_of(()) == ""


def test_an_import_that_stopped_goes_on_after_the_rows_it_had_done(desk):
    rows = [{"isbn": f"r{n}", "title": f"Row {n}", "author": "eliot"} for n in range(7)]
    began = []

    class Stop(BaseException):
        """The machine is switched off."""

    def after_four(done):
        if done == 4:
            raise Stop

    with pytest.raises(Stop):
        import_rows(desk, "library.book", rows, batch=2, progress=after_four, begun=began.append)
    run = desk.get("core.import", began[0])
    assert (run.state, run.rows, run.created) == ("running", 4, 4)
    result = import_rows(desk, "library.book", rows, batch=2, resume=began[0])
    assert (result.run, result.created, result.unchanged) == (began[0], 7, 0)
    assert desk.get("core.import", began[0]).state == "loaded"
    assert desk.execute("core.undo_import", id=began[0])["deleted"] == 7


def test_only_ones_own_import_that_stopped_goes_on(desk, loaded):
    with pytest.raises(NotFound):
        resumed(desk, loaded.run)
