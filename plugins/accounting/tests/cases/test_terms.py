"""Worked cases of terms of payment and discounts for paying early."""

from datetime import date

import pytest
import sqlalchemy as sa
from backoffice_accounting.terms import Part, instalments
from backoffice_taxes.api import TaxLine

from .conftest import CASES, D, of, percent

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")


@of("acc-term-02")
def test_instalments_of_a_credit(case):
    given = case["given"]
    parts = [
        Part(kind="percent_of_rest", value=D(given["lines"][0]["percent_of_remainder"])),
        Part(kind="percent", value=D(given["lines"][1]["percent_of_total"])),
        Part(kind="fixed", value=D(given["lines"][2]["fixed"])),
        Part(),
    ]
    found = instalments(D(given["amount"]), date.fromisoformat(given["date"]), parts, "EUR")
    assert [one.amount for one in found] == [D(amount) for amount in case["expect"]["amounts"]]


RULES = {
    "immediate": {"days": 0},
    "45_days_after_month_end": {"days": 45, "month_end": "before"},
    "min_31_days_then_15th": {"days": 31, "day_of_month": 15},
    "last_day_of_month": {"month_end": "before"},
    "first_of_next_month": {"days": 1, "month_end": "before"},
}


@of("acc-term-03")
def test_the_day_terms_lead_to(world, case):
    for name, rule in RULES.items():
        terms = world.do("terms.create", code=name, name=name, parts=[{"kind": "rest", **rule}])
        for start, due in zip(case["given"]["invoice_dates"], case["expect"][name], strict=True):
            made = world.issue({"unit_price": "10"}, date=start, terms=terms["id"])
            assert world.invoice(made).due_date == date.fromisoformat(due)


def early(world, code, tax, **values):
    parts = [{"kind": "rest", "days": 30}]
    values = {"discount_days": 10, "discount_percent": "10", "discount_tax": tax, **values}
    world.do("terms.create", code=code, name=code, parts=parts, **values)
    return code


@of("acc-epd-02")
def test_tax_always_on_the_discounted_base(world, case):
    codes = f"{percent(world, '15')} {world.tax('FIX', rate='0.05', kind='fixed', per='unit')}"
    terms = early(world, "EPD2", "reduced")
    made = world.invoice(world.issue({"unit_price": case["given"]["net"], "taxes": codes}, terms=terms))
    expect = case["expect"]
    assert (made.net, made.tax_total, made.total) == (D(expect["untaxed"]), D(expect["tax"]), D(expect["total"]))


@of("acc-epd-03")
def test_the_tax_is_corrected_when_it_is_paid_early(world, case):
    expect = case["expect"]
    codes = f"{percent(world, '15')} {world.tax('FIX3', rate='0.05', kind='fixed', per='unit')}"
    made = world.issue({"unit_price": case["given"]["net"], "taxes": codes}, terms=early(world, "EPD3", "corrected"))
    assert D(made["total"]) == D(expect["invoice_total"])
    paid = world.do("record_payment", id=made["id"], date="2026-01-15", amount=expect["paid"])
    assert paid["state"] == "paid"
    [entry] = [one for one in world.desk.list("accounting.settlement").records if one.payment_id == paid["id"]]
    assert world.on(entry.entry_id, "4900") == D(expect["discount_base"])
    assert world.on(entry.entry_id, "2200") == D(expect["discount_tax"])
    [line] = world.ask(sa.select(TaxLine.amount).where(TaxLine.source_key == f"discount/{paid['id']}"))
    assert line.amount == -D(expect["discount_tax"])
