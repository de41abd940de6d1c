"""Plugins that cannot be imported, that fail and that get along are installed together: the office goes on."""

import pytest

from backoffice.core.errors import NotFound
from backoffice.core.plugins.states import plain
from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.visitors import Person, Program

SOME_PAGES = (
    "/", "/search?q=x", "/profile", "/plugins", "/approvals", "/notifications", "/audit", "/settings", "/jobs",
    "/records/core.user", "/records/core.user/1", "/records/core.user/new", "/records/core.company",
    "/records/core.role", "/acme-asking/",
)  # fmt: skip
FAILURES = 5
"""How many failures put a plugin aside."""


@pytest.fixture
def states(office):
    return lambda: {name: office.manager.status(name).state for name in office.manager.names() if "acme" in name}


def test_every_page_of_the_console_opens(office):
    person = Person(office)
    assert {path: person.get(path).status_code for path in SOME_PAGES} == dict.fromkeys(SOME_PAGES, 200)


def test_pages_that_do_not_say_who_may_open_them_are_not_served(office):
    assert Person(office).get("/acme-faulty/").status_code == 404


def test_rest_answers(office):
    program = Program(office)
    assert program.get("/api/v1/me").status_code == 200
    assert program.get("/api/v1/core/user").status_code == 200
    assert program.post("/api/v1/actions/acme_asking.ask", {"subject": "tea"}).json == {"opinions": ["tea: good"]}


# Putting aside


def test_a_plugin_that_keeps_failing_is_put_aside_and_the_others_go_on(office, states):
    person = Person(office)
    assert states()["acme_faulty"] == "active"
    for _again in range(FAILURES):
        assert person.get("/").status_code == 200
    assert states() == {
        "acme_absent": "import-failed", "acme_answering": "active", "acme_asking": "active",
        "acme_faulty": "quarantined",
    }  # fmt: skip
    page = person.get("/").text
    assert "Opinions" in page


def test_a_banner_says_which_plugin_is_not_working_and_why(office):
    person = Person(office)
    for _again in range(FAILURES):
        page = person.get("/").text
    assert "The plugin acme_faulty is not working: Its hooks failed 5 times" in page
    assert "The plugin acme_absent is not working: Importing it failed" in page


def test_the_banner_is_for_those_who_can_do_something_about_it(office):
    from backoffice.core.users.setup import create_user

    with office.database.system() as session, session.begin():
        create_user(session, organization_id=1, username="amal", name="Amal", roles=[], password="a long enough one")
    assert "is not working" not in Person(office, "amal", "a long enough one").get("/").text


def test_what_a_plugin_put_aside_declared_is_gone_and_the_error_says_so(office):
    desk = desk_of(office)
    assert desk.execute("acme_faulty.greet") == {"said": "hello"}
    for _again in range(FAILURES):
        office.hooks.menu(desk.user)
    with pytest.raises(NotFound) as caught:
        desk.execute("acme_faulty.greet")
    assert "failed 5 times" in plain(caught.value.why)


def test_the_process_ends_properly_although_a_plugin_would_end_it_first(office):
    office.close()


# Hooks of plugins


def test_a_plugin_answers_the_hook_another_adds(office):
    assert desk_of(office).execute("acme_asking.ask", subject="tea") == {"opinions": ["tea: good"]}


def test_a_plugin_that_adds_a_hook_works_when_nobody_answers(installed, offices):
    desk = desk_of(offices.make(only=["acme_asking"]))
    assert desk.execute("acme_asking.ask", subject="tea") == {"opinions": []}


def test_a_plugin_that_answers_an_absent_one_loads(installed, offices):
    office = offices.make(only=["acme_answering"])
    assert office.manager.status("acme_answering").state == "active"
