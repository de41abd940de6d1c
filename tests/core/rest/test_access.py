"""Who may do what over REST: tokens, scopes, permissions, record rules, organisations, browsers."""

from datetime import timedelta

import pytest

from .conftest import Caller


def code(answer):
    return answer.status_code, answer.json["code"]


def test_without_a_token_nothing_is_told(http):
    for path in ("/me", "/library/book", "/library/nothing", "/openapi.json", "/jobs/1", "/reports/library.value"):
        answer = Caller(http.app.test_client(), "").get(path)
        assert code(answer) == (401, "not-signed-in"), path
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="backoffice"'


@pytest.mark.parametrize("token", ["bo_unknown", "Basic", "xyz", "bo_" + "x" * 5000])
def test_a_wrong_token_is_refused(http, token):
    answer = http.caller(token=token).get("/me")
    assert code(answer) == (401, "not-signed-in")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_an_expired_token_is_refused(http):
    token = http.token(hours=1)
    assert http.caller(token=token).get("/me").status_code == 200
    http.office.clock.at += timedelta(hours=2)
    answer = http.caller(token=token).get("/me")
    assert code(answer) == (401, "not-signed-in")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_token_can_do_no_more_than_its_scopes(http, api):
    reader = http.caller(scopes=["library.book.read"])
    assert reader.get("/library/book/1").status_code == 200
    assert code(reader.patch("/library/book/1", json={"title": "x"})) == (403, "forbidden")
    assert code(reader.get("/library/author")) == (403, "forbidden")


def test_a_missing_permission_is_named(http, api):
    refused = http.clerk("library.reader").post("/library/book", json={})
    assert code(refused) == (403, "forbidden")
    assert "library.book.create" in refused.json["why"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/library/book"),
        ("GET", "/library/book/1"),
        ("GET", "/library/book/1/history"),
        ("GET", "/library/book/export"),
        ("GET", "/reports/library.value"),
        ("POST", "/library/book"),
        ("PATCH", "/library/book/1"),
        ("DELETE", "/library/book/1"),
        ("POST", "/library/book/1/actions/catalogue"),
        ("POST", "/actions/library.count_stock"),
        ("POST", "/library/book/import"),
    ],
)
def test_nobody_may_do_anything_without_a_role(http, api, method, path):
    options = {"data": "isbn\n1\n", "content_type": "text/csv"} if path.endswith("import") else {"json": {}}
    answer = http.clerk().call(method, path, **(options if method in {"POST", "PATCH"} else {}))
    assert answer.status_code in {403, 422 if path.endswith("count_stock") else 403}
    assert answer.json["code"] == "forbidden"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/library/book/1", None),
        ("GET", "/library/book/1/history", None),
        ("PATCH", "/library/book/1", {"title": "x"}),
        ("DELETE", "/library/book/1", None),
        ("POST", "/library/book/1/actions/catalogue", {}),
        ("POST", "/library/book/1/actions/write_off", {}),
        ("POST", "/actions/library.catalogue", {"id": 1}),
    ],
)
def test_the_records_of_another_organisation_do_not_exist(http, api, method, path, body):
    answer = http.other().call(method, path, **({} if body is None else {"json": body}))
    assert code(answer) == (404, "not-found")
    assert api.get("/library/book/1").json["version"] == 1


def test_neither_lists_nor_references_reach_another_organisation(http, api):
    other = http.other()
    assert other.get("/library/book").json["data"] == []
    assert other.get("/library/book?id=1").json["data"] == []
    for author in (1, "eliot", {"id": 1}):
        refused = other.post("/library/book", json={"isbn": "1", "title": "x", "author": author})
        assert (refused.status_code, list(refused.json["fields"])) == (422, ["author"])


def test_the_records_of_others_do_not_exist_for_whoever_sees_their_own(http, api):
    helper = http.clerk("library.helper")
    assert helper.get("/library/book").json["data"] == []
    assert code(helper.get("/library/book/1")) == (404, "not-found")
    assert code(helper.patch("/library/book/1", json={"title": "x"})) == (404, "not-found")
    made = helper.post("/library/book", json={"isbn": "own", "title": "Own", "author": "eliot"})
    assert helper.get(f"/library/book/{made.json['id']}").status_code == 200


