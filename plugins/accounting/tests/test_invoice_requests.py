"""Documents other plugins ask for: issued once, checked to the cent, settled, parked with the reason."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Invoice, Parked

from backoffice.core.api import (
    Amount,
    InvoiceRequest,
    InvoiceRequestLine,
    PostingRequest,
    RuleBroken,
    request_invoice,
    request_posting,
)

D = Decimal
LINE = InvoiceRequestLine("Desk", D("2"), D("50"), item="D-1", amount=D("100"))


@pytest.fixture
def order(books):
    return InvoiceRequest(
        "sales", "SO/1:1", "invoice", books.party(), date(2026, 1, 15), "GBP", (LINE,), D("100"), match="order:SO/1"
    )


def ask(books, *requests):
    def run(session):
        for request in requests:
            (request_invoice if isinstance(request, InvoiceRequest) else request_posting)(session, request)

    books.desk.run(run)


def issued(books):
    with books.desk.reading() as session:
        return session.scalars(sa.select(Invoice).order_by(Invoice.id)).all()


def parked(books):
    with books.desk.reading() as session:
        return session.scalars(sa.select(Parked)).all()


def test_an_invoice_is_issued_once(books, order):
    ask(books, order)
    ask(books, order)
    [invoice] = issued(books)
    assert (invoice.number, invoice.total, invoice.source, invoice.source_key) == (
        "INV/2026/00001", 100, "sales", "SO/1:1"
    )  # fmt: skip


def test_a_total_that_differs_by_a_cent_is_not_issued(books, order):
    ask(books, replace(order, total=D("100.01")))
    assert issued(books) == []
    [row] = parked(books)
    assert (row.state, row.purpose) == ("waiting", "document")
    assert "100.01" in row.reason


def test_what_was_parked_is_issued_when_the_reason_is_gone(books, order):
    ask(books, replace(order, terms="30D"))
    [row] = parked(books)
    books.do("terms.create", code="30D", name="30 days", parts=[{"kind": "rest", "days": 30}])
    assert books.do("retry_parked", id=row.id)["state"] == "posted"
    assert issued(books)[0].due_date == date(2026, 2, 14)


def test_strict_books_fail_who_asks(books, order):
    books.set("posting", "strict")
    with pytest.raises(RuleBroken):
        ask(books, replace(order, total=D("1")))


def test_a_payment_booked_before_its_invoice_pays_it(books, order):
    clearing = (
        Amount("receivable", D("-100"), party_id=order.party_id, match="order:SO/1"), Amount("bank", D("100"))
    )  # fmt: skip
    ask(books, PostingRequest("shop", "P1", "payment", date(2026, 1, 14), "GBP", clearing), order)
    [invoice] = issued(books)
    assert (invoice.state, invoice.open_amount) == ("paid", 0)
    assert books.do("verify_items")["right"]


def test_a_credit_note_takes_back_part_of_what_it_corrects(books, order):
    ask(books, order)
    part = replace(LINE, quantity=D("1"), amount=D("50"))
    ask(
        books,
        replace(order, key="SO/1:R", kind="credit_note", lines=(part,), total=D("50"), corrects="SO/1:1", match=None),
    )
    invoice, note = issued(books)
    assert (note.corrects_id, note.state, invoice.open_amount) == (invoice.id, "paid", 50)


def test_a_bill_bears_the_number_of_the_supplier(books, order):
    line = replace(LINE, purpose="expense")
    ask(books, replace(order, kind="bill", reference="R-77", lines=(line,)))
    [bill] = issued(books)
    assert (bill.number, bill.supplier_number) == ("BILL/2026/00001", "R-77")
