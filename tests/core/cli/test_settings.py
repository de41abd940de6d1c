"""`backoffice settings`, `job`, `event` and `audit`: the office's own records."""

import json

import pytest

from backoffice.core.events.jobs import enqueue
from backoffice.core.testing.offices import desk_of


def test_what_was_changed_is_in_the_audit_log(books):
    books("--as", "admin", "do", "library.author.create", "--field", "code=a", "--field", "name=A")
    newest = json.loads(books("audit", "list", "--format", "json").out)[0]
    assert (newest["actor"], newest["channel"], newest["action"]) == ("admin", "cli", "library.author.create")
    assert newest["changes"]["name"] == {"before": None, "after": "A"}


def test_the_history_of_a_record(books):
    books("do", "library.author.create", "--field", "code=a", "--field", "name=A")
    books("do", "library.author.change", "--field", "id=1", "--field", "name=B")
    told = json.loads(books("audit", "show", "library.author", "a", "--format", "json").out)
    assert [change["operation"] for change in told] == ["U", "I"]
    assert "name: A → B" in books("audit", "show", "library.author", "a").out


def test_changes_of_one_person_and_of_one_resource(books):
    books("do", "library.author.create", "--field", "code=a", "--field", "name=A")
    books("--as", "admin", "do", "library.author.create", "--field", "code=b", "--field", "name=B")
    told = json.loads(books("audit", "list", "--by", "admin", "--resource", "library.author", "--format", "json").out)
    assert [change["changes"]["code"]["after"] for change in told] == ["b"]


def test_the_audit_log_is_not_for_everybody(books):
    assert books("--as", "clerk", "audit", "list").code == 5


# -- settings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def warned(books, monkeypatch):
    """The library with a setting."""
    import backoffice_library.plugin as plugin

    from backoffice.hookspecs import Field, Settings, hookimpl

    def settings():
        return [Settings((Field("days", "integer", label="Days", default=14, minimum=1),))]

    monkeypatch.setattr(plugin, "settings", hookimpl(settings), raising=False)
    return books


def test_a_setting_has_its_default_until_it_is_set(warned):
    assert warned("settings", "get", "library.days").out == "14\n"
    assert warned("settings", "set", "library.days", "30").code == 0
    assert warned("settings", "get", "library.days").out == "30\n"
    assert "library.days" in warned("settings", "list").out


def test_an_empty_value_takes_a_setting_back(warned):
    warned("settings", "set", "library.days", "30")
    warned("settings", "set", "library.days", "")
    assert warned("settings", "get", "library.days").out == "14\n"


def test_a_setting_that_does_not_fit_is_refused(warned):
    assert warned("settings", "set", "library.days", "soon").code == 3
    assert warned("settings", "set", "library.nights", "3").code == 4
    assert warned("settings", "set", "days", "3").code == 2


# -- jobs and events -----------------------------------------------------------------------------------------------


@pytest.fixture
def dead(quiet):
    """A job that was given up."""
    office = quiet.office(only=frozenset())

    def work(session):
        row = enqueue(session, office.registry, "worker.put_away", {}, key="by hand")
        row.state, row.error = "dead", "It did not work."

    desk_of(office).run(work)
    office.close()
    return quiet


def jobs(shell):
    return json.loads(shell("job", "list", "--format", "json").out)


def test_jobs_are_listed_by_state(dead):
    assert [job["state"] for job in jobs(dead)] == ["dead"]
    assert json.loads(dead("job", "list", "--state", "done", "--format", "json").out) == []


def test_all_jobs_given_up_run_again(dead):
    assert "1 job will run again." in dead("job", "retry").out
    assert [job["state"] for job in jobs(dead)] == ["waiting"]
    assert dead("worker", "--once").code == 0
    assert {job["state"] for job in jobs(dead)} == {"done"}


def test_a_job_is_given_up(dead):
    dead("job", "retry")
    assert dead("job", "discard", str(jobs(dead)[0]["id"])).code == 0
    assert [job["state"] for job in jobs(dead)] == ["cancelled"]


def test_a_job_that_is_not_there(quiet):
    assert quiet("job", "retry", "4711").code == 4


def test_events_are_listed(quiet):
    assert quiet("event", "list").code == 0
    assert quiet("event", "list", "--name", "core.approval_requested").code == 0


def test_events_are_replayed_to_one_plugin(books):
    done = books("event", "replay", "library", "--from", "beginning")
    assert done.code == 0
    assert "0 deliveries" in done.out
    assert books("event", "replay", "nothing", "--from", "beginning").code == 4
    assert books("event", "replay", "library", "--from", "yesterday").code == 3
