"""Imports: columns are matched, everything is tried first, bad rows come back with their reasons."""

import io
import os
from pathlib import Path

import pytest

BOOKS = """\
ISBN;Title;Writer;Price;Shelf mark
1;Middlemarch;eliot;12,50;A
2;Romola;eliot;9,00;B
3;;eliot;1,00;C
4;Emma;nobody;5,00;D
"""


@pytest.fixture
def sent(visitor, eliot):
    """The page on which the columns of a file are matched."""
    visitor.open("/records/library.book/import")
    visitor.press("Continue", file=(io.BytesIO(BOOKS.encode("cp1252")), "books.csv"))
    return visitor


def test_columns_are_proposed_by_their_names_and_may_be_chosen(sent):
    assert sent.page.says("books.csv", "4 rows", "Middlemarch · Romola")
    assert [sent.page.value(f"column-{n}") for n in range(5)] == ["isbn", "title", "", "price", ""]


def test_a_check_says_what_would_happen_and_changes_nothing(sent, desk):
    page = sent.press("Check without changing anything", {"column-2": "author"})
    assert page.says("Checked; nothing was changed", "2 records would be added.", "2 rows would be refused.")
    assert page.says("4", "This is needed.", "There is no nobody here.")
    assert not desk.list("library.book").records
    assert page.value("column-2") == "author"


def test_good_rows_are_loaded_and_bad_ones_come_back_as_a_file(sent, desk):
    page = sent.press("Import", {"column-2": "author"})
    assert page.says("2 rows were loaded.", "2 rows were refused.")
    assert [book.title for book in desk.list("library.book").records] == ["Middlemarch", "Romola"]
    sent.follow("Download them with their reasons")
    refused = sent.page.data.decode("utf-8-sig")
    assert sent.page.headers["Content-Disposition"] == "attachment; filename=refused-books.csv"
    assert "Emma" in refused
    assert "There is no nobody here." in refused
    assert "Romola" not in refused


def test_the_same_file_again_changes_nothing(sent, desk):
    sent.press("Import", {"column-2": "author"})
    sent.open("/records/library.book/import")
    sent.press("Continue", file=(io.BytesIO(BOOKS.encode()), "books.csv"))
    page = sent.press("Import", {"column-2": "author"})
    assert page.says("2 rows were the same already.")
    assert desk.get("library.book", "1").version == 1


def test_a_column_that_is_needed_and_not_matched_is_told_in_the_rows(sent):
    assert sent.press("Import").says("0 rows were loaded", "4 rows were refused.")


def test_an_export_can_be_imported_again(visitor, middlemarch, desk):
    exported = visitor.open("/records/library.book/export.xlsx").data
    visitor.open("/records/library.book/import")
    visitor.press("Continue", file=(io.BytesIO(exported), "book.xlsx"))
    page = visitor.press("Import")
    assert page.says("1 row was the same already.")
    assert desk.get("library.book", "1").version == 1


@pytest.mark.parametrize("content", [b"", b"just a line\n", b"\x00\x01\x02", b"PK\x03\x04 no archive"])
def test_a_file_that_is_none_is_refused_in_words(visitor, content):
    visitor.open("/records/library.book/import")
    page = visitor.press("Continue", file=(io.BytesIO(content), "x.csv"))
    assert page.status == 422
    assert page.heading == "Import: Books"


def test_nobody_else_sees_a_file_that_was_sent(sent, clerk, stranger):
    path = sent.page.path
    assert clerk("library.librarian").open(path).status == 404
    assert stranger.open(path).status == 404
    assert sent.open("/records/library.author/import/" + path.rsplit("/", 1)[1]).status == 404
    assert sent.open("/records/library.book/import/..%2f..%2fx").status == 404


def test_whoever_may_not_create_may_not_import(clerk):
    assert clerk("library.reader").open("/records/library.book/import").status == 403


def test_an_empty_file_with_the_columns_is_there_to_be_filled(visitor):
    visitor.open("/records/library.book/import")
    visitor.follow("Empty file with these columns")
    assert visitor.page.data.decode("utf-8-sig").startswith("isbn,title,title_ar,author")


