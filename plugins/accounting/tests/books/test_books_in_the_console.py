"""Books in the console: a file is sent with a form, and one is given back."""

from io import BytesIO

from backoffice.core.testing.visiting import Visitor

RENT = b"2026-01-05 * Rent\n    Expenses:Rent  100.00\n    Assets:Bank\n"


def test_a_book_is_sent_posted_and_saved_again(office):
    visitor = Visitor(office.office)
    visitor.arrive()
    visitor.open("/actions/accounting.import_books")
    visitor.press("Import books", {"file": (BytesIO(RENT), "club.journal"), "open_years": "1"})
    assert visitor.page.says("club.journal", "hledger")
    visitor.open("/records/accounting.book")
    assert visitor.page.says("club.journal", "Loaded")
    visitor.open("/actions/accounting.export_books")
    page = visitor.press("Export the books", {"format": "beancount"})
    assert "books.beancount" in page.headers["Content-Disposition"]
    assert b"Expenses:Rent  100.00 GBP" in page.data


def test_mistakes_of_a_book_are_told_on_the_form(office):
    visitor = Visitor(office.office)
    visitor.arrive()
    visitor.open("/actions/accounting.import_books")
    page = visitor.press("Import books", {"file": (BytesIO(b"nonsense\n"), "club.journal")})
    assert page.status == 422
    assert page.says("club.journal:1: This line is not understood.")
