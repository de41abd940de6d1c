"""Worked cases of foreign currencies."""

from datetime import date

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Line

from .conftest import CASES, D, of

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")


def settle(world, *items, **values):
    made = world.do("settle_items", items=[{"item": item} for item in items], **values)
    return made["entry"]


@of("acc-fx-01")
def test_the_difference_is_booked_when_items_settle(world, case):
    party = world.party()
    bill = world.item("2100", party, "-50.00", "-90.00", "EUR")
    paid = world.item("2100", party, "45.00", "90.00", "EUR")
    entry = settle(world, bill, paid)
    assert world.on(entry, "4800") == D(case["expect"]["exchange_account_balance"])
    assert world.open(bill) == world.open(paid) == (0, 0)


@of("acc-fx-02")
def test_a_rest_is_written_off_at_the_rate_of_the_day(world, case):
    party = world.party()
    bill = world.item("2100", party, "-50.00", "-90.00", "EUR")
    paid = world.item("2100", party, "45.00", "89.00", "EUR")
    entry = settle(world, bill, paid, write_off="write_off", rate="0.5")
    assert world.on(entry, "4900") == -D(case["expect"]["writeoff_credit"])
    assert world.on(entry, "4800") == -D(case["expect"]["exchange_credit"])


@of("acc-fx-04")
def test_instalments_converted_each_leave_a_cent(world, case):
    world.set("instalments_converted", "each")
    parts = [{"kind": "percent", "value": "50"}, {"kind": "rest", "days": 10}]
    world.do("terms.create", code="HALVES", name="Halves", parts=parts)
    made = world.issue({"unit_price": "100.00"}, currency="EUR", rate="3.3333333333", terms="HALVES")
    world.set("instalments_converted", "together")
    assert world.on(made["entry"], "1100") == D(case["expect"]["receivable"])
    assert world.on(made["entry"], "6800") == D(case["expect"]["exchange_account_balance"])
    again = world.issue({"unit_price": "100.00"}, currency="EUR", rate="3.3333333333", terms="HALVES")
    assert world.on(again["entry"], "1100") == D("333.33")


@of("acc-fx-05")
def test_a_part_realises_its_difference_at_once(world, case):
    given, expect = case["given"], case["expect"]
    party = world.party()
    debit = world.item(
        "1100", party, given["debit_line"]["company"], given["debit_line"]["foreign"], "EUR", "2017-01-01"
    )
    credit = world.item(
        "1100", party, given["credit_line"]["company"], given["credit_line"]["foreign"], "EUR", "2016-01-01"
    )
    entry = settle(world, debit, credit)
    assert world.on(entry, "6800") == D(expect["exchange_loss"])
    assert world.desk.get("accounting.entry", entry).date == date.fromisoformat(expect["exchange_date"])
    assert world.open(debit) == tuple(D(amount) for amount in expect["residual_debit"])
    residual = expect["residual_credit"]
    assert world.open(credit) == (D(residual["foreign"]), D(residual["company"]))


@of("acc-fx-07")
def test_only_the_books_differ(world, case):
    party = world.party()
    debit = world.item("1100", party, "3655.52", "3872.45", "GBP")
    credit = world.item("1100", party, "-3436.80", "-3872.45", "GBP")
    entry = settle(world, debit, credit)
    assert world.on(entry, "6800") == D(case["expect"]["exchange_entry"]["company_currency"])
    assert sum(
        row[0]
        for row in world.ask(sa.select(Line.amount_currency).where(Line.entry_id == entry, Line.currency == "GBP"))
    ) == D(case["expect"]["exchange_entry"]["foreign_currency"])


def rate(world, base, value, day):
    world.desk.execute("core.exchange_rate.create", base=base, currency="USD", date=day, rate=value)


@of("acc-fx-reval-01")
def test_an_invoice_at_the_rate_of_the_day(world, case):
    """The books are kept in dollars here, so the foreign currency of the case is another one."""
    made = world.issue({"unit_price": "100"}, currency="KWD", rate=case["given"]["rate"], date="2010-03-10")
    rate(world, "KWD", case["given"]["closing_rate"], "2010-03-31")
    done = world.do("revalue", date="2010-03-31")
    assert D(done["difference"]) == D(case["expect"]["unrealised_gain"])
    assert world.on(done["entry"], "1100") == D(case["expect"]["unrealised_gain"])
    assert world.invoice(made).open_in_books == 8000
    assert world.do("verify_items", until="2010-03-31")["right"]
    world.do("record_payment", id=made["id"], date="2010-04-05", rate="80")


@of("acc-fx-reval-03")
def test_unrealised_and_realised_are_what_was_paid_less_what_was_booked(world, case):
    given, expect = case["given"], case["expect"]
    made = world.issue(
        {"unit_price": "388"}, kind="bill", currency="EUR", rate=given["invoice_rate"], date="2011-03-10"
    )
    assert world.invoice(made).open_in_books == D(expect["invoice_value"])
    rate(world, "EUR", given["revaluation_rate"], "2011-03-31")
    done = world.do("revalue", date="2011-03-31")
    assert world.on(done["entry"], "2100") == D(expect["unrealised_difference"])
    paid = world.do("record_payment", id=made["id"], date="2011-04-10", rate=given["payment_rate"])
    assert world.on(paid["entry"]["id"], "1200") == -D(expect["paid_value"])
    [entry] = [one for one in world.desk.list("accounting.settlement").records if one.payment_id == paid["id"]]
    assert -world.on(entry.entry_id, "4800") == D(expect["total_gain_over_life"])
    back = world.desk.get("accounting.revaluation", done["id"]).reversal_id
    after = world.on(back, "2100") - world.on(entry.entry_id, "4800")
    assert f"{after} (loss)" == expect["realised_vs_revalued"]