def test_a_large_file_is_loaded_by_a_job_whose_progress_is_shown(visitor, eliot, desk, monkeypatch):
    from backoffice.core.builtin.console import importing

    monkeypatch.setattr(importing, "IN_PLACE", 2)
    visitor.open("/records/library.book/import")
    visitor.press("Continue", file=(io.BytesIO(BOOKS.encode()), "books.csv"))
    visitor.press("Import", {"column-2": "author"})
    here = visitor.page.path
    assert "data-progress" in visitor.page.html
    progress = visitor.client.get("/jobs/1/progress.json").json
    assert progress["finished"] is False
    run_jobs(desk.office)
    assert visitor.open(here).says("2 rows were loaded.", "2 rows were refused.")
    assert visitor.open("/jobs/1").says("Import of a file", "Done")


def run_jobs(office):
    from backoffice.core.builtin.worker.worker import Worker

    Worker(office).run_until_idle()


def test_a_whole_import_is_undone_from_its_result(sent, desk):
    sent.press("Import", {"column-2": "author"})
    sent.follow("Undo this import")
    page = sent.press("Undo the import")
    assert page.says("Done: Undo the import.")
    assert not desk.list("library.book").records
    assert sent.open("/records/core.import").says("books.csv", "Undone")


def test_what_was_touched_since_stops_the_undoing_unless_it_is_left_alone(sent, desk):
    sent.press("Import", {"column-2": "author"})
    desk.execute("library.book.change", id=1, title="Middlemarch, again")
    sent.follow("Undo this import")
    page = sent.press("Undo the import")
    assert page.says("1 record cannot be put back.", "Middlemarch, again was changed since by")
    page = sent.press("Undo the import", partly="1")
    assert page.says("Middlemarch, again was changed since by")
    assert [book.title for book in desk.list("library.book").records] == ["Middlemarch, again"]


def test_columns_matched_by_hand_are_matched_alike_in_the_next_file(sent):
    sent.press("Import", {"column-2": "author", "column-4": "notes"})
    sent.open("/records/library.book/import")
    sent.press("Continue", file=(io.BytesIO(BOOKS.encode()), "march.csv"))
    assert [sent.page.value(f"column-{n}") for n in range(5)] == ["isbn", "title", "author", "price", "notes"]


def test_a_job_that_broke_goes_on_and_keeps_what_it_refused_before(visitor, eliot, desk, monkeypatch):
    from backoffice.core.builtin.console import importing

    monkeypatch.setattr(importing, "IN_PLACE", 2)
    visitor.open("/records/library.book/import")
    rows = "".join(f"x{n};Book {n};{'nobody' if n == 3 else 'eliot'}\n" for n in range(450))
    visitor.press("Continue", file=(io.BytesIO(f"ISBN;Title;Author\n{rows}".encode()), "many.csv"))
    visitor.press("Import")
    here = visitor.page.path
    token = here.rsplit("/", 1)[1]

    class Broken:
        """A job whose machine is switched off after the second batch."""

        office = desk

        def progress(self, done, total=None):
            if done >= 400:
                raise SystemExit

    with pytest.raises(SystemExit):
        importing.run(Broken(), token=token, resource="library.book")
    run_jobs(desk.office)
    assert visitor.open(here).says("449 rows were loaded.", "1 row was refused.", "There is no nobody here.")
    assert len(desk.list("core.import").records) == 1


def messy_files():
    """Some files of public collections, which are not part of the checkout; ``MESSY=1`` takes every one."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "csv_messy"
    every = sorted(path for path in folder.rglob("*") if path.suffix in {".csv", ".tsv", ".xlsx"})
    return every if os.environ.get("MESSY") else every[::8]


@pytest.mark.skipif(not messy_files(), reason="the collection of messy files is not beside this checkout")
def test_every_messy_file_is_read_or_refused_with_a_reason(visitor, eliot):
    wrong = {}
    for path in messy_files():
        visitor.open("/records/library.book/import")
        with path.open("rb") as file:
            page = visitor.press("Continue", file=(file, path.name))
        understood = page.status == 200 and "Match its columns" in page.text
        if not understood and not (page.status == 422 and page.says("There is a problem")):
            wrong[path.name] = page.status
    assert wrong == {}
