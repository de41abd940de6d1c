"""Files over REST: exports that stream, imports that give the bad rows back."""

import csv
import io

import openpyxl

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_an_export_is_the_list_as_a_file(api):
    answer = api.get("/library/book/export?fields=isbn,price,copies.shelf&order=isbn")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="library.book.csv"'
    assert [(row["isbn"], row["copies.shelf"]) for row in rows(answer)] == [("1", "A1"), ("", "A2")]


def test_an_export_takes_the_filters_of_the_list_and_refuses_the_same(api):
    api.post("/library/book", json={"isbn": "2", "title": "Romola", "author": "eliot"})
    assert [row["isbn"] for row in rows(api.get("/library/book/export?isbn=2"))] == ["2"]
    for query in ("colour=red", "limit=5", "after=x", "format=pdf", "fields=colour", "order=price"):
        assert api.get(f"/library/book/export?{query}").status_code == 400, query


def test_an_export_has_heads_for_people_in_their_language(api):
    answer = api.get("/library/book/export?labels=true&fields=title,price", headers={"Accept-Language": "ar"})
    assert answer.text.splitlines()[0] == "العنوان,السعر"


def test_every_format_is_a_type_of_its_own(api):
    types = {
        format: api.get(f"/library/author/export?format={format}").mimetype for format in ("xlsx", "json", "jsonl")
    }
    assert types == {"xlsx": XLSX, "json": "application/json", "jsonl": "application/jsonl"}
    sheet = openpyxl.load_workbook(io.BytesIO(api.get("/library/author/export?format=xlsx").data)).active
    assert sheet.cell(2, 1).value == "eliot"


def test_an_export_is_imported_without_a_change(api):
    content = api.get("/library/book/export").data
    told = api.post("/library/book/import", data=content, content_type="text/csv").json
    assert (told["created"], told["changed"], told["unchanged"], told["failed"]) == (0, 0, 1, [])


def test_bad_rows_come_back_with_reasons_while_the_good_ones_load(api):
    content = "isbn,title,author,price\n2,Romola,eliot,1\n3,Bad,nobody,1\n4,Bad,eliot,x\n"
    told = api.post("/library/book/import", data=content, content_type="text/csv").json
    assert (told["created"], len(told["failed"])) == (1, 2)
    assert told["failed"][0]["number"] == 3
    returned = list(csv.DictReader(io.StringIO(told["bad_rows"])))
    assert [row["isbn"] for row in returned] == ["3", "4"]
    assert "nobody" in returned[0]["_reasons"]


def test_a_form_may_bring_the_file(api):
    book = openpyxl.Workbook()
    book.active.append(["isbn", "title", "author", "price"])
    book.active.append(["2", "Romola", "eliot", 1.5])
    content = io.BytesIO()
    book.save(content)
    content.seek(0)
    answer = api.post("/library/book/import", data={"file": (content, "books.xlsx")})
    assert answer.json["created"] == 1
    assert api.get("/library/book?isbn=2").json["data"][0]["price"] == "1.50"


def test_a_form_without_a_file_is_refused(api):
    assert api.post("/library/book/import", data={"other": (io.BytesIO(b"x"), "x")}).status_code == 400


def test_a_dry_run_keeps_nothing(api):
    content = "isbn,title,author\n2,Romola,eliot\n"
    told = api.post("/library/book/import?dry_run=true", data=content, content_type="text/csv").json
    assert (told["created"], told["dry_run"]) == (1, True)
    assert len(api.get("/library/book").json["data"]) == 1


def test_columns_may_be_mapped_and_the_file_described(api):
    content = "ISBN;Werk;von;Preis\n2;Romola;eliot;1,234\n".encode("cp1252")
    options = 'encoding=cp1252&delimiter=;&decimal_mark=,&mapping={"Werk":"title","von":"author","Preis":"price"}'
    told = api.post(f"/library/book/import?{options}", data=content, content_type="text/csv").json
    assert told["created"] == 1, told
    assert api.get("/library/book?isbn=2").json["data"][0]["price"] == "1.234"


def test_unknown_columns_options_and_files_are_refused(api):
    def status(content, query=""):
        return api.post(f"/library/book/import{query}", data=content, content_type="text/csv").status_code

    assert status("isbn,colour\n1,red\n") == 422
    assert status("") == 400
    assert status("isbn,isbn\n1,2\n") == 400
    assert status("isbn\n1\n", "?encoding=klingon") == 400
    assert status("isbn\n1\n", "?decimal_mark=;") == 400
    assert status("isbn\n1\n", "?mapping=[1]") == 400
    assert status("isbn\n1\n", "?colour=red") == 400


def test_rows_are_imported_into_an_action(api):
    content = "day,lines.book,lines.count\n2026-01-01,1,3\n"
    told = api.post("/actions/library.count_stock/import", data=content, content_type="text/csv").json
    assert (told["created"], told["failed"]) == (1, [])
