"""List, show, do and report: what is in the office, from the command line."""

import csv
import io
import json
import zipfile

import pytest


def table(text):
    """Return the rows of a table of the terminal, without its head and the line below it."""
    return [line.split() for line in text.splitlines()[2:]]


@pytest.fixture
def authors(books):
    """Three authors."""
    for code, name in (("naguib", "Naguib Mahfouz"), ("taha", "Taha Hussein"), ("mai", "Mai Ziadeh")):
        assert books("do", "library.author.create", "--field", f"code={code}", "--field", f"name={name}").code == 0
    return books


def test_without_a_name_the_resources_are_listed(books):
    said = books("list").out
    assert "library.author" in said
    assert "core.user" in said


def test_only_what_the_person_may_read_is_listed(books):
    assert books("--as", "clerk", "list", "--format", "json").out.strip().startswith("{")
    assert "core.user" not in books("--as", "clerk", "list").out


def test_a_list_is_a_table_of_the_resource_s_columns(authors):
    rows = table(authors("list", "library.author", "--order", "id").out)
    assert [row[1] for row in rows] == ["naguib", "taha", "mai"]


def test_a_list_is_filtered_searched_ordered_and_cut(authors):
    named = authors("list", "library.author", "--filter", "code=mai", "--format", "json")
    assert [record["code"] for record in json.loads(named.out)] == ["mai"]
    found = authors("list", "library.author", "--search", "ZIADEH", "--format", "json")
    assert [record["code"] for record in json.loads(found.out)] == ["mai"]
    first = authors("list", "library.author", "--order", "-id", "--limit", "2", "--format", "json")
    assert [record["code"] for record in json.loads(first.out)] == ["mai", "taha"]
    assert "--limit 0" in first.err


def test_every_page_is_read_when_no_limit_is_set(authors, monkeypatch):
    monkeypatch.setattr("backoffice.core.cli.commands.records.PAGE", 2)
    assert len(json.loads(authors("list", "library.author", "--limit", "0", "--format", "json").out)) == 3


def test_a_filter_that_is_no_pair_is_explained(authors):
    done = authors("list", "library.author", "--filter", "mai")
    assert done.code == 2
    assert "NAME=VALUE" in done.err


def test_a_list_as_csv_has_the_names_of_fields(authors):
    rows = list(csv.DictReader(io.StringIO(authors("list", "library.author", "--format", "csv").out)))
    assert {row["code"] for row in rows} == {"naguib", "taha", "mai"}


def test_a_list_as_xlsx_is_written_to_a_file(authors):
    done = authors("list", "library.author", "--format", "xlsx", "-o", "authors.xlsx")
    assert done.code == 0
    assert zipfile.is_zipfile(authors.folder / "authors.xlsx")
    assert sorted(path.name for path in authors.folder.iterdir() if "authors" in path.name) == ["authors.xlsx"]


def test_one_record_is_shown_by_its_key_with_its_lines(authors):
    made = authors("do", "library.book.create", "--json", json.dumps(a_book()))
    assert made.code == 0, made.err
    said = authors("show", "library.book", "978-1").out
    assert "The Days" in said
    assert "Taha Hussein" in said
    shown = json.loads(authors("show", "library.book", "978-1", "--format", "json").out)
    assert shown["author"]["key"] == "taha"
    assert shown["copies"][0]["shelf"] == "A1"


def a_book(**values):
    return {
        "isbn": "978-1", "title": "The Days", "author": "taha", "price": "12.50", "copies": [{"shelf": "A1"}], **values
    }  # fmt: skip


def test_an_action_answers_as_json_or_as_a_table(books):
    as_json = books("do", "library.author.create", "--json", '{"code": "a", "name": "A"}')
    assert json.loads(as_json.out)["code"] == "a"
    as_table = books("do", "library.author.create", "--field", "code=b", "--field", "name=B", "--format", "table")
    assert ["code", "b"] in table(as_table.out)


