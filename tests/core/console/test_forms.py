"""Forms: made of described fields, forgiving in what is typed, strict in what is saved."""

import pytest

from backoffice.core.testing.offices import desk_of


@pytest.fixture
def form(visitor, eliot):
    """The form of a new book."""
    visitor.open("/records/library.book/new")
    return visitor


BOOK = {"isbn": "1", "title": "Middlemarch", "author:text": "George Eliot"}


def test_everything_typed_is_kept_beside_what_is_wrong(form):
    page = form.press(
        "Create", {"isbn": "", "title": "Middlemarch", "pages": "many", "notes": "A\nB", "price": "12,345"}
    )
    assert page.status == 422
    assert page.says("There are 3 problems", "This is needed.", "This is not a whole number.")
    assert [page.value(name) for name in ("title", "pages", "notes", "price")] == [
        "Middlemarch",
        "many",
        "A\nB",
        "12,345",
    ]
    assert 'href="#f-pages"' in page.html
    assert 'aria-describedby="f-pages-error"' in page.html


def test_a_record_is_made_once_however_often_the_form_is_sent(form, desk):
    sent = {**BOOK, "key": form.page.value("key")}
    form.press("Create", sent)
    assert form.page.heading.startswith("Middlemarch")
    assert form.page.says("Book “Middlemarch” was created.")
    form.open("/records/library.book/new")
    form.press("Create", sent)
    assert form.page.heading.startswith("Middlemarch")
    assert len(desk.list("library.book").records) == 1


def test_the_same_form_with_something_else_in_it_asks_once_more(form, desk):
    sent = {**BOOK, "key": form.page.value("key")}
    form.press("Create", sent)
    form.open("/records/library.book/new")
    page = form.press("Create", {**sent, "isbn": "2"})
    assert page.status == 409
    assert page.says("This form was sent before")
    assert form.press("Create").heading.startswith("Middlemarch")
    assert len(desk.list("library.book").records) == 2


@pytest.mark.parametrize(
    ("typed", "name", "saved"),
    [
        ("١٢٫٥٠", "price", "12.5"),
        ("1.234,50", "price", "1234.5"),
        ("1 234.50", "price", "1234.5"),
        ("12,5", "weight", "12.5"),
        ("٣٠٤", "pages", "304"),
        ("01/12/1871", "published", "1871-12-01"),
        ("1871-12-01", "published", "1871-12-01"),
    ],
)
def test_numbers_and_dates_are_understood_as_people_write_them(form, desk, typed, name, saved):
    form.press("Create", {**BOOK, name: typed})
    found = getattr(desk.get("library.book", "1"), name)
    assert str(found.normalize() if hasattr(found, "normalize") else found) == saved


def test_dates_of_a_reader_of_the_hijri_calendar_are_hijri(library, desk, visitor, eliot):
    desk.execute("core.change_profile", calendar="hijri")
    visitor.open("/records/library.book/new")
    visitor.press("Create", {**BOOK, "published": "1448-06-13"})
    assert visitor.page.says("13 Jumada al-Akhirah 1448 AH")
    assert str(desk_of(library).get("library.book", "1").published) == "2026-11-23"
    visitor.follow("Change")
    assert visitor.page.value("published") == "1448-06-13"


@pytest.mark.parametrize(
    "reference",
    [
        {"author": "1", "author:text": None},
        {"author": "1", "author:text": "George Eliot"},
        {"author:text": "eliot"},
        {"author:text": "GEORGE ELI"},
    ],
)
def test_a_reference_is_picked_or_typed_as_key_title_or_part_of_it(form, desk, reference):
    form.press("Create", {"isbn": "1", "title": "Middlemarch", **reference})
    assert desk.get("library.book", "1").author_id == 1


def test_what_is_typed_over_a_picked_reference_counts(form, desk):
    desk.execute("library.author.create", code="austen", name="Jane Austen")
    form.press("Create", {**BOOK, "author": "1", "author:text": "Jane Austen"})
    assert desk.get("library.book", "1").author_id == 2


