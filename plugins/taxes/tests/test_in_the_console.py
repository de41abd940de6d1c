"""Taxes in the console, in English and in Arabic, without scripts."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_taxes.api import Line, Source, compute, record, taxes_by_code

from backoffice.core.testing.visiting import Visitor

DAY = date(2026, 1, 15)


@pytest.fixture
def visitor(desk):
    """The administrator, signed in, with a sale that was taxed."""

    def sell(session):
        tax = taxes_by_code(session, ["SA-S"], DAY)["SA-S"]
        document = compute([Line(unit_price=Decimal(1000), taxes=(tax,))], "SAR")
        record(session, document, Source(plugin="tests", key="invoice/1", number="INV/1", date=DAY))

    desk.run(sell)
    made = Visitor(desk.office)
    made.arrive()
    return made


def test_a_return_leads_to_the_document_behind_a_box(visitor):
    visitor.open("/reports/taxes.tax_return?form=SA-VAT&from=2026-01-01&until=2026-03-31")
    assert visitor.page.says("Standard rated sales", "150.00", "Net VAT due")
    visitor.follow("1")
    assert visitor.page.says("INV/1", "1,000.00")


def test_a_return_is_read_in_arabic(visitor, desk):
    desk.execute("core.user.change", id=desk.get("core.user", "admin").id, language="ar")
    visitor.open("/reports/taxes.tax_return?form=SA-VAT&from=2026-01-01&until=2026-03-31")
    assert visitor.page.says("المبيعات الخاضعة للنسبة الأساسية", "صافي الضريبة المستحقة", "150.00")


def test_a_code_is_added_with_its_rate(visitor):
    visitor.open("/records/taxes.code/new")
    page = visitor.press("Create", {"code": "OLD", "name": "Old tax", "country": "sa", "rates.0.rate": "7.5"})
    assert page.says("Old tax", "7.5")
