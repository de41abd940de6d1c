"""Verbs and questions over REST."""

import csv
import io

import openpyxl
import pytest

from backoffice.core.builtin.worker.worker import Worker
from backoffice.core.testing.papers import text_of


def test_an_action_on_a_record_answers_the_record(api):
    done = api.post("/library/book/1/actions/catalogue", json={"shelf": "A1"})
    assert (done.status_code, done.json["state"]) == (200, "catalogued")
    assert done.headers["ETag"].startswith('"2.')


def test_an_action_needs_no_body_where_it_needs_no_arguments(api):
    assert api.post("/library/book/1/actions/catalogue").status_code == 200


def test_an_action_is_done_once_by_its_key(api):
    headers = {"Idempotency-Key": "once"}
    first = api.post("/library/book/1/actions/catalogue", headers=headers)
    again = api.post("/library/book/1/actions/catalogue", headers=headers)
    assert (again.status_code, again.json) == (200, first.json)


def test_a_broken_rule_says_what_to_do(api):
    api.post("/library/book/1/actions/catalogue")
    refused = api.post("/library/book/1/actions/catalogue")
    assert (refused.status_code, refused.json["code"]) == (422, "rule-broken")
    assert refused.json["remedy"] == "Choose another book."


def test_an_action_by_its_name_takes_nested_lines(api):
    body = {"day": "2026-01-31", "lines": [{"book": "1", "count": 3}, {"book": 1, "count": 4}]}
    done = api.post("/actions/library.count_stock", json=body)
    assert done.json == {"day": "2026-01-31", "counted": 7}


def test_mistakes_in_nested_lines_are_told_by_number(api):
    body = {"day": "x", "lines": [{"book": "1", "count": 3}, {"book": "1", "count": -1, "colour": "red"}]}
    refused = api.post("/actions/library.count_stock", json=body)
    assert refused.status_code == 422
    assert set(refused.json["fields"]) == {"day", "lines.1.count", "lines.1.colour"}


def test_what_needs_a_second_person_waits(api):
    asked = api.post("/library/book/1/actions/write_off")
    assert (asked.status_code, asked.json["state"]) == (202, "pending")
    assert api.get("/library/book/1").json["lendable"] is True


def test_an_action_of_another_resource_is_not_found(api):
    assert api.post("/library/author/1/actions/catalogue").status_code == 404
    assert api.post("/library/book/1/actions/change", json={"title": "x"}).status_code == 404


def test_the_version_is_checked_for_actions_too(api):
    stale = api.post("/library/book/1/actions/catalogue", headers={"If-Match": '"9"'})
    assert stale.status_code == 412


def test_a_report_has_typed_columns_rows_by_name_and_totals(api):
    table = api.get("/reports/library.value?author=eliot").json
    assert table["columns"][2] == {
        "name": "price", "label": "Price", "kind": "money", "total": True, "currency": "GBP",
    }  # fmt: skip
    assert table["rows"] == [
        {"isbn": "1", "title": "Middlemarch", "price": "12.50", "_link": {"resource": "library.book", "id": 1}}
    ]
    assert table["totals"]["price"] == "12.50"


def test_a_report_says_its_labels_in_the_language_asked_for(api):
    table = api.get("/reports/library.value", headers={"Accept-Language": "ar"}).json
    assert (table["title"], table["columns"][1]["label"]) == ("قيمة المكتبة", "العنوان")


def test_a_report_comes_as_a_file(api):
    answer = api.get("/reports/library.value?format=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="library.value.csv"'
    assert list(csv.reader(io.StringIO(answer.text)))[1] == ["1", "Middlemarch", "12.50"]
    sheet = openpyxl.load_workbook(io.BytesIO(api.get("/reports/library.value?format=xlsx").data)).active
    assert sheet.cell(2, 3).value == 12.5
    printed = api.get("/reports/library.value?format=pdf")
    assert printed.mimetype == "application/pdf"
    assert "12.50" in text_of(printed.data)


def test_a_document_comes_as_a_page_or_as_pdf(api):
    page = api.get("/documents/library.card/1")
    assert page.mimetype == "text/html"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    printed = api.get("/documents/library.card/1?format=pdf&language=ar")
    assert printed.headers["Content-Disposition"] == "inline; filename=card-1.pdf"
    assert printed.headers["Content-Language"] == "ar"
    assert "Middlemarch" in text_of(printed.data)
    assert api.get("/documents/library.card/1?format=docx").status_code == 400
    assert api.get("/documents/library.card/99").status_code == 404
    assert api.get("/documents/library.nothing/1").status_code == 404


@pytest.mark.parametrize("asked", ["language=", "format=", "language=xx"])
def test_a_document_in_no_language_or_format_is_refused(api, asked):
    assert api.get(f"/documents/library.card/1?{asked}").status_code in (400, 404)


@pytest.mark.parametrize("number", [0, 2**63, 10**40])
def test_a_document_of_a_number_no_record_can_have_is_not_found(api, number):
    assert api.get(f"/documents/library.card/{number}").status_code == 404


def test_parameters_of_a_report_are_typed(api):
    assert api.get("/reports/library.value?until=yesterday").status_code == 422
    assert api.get("/reports/library.value?author=nobody").status_code == 422
    assert api.get("/reports/library.value?since=2026-01-01").status_code == 400
    assert api.get("/reports/library.value?format=docx").status_code == 400
    assert api.get("/reports/library.nothing").status_code == 404


def test_one_may_ask_who_one_is(http, api):
    who = http.caller(scopes=["library.*.read"]).get("/me").json
    assert (who["username"], who["organization"]["code"], who["company"]["code"]) == ("admin", "acme", "main")
    assert who["permissions"] == ["library.author.read", "library.book.read", "library.shelf.read"]


def test_a_job_is_seen_by_whoever_asked_for_it(http, api):
    clerk = http.clerk("core.self_service")
    name = next(job.name for job in http.office.registry.jobs.values() if not job.fields)
    job = api.post("/actions/worker.start_job", json={"job": name})
    assert job.status_code == 200, job.json
    assert api.get(f"/jobs/{job.json['id']}").json["state"] == "waiting"
    assert clerk.get(f"/jobs/{job.json['id']}").status_code == 404
    assert api.get("/jobs/999").status_code == 404


def test_an_action_that_takes_long_is_done_in_the_background(http, api):
    headers = {"Idempotency-Key": "lend"}
    asked = api.post("/actions/library.lend_all", json={"author": "eliot"}, headers=headers)
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    assert asked.headers["Location"] == f"/api/v1/jobs/{asked.json['job']}"
    assert api.post("/actions/library.lend_all", json={"author": "eliot"}, headers=headers).json == asked.json
    Worker(http.office).run_until_idle()
    job = api.get(f"/jobs/{asked.json['job']}").json
    assert (job["state"], job["result"]) == ("done", {"changed": 1})


def test_what_cannot_be_done_in_the_background_is_refused_at_once(http, api):
    assert api.post("/actions/library.lend_all", json={}).status_code == 422
    assert http.clerk("library.reader").post("/actions/library.lend_all", json={"author": "eliot"}).status_code == 403
