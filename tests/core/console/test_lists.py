"""Lists: columns, filters and order in the address, pages by key, the same as a file."""

import csv
import io

import pytest


@pytest.fixture
def shelf_of_books(desk, eliot):
    """Sixty books, every third of them dear."""
    desk.execute_many(
        "library.book.create",
        [
            {"isbn": f"{n:03}", "title": f"Book {n}", "author": "eliot", "price": "90.00" if n % 3 == 0 else "5.00"}
            for n in range(1, 61)
        ],
    )


def test_a_list_names_references_and_writes_the_currency_once(visitor, middlemarch):
    page = visitor.open("/records/library.book")
    assert page.heading == "Books"
    assert page.says("Middlemarch", "George Eliot", "12.50", "Draft")
    assert page.html.count("GBP") == 2  # the heads of price and royalty
    assert visitor.follow("George Eliot").heading == "George Eliot"


def test_an_empty_list_says_what_belongs_there_and_offers_the_first_step(visitor):
    visitor.open("/records/core.branch")
    assert visitor.page.says("Nothing here yet", "Places of business of a company.")
    assert visitor.follow("New branch").heading == "New branch"


def test_filters_stand_in_the_address_and_are_said_in_words(visitor, middlemarch):
    page = visitor.open("/records/library.book?author=1&published.from=1871-01-01&published.until=1871-12-31&q=")
    assert page.path == "/records/library.book?author=1&published.from=1871-01-01&published.until=1871-12-31"
    assert page.says("Middlemarch", "George Eliot", "1 Jan 1871 – 31 Dec 1871")
    assert visitor.open("/records/library.book?published.from=1872-01-01").says("Nothing fits")
    assert visitor.follow("Clear the filters").says("Middlemarch")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=draft&state=catalogued", True),
        ("state=catalogued", False),
        ("lendable=true", True),
        ("price.from=١٢٫٥&price.until=12,50", True),
        ("price.from=13", False),
        ("author:text=eliot", True),
        ("author:text=Jane Austen", False),
        ("isbn=1", True),
        ("q=MIDDLE", True),
        ("author__in=1,2", True),
    ],
)
def test_each_kind_of_filter_narrows_the_list(visitor, middlemarch, query, found):
    assert visitor.open(f"/records/library.book?{query}").says("Middlemarch") is found


def test_a_filter_or_order_that_is_none_is_refused_with_those_there_are(visitor, middlemarch):
    page = visitor.open("/records/library.book?colour=red")
    assert page.status == 400
    assert page.says("A list cannot be filtered by colour.", "isbn")
    assert visitor.open("/records/library.book?sort=notes").status == 400


def test_a_list_is_walked_page_by_page_and_back(visitor, shelf_of_books):
    visitor.open("/records/library.book?sort=isbn&price.until=10")
    assert visitor.page.says("Book 1", "40 rows")
    visitor.open("/records/library.book?sort=isbn")
    assert visitor.page.says("50 rows on this page")
    visitor.follow("Next")
    assert visitor.page.says("Book 60")
    assert not visitor.page.says("Book 50")
    visitor.follow("Previous")
    assert visitor.page.says("Book 50")


def test_a_head_orders_the_list_and_turns_it_round(visitor, shelf_of_books):
    visitor.open("/records/library.book?q=Book")
    visitor.follow("Title")
    assert visitor.page.path == "/records/library.book?q=Book&sort=title"
    visitor.follow("Title")
    assert visitor.page.path == "/records/library.book?q=Book&sort=-title"
    assert 'aria-sort="descending"' in visitor.page.html


def test_an_export_holds_what_the_list_shows_every_page_of_it(visitor, shelf_of_books):
    visitor.open("/records/library.book?price.from=50")
    visitor.follow("CSV")
    rows = list(csv.DictReader(io.StringIO(visitor.page.data.decode("utf-8-sig"))))
    assert len(rows) == 20
    assert rows[0]["Title"] == "Book 3"
    assert visitor.page.headers["Content-Disposition"] == "attachment; filename=book.csv"


