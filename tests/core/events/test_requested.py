"""What plugins ask of whoever keeps the books: stored whole, read back exactly, checked before it is said."""

from datetime import date
from decimal import Decimal

import pytest

from backoffice.core.api import (
    Amount,
    InvoiceRequest,
    InvoiceRequestLine,
    PostingRequest,
    ProgrammingError,
    invoice_request,
    posting_request,
    request_invoice,
    request_posting,
    request_postings,
)
from backoffice.core.events.log import happened
from backoffice.core.events.models import EventRow
from backoffice.core.events.requested import EVENTS


@pytest.fixture
def books(shop):
    """A shop whose registry knows the requests of the core."""
    shop.registry.events.update({event.name: event for event in EVENTS})
    return shop


def shipment(*amounts, **more):
    return PostingRequest(
        source="stock", key="OUT/7", purpose="shipment", date=date(2010, 12, 1), currency="SAR", amounts=amounts, **more
    )


def the_facts(shop):
    [row] = shop.all(EventRow)
    return happened(shop.registry, row).facts


def test_a_request_to_post_is_read_back_as_it_was_said(books):
    asked = shipment(
        Amount("receivable", Decimal(100), party_id=7, match="order:5", due_date=date(2011, 1, 1)),
        Amount("cost_of_goods", Decimal("8.25"), category="TEA", dimensions={"branch": "RUH"}),
        Amount("inventory", Decimal("-8.25")),
        Amount("revenue", Decimal(-100), text="Tea", tax="S15"),
        rate=Decimal("3.75"), reference="7", description="Shipment",
    )  # fmt: skip
    with books.session() as session:
        request_posting(session, asked)
        session.commit()
    assert posting_request(the_facts(books)) == asked


def test_a_request_for_an_invoice_is_read_back_as_it_was_said(books):
    line = InvoiceRequestLine(
        "Tea", Decimal("2.5"), Decimal("3.999999"), item="TEA", amount=Decimal(10), taxes=("S15",)
    )
    asked = InvoiceRequest(
        source="sales", key="SO/5:1", kind="invoice", party_id=7, date=date(2010, 12, 1), currency="SAR", lines=(line,),
        total=Decimal("11.5"), tax_total=Decimal("1.5"), match="order:5", supply_date=date(2010, 11, 30),
    )  # fmt: skip
    with books.session() as session:
        request_invoice(session, asked)
        session.commit()
    assert invoice_request(the_facts(books)) == asked


@pytest.mark.parametrize(
    "amounts",
    [
        (Amount("inventory", Decimal(1)),),
        (Amount("inventory", Decimal("0.001")), Amount("cost_of_goods", Decimal("-0.001"))),
    ],
    ids=["one side", "parts of a cent"],
)
def test_amounts_that_cannot_be_booked_are_an_error_of_the_program(books, amounts):
    with books.session() as session, pytest.raises(ProgrammingError):
        request_posting(session, shipment(*amounts))
    assert books.all(EventRow) == []


def test_a_request_without_amounts_or_lines_is_an_error_of_the_program(books):
    with books.session() as session:
        with pytest.raises(ProgrammingError):
            request_postings(session, [(PostingRequest("stock", "1", "x", date(2010, 12, 1), "SAR", ()), None)])
        with pytest.raises(ProgrammingError):
            request_invoice(
                session, InvoiceRequest("sales", "1", "invoice", 1, date(2010, 12, 1), "SAR", (), Decimal(0))
            )
