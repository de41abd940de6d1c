"""Whatever is wrong with a request: a problem that says what, why and what to do; nothing is half-written."""

import json
import logging

import pytest

from backoffice.core.configuration import Configuration
from backoffice.core.office import Backoffice
from backoffice.core.web import create_app


def problem(answer, status, code):
    """Check that ``answer`` is a problem document of this kind and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:backoffice:problem:{code}")
    assert said["title"]
    assert said["detail"]
    assert said["request_id"] == answer.headers["X-Request-Id"]
    assert said["instance"].endswith(said["request_id"])
    assert "Traceback" not in answer.text
    return said


BODY = {"isbn": "2", "title": "Romola", "author": "eliot"}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"price": "1.00001"}, "price"),
        ({"price": "abc"}, "price"),
        ({"price": 0.1}, "price"),
        ({"price": True}, "price"),
        ({"price": ["1"]}, "price"),
        ({"price": "9" * 40}, "price"),
        ({"pages": "many"}, "pages"),
        ({"pages": 1.5}, "pages"),
        ({"pages": 0}, "pages"),
        ({"pages": 10**30}, "pages"),
        ({"published": "2026-02-30"}, "published"),
        ({"published": 20260101}, "published"),
        ({"published": "1447-06-01"}, "published"),
        ({"published": "9999-12-31"}, "published"),
        ({"author": "nobody"}, "author"),
        ({"author": 999}, "author"),
        ({"author": 10**30}, "author"),
        ({"author": None}, "author"),
        ({"author": "a\0b"}, "author"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"lendable": "perhaps"}, "lendable"),
        ({"state": "catalogued"}, "state"),
        ({"organization_id": 2}, "organization_id"),
        ({"tags": {"weight": 0.1}}, "tags"),
        ({"copies": "many"}, "copies"),
        ({"copies": [{"shelf": "A", "paid": 1.5}]}, "copies.0.paid"),
        ({"copies": [{"shelf": "A"}, {"shelf": "A", "donor": "nobody"}]}, "copies.1.donor"),
        ({"copies": [{"shelf": "A", "condition": "eaten"}]}, "copies.0.condition"),
        ({"copies": [{}]}, "copies.0.shelf"),
        ({"copies": [{"shelf": "A", "book_id": 1}]}, "copies.0.book_id"),
    ],
)
def test_a_wrong_value_is_told_by_its_name_and_nothing_is_written(api, more, field):
    said = problem(api.post("/library/book", json={**BODY, **more}), 422, "invalid-input")
    assert list(said["fields"]) == [field]
    assert len(api.get("/library/book").json["data"]) == 1


def test_every_mistake_is_told_at_once(api):
    said = problem(api.post("/library/book", json={"price": "x", "colour": "red"}), 422, "invalid-input")
    assert set(said["fields"]) == {"isbn", "title", "author", "price", "colour"}


def test_words_are_in_the_language_asked_for_and_codes_are_not(api):
    answer = api.post("/library/book", json={**BODY, "price": "x"}, headers={"Accept-Language": "ar-SA,en;q=0.5"})
    said = problem(answer, 422, "invalid-input")
    assert said["fields"]["price"] == ["هذا ليس رقمًا."]
    assert answer.headers["Content-Language"] == "ar"


@pytest.mark.parametrize(
    "body",
    [
        "", "{", '{"a":}', "nonsense", '{"isbn":"1","isbn":"2"}', '{"price":NaN}', '{"price":Infinity}', "[1]", '"x"',
        "null", '{"a":' * 5000 + "1" + "}" * 5000, '{"title":"\\ud800"}', b"\xff\xfe", "1" * 5000,
    ],
)  # fmt: skip
def test_what_is_not_a_json_object_is_refused(api, body):
    problem(api.post("/library/book", data=body, content_type="application/json"), 400, "malformed-request")


def test_only_json_is_read_as_json(api):
    problem(api.post("/library/book", data=json.dumps(BODY), content_type="text/plain"), 415, "unsupported-type")
    problem(api.post("/library/book", data=BODY), 415, "unsupported-type")
    problem(api.post("/library/book/import", data="x", content_type="image/png"), 415, "unsupported-type")


def test_a_body_beyond_the_limit_is_refused(api):
    body = json.dumps({**BODY, "notes": "x" * 5_000_000})
    problem(api.post("/library/book", data=body, content_type="application/json"), 413, "too-large")


def test_an_address_or_a_method_that_is_not_there(api):
    problem(api.get("/nothing"), 404, "not-found")
    problem(api.get("/library/nothing"), 404, "not-found")
    problem(api.get("/nothing/at/all/here"), 404, "not-found")
    answer = api.call("PUT", "/library/book/1", json={})
    problem(answer, 405, "method-not-allowed")
    assert "PATCH" in answer.headers["Allow"]


def test_what_a_resource_does_not_do_is_not_a_method_of_it(api):
    answer = api.delete("/core/user/1")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["Allow"]
    assert "DELETE" not in answer.headers["Allow"]
    problem(api.post("/core/event", json={}), 405, "method-not-allowed")


@pytest.mark.parametrize(
    "query",
    [
        "colour=red", "colour=", "isbn=1&isbn=2", "limit=0", "limit=501", "limit=ten", "limit=-1", "order=price",
        "order=secret", "fields=colour", "fields=copies.colour", "after=x", "after=bm9uc2Vuc2U", "after=a&before=b",
        "q=%00", "isbn__like=1", "price__contains=1", "tags=x", "after=W251bGwsIngiXQ", "author=eliot",
        "id=99999999999999999999", "version=1",
    ],
)  # fmt: skip
def test_a_parameter_that_is_not_understood_is_refused(api, query):
    problem(api.get(f"/library/book?{query}"), 400, "malformed-request")


@pytest.mark.parametrize("query", ["price=abc", "published__from=soon", "state=lost", "pages=1.5", "lendable=maybe"])
def test_a_filter_of_the_wrong_type_is_refused(api, query):
    problem(api.get(f"/library/book?{query}"), 422, "invalid-input")


@pytest.mark.parametrize("value", ["0", "-1", "1e5", "99999999999999999999999", "1;drop", "one"])
def test_an_id_that_cannot_be_is_not_found(api, value):
    assert api.get(f"/library/book/{value}").status_code == 404
    assert api.patch(f"/library/book/{value}", json={"title": "x"}).status_code in {404, 405}


def test_parameters_are_refused_where_none_are_taken(api):
    problem(api.post("/library/book?dry_run=true", json=BODY), 400, "malformed-request")
    problem(api.get("/me?as=admin"), 400, "malformed-request")


def test_a_taken_value_is_told(api):
    problem(api.post("/library/book", json={**BODY, "isbn": "1"}), 409, "already-exists")


def test_the_database_itself_refuses_what_slipped_through(api):
    said = problem(api.post("/library/book", json={**BODY, "price": "-1"}), 422, "invalid-input")
    assert "price_positive" in said["why"]


@pytest.mark.parametrize("key", ["x" * 201, "two words", "مفتاح"])
def test_a_key_that_cannot_be_kept_is_refused(api, key):
    headers = {"Idempotency-Key": key.encode().decode("latin-1")}
    problem(api.post("/library/book", json=BODY, headers=headers), 400, "malformed-request")


def test_the_id_in_the_body_is_that_of_the_address(api):
    problem(api.patch("/library/book/1", json={"id": 2, "title": "x"}), 422, "invalid-input")
    assert api.patch("/library/book/1", json={"id": 1, "title": "x"}).status_code == 200


def test_different_versions_in_header_and_body_are_refused(api):
    answer = api.patch("/library/book/1", json={"version": 1}, headers={"If-Match": '"2"'})
    problem(answer, 400, "malformed-request")


def test_a_mistake_of_the_program_tells_outsiders_nothing(http, api, capsys):
    said = problem(api.post("/actions/library.crash", json={}), 500, "error")
    assert "secret" not in json.dumps(said)
    logged = capsys.readouterr().out
    assert said["request_id"] in logged
    assert "a secret of the inside" in logged


def test_a_missing_database_is_said_to_be_missing(api, http):
    office = http.office
    office.database.close()
    broken = Backoffice(
        Configuration(database=_nowhere(office), folder=office.configuration.folder),
        clock=office.clock,
        only=frozenset(),
    )
    try:
        answer = create_app(broken).test_client().get("/api/v1/me", headers=api.headers)
        said = problem(answer, 503, "database-unavailable")
        assert said["remedy"]
        assert answer.headers["Retry-After"] == "5"
        assert create_app(broken).test_client().get("/healthz").status_code == 200
        assert create_app(broken).test_client().get("/readyz").status_code == 503
    finally:
        broken.close()


def _nowhere(office):
    if office.database.dialect == "sqlite":
        return f"sqlite:///{office.configuration.folder}/nothing/here.db"
    return office.database.url.set(database="nowhere_at_all").render_as_string(hide_password=False)


def test_a_database_without_tables_needs_a_migration(http, api, offices, tmp_path):
    fresh = tmp_path / "fresh.db"
    office = Backoffice(Configuration(database=f"sqlite:///{fresh}", folder=tmp_path), only=frozenset(), create=True)
    try:
        with office.database.write_engine.connect():
            pass
        client = create_app(office).test_client()
        said = problem(client.get("/api/v1/me", headers=api.headers), 503, "needs-migration")
        assert "backoffice db upgrade" in said["remedy"]
        problem(client.get("/readyz"), 503, "needs-migration")
    finally:
        office.close()


def test_nothing_is_logged_for_what_a_caller_did_wrong(api, capsys, caplog):
    with caplog.at_level(logging.WARNING):
        api.post("/library/book", json={"price": "x"})
        api.get("/nothing")
    assert "request failed" not in capsys.readouterr().out
    assert not caplog.records


def test_an_error_with_details_of_its_own_keeps_its_status(api):
    problem(api.post("/actions/library.refuse", json={}), 422, "rule-broken")


@pytest.mark.parametrize(
    "asked",
    [
        "state=", "pages=", "pages__from=", "author=", "id=", "id=0", "title__empty=", "title__empty=0.5", "limit=",
        "order=", "state__not=",
    ],
)  # fmt: skip
def test_a_parameter_without_a_meaning_is_not_the_whole_list(api, asked):
    problem(api.get(f"/library/book?{asked}"), 400, "malformed-request")


def test_texts_and_searches_may_be_empty(api):
    assert api.get("/library/book?q=&after=&fields=&isbn=").status_code == 200


@pytest.mark.parametrize("header", ["Backoffice-Company", "Idempotency-Key"])
def test_a_header_without_a_value_is_refused(api, header):
    answer = api.post("/library/author", json={"code": "x", "name": "X"}, headers={header: ""})
    assert answer.status_code in (400, 404)