def test_a_field_with_a_permission_of_its_own_is_neither_shown_filtered_nor_exported(clerk, middlemarch):
    reader = clerk("library.reader")
    page = reader.open("/records/library.book")
    assert page.says("Middlemarch")
    assert not page.says("Royalty")
    assert reader.open("/records/library.book?royalty.from=0").status == 400
    assert reader.open("/records/library.book?sort=royalty").status == 400
    assert b"Royalty" not in reader.open("/records/library.book/export.csv").data


def test_whoever_may_only_read_is_offered_nothing_else(clerk, middlemarch):
    page = clerk("library.reader").open("/records/library.book")
    assert "New book" not in page.links
    assert "Import" not in page.links
    assert 'name="id"' not in page.html


def test_own_records_alone_are_listed_for_whom_that_is_said(clerk, middlemarch, desk):
    helper = clerk("library.helper")
    assert helper.open("/records/library.book").says("Nothing here yet")
    helper.open("/records/library.book/new")
    helper.press("Create", {"isbn": "2", "title": "Silas Marner", "author:text": "George Eliot"})
    assert helper.open("/records/library.book").says("Silas Marner")
    assert helper.open("/records/library.book/1").status == 404


def test_another_organisation_sees_nothing_of_it(stranger, middlemarch):
    assert stranger.open("/records/library.book").says("Nothing here yet")
    assert stranger.open("/records/library.book/1").status == 404
    assert stranger.open("/search?q=Middlemarch").says("Nothing found")
    assert stranger.open("/pick/library.author?q=eliot").data == b'{"results":[],"more":false}\n'


def test_suggestions_find_by_key_first_and_by_words(visitor, middlemarch, desk):
    desk.execute("library.author.create", code="geo", name="Geoffrey Chaucer")
    found = visitor.client.get("/pick/library.author?q=geo").json["results"]
    assert [one["text"] for one in found] == ["Geoffrey Chaucer", "George Eliot"]
    assert found[0]["detail"] == "geo"


def test_chosen_rows_are_deleted_after_a_question_all_or_none(visitor, shelf_of_books, desk):
    visitor.open("/records/library.book")
    visitor.press("Delete", {"id": ["1", "2"]})
    assert visitor.page.says("Book 1", "Book 2")
    visitor.press("Delete Book")
    assert visitor.page.says("Delete Book: 2 done.")
    assert len(desk.list("library.book").records) == 50


def test_an_action_on_chosen_rows_is_asked_once_and_says_what_became_of_each(visitor, shelf_of_books, desk):
    desk.execute("library.catalogue", id=2)
    visitor.open("/records/library.book?sort=isbn")
    visitor.press("Catalogue", {"id": ["1", "2"]})
    visitor.press("Catalogue", shelf="B2")
    assert visitor.page.says("Book 1 Done", "Book 2 Refused 002 is catalogued already.")
    assert desk.get("library.book", 1).state == "catalogued"
    visitor.follow("To the list")
    assert visitor.page.path == "/records/library.book?sort=isbn"


def test_an_argument_that_is_wrong_for_all_chosen_rows_is_told_before_anything_is_done(visitor, shelf_of_books, desk):
    visitor.open("/records/library.book")
    visitor.press("Catalogue", {"id": ["1", "2"]})
    visitor.press("Catalogue", shelf="far too long for the field of a shelf")
    assert visitor.page.status == 422
    assert desk.get("library.book", 1).state == "draft"


# -- columns and sums --------------------------------------------------------------------------------------------


def test_columns_are_chosen_in_the_address_and_an_export_has_exactly_these(visitor, middlemarch):
    page = visitor.open("/records/library.book?columns=title&columns=pages")
    assert page.path == "/records/library.book?columns=title%2Cpages"
    assert page.says("Title", "Pages")
    assert "12.50" not in page.text
    visitor.follow("CSV")
    head = visitor.page.data.decode("utf-8-sig").splitlines()[0]
    assert head == "Title,Pages"


