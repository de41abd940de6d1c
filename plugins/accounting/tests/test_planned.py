"""Recurring entries, accruals, batches, budgets, opening balances."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Account, Entry, Line
from backoffice_accounting.planned.schedules import following

from backoffice.core.api import InvalidInput, RuleBroken


@pytest.fixture(params=["sqlite"])
def offices(request, offices):
    return offices


def balance(books, code, until="2026-12-31"):
    rows = {row.cells[0]: row.cells for row in books.report("trial_balance", until=until).rows}
    return rows[code][2] if rows[code][2] is not None else -rows[code][3]


def dates(books, account):
    with books.desk.reading() as session:
        rows = session.execute(
            sa.select(Entry.date, Line.amount)
            .join(Line, Line.entry_id == Entry.id)
            .join(Account, Account.id == Line.account_id)
            .where(Account.code == account, Entry.state == "posted")
            .order_by(Entry.date)
        ).all()
    return [(str(row.date), row.amount) for row in rows]


RENT = [{"account": "6000", "amount": "50"}, {"account": "1200", "amount": "-50"}]


def test_an_entry_recurs_until_its_last_day(books):
    books.do("recurring.create", code="RENT", description="Rent", journal="GEN", next_on="2026-01-31",
             last_on="2026-03-31", month_end=True, lines=RENT)  # fmt: skip
    assert books.do("post_recurring", until="2026-02-28") == {"entries": 2}
    assert books.do("post_recurring", until="2026-12-31") == {"entries": 1}
    assert [day for day, _amount in dates(books, "6000")] == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_an_accrual_is_taken_back_on_the_first_day_of_the_next_period(books):
    books.do("recurring.create", code="ACC", description="Power used", journal="GEN", next_on="2026-01-31",
             last_on="2026-01-31", reversed_next=True, lines=RENT)  # fmt: skip
    books.do("post_recurring", until="2026-01-31")
    assert dates(books, "6000") == [("2026-01-31", Decimal(50)), ("2026-02-01", Decimal(-50))]


def test_an_entry_that_recurs_balances(books):
    with pytest.raises(InvalidInput):
        books.do("recurring.create", code="X", description="X", journal="GEN", next_on="2026-01-31",
                 lines=[RENT[0], {"account": "1200", "amount": "-49"}])  # fmt: skip


def test_a_batch_is_posted_when_it_is_what_was_expected(books):
    drafts = [books.draft(("1200", amount), ("4000", f"-{amount}"))["id"] for amount in ("5", "6")]
    members = [{"entry": id_} for id_ in drafts]
    wrong = books.do("batch.create", code="B1", expected_count=2, expected_total="12", members=members)
    with pytest.raises(RuleBroken, match="not what was expected"):
        books.do("post_batch", id=wrong["id"])
    record = books.get("batch", wrong["id"])
    books.do("batch.change", id=record.id, version=record.version, expected_total="11")
    assert books.do("post_batch", id=record.id) == {"state": "posted", "entries": 2}
    assert balance(books, "1200") == 11


def test_a_budget_is_held_against_what_happened(books):
    lines = [
        {"account": "6000", "amount": "1200"},
        {"account": "4000", "amount": "300", "period": "2026-01"},
        {"account": "4000", "amount": "500", "period": "2026-02"},
    ]
    made = books.do("budget.create", code="B26", name="Budget 2026", fiscal_year="2026", lines=lines)
    books.post(("6000", "130"), ("1200", "-130"), date="2026-01-20")
    books.post(("1200", "280"), ("4000", "-280"), date="2026-01-25")
    table = books.report("budget_variance", budget=made["id"], until="2026-01-31")
    assert [row.cells for row in table.rows] == [
        ("4000 · Sales", Decimal(300), Decimal(280), Decimal(-20), Decimal("93.3")),
        ("6000 · Rent", Decimal(100), Decimal(130), Decimal(30), Decimal("130.0")),
    ]
    books.do("approve_budget", id=made["id"])
    record = books.get("budget", made["id"])
    with pytest.raises(Exception, match="change"):
        books.do("budget.change", id=record.id, version=record.version, name="Other")


def test_opening_balances_are_brought_to_balance(books):
    books.account("3999", "Opening balances", "equity", "capital")
    books.do("account_choice.create", purpose="opening_balance", account="3999")
    party = books.party()
    lines = [
        {"account": "1200", "debit": "500"},
        {"account": "1100", "debit": "200", "party": party, "due_date": "2026-02-01"},
        {"account": "2100", "credit": "100", "party": party},
    ]
    books.do("open_balances", date="2026-01-01", lines=lines)
    assert (balance(books, "1200"), balance(books, "3999")) == (500, -600)


def test_the_last_day_of_a_month_is_followed_by_the_last_day_of_the_next():
    assert following(date(2026, 1, 31), 1, month_end=True) == date(2026, 2, 28)
    assert following(date(2026, 2, 28), 1, month_end=True) == date(2026, 3, 31)
    assert following(date(2026, 1, 15), 3, month_end=False) == date(2026, 4, 15)
