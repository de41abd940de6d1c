"""Export and import: a file out, the same file back, and the bad rows beside it."""

import json

import pytest

CSV = "code,name\nnaguib,Naguib Mahfouz\ntaha,Taha Hussein\n"


def names(shell):
    listed = shell("list", "library.author", "--limit", "0", "--order", "id", "--format", "json")
    return {record["code"]: record["name"] for record in json.loads(listed.out)}


def test_rows_of_a_file_become_records(books):
    (books.folder / "authors.csv").write_text(CSV)
    done = books("import", "library.author", "authors.csv")
    assert done.code == 0, done.err
    assert "2 created" in done.out
    assert names(books) == {"naguib": "Naguib Mahfouz", "taha": "Taha Hussein"}


def test_a_file_imported_twice_changes_nothing(books):
    (books.folder / "authors.csv").write_text(CSV)
    books("import", "library.author", "authors.csv")
    assert "2 unchanged" in books("import", "library.author", "authors.csv").out


def test_bad_rows_come_back_with_reasons_and_the_others_load(books):
    (books.folder / "authors.csv").write_text(CSV + ",Nobody\n")
    done = books("import", "library.author", "authors.csv")
    assert done.code == 3
    assert "authors.bad.csv" in done.err
    assert len(names(books)) == 2
    assert "Nobody" in (books.folder / "authors.bad.csv").read_text("utf-8-sig")


def test_corrected_rows_are_imported_from_the_file_that_came_back(books):
    (books.folder / "authors.csv").write_text(CSV + ",Mai Ziadeh\n")
    books("import", "library.author", "authors.csv")
    bad = books.folder / "authors.bad.csv"
    bad.write_text(bad.read_text("utf-8-sig").replace("\n,Mai", "\nmai,Mai"), "utf-8")
    done = books("import", "library.author", "authors.bad.csv", "--column", "_reasons=")
    assert done.code == 0, done.err
    assert "mai" in names(books)


def test_a_trial_keeps_nothing(books):
    (books.folder / "authors.csv").write_text(CSV)
    done = books("import", "library.author", "authors.csv", "--dry-run")
    assert done.code == 0
    assert "nothing was kept" in done.out
    assert names(books) == {}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl"])
def test_an_export_can_be_imported(books, ending):
    (books.folder / "authors.csv").write_text(CSV)
    books("import", "library.author", "authors.csv")
    file = f"out.{ending}"
    assert books("export", "library.author", file).code == 0
    assert "2 unchanged" in books("import", "library.author", file).out


def test_an_export_without_a_file_goes_into_the_pipe(books):
    (books.folder / "authors.csv").write_text(CSV)
    books("import", "library.author", "authors.csv")
    done = books("export", "library.author", "--column", "code", "--order", "id")
    assert done.out.split() == ["code", "naguib", "taha"]


def test_a_filtered_export(books):
    (books.folder / "authors.csv").write_text(CSV)
    books("import", "library.author", "authors.csv")
    done = books("export", "library.author", "--filter", "code=taha", "--format", "jsonl", "--column", "name")
    assert json.loads(done.out) == {"name": "Taha Hussein"}


def test_a_file_that_is_not_there(books):
    done = books("import", "library.author", "nothing.csv")
    assert done.code == 4
    assert "nothing.csv" in done.err


def test_an_unknown_column_is_named(books):
    (books.folder / "authors.csv").write_text("code,name,colour\na,A,red\n")
    done = books("import", "library.author", "authors.csv")
    assert done.code == 3
    assert "colour" in done.err


def test_import_and_export_as_processes(books):
    done = books.process("import", "library.author", "/dev/stdin", input=CSV)
    assert done.code == 0, done.err
    assert "Taha Hussein" in books.process("export", "library.author").out
