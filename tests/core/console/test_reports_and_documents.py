"""Reports and documents: answered in the page, linked to what is behind them, taken along as files."""

import csv
import io

from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.papers import text_of


def test_a_report_is_answered_with_its_sum_and_leads_to_the_records(visitor, middlemarch):
    page = visitor.open("/reports/library.value")
    assert page.says("Value of the library", "Middlemarch", "12.50", "Total")
    visitor.open(page.links["1"])
    assert visitor.page.heading == "Middlemarch Draft"


def test_parameters_stand_in_the_address_and_are_kept(visitor, middlemarch):
    visitor.open("/reports/library.value")
    page = visitor.press("Show", {"author:text": "eliot", "until": "١٨٧١-١٢-٣١"})
    assert "author%3Atext=eliot" in page.path
    assert page.says("Middlemarch", "Author George Eliot") or page.says("Middlemarch", "Author eliot")
    assert visitor.open("/reports/library.value?until=1870-01-01").says("No rows for these parameters.")


def test_a_wrong_parameter_is_told_beside_its_input(visitor, middlemarch):
    page = visitor.open("/reports/library.value?until=someday")
    assert page.status == 422
    assert page.says("Published until: This is not a date")
    assert page.value("until") == "someday"


def test_page_and_file_give_the_same_figures(visitor, middlemarch, library):
    visitor.open("/reports/library.value")
    visitor.follow("CSV")
    rows = list(csv.reader(io.StringIO(visitor.page.data.decode("utf-8-sig"))))
    assert rows[-1][-1] == "12.50"
    assert str(desk_of(library).report("library.value").rows[0].cells[2]) == "12.50"


def test_a_report_one_may_not_ask_is_neither_offered_nor_answered(clerk):
    librarian = clerk("library.librarian")
    assert "Value of the library" not in librarian.page.links
    assert librarian.open("/reports/library.value").status == 403
    assert librarian.open("/reports/library.value/export.csv").status == 403


def test_a_document_is_shown_in_a_frame_under_a_policy_of_its_own(visitor, middlemarch):
    visitor.open("/records/library.book/1")
    visitor.follow("Lending card")
    assert visitor.page.heading == "Lending card"
    sheet = visitor.open("/documents/library.card/1/sheet?language=ar")
    assert 'dir="rtl"' in sheet.html
    assert "style-src 'sha256-" in sheet.headers["Content-Security-Policy"]
    assert sheet.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'none'" in visitor.open("/records/library.book/1").headers["Content-Security-Policy"]


def test_a_document_is_taken_along_as_a_file(visitor, middlemarch):
    visitor.open("/documents/library.card/1")
    visitor.follow("PDF")
    assert visitor.page.headers["Content-Disposition"] == "attachment; filename=card-1.pdf"
    assert "Middlemarch" in text_of(visitor.page.data)


def test_a_final_document_is_handed_out_and_stands_with_the_record(visitor, middlemarch):
    visitor.open("/documents/library.card/1")
    visitor.press("Hand out")
    assert "Middlemarch" in text_of(visitor.page.data)
    assert "As it was sent · SHA-256" in visitor.open("/records/library.book/1").text


def test_a_report_is_taken_along_as_pdf(visitor, middlemarch):
    visitor.open("/reports/library.value?until=2026-12-31")
    visitor.follow("PDF")
    printed = text_of(visitor.page.data)
    assert "Value of the library" in printed
    assert "12.50" in printed
    assert "31 Dec 2026" in printed


def test_a_document_of_a_hidden_record_is_not_found(stranger, middlemarch):
    assert stranger.open("/documents/library.card/1").status == 404
    assert stranger.open("/documents/library.card/1/sheet").status == 404
