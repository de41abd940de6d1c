"""Files as people have them: encodings, delimiters, quotation marks, and files that mean harm."""

import csv
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from backoffice.core.errors import MalformedRequest
from backoffice.core.exchange import read_rows
from backoffice.core.exchange.reading import parse_json
from backoffice.core.exchange.writers import Heading, csv_file, xlsx_file

ARABIC = "الرمز;الاسم\n1;شركة النور\n2;مؤسسة الأمل\n"


def read(content, filename="x.csv", **options):
    return read_rows(io.BytesIO(content if isinstance(content, bytes) else content.encode()), filename, **options)


def values(content, filename="x.csv", **options):
    return [row.values for row in read(content, filename, **options)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1256"])
def test_arabic_is_read_in_every_encoding_it_comes_in(encoding):
    assert values(ARABIC.encode(encoding))[1] == {"الرمز": "2", "الاسم": "مؤسسة الأمل"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_western_accents_are_not_taken_for_arabic(encoding):
    assert values("code,name\n1,Café Zürich – Ñandú €\n".encode(encoding)) == [
        {"code": "1", "name": "Café Zürich – Ñandú €"}
    ]


def test_the_encoding_can_be_said(tmp_path):
    assert values("a\né\n".encode("latin-1"), encoding="latin-1") == [{"a": "é"}]
    with pytest.raises(MalformedRequest):
        read(b"a\n1\n", encoding="rot13")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_sign_by_which_rows_agree(delimiter):
    text = f'a{delimiter}b{delimiter}c\n1{delimiter}x y{delimiter}"2,5; 3|4"\n'
    assert values(text) == [{"a": "1", "b": "x y", "c": "2,5; 3|4"}]


def test_excel_may_say_its_delimiter_in_the_first_line():
    assert values("sep=;\r\na;b\r\n1,5;2\r\n") == [{"a": "1,5", "b": "2"}]


def test_line_breaks_and_marks_inside_quotation_marks_belong_to_the_cell():
    assert values('a,b\n"1\r\n2","say ""so"""\n') == [{"a": "1\r\n2", "b": 'say "so"'}]


def test_an_unclosed_quotation_mark_costs_one_row():
    rows = list(read('a,b\n1,x\n2,"y\n3,z\n"4","w"\n5,6"\n'))
    assert [(row.number, bool(row.problem)) for row in rows] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
        (6, False),
    ]
    assert rows[-1].values == {"a": "5", "b": '6"'}


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    assert [row.number for row in read('a\n1\n\n"2\n2"\n3\n')] == [2, 4, 5]


def test_columns_of_one_name_and_empty_files_are_refused():
    with pytest.raises(MalformedRequest, match="same name"):
        read("a,a\n1,2\n")
    with pytest.raises(MalformedRequest, match="empty"):
        read("")


def xlsx(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_numbers_of_a_spreadsheet_are_exact():
    from datetime import date, datetime

    row = (0.1 + 0.2, 1234.56, 7, True, date(2026, 1, 31), datetime(2026, 1, 31, 12), "007")
    found = values(xlsx(list("abcdefg"), row), "x.xlsx")[0]
    assert list(found.values()) == [
        Decimal("0.3"), Decimal("1234.56"), Decimal(7), True, "2026-01-31", "2026-01-31T12:00:00", "007",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["one\r\ntwo", "\r=1+1", "\ufffe x", "a_x0041_b", "_x000D_", "_x005F_", "x_"])
def test_what_xml_cannot_hold_comes_back_from_a_spreadsheet_as_it_was(text):
    assert values(b"".join(xlsx_file([Heading("a", "text")], [[text]])), "x.xlsx") == [{"a": text}]


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "\u00a0@SUM(1)", "' -1+1", "\t=1", "＝1", "''+1", "- x"])
def test_text_like_a_formula_is_text_in_a_file_and_comes_back(text):
    made = b"".join(csv_file([Heading("a", "text")], [[text]])).decode()
    assert next(csv.reader(made.splitlines()[1:]))[0] == f"'{text}"
    assert values(made) == [{"a": text}]


def test_a_spreadsheet_is_known_by_its_content_too():
    assert values(xlsx(["a"], ["x"]), "upload")[0] == {"a": "x"}


def test_a_file_that_only_pretends_to_be_a_spreadsheet_is_refused():
    with pytest.raises(MalformedRequest):
        values(b"not a zip", "x.xlsx")
    with pytest.raises(MalformedRequest):
        values(b"PK\x03\x04 broken", "x.xlsx")


def test_a_spreadsheet_that_defines_entities_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(["a"], ["x"]))) as old, zipfile.ZipFile(content, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + data
            new.writestr(item, data)
    with pytest.raises(MalformedRequest):
        values(content.getvalue(), "x.xlsx")


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(monkeypatch):
    monkeypatch.setattr("backoffice.core.exchange.spreadsheets.LARGEST_UNPACKED", 1000)
    with pytest.raises(MalformedRequest, match="unpacks"):
        values(xlsx(["a"], ["x" * 5000]), "x.xlsx")


def test_json_numbers_are_exact():
    assert values('[{"a": 0.1}, {"a": 12345678901234567890}]', "x.json") == [
        {"a": Decimal("0.1")},
        {"a": 12345678901234567890},
    ]


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":NaN}', '{"a":"\\ud800"}', "[" * 100_000, "1" * 5000, "{"])
def test_json_that_means_nothing_certain_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_json(text)


def test_a_pipe_can_be_read():
    class Pipe(io.RawIOBase):
        def __init__(self, content):
            self.source = io.BytesIO(content)

        def readable(self):
            return True

        def read(self, size=-1):
            return self.source.read(size)

    assert [row.values for row in read_rows(Pipe(b"a;b\n1;2\n"))] == [{"a": "1", "b": "2"}]