def test_arguments_are_read_from_standard_input(books):
    done = books.process("do", "library.author.create", "--json", "-", input='{"code": "a", "name": "A"}')
    assert done.code == 0, done.err
    assert json.loads(done.out)["code"] == "a"


def test_a_field_wins_over_the_json(books):
    done = books("do", "library.author.create", "--json", '{"code": "a", "name": "A"}', "--field", "name=B")
    assert json.loads(done.out)["name"] == "B"


def test_nested_values_are_written_as_json(books):
    done = books(
        "do", "library.count_stock", "--field", "day=2026-01-31", "--field", 'lines=[{"book": "x", "count": 3}]'
    )
    assert done.code == 3
    assert "lines.0.book" in done.err


def test_amounts_in_json_stay_exact(authors):
    book = json.dumps(a_book()).replace('"12.50"', "12.10")
    assert authors("do", "library.book.create", "--json", book).code == 0
    shown = json.loads(authors("show", "library.book", "978-1", "--format", "json").out)
    assert shown["price"] == "12.10"


def test_the_same_key_gives_the_first_answer(books):
    words = ("do", "library.author.create", "--field", "code=a", "--field", "name=A", "--key", "k1")
    assert json.loads(books(*words).out) == json.loads(books(*words).out)
    refused = books(*words[:4], "--field", "name=Z", "--key", "k1")
    assert refused.code == 3


def test_actions_and_their_fields_are_explained(books):
    assert "library.catalogue" in books("do").out
    said = books("do", "library.count_stock", "--help").out
    assert "day" in said
    assert "count" in said
    assert "Execute an action" in books("do", "--help").out


# -- a file of many ------------------------------------------------------------------------------------------------


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


def some_authors(count, start=0):
    return [{"code": f"a{n}", "name": f"Author {n}", "key": f"author/{n}"} for n in range(start, start + count)]


def codes(shell):
    listed = shell("list", "library.author", "--limit", "0", "--order", "id", "--format", "json")
    return [record["code"] for record in json.loads(listed.out)]


def test_each_line_of_a_file_is_done(books):
    (books.folder / "authors.jsonl").write_text(lines(*some_authors(5)))
    done = books("do", "library.author.create", "--file", "authors.jsonl", "--per-transaction", "2")
    assert done.code == 0, done.err
    assert "5 lines are done." in done.out
    assert codes(books) == ["a0", "a1", "a2", "a3", "a4"]


def test_a_file_run_again_does_nothing_twice(books):
    (books.folder / "authors.jsonl").write_text(lines(*some_authors(5)))
    for _time in range(2):
        assert books("do", "library.author.create", "--file", "authors.jsonl").code == 0
    assert codes(books) == ["a0", "a1", "a2", "a3", "a4"]


def test_a_file_goes_on_where_it_stopped(books):
    broken = [*some_authors(4), {"code": "a4", "key": "author/4"}, *some_authors(1, 5)]
    (books.folder / "authors.jsonl").write_text(lines(*broken))
    done = books("do", "library.author.create", "--file", "authors.jsonl", "--per-transaction", "2")
    assert done.code == 3
    assert "Line 5" in done.err
    assert "name: This is needed." in done.err
    assert codes(books) == ["a0", "a1", "a2", "a3"]
    (books.folder / "authors.jsonl").write_text(lines(*some_authors(6)))
    assert books("do", "library.author.create", "--file", "authors.jsonl", "--per-transaction", "2").code == 0
    assert codes(books) == ["a0", "a1", "a2", "a3", "a4", "a5"]


def test_lines_without_a_key_take_one_from_the_command(books):
    (books.folder / "authors.jsonl").write_text(lines({"code": "a", "name": "A"}, {"code": "b", "name": "B"}))
    for _time in range(2):
        assert books("do", "library.author.create", "--file", "authors.jsonl", "--key", "first").code == 0
    assert codes(books) == ["a", "b"]


