"""The web application: safe headers, errors for people and programs, and no view without a permission."""

import stat
from dataclasses import replace

import pytest
from flask import Blueprint, g

from backoffice.core.api import permission, public, signed_in
from backoffice.core.configuration import Configuration
from backoffice.core.errors import PluginProblem
from backoffice.core.web import create_app
from backoffice.core.web.application import undeclared
from backoffice.core.web.keys import secret_key
from backoffice.core.web.problems import show_errors_with


@pytest.fixture
def office(offices):
    return offices.make(only=[])


def configured(office, **values):
    office.configuration = replace(office.configuration, **values)
    return create_app(office)


def test_every_answer_says_what_a_browser_must_not_do(office):
    for path in ("/healthz", "/nothing", "/api/v1/me"):
        headers = create_app(office).test_client().get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers
        assert headers["X-Request-Id"]


def test_https_is_asked_for_once_it_is_used(office):
    answer = create_app(office).test_client().get("/healthz", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_pages_may_use_their_own_scripts_and_styles_and_nothing_inline(office):
    app = create_app(office)
    app.add_url_rule("/page", "page", public(lambda: "<p>hello</p>"))
    policy = app.test_client().get("/page").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_request_keeps_a_number_it_brings_if_it_is_one(office):
    client = create_app(office).test_client()
    assert client.get("/healthz", headers={"X-Request-Id": "till-7.0001"}).headers["X-Request-Id"] == "till-7.0001"
    for odd in ("short", "x" * 65, "a b c d e f", "<script>alert(1)</script>"):
        assert client.get("/healthz", headers={"X-Request-Id": odd}).headers["X-Request-Id"] != odd


def test_only_hosts_that_are_ours_are_answered(office):
    app = configured(office, hosts=("office.example.com",), base_url="https://books.example.com")
    client = app.test_client()
    assert client.get("/healthz", base_url="https://office.example.com").status_code == 200
    assert client.get("/healthz", base_url="https://books.example.com").status_code == 200
    assert client.get("/healthz", base_url="https://evil.example.org").status_code == 400


def test_a_proxy_is_believed_only_if_there_is_one(office):
    def address(app):
        app.add_url_rule("/where", "where", public(lambda: f"{g.get('x', '')}{_address()}"))
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
        return app.test_client().get("/where", headers=headers).text

    assert address(create_app(office)) == "http 127.0.0.1 localhost"
    assert address(configured(office, proxies=1)) == "https 203.0.113.9 localhost"


def _address():
    from flask import request

    return f"{request.scheme} {request.remote_addr} {request.host}"


def test_cookies_of_a_production_site_travel_over_https_alone(office):
    app = configured(office, base_url="https://office.example.com")
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-backoffice"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_HTTPONLY"]
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    first = secret_key(Configuration(folder=tmp_path))
    assert secret_key(Configuration(folder=tmp_path)) == first
    [path] = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first) >= 32
    assert secret_key(Configuration(folder=tmp_path, secret_key="given")) == "given"


def test_errors_are_shown_to_people_by_whoever_offers_to(office):
    app = create_app(office)
    show_errors_with(app, lambda problem: (f"<h1>{problem.title}</h1>", problem.status))
    client = app.test_client()
    assert client.get("/nothing", headers={"Accept": "text/html"}).text == "<h1>Not found</h1>"
    assert client.get("/nothing", headers={"Accept-Language": "ar"}).text == "<h1>غير موجود</h1>"
    assert client.get("/nothing", headers={"Accept": "application/json"}).mimetype == "application/problem+json"
    assert client.get("/api/v1/nothing/x").mimetype == "application/problem+json"


def test_an_error_page_that_fails_is_replaced_by_plain_words(office):
    app = create_app(office)
    show_errors_with(app, lambda problem: 1 / 0)
    answer = app.test_client().get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert "Not found" in answer.text


def test_a_view_that_declares_nothing_is_never_served(office):
    app = create_app(office)
    app.add_url_rule("/open", "open", lambda: "everything")
    assert undeclared(app) == ["open"]
    answer = app.test_client().get("/open")
    assert answer.status_code == 500
    assert "everything" not in answer.text


def test_the_start_is_refused_when_a_built_in_view_declares_nothing(office, monkeypatch):
    careless = Blueprint("careless", __name__)
    careless.add_url_rule("/open", "open", lambda: "everything")
    monkeypatch.setattr(office.hooks, "blueprints", lambda app: [("rest", careless)])
    with pytest.raises(PluginProblem, match=r"careless\.open"):
        create_app(office)


def test_views_are_open_to_those_they_name(office):
    app = create_app(office)
    app.add_url_rule("/all", "all", public(lambda: "all"))
    app.add_url_rule("/in", "in", signed_in(lambda: "in"))
    app.add_url_rule("/some", "some", permission("core.branch.read")(lambda: "some"))
    assert undeclared(app) == []
    statuses = {path: app.test_client().get(path).status_code for path in ("/all", "/in", "/some")}
    assert statuses["/all"] == 200
    assert statuses["/in"] != 200
    assert statuses["/some"] != 200


def test_a_plugin_with_an_open_view_goes_on_without_its_pages(library, monkeypatch):
    careless = Blueprint("careless", __name__)
    careless.add_url_rule("/careless", "page", lambda: "everything")
    careful = Blueprint("careful", __name__)
    careful.add_url_rule("/careful", "page", public(lambda: "fine"))
    monkeypatch.setattr(library.hooks, "blueprints", lambda app: [("library", careless), ("library", careful)])
    client = create_app(library).test_client()
    assert client.get("/careless").status_code == 404
    assert client.get("/careful").text == "fine"
    assert library.manager.is_active("library")


def test_health_is_answered_to_anybody(office):
    client = create_app(office).test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").json == {"status": "ok"}
