"""The month in London: orders, stock, invoices, payments and books, equal to what independent programs reckon."""

from dataclasses import replace
from decimal import Decimal

import pytest
from backoffice_demo.london import comparing, load, orders

from backoffice.core.api import Question
from backoffice.core.configuration import load_configuration
from backoffice.core.office import Backoffice


@pytest.fixture(scope="module")
def desk(demo):
    """The desk the month was loaded at; the command would have failed, had its figures not agreed."""
    office = Backoffice(load_configuration(demo / "backoffice.toml")).start()
    yield office.as_system()
    office.close()


def test_the_month_agrees_with_the_reckoning(desk):
    found = comparing.figures(desk)
    assert [figure for figure in found if not figure.agrees] == []
    assert found[0] == comparing.Figure("documents", 2025, 2025)


def test_loading_it_again_adds_nothing(desk):
    first = comparing.figures(desk)
    again = load(desk)
    assert set(again.added.values()) == {0}
    assert again.figures == first


def test_what_is_paid_settles_its_invoice(desk):
    report = desk.report("accounting.trial_balance", {"until": orders.UNTIL})
    [receivable] = [row for row in report.rows if row.cells[0] == "1100"]
    open_ = sum(item.open_amount for item in _open(desk) if item.company_id == desk.context.company_id)
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