def test_a_key_twice_in_a_file_is_done_once(books):
    (books.folder / "authors.jsonl").write_text(lines(*some_authors(2), *some_authors(1)))
    assert books("do", "library.author.create", "--file", "authors.jsonl").code == 0
    assert codes(books) == ["a0", "a1"]


def test_a_line_that_is_no_json_is_named(books):
    (books.folder / "authors.jsonl").write_text(lines(*some_authors(2)) + "{oops\n")
    done = books("do", "library.author.create", "--file", "authors.jsonl", "--per-transaction", "2")
    assert done.code == 2
    assert "Line 3 cannot be read." in done.err
    assert codes(books) == ["a0", "a1"]


def test_a_record_the_rules_refuse_is_named_by_its_line(authors):
    assert authors("do", "library.book.create", "--json", json.dumps(a_book())).code == 0
    book = json.loads(authors("show", "library.book", "978-1", "--format", "json").out)["id"]
    (authors.folder / "twice.jsonl").write_text(lines({"id": book}, {"id": book}))
    done = authors("do", "library.catalogue", "--file", "twice.jsonl")
    assert done.code == 3
    assert "Line 2" in done.err


def test_the_file_may_come_from_a_pipe(books):
    done = books.process("do", "library.author.create", "--file", "-", input=lines(*some_authors(3)))
    assert done.code == 0, done.err
    assert "3 lines are done." in done.out


def test_a_file_and_other_arguments_do_not_go_together(books):
    assert books("do", "library.author.create", "--file", "x", "--json", "{}").code == 2


# -- reports -------------------------------------------------------------------------------------------------------


@pytest.fixture
def catalogue(authors):
    """Two books, of which one is old."""
    for values in ({"published": "1929-01-01"}, {"isbn": "978-2", "title": "=Adeeb", "price": "1234.5"}):
        assert authors("do", "library.book.create", "--json", json.dumps(a_book(**values))).code == 0
    return authors


def test_without_a_name_the_reports_are_listed(books):
    assert "library.value" in books("report").out


def test_a_report_is_a_table_with_its_total(catalogue):
    said = catalogue("report", "library.value").out
    assert "Value of the library" in said
    assert "Price (GBP)" in said
    assert "1,247.00" in said.splitlines()[-1]


def test_a_report_as_json_has_exact_amounts_and_totals(catalogue):
    answer = json.loads(catalogue("report", "library.value", "--format", "json").out)
    assert [row["price"] for row in answer["rows"]] == ["12.50", "1234.50"]
    assert answer["totals"]["price"] == "1247.00"


@pytest.mark.parametrize("words", [["--until", "1950-01-01"], ["--until=1950-01-01"], ["--param", "until=1950-01-01"]])
def test_parameters_of_a_report_are_options(catalogue, words):
    answer = json.loads(catalogue("report", "library.value", *words, "--format", "json").out)
    assert [row["isbn"] for row in answer["rows"]] == ["978-1"]


def test_parameters_of_a_report_are_explained(books):
    said = books("report", "library.value", "--help").out
    assert "until" in said
    assert "Published until" in said


def test_a_report_as_csv_runs_no_formula(catalogue):
    rows = list(csv.reader(io.StringIO(catalogue("report", "library.value", "--format", "csv").out)))
    assert [row[1] for row in rows][:3] == ["Title", "The Days", "'=Adeeb"]


def test_a_report_in_arabic(catalogue):
    assert "قيمة" in catalogue("--language", "ar", "report", "library.value").out


def test_options_of_the_program_may_stand_after_the_command(catalogue):
    toml = catalogue.folder / "backoffice.toml"
    toml.rename(catalogue.folder / "other.toml")
    assert catalogue("report", "library.value", "--config", "other.toml", "--as", "admin").code == 0


def test_a_report_as_a_process_says_nothing_but_the_report(catalogue):
    done = catalogue.process("report", "library.value", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["totals"]["price"] == "1247.00"
