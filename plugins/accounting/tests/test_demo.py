"""A month of a real trading company: mapped, loaded, and equal to what independent programs reckon."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting import demo
from backoffice_accounting import online_retail as data
from backoffice_accounting.models import Entry, Invoice

from backoffice.core.testing.offices import desk_of

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


@pytest.mark.parametrize(
    ("code", "document", "kind"),
    [
        ("85123A", "536365", "goods_sold"),
        ("85123A", "C536379", "goods_returned"),
        ("POST", "536365", "carriage"),
        ("DOT", "C536365", "carriage"),
        ("C2", "536365", "carriage"),
        ("BANK CHARGES", "C536365", "bank_charges"),
        ("AMAZONFEE", "C536365", "marketplace_fees"),
        ("CRUK", "C536365", "charity_commission"),
        ("D", "C536379", "discounts"),
        ("M", "536365", "manual"),
        ("m", "536365", "manual"),
        ("S", "C536365", "other"),
        ("PADS", "536365", "other"),
        ("gift_0001_40", "536365", "other"),
        ("B", "A563185", "bad_debt"),
        ("DCGS0003", "536365", "goods_sold"),
    ],
)
def test_a_line_belongs_to_the_class_of_its_code(code, document, kind):
    assert data.class_of(code, document) == kind


def test_rows_of_a_document_belong_together_wherever_they_stand():
    rows = [
        "1,A,x,2,2010-12-01 08:00:00,1.5,7,France",
        "C2,A,x,-1,2010-12-01 09:00:00,1.5,,France",
        "1,B,y,1,2010-12-01 08:00:00,2,7,France",
    ]
    first, second = data.read([HEAD, *rows])
    assert (first.number, first.customer, first.value, len(first.lines)) == ("1", "7", Decimal(5), 2)
    assert (second.is_credit_note, second.customer, second.value) == (True, data.NO_CUSTOMER, Decimal("-1.5"))


def test_quantities_of_a_credit_note_turn_positive():
    [order] = data.read((HEAD + "C2,A,x,-3,2010-12-01 09:00:00,1.5,,France\n").splitlines())
    invoice = data.invoice_of(
        order, party_id=1, account_ids=dict.fromkeys([data.RECEIVABLE, *data.ACCOUNTS.values()], 9)
    )
    assert (invoice["kind"], invoice["lines"][0]["quantity"]) == ("credit_note", 3)


def test_the_excerpt_is_what_the_reference_counted():
    assert data.figures_of(demo.orders()) == data.REFERENCE


def test_the_reference_itself_balances():
    assert sum(demo.reference().values()) == 0


@pytest.fixture
def desk(offices):
    """A fresh desk without anything in the books."""
    return desk_of(offices.make(only=["parties", "taxes", "accounting"]))


def test_the_month_is_loaded_once_and_agrees_with_the_reference(desk):
    told = []
    first = demo.load(desk, lambda done, total: told.append((done, total)))
    assert [one for one in first.comparisons if not one.agrees] == []
    assert (first.documents_added, first.documents_there, first.balances_right) == (2025, 0, True)
    assert told[0] == (0, 2025)
    assert told[-1] == (2025, 2025)
    with desk.reading() as session:
        posted = sa.select(sa.func.count(Entry.id)).where(Entry.state == "posted")
        without = sa.select(sa.func.count(Invoice.id)).where(Invoice.entry_id.is_(None))
        assert (session.scalar(posted), session.scalar(without)) == (1885, 140)
        assert session.scalar(sa.select(sa.func.count(Invoice.id)).where(Invoice.total == 0)) == 140
        last = session.scalar(sa.select(sa.func.max(Invoice.number)).where(Invoice.kind == "invoice"))
    assert last == "INV/2010/01699"
    again = demo.load(desk)
    assert (again.parties_added, again.documents_added, again.documents_there) == (0, 0, 2025)
    assert again.comparisons == first.comparisons
    assert again.trial_balance == first.trial_balance


@pytest.mark.parametrize("offices", ["sqlite"], indirect=True)
def test_loading_goes_on_where_it_stopped(desk):
    """Stopped after the first transaction, the next run adds what is missing and nothing twice."""

    class Stopped(Exception):
        pass

    def stop(done, total):
        if done:
            raise Stopped

    with pytest.raises(Stopped):
        demo.load(desk, stop)
    there = demo._known(desk, Invoice.source_key, Invoice.source == data.SOURCE)
    assert there == {order.number for order in demo.orders()[: demo.PER_TRANSACTION]}
