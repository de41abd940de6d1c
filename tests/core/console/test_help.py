"""Help on pages, and the reference of the programs' interface."""

import re

from backoffice.core.builtin.console.helping import BY_ENDPOINT, TOPICS


def test_each_page_leads_to_what_explains_it(visitor, middlemarch):
    visitor.open("/records/library.book/1")
    assert visitor.follow("Help on this page").says("Records", "The buttons at the top are what you may do with it")
    visitor.open("/health")
    assert visitor.follow("Help on this page").says("Plugins and Health say what is loaded")


def test_every_topic_belongs_to_pages_there_are(visitor):
    assert set(BY_ENDPOINT) <= set(visitor.app.view_functions)
    page = visitor.open("/help")
    assert all(page.says(str(topic.title)) for topic in TOPICS)
    assert visitor.open("/help/nothing").status == 404


def test_the_reference_shows_addresses_parameters_bodies_and_an_example(visitor):
    page = visitor.open("/reference?plugin=library")
    assert page.says("Books", "/api/v1/library/book", "Parameters", "Body", "isbn *", "Answer", "Statuses")
    assert "curl -s -H" in page.text
    assert "'Content-Type: application/json'" in page.text


def test_the_reference_shows_what_one_may_do_and_nothing_else(clerk):
    page = clerk("library.reader").open("/reference?plugin=library")
    assert page.says("/api/v1/library/book/{id}")
    assert "DELETE" not in page.text
    assert not page.says("royalty")


def test_the_reference_needs_nothing_from_elsewhere(visitor):
    page = visitor.open("/reference?plugin=core")
    assert not re.findall(r'(?:src|href)="https?://', page.html)
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert visitor.open("/reference?plugin=nothing").status == 404