def test_a_column_that_is_gone_or_hidden_is_left_out(clerk, middlemarch):
    page = clerk("library.reader").open("/records/library.book?columns=title,royalty,colour")
    assert page.says("Middlemarch")
    assert not page.says("Royalty")


def test_the_file_with_all_fields_is_the_one_an_import_takes_back(visitor, middlemarch):
    visitor.open("/records/library.book?columns=title")
    link = next(text for text in visitor.page.links if text.startswith("CSV with all fields"))
    visitor.follow(link)
    assert "Copies / Shelf" in visitor.page.data.decode("utf-8-sig").splitlines()[0]


def test_amounts_are_summed_under_a_list_of_one_page_and_for_longer_ones_when_asked(visitor, shelf_of_books):
    page = visitor.open("/records/library.book?price.from=50")
    assert page.says("Total", "1,800.00")
    page = visitor.open("/records/library.book")
    assert not page.says("2,000.00")
    assert visitor.follow("Sum every page").says("Total", "2,000.00")
    assert visitor.page.path == "/records/library.book?totals=1"


def test_amounts_of_several_currencies_are_summed_apart(visitor, shelf_of_books, desk):
    desk.execute("library.book.create", isbn="x", title="Rayuela", author="eliot", price="7", currency="EUR")
    assert visitor.open("/records/library.book?totals=1").says("Price: 7.00 EUR · 2,000.00 GBP")
    assert visitor.open("/records/library.book?isbn=x&totals=1").says("Rayuela")


def test_sums_reach_only_what_one_may_see(clerk, shelf_of_books):
    page = clerk("library.helper").open("/records/library.book?totals=1")
    assert not page.says("2,000.00")


# -- views -------------------------------------------------------------------------------------------------------


def test_a_view_keeps_filters_order_and_columns_and_can_be_the_first(visitor, shelf_of_books):
    visitor.open("/records/library.book?price.from=50&sort=-title&columns=title,price")
    page = visitor.press("Save", name="Dear ones", preferred="1")
    assert page.says("The view “Dear ones” is saved.")
    page = visitor.open("/records/library.book")
    assert page.path.startswith("/records/library.book?price.from=50&sort=-title&columns=title%2Cprice&view=")
    assert page.says("All", "Dear ones", "20 rows")
    assert visitor.follow("All").says("50 rows on this page")
    visitor.follow("Dear ones")
    visitor.press("Forget it")
    assert "Dear ones" not in visitor.open("/records/library.book").links


def test_saving_under_the_same_name_changes_the_view(visitor, shelf_of_books):
    visitor.open("/records/library.book?price.from=50")
    visitor.press("Save", name="Mine")
    visitor.open(visitor.page.links["Mine"].replace("50", "5"))
    visitor.press("Save", name="Mine")
    assert "price.from=5&" in visitor.page.links["Mine"]


def test_a_view_is_shared_with_a_role_by_whoever_may_and_seen_by_those_who_have_it(
    visitor, clerk, shelf_of_books, desk
):
    role = next(r.id for r in desk.list("core.role").records if r.code == "library.reader")
    visitor.open("/records/library.book?price.from=50")
    visitor.press("Save", name="For readers", role=str(role))
    reader = clerk("library.reader")
    assert "For readers" in reader.open("/records/library.book").links
    assert "Forget it" not in reader.follow("For readers").text
    reader.press("Save", name="Mine", role=str(role))
    assert reader.page.status == 403


def test_nobody_sees_the_views_of_others(visitor, clerk, shelf_of_books):
    visitor.open("/records/library.book?price.from=50")
    visitor.press("Save", name="Secret")
    assert "Secret" not in clerk("library.reader").open("/records/library.book").links
