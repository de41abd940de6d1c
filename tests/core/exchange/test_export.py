"""Exports: what the list shows, in files that are exact, harmless and complete."""

import csv
import io
import json
import warnings
from decimal import Decimal

import openpyxl
import pytest

from backoffice.core.errors import Forbidden, InvalidInput, MalformedRequest
from backoffice.core.exchange import export, export_table, import_rows, read_rows
from backoffice.core.exchange.writers import Heading, xlsx_file
from backoffice.core.office import Question
from backoffice.hookspecs import Column, Row, Table


def table(desk, name="library.book", question=None, **options):
    text = b"".join(export(desk, name, question, **options)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def workbook(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content)).active


def test_a_record_with_lines_takes_a_row_for_each(desk):
    rows = table(desk, columns=["isbn", "author", "price", "copies"])
    assert [(r["_row"], r["isbn"], r["copies.shelf"], r["copies.donor"]) for r in rows] == [
        ("1", "1", "A1", ""),
        ("2", "", "A2", "eliot"),
        ("1", "2", "", ""),
        ("1", "3", "", ""),
    ]
    assert rows[0]["author"] == "mahfouz"
    assert rows[0]["price"] == "12.50"


def test_translations_and_exact_numbers_stand_in_columns_of_their_own(desk):
    first = table(desk)[0]
    assert (first["title"], first["title_ar"]) == ("Midaq Alley", "زقاق المدق")
    assert (first["weight"], first["royalty"], first["pages"]) == ("0.125", "7.7777", "300")


def test_cells_that_begin_like_a_formula_are_text_in_csv(desk):
    rows = {row["isbn"]: row for row in table(desk) if row["isbn"]}
    assert rows["2"]["title"] == "'=HYPERLINK(1)"
    assert rows["3"]["notes"] == "'-1+1"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x", "'=1", "＝1"])
def test_every_dangerous_beginning_is_made_text_and_read_back(text):
    from backoffice.core.exchange.cells import harmless, unguarded

    assert harmless(text) == "'" + text
    assert unguarded(harmless(text)) == text


def test_negative_numbers_stay_numbers():
    from backoffice.core.exchange.cells import harmless

    assert harmless(Decimal("-12.50")) == "-12.50"
    assert harmless("'Abd al-Rahman") == "'Abd al-Rahman"


def test_cells_that_begin_like_a_formula_are_text_in_xlsx(desk):
    sheet = workbook(b"".join(export(desk, "library.book", format="xlsx", columns=["isbn", "title", "price"])))
    cell = sheet.cell(3, 2)
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")


def test_xlsx_holds_a_number_only_where_it_is_exact():
    rows = [[Decimal("12.50"), Decimal("12345678901234.56"), 7, 2**60, True]]
    sheet = workbook(b"".join(xlsx_file([Heading(str(n)) for n in range(5)], rows)))
    assert [sheet.cell(2, n).data_type for n in range(1, 6)] == ["n", "s", "n", "s", "b"]
    assert sheet.cell(2, 2).value == "12345678901234.56"


def test_sheets_for_arabic_readers_run_from_right_to_left(desk):
    from dataclasses import replace

    desk.context = replace(desk.context, language="ar")
    sheet = workbook(b"".join(export(desk, "library.book", format="xlsx", labels=True, columns=["title", "price"])))
    assert sheet.sheet_view.rightToLeft
    assert [cell.value for cell in sheet[1]] == ["العنوان", "السعر"]


def test_more_than_a_cell_of_xlsx_holds_is_refused_rather_than_cut():
    with pytest.raises(InvalidInput, match="32767"):
        list(xlsx_file([Heading("a")], [["x" * 32768]]))


def test_json_keeps_lines_inside_and_amounts_as_text(desk):
    found = json.loads(b"".join(export(desk, "library.book", format="json")))
    assert [book["isbn"] for book in found] == ["1", "2", "3"]
    assert found[0]["price"] == "12.50"
    assert found[0]["copies"][1] == {
        "shelf": "A2", "condition": "worn", "paid": None, "donor": "eliot", "spine": "1/A2",
    }  # fmt: skip
    lines = b"".join(export(desk, "library.book", format="jsonl")).splitlines()
    assert [json.loads(line) for line in lines] == found


def test_filters_search_and_order_are_those_of_the_list(desk):
    assert [r["isbn"] for r in table(desk, question=Question(order="-isbn"), columns=["isbn"])] == ["3", "2", "1"]
    assert [r["isbn"] for r in table(desk, question=Question(search="midaq"), columns=["isbn"])] == ["1"]
    assert [r["isbn"] for r in table(desk, question=Question(filters={"lendable": "false"}), columns=["isbn"])] == ["2"]


