"""Limits on requests over HTTP: who may ask how often, what the answer is then, and whom a proxy may speak for."""

from dataclasses import replace

import pytest
from flask import request

from backoffice.core.errors import ConfigurationError
from backoffice.core.users.models import SignIn
from backoffice.core.web import create_app, public

from .conftest import Caller, Http


@pytest.fixture
def limited(offices):
    """Six requests in a minute."""
    office = offices.make(only=[])
    office.configuration = replace(office.configuration, requests_per_minute=6)
    return Http(office)


def test_too_many_requests_of_a_token_are_told_when_to_come_again(limited):
    caller = limited.caller()
    for _time in range(6):
        assert caller.get("/me").status_code == 200
    refused = caller.get("/me")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert refused.headers["Retry-After"] == "60"
    assert refused.json["code"] == "too-many-requests"
    assert "6" in refused.json["why"]


def test_another_person_is_counted_apart(limited):
    caller = limited.caller()
    for _time in range(7):
        caller.get("/me")
    assert limited.clerk().get("/me").status_code == 200


def test_a_new_token_of_the_same_person_has_no_new_count(limited):
    for _time in range(6):
        limited.caller().get("/me")
    assert limited.caller().get("/me").status_code == 429


def test_wrong_tokens_are_counted_by_address(limited):
    stranger = Caller(limited.app.test_client(), "bo_wrong")
    assert [stranger.get("/me").status_code for _time in range(8)] == [401] * 6 + [429] * 2
    assert limited.caller().get("/me").status_code == 200


def test_people_are_shown_a_page(limited):
    client = limited.app.test_client()
    pages = [client.get("/sign-in", headers={"Accept": "text/html"}) for _time in range(8)]
    assert pages[0].status_code == 200
    assert (pages[-1].status_code, pages[-1].mimetype) == (429, "text/html")
    assert "Too many requests" in pages[-1].text


def test_health_checks_and_static_files_are_not_counted(limited):
    client = limited.app.test_client()
    assert {client.get("/healthz").status_code for _time in range(10)} == {200}


def test_workers_share_one_count(limited):
    others = Http(limited.office)
    token = limited.token()
    answers = [Caller(one.app.test_client(), token).get("/me").status_code for one in (limited, others) * 4]
    assert answers == [200] * 6 + [429] * 2


def test_wrong_passwords_given_to_the_action_are_counted(limited):
    """The action is undone with its transaction; the failure is not."""
    limited.office.configuration = replace(limited.office.configuration, requests_per_minute=0)
    caller = limited.caller()
    given = {"old": "not the password", "new": "quite another sentence"}
    answers = [caller.post("/actions/core.change_password", json=given).status_code for _time in range(6)]
    assert answers == [422] * 5 + [429]
    with limited.office.database.looking() as session:
        assert {row.way for row in session.query(SignIn)} == {"password"}


def test_wrong_passwords_given_to_the_action_are_counted_by_the_limit_that_is_set(limited):
    limited.office.configuration = replace(limited.office.configuration, requests_per_minute=0, failures_per_name=2)
    caller = limited.caller()
    given = {"old": "not the password", "new": "quite another sentence"}
    answers = [caller.post("/actions/core.change_password", json=given).status_code for _time in range(3)]
    assert answers == [422] * 2 + [429]


# -- proxies ---------------------------------------------------------------------------------------------------------


def address(office, peer, **values):
    """Return what the application takes for the client's address when ``peer`` connects and claims another."""
    office.configuration = replace(office.configuration, **values)
    app = create_app(office)
    app.add_url_rule("/where", "where", public(lambda: f"{request.scheme} {request.remote_addr} {request.host}"))
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    return app.test_client().get("/where", headers=headers, environ_base={"REMOTE_ADDR": peer}).text


@pytest.fixture
def office(offices):
    return offices.make(only=[])


def test_headers_of_proxies_are_believed_from_proxies_alone(office):
    assert address(office, "10.0.0.5", proxies=1) == "https 203.0.113.9 localhost"
    assert address(office, "93.184.216.34") == "http 93.184.216.34 localhost"


def test_named_proxies_and_no_others_are_believed(office):
    named = {"proxies": 1, "trusted_proxies": ("198.51.100.0/28", "2001:db8::5")}
    assert address(office, "198.51.100.7", **named) == "https 203.0.113.9 localhost"
    assert address(office, "2001:db8::5") == "https 203.0.113.9 localhost"
    assert address(office, "10.0.0.5") == "http 10.0.0.5 localhost"


def test_a_proxy_that_is_no_address_is_refused_at_the_start(office):
    with pytest.raises(ConfigurationError, match="no address"):
        address(office, "10.0.0.5", proxies=1, trusted_proxies=("front",))
