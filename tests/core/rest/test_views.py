"""Saved views of lists for programs: which there are, and what a list shows through one."""

import pytest

from backoffice.core.testing.offices import desk_of


@pytest.fixture
def desk(library):
    """The administrator's desk."""
    return desk_of(library)


@pytest.fixture
def views(api, desk, eliot_books):
    """Keep views of the list of books; give their numbers by name."""
    made = {}

    def keep(name, query, **more):
        made[name] = desk.execute("core.save_view", view_resource="library.book", name=name, query=query, **more)["id"]
        return made[name]

    return keep


@pytest.fixture
def eliot_books(api):
    """Three more books, so that filters have something to leave out."""
    for isbn, title, price in (("2", "Romola", "9"), ("3", "Adam Bede", "20"), ("4", "Silas Marner", "5")):
        api.post("/library/book", json={"isbn": isbn, "title": title, "author": "eliot", "price": price})


def titles(api, query):
    return [book["title"] for book in api.get(f"/library/book?{query}").json["data"]]


def test_views_are_listed_with_the_parameters_that_ask_the_same(api, views):
    number = views("Dear", "price.from=10&sort=-title&columns=title,price&q=e&totals=1", preferred=True)
    assert api.get("/library/book/views").json["data"] == [
        {
            "id": number, "name": "Dear", "own": True, "shared_with": None, "preferred": True,
            "query": "price.from=10&sort=-title&columns=title%2Cprice&q=e&totals=1",
            "parameters": {"price__from": "10", "order": "-title", "fields": "title,price", "q": "e"},
        }
    ]  # fmt: skip


def test_a_list_is_shown_through_a_view(api, views):
    number = views("Dear", "price.from=9&sort=-title&columns=title,gone")
    found = api.get(f"/library/book?view={number}").json["data"]
    assert [book["title"] for book in found] == ["Romola", "Middlemarch", "Adam Bede"]
    assert found[0].keys() == {"id", "version", "title"}


def test_what_is_asked_beside_a_view_narrows_it_or_counts_before_it(api, views):
    number = views("Dear", "price.from=9&sort=-title")
    assert titles(api, f"view={number}&order=title&price__to=15") == ["Middlemarch", "Romola"]


def test_a_file_and_sums_follow_a_view_too(api, views):
    number = views("Cheap", "price.until=9&sort=title&columns=title,price")
    file = api.get(f"/library/book/export?view={number}").text.lstrip("\ufeff").splitlines()
    assert [line.partition(",")[0] for line in file] == ["title", "Romola", "Silas Marner"]
    assert api.get(f"/library/book/totals?view={number}").json["totals"]["price"] == {"GBP": "14.00"}


def test_words_and_choices_are_meant_as_on_pages(api, views):
    number = views("One", "isbn=2&lendable=true&lendable=false&author=1,2")
    asked = api.get("/library/book/views").json["data"][0]["parameters"]
    assert asked == {"isbn__contains": "2", "lendable__in": "true,false", "author__in": "1,2"}
    assert titles(api, f"view={number}") == ["Romola"]


def test_a_day_is_read_in_the_calendar_of_the_person(api, views, desk):
    desk.execute("core.change_profile", calendar="hijri")
    views("Year", "published.from=1447-01-01")
    assert api.get("/library/book/views").json["data"][0]["parameters"] == {"published__from": "2025-06-26"}


def test_a_record_named_by_words_is_no_filter_for_programs(api, views):
    number = views("Hers", "author:text=George")
    assert api.get("/library/book/views").json["data"][0]["parameters"] is None
    assert api.get(f"/library/book?view={number}").status_code == 422


def test_nobody_sees_the_views_of_others(api, views, http):
    number = views("Mine", "price.from=9")
    clerk = http.clerk("library.librarian")
    assert clerk.get("/library/book/views").json["data"] == []
    assert clerk.get(f"/library/book?view={number}").status_code == 404
    assert api.get("/library/author/views").json["data"] == []
    assert api.get("/library/book?view=x").status_code == 404