def test_a_forbidden_field_does_not_exist(http, api):
    reader = http.clerk("library.librarian")
    assert "royalty" not in reader.get("/library/book/1").json
    assert "royalty" not in reader.get("/library/book").json["data"][0]
    for query in ("fields=royalty", "order=royalty", "order=-royalty", "royalty=1", "royalty__from=0"):
        answer = reader.get(f"/library/book?{query}")
        assert code(answer) == (400, "malformed-request"), query
        assert "royalty" not in answer.json["remedy"]
    refused = reader.patch("/library/book/1", json={"royalty": "9"})
    assert refused.json["fields"] == {"royalty": ["There is no such field."]}
    assert "royalty" not in reader.get("/openapi.json").text
    assert "royalty" in api.get("/openapi.json").text


def test_history_keeps_forbidden_fields_to_itself(http, api):
    api.patch("/library/book/1", json={"royalty": "2", "title": "New"})
    auditor = http.clerk("library.reader", "core.auditor")
    history = auditor.get("/library/book/1/history").json["data"]
    assert set(history[0]["changes"]) == {"title"}
    assert code(http.caller(scopes=["library.*"]).get("/library/book/1/history")) == (403, "forbidden")


def test_one_company_cannot_be_chosen_that_is_not_ones_own(http, api):
    answer = api.get("/me", headers={"Backoffice-Company": "nowhere"})
    assert code(answer) == (404, "not-found")
    assert api.get("/me", headers={"Backoffice-Company": "main"}).json["company"]["code"] == "main"


@pytest.fixture
def browser(http):
    """A browser signed in to the console."""
    from backoffice.core.builtin.console.sign_ins import TOKEN
    from backoffice.core.testing.offices import PASSWORD
    from backoffice.core.users.sign_in import sign_in

    signed = sign_in(http.office.database, username="admin@acme", password=PASSWORD, clock=http.office.clock)
    client = http.app.test_client()
    with client.session_transaction() as session:
        session[TOKEN] = signed.token
    return Caller(client, "")


def test_a_browser_that_is_signed_in_may_read(browser, api):
    assert browser.get("/me").json["scopes"] is None
    assert browser.get("/library/book/1").status_code == 200


def test_a_browser_cannot_be_made_to_write_by_another_page(browser, api):
    for method, path in (("POST", "/library/book"), ("PATCH", "/library/book/1"), ("DELETE", "/library/book/1")):
        refused = browser.call(method, path, json={"title": "x"})
        assert code(refused) == (400, "malformed-request")
    assert api.get("/library/book/1").json["version"] == 1


def test_a_browser_writes_with_the_token_of_its_own_forms(browser, http, api):
    from flask import g
    from flask_wtf.csrf import generate_csrf

    with browser.client.session_transaction() as session:
        kept = dict(session)
    with http.app.test_request_context():
        from flask import session as cookie

        cookie.update(kept)
        token = generate_csrf()
        kept = dict(cookie)
        g.pop("csrf_token", None)
    with browser.client.session_transaction() as session:
        session.update(kept)
    changed = browser.patch("/library/book/1", json={"title": "Mine"}, headers={"X-CSRFToken": token})
    assert changed.status_code == 200
    foreign = http.app.test_client()
    with foreign.session_transaction() as session:
        session.update({name: value for name, value in kept.items() if name != "csrf_token"})
    refused = Caller(foreign, "").patch("/library/book/1", json={"title": "x"}, headers={"X-CSRFToken": token})
    assert code(refused) == (400, "malformed-request")


def test_a_token_outweighs_the_browsers_sign_in(browser, http, api):
    token = http.token(scopes=["library.book.read"])
    answer = browser.get("/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.json["scopes"] == ["library.book.read"]
    assert browser.get("/me", headers={"Authorization": "Bearer bo_wrong"}).status_code == 401