def test_every_page_is_written(desk, monkeypatch):
    monkeypatch.setattr("backoffice.core.exchange.exporting.LARGEST_PAGE", 2)
    assert [r["isbn"] for r in table(desk, columns=["isbn"])] == ["1", "2", "3"]


def test_an_export_shows_one_moment_whatever_is_written_meanwhile(desk, monkeypatch):
    monkeypatch.setattr("backoffice.core.exchange.exporting.LARGEST_PAGE", 1)
    pieces = export(desk, "library.book", format="jsonl", columns=["isbn"])
    first = next(pieces)
    from backoffice.core.testing.offices import desk_of

    desk_of(desk.office).execute("library.book.create", isbn="9", title="Later", author="eliot")
    assert b"9" not in first + b"".join(pieces)


@pytest.mark.parametrize("role", ["library.reader", "library.librarian", "library.helper"])
def test_an_export_has_no_row_and_no_field_that_the_list_has_not(desk, give, role):
    theirs = give(role)
    if role != "library.reader":
        theirs.execute("library.book.create", isbn="mine", title="Mine", author="eliot")
    listed = [book.isbn for book in theirs.list("library.book").records]
    rows = table(theirs)
    assert [row["isbn"] for row in rows if row["isbn"]] == listed
    assert "royalty" not in rows[0]
    assert listed == (["mine"] if role == "library.helper" else listed)


def test_a_forbidden_column_is_one_that_does_not_exist(desk, give):
    theirs = give("library.reader")
    with pytest.raises(MalformedRequest, match="no field royalty"):
        export(theirs, "library.book", columns=["isbn", "royalty"])


@pytest.mark.parametrize("question", [Question(order="royalty"), Question(filters={"royalty__from": "1"})])
def test_neither_order_nor_filter_tells_a_forbidden_value(desk, give, question):
    theirs = give("library.reader")
    with pytest.raises(MalformedRequest, match="royalty"):
        export(theirs, "library.book", question)


def test_whoever_may_not_read_exports_nothing(desk, give):
    with pytest.raises(Forbidden):
        export(give(), "library.book")


@pytest.mark.parametrize("format", ["csv", "xlsx", "json", "jsonl"])
@pytest.mark.parametrize("labels", [False, True])
def test_importing_an_export_changes_nothing(desk, format, labels):
    for name, count in (("library.author", 2), ("library.book", 3), ("core.company", 1), ("core.role", None)):
        content = b"".join(export(desk, name, format=format, labels=labels))
        result = import_rows(desk, name, read_rows(io.BytesIO(content), f"x.{format}"))
        assert (result.created, result.changed, result.failed) == (0, 0, [])
        assert count is None or result.unchanged == count


def test_an_export_fills_an_empty_organisation(desk):
    from backoffice.core.testing.offices import add_organization, desk_of

    add_organization(desk.office, "globex", "Globex")
    other = desk_of(desk.office, organization="globex")
    for name in ("library.author", "library.book"):
        content = b"".join(export(desk, name))
        result = import_rows(other, name, read_rows(io.BytesIO(content), "x.csv"))
        assert result.failed == []
    assert b"".join(export(other, "library.book")) == b"".join(export(desk, "library.book"))


def test_records_without_a_natural_key_come_back_by_their_number(desk):
    desk.execute("library.shelf.create", name="North wall")
    content = b"".join(export(desk, "library.shelf")).replace(b"North", b"South")
    result = import_rows(desk, "library.shelf", read_rows(io.BytesIO(content), "x.csv"))
    assert (result.changed, result.failed) == (1, [])
    assert desk.list("library.shelf").records[0].name == "South wall"


def test_a_report_is_written_with_its_totals_in_the_readers_language(desk):
    answer = desk.report("library.value")
    text = b"".join(export_table(answer, "csv", "ar")).decode()
    assert text.splitlines()[0] == "الرقم الدولي,العنوان,السعر"
    assert text.splitlines()[-1] == ",,1000012.50"
    found = json.loads(b"".join(export_table(answer, "json")))
    assert found["totals"] == {"isbn": None, "title": None, "price": "1000012.50"}
    assert found["rows"][0]["price"] == "12.50"


def test_a_report_keeps_every_decimal():
    answer = Table([Column("a", "A", "money", total=True)], [Row((Decimal("0.0001"),)), Row((Decimal("5"),))])
    assert b"".join(export_table(answer, "csv")).split() == [b"A", b"0.0001", b"5.00", b"5.0001"]
