"""Errors as pages: what happened, why, what to do; in the reader's language; never a traceback."""

import pytest

from backoffice.core.testing.visiting import Visitor


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("What happened", "Why", "What to do")), ("ar", ("ماذا حدث", "السبب", "ما العمل"))],
)
def test_an_error_says_what_why_and_what_to_do_in_both_languages(clerk, language, words):
    reader = clerk("library.reader", language=language)
    page = reader.open("/plugins")
    assert page.status == 403
    assert page.says(*words)
    assert f'lang="{language}"' in page.html


def test_an_address_with_nothing_behind_it(visitor, library):
    assert visitor.open("/nothing/here").status == 404
    assert visitor.page.says("There is nothing at this address.", "To the start page")
    outside = Visitor(library)
    assert outside.open("/nothing/here").status == 404
    assert outside.page.says("To the sign-in")


def test_a_wrong_method_and_a_forged_form(visitor):
    assert visitor.open("/sign-out").status == 405
    assert visitor.client.post("/records/library.author/new", data={"csrf_token": "forged"}).status_code == 400


def test_scripts_get_problem_documents(visitor):
    answer = visitor.client.get("/jobs/9/progress.json", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_without_its_database_the_console_still_says_what_is_wrong(visitor, library, monkeypatch):
    from backoffice.core.errors import DatabaseUnavailable
    from backoffice.core.persistence import Database

    def broken(*given, **more):
        raise DatabaseUnavailable("The database does not answer.", remedy="Start it.")

    monkeypatch.setattr(Database, "reading", broken)
    page = visitor.open("/records/library.book")
    assert page.status == 503
    assert page.says("The database does not answer.", "Start it.")


def test_what_people_typed_is_inert_on_every_page(visitor, desk):
    evil = "<script>alert(1)</script>{{7*7}}\"'><img src=x onerror=alert(1)>"
    desk.execute("library.author.create", code="evil", name=evil[:80])
    desk.execute("library.book.create", isbn="1", title=evil, author="evil", notes=evil, copies=[{"shelf": "<b>"}])
    paths = ("/records/library.book", "/records/library.book/1", "/records/library.book/1/change", "/audit",
             "/records/library.book/1/history", "/records/library.book/1/delete", "/search?q=script",
             "/reports/library.value", "/documents/library.card/1", "/documents/library.card/1/sheet")  # fmt: skip
    for path in paths:
        html = visitor.open(path).html
        assert visitor.page.status == 200
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_every_page_forbids_inline_script_and_style(visitor, middlemarch):
    for path in ("/", "/records/library.book", "/records/library.book/1", "/records/library.book/new", "/profile"):
        page = visitor.open(path)
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        assert " style=" not in page.html
        assert " onclick=" not in page.html
        assert page.headers["Cache-Control"] == "no-store"
