"""The month in London: orders, stock, invoices, payments and books, equal to what independent programs reckon."""

from dataclasses import replace
from decimal import Decimal

import pytest
from backoffice_demo.london import comparing, load, orders

from backoffice.core.api import Question
from backoffice.core.testing.offices import Offices, desk_of


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("london") / "office"
    folder.mkdir()
    plugins = ["demo", "accounting", "inventory", "parties", "products", "sales", "taxes"]
    office = Offices("sqlite", folder).make(only=plugins)
    yield desk_of(office), load(desk_of(office))
    office.close()


def test_the_month_agrees_with_the_reckoning(loaded):
    _desk, summary = loaded
    assert [figure for figure in summary.figures if not figure.agrees] == []
    assert summary.added["documents"] == 2025


def test_loading_it_again_adds_nothing(loaded):
    desk, first = loaded
    again = load(desk)
    assert set(again.added.values()) == {0}
    assert again.figures == first.figures


def test_what_is_paid_settles_its_invoice(loaded):
    desk, _summary = loaded
    report = desk.report("accounting.trial_balance", {"until": orders.UNTIL})
    [receivable] = [row for row in report.rows if row.cells[0] == "1100"]
    open_ = sum(item.open_amount for item in _open(desk))
    assert receivable.cells[2] == open_


def _open(desk):
    question = Question(filters={"open": True}, limit=500)
    while True:
        page = desk.list("accounting.open_item", question)
        yield from page.records
        if not page.next:
            return
        question = replace(question, after=page.next)


def test_the_reckoning_itself_balances():
    assert sum(comparing._reference().values()) == 0


def test_stock_is_derived_so_that_nothing_goes_below_nought():
    found = orders.needed()
    assert len(found) == 2752
    assert min(one.quantity for one in found.values()) == 0
    assert all(one.cost >= Decimal("0.10") for one in found.values())
