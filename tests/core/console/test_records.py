"""One record: facts, lines, what refers to it, its history, and how it was."""

from datetime import timedelta


def test_a_record_shows_its_fields_lines_and_what_refers_to_it(visitor, middlemarch):
    page = visitor.open("/records/library.book/1")
    assert page.heading == "Middlemarch Draft"
    assert page.says("Published 1 Dec 1871", "Price 12.50 GBP", "Copies", "A2", "3.00")
    author = visitor.follow("George Eliot")
    assert author.says("Books", "Middlemarch")


def test_a_record_tells_its_history_and_how_it_was(visitor, middlemarch, desk, library):
    library.clock.at += timedelta(hours=1)
    desk.execute("library.book.change", id=1, version=1, title="Middlemarch: A Study", pages=880)
    page = visitor.open("/records/library.book/1")
    assert page.says("admin changed this", "Title Middlemarch Middlemarch: A Study", "Pages 880")
    assert page.says("created this, added 2 lines to “Copies”")
    visitor.follow("15 Jan 2026, 12:00")
    assert visitor.page.heading == "Middlemarch Draft"
    assert visitor.page.says("This is the record as it stood on 15 Jan 2026, 12:00", "A1")
    assert not visitor.page.says("880")
    assert visitor.follow("Back to the present").says("880")


def test_the_whole_history_is_a_page_and_a_time_can_be_chosen(visitor, middlemarch):
    visitor.open("/records/library.book/1/history")
    assert visitor.page.heading == "History of Middlemarch"
    visitor.press("Show", as_of="2026-01-15T12:30")
    assert visitor.page.heading == "Middlemarch Draft"
    visitor.open("/records/library.book/1?as_of=2026-01-14T12:00")
    assert visitor.page.status == 404
    assert visitor.page.says("It did not exist then.")
    assert visitor.open("/records/library.book/1?as_of=yesterday").status == 400


def test_the_history_is_for_those_who_may_see_it(clerk, middlemarch):
    reader = clerk("library.reader")
    assert not reader.open("/records/library.book/1").says("created this")
    assert reader.open("/records/library.book/1/history").status == 403
    assert reader.open("/records/library.book/1?as_of=2026-01-15T13:00").status == 403


def test_a_field_with_a_permission_of_its_own_is_neither_shown_nor_told(clerk, middlemarch, desk):
    desk.execute("library.book.change", id=1, version=1, royalty="7.77")
    librarian = clerk("library.librarian", "core.auditor")
    assert not librarian.open("/records/library.book/1").says("7.77")
    assert not librarian.open("/records/library.book/1/history").says("7.77")
    assert not librarian.open("/audit").says("7.77")


def test_numbers_and_dates_are_written_in_the_readers_digits_and_calendar(visitor, middlemarch, desk):
    desk.execute("core.change_profile", language="ar", digits="arab", calendar="hijri")
    desk.execute("library.book.change", id=1, version=1, published="2026-11-23")
    page = visitor.open("/records/library.book/1")
    assert 'dir="rtl"' in page.html
    assert page.says("١٢٫٥٠", "١٣ جمادى الآخرة ١٤٤٨ هـ", "جورج إليوت")


def test_a_record_that_is_not_there_is_told_so(visitor):
    page = visitor.open("/records/library.book/99")
    assert page.status == 404
    assert page.says("There is no Book 99.", "Look for it in the list.")
    assert visitor.open("/records/library.nothing/1").status == 404