def test_a_reference_that_leads_nowhere_is_told_beside_its_input(form):
    page = form.press("Create", {**BOOK, "author:text": "Nobody"})
    assert page.status == 422
    assert page.says("Author: There is no Nobody here.")
    assert page.value("author:text") == "Nobody"


def test_lines_are_added_filled_and_removed_without_a_script(form, desk):
    form.press("Add line", BOOK)
    form.press(
        "Create", {"copies.0.shelf": "A1", "copies.1.shelf": "A2", "copies.1.paid": "3,50", "copies.2.shelf": ""}
    )
    assert form.page.says("A1", "A2", "3.50")
    form.follow("Change")
    form.press("Save", {"copies.0:remove": "1", "copies.1.condition": "worn"})
    with desk.reading():
        lines = desk.get("library.book", "1").copies
        assert [(line.shelf, line.condition) for line in lines] == [("A2", "worn")]


def test_a_mistake_in_a_line_is_named_with_its_line(form):
    page = form.press("Create", {**BOOK, "copies.0.shelf": "A1", "copies.1.paid": "much"})
    assert page.status == 422
    assert page.says("Line 2, Shelf: This is needed.", "Line 2, Paid: This is not a number.")
    assert page.value("copies.1.paid") == "much"


def test_another_record_can_follow_at_once_and_begin_from_the_address(form):
    form.press("Create and add another", BOOK)
    assert form.page.heading == "New book"
    form.open("/records/library.book/new?author=1&title=Romola")
    assert form.page.value("author:text") == "George Eliot"
    assert form.page.value("title") == "Romola"


def test_names_in_other_languages_are_typed_beside_their_own(visitor, desk):
    visitor.open("/records/library.author/new")
    visitor.press("Create", code="eliot", name="George Eliot", name_ar="جورج إليوت")
    assert visitor.page.says("Name in Arabic", "جورج إليوت")
    desk.execute("core.change_profile", language="ar")
    assert visitor.open("/records/library.author/1").heading == "جورج إليوت"


def test_fields_that_a_company_added_stand_in_the_form_and_on_the_record(form, desk):
    desk.execute("core.custom_field.create", resource="library.book", name="donated", label="Donated", kind="date")
    form.open("/records/library.book/new")
    form.press("Create", {**BOOK, "custom.donated": "31/12/2025"})
    assert form.page.says("Donated", "31 Dec 2025")
    form.follow("Change")
    assert form.page.value("custom.donated") == "2025-12-31"


def test_an_emptied_input_empties_the_field(visitor, middlemarch, desk):
    visitor.open("/records/library.book/1/change")
    visitor.press("Save", price="", lendable=None)
    book = desk.get("library.book", 1)
    assert book.price is None
    assert book.lendable is False


def test_what_must_be_unique_is_told_in_the_form(form, middlemarch):
    page = form.press("Create", BOOK)
    assert page.status == 409
    assert page.value("title") == "Middlemarch"


def test_a_field_with_a_permission_of_its_own_is_not_in_the_form_nor_taken(clerk, eliot, desk):
    librarian = clerk("library.librarian")
    librarian.open("/records/library.book/new")
    librarian.press("Create", {**BOOK, "royalty": "99"})
    assert desk.get("library.book", "1").royalty is None


def test_a_form_one_may_not_use_is_refused(clerk, middlemarch):
    reader = clerk("library.reader")
    assert reader.open("/records/library.book/new").status == 403
    assert reader.open("/records/library.book/1/change").status == 403


def test_looking_never_writes(visitor, middlemarch, desk):
    before = desk.get("library.book", 1).version
    for path in ("/records/library.book/1/change", "/records/library.book/1/delete", "/records/library.book/new"):
        assert visitor.open(path).status == 200
    assert desk.get("library.book", 1).version == before
