"""The specification: what the caller may do, complete enough for programs to be made from it."""

import gzip
import json
import re

import pytest


@pytest.fixture
def spec(api):
    return api.get("/openapi.json").json


def operations(spec):
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "patch", "delete"}:
                yield path, method, operation


def test_it_is_of_version_3_1_and_every_reference_leads_somewhere(spec):
    assert spec["openapi"] == "3.1.0"
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(spec)):
        found = spec
        for part in reference.split("/"):
            found = found[part]


def test_every_address_it_names_exists_and_every_status_is_described(spec, http):
    adapter = http.app.url_map.bind("localhost")
    for path, method, operation in operations(spec):
        endpoint, _values = adapter.match(path.replace("{id}", "1"), method=method.upper())
        assert endpoint.startswith("rest.")
        assert {"400", "401", "403", "404", "429", "500", "503"} <= set(operation["responses"]), path


def test_operations_have_names_of_their_own(spec):
    names = [operation["operationId"] for _path, _method, operation in operations(spec)]
    assert len(names) == len(set(names))


def test_bodies_have_names_and_a_change_needs_no_field(spec):
    schemas = spec["components"]["schemas"]
    assert set(schemas["library.book.create"]["required"]) == {"author", "isbn", "title"}
    assert "required" not in schemas["library.book.change"]
    assert schemas["library.book.change"]["additionalProperties"] is False
    body = spec["paths"]["/api/v1/library/book/{id}"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/library.book.change"}


def test_amounts_are_described_as_text(spec):
    schemas = spec["components"]["schemas"]
    assert schemas["library.book"]["properties"]["price"]["type"] == ["string", "null"]
    assert schemas["library.book.create"]["properties"]["price"]["type"] == ["string", "integer", "null"]
    lines = schemas["library.book.create"]["properties"]["copies"]["items"]["properties"]
    assert lines["paid"]["format"] == "decimal"
    assert lines["condition"]["enum"] == ["new", "worn"]


def test_it_names_only_what_the_caller_may_do(http, api):
    reader = http.clerk("library.reader").get("/openapi.json").json
    assert set(reader["paths"]["/api/v1/library/book"]) == {"get"}
    assert not [path for path in reader["paths"] if "/core/user" in path or "catalogue" in path]
    assert "/api/v1/reports/library.value" in reader["paths"]


def test_it_speaks_the_callers_language(api):
    arabic = api.get("/openapi.json", headers={"Accept-Language": "ar"}).json
    assert arabic["components"]["schemas"]["library.book.create"]["properties"]["title"]["title"] == "العنوان"


def test_fields_a_company_adds_are_in_it_at_once(api):
    before = api.get("/openapi.json").json
    api.post("/core/custom_field", json={"resource": "library.book", "name": "room", "label": "Room", "kind": "text"})
    after = api.get("/openapi.json").json
    assert "custom" not in before["components"]["schemas"]["library.book"]["properties"]
    custom = after["components"]["schemas"]["library.book"]["properties"]["custom"]
    assert list(custom["properties"]) == ["room"]


PATHS = ["/api/v1/library/book", "/api/v1/library/book/{id}", "/api/v1/actions/library.count_stock"]


@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_sent_the_answer_is_one_that_is_described(http, api, path):
    """Random requests, made from the specification itself, right and wrong ones."""
    import schemathesis

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", http.app, headers=api.headers)
    for method in sorted({"get", "post", "patch"} & set(schema.raw_schema["paths"][path])):
        try_out(schema[path][method.upper()], api.headers)


def try_out(operation, headers):
    from hypothesis import HealthCheck, Phase, given, settings

    described = operation.definition.raw["responses"]

    @settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def check(case):
        answer = case.call(headers=headers)
        assert answer.status_code < 500, answer.text
        assert str(answer.status_code) in described, answer.text

    check()


def test_it_is_sent_compressed_to_whoever_takes_that(api, spec):
    answer = api.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.data)) == spec
    known = {"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}
    assert api.get("/openapi.json", headers=known).status_code == 304
