"""The invoice as a page: in both languages and directions, amounts isolated, nothing inline."""

import re

import pytest


def page(books, invoice_id, language=None):
    """Return the invoice as it is handed out."""
    return books.desk.document("accounting.invoice", invoice_id, language)


@pytest.fixture
def invoice(books):
    """A posted invoice with a hostile description, partly paid."""
    party = books.party(
        "Aster <b>", name_ar="شركة أستر", language="ar", tax_id="300000000000003", addresses=[{"street": "1 <High> St"}]
    )
    lines = [
        {"item": "85123A", "description": "<script>alert(1)</script>", "quantity": "1000", "unit_price": "1.25"},
        {"description": "مصباح", "unit_price": "10"},
    ]
    made = books.do(
        "issue_invoice", party=party, date="2026-01-15", reference="PO 7", lines=lines, notes="First\\nSecond"
    )
    books.do("record_payment", id=made["id"], date="2026-01-15", amount="260")
    return made["id"]


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_english_page_shows_everything(books, invoice):
    said = text(page(books, invoice, "en").html)
    for part in (
        "Invoice INV/2026/00001",
        "1,250.00",
        "1,260.00",
        "1,000.00",
        "GBP",
        "PO 7",
        "300000000000003",
        "Amount due",
    ):
        assert part in said


def test_the_arabic_page_reads_from_right_to_left_in_arabic_words(books, invoice):
    html = page(books, invoice, "ar").html
    assert '<html lang="ar" dir="rtl">' in html
    for word in ("فاتورة", "الكمية", "سعر الوحدة", "المبلغ المستحق", "شركة أستر"):
        assert word in html
    assert "Quantity" not in html


@pytest.mark.parametrize("language", ["en", "ar"])
def test_codes_and_amounts_are_isolated_so_that_they_never_flip(books, invoice, language):
    html = page(books, invoice, language).html
    assert '<bdi class="code">INV/2026/00001</bdi>' in html
    cells = re.findall(r'<td class="figure">(.*?)</td>', html)
    assert len(cells) == 6
    assert all(cell.startswith("<bdi>") for cell in cells)


def test_nothing_is_inline_and_nothing_is_trusted(books, invoice):
    html = page(books, invoice, "en").html
    assert "<script" not in html
    assert "style=" not in html
    assert "&lt;script&gt;" in html
    assert "1 &lt;High&gt; St" in html


def test_the_language_is_the_customers_and_the_file_is_called_after_the_number(books, invoice):
    made = page(books, invoice)
    assert (made.language, made.filename) == ("ar", "INV-2026-00001")


def test_a_draft_says_that_it_is_one(books):
    draft = books.do("invoice.create", party=books.party(), date="2026-01-15", lines=[{"unit_price": "5"}])
    assert "Draft of an invoice" in page(books, draft["id"], "en").html
