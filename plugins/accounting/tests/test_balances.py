"""Stored balances: checked against the lines, mended where someone changed them behind the program's back."""

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Balance


@pytest.fixture
def posted(books):
    books.post(("1200", "100.00"), ("4000", "-100.00"), date="2026-01-10")
    books.post(("1200", "50.00"), ("4000", "-50.00"), date="2026-02-10")
    return books


def spoil(books, statement):
    with books.desk.office.database.write_engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_balances_are_kept_per_account_and_period(posted):
    with posted.desk.reading() as session:
        rows = session.execute(
            sa.select(Balance.debit, Balance.credit).order_by(Balance.period_id, Balance.account_id)
        ).all()
    assert rows == [(100, 0), (0, 100), (50, 0), (0, 50)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounting_balance SET debit = debit + 10000 WHERE credit = 0",
        "DELETE FROM accounting_balance",
        "DELETE FROM accounting_day_balance",
    ],
)
def test_a_wrong_balance_is_found_and_mended(posted, statement):
    spoil(posted, statement)
    found = posted.do("verify_balances")
    assert not found["right"]
    assert found["differences"][0]["account"] == "1200"
    assert posted.do("rebuild_balances") == {"rows": 4}
    assert posted.right()
    assert posted.report("trial_balance", until="2026-12-31").rows[0].cells[2] == 150
    assert posted.report("trial_balance", until="2026-02-10").rows[0].cells[2] == 150


def test_rebuilding_what_is_right_changes_nothing(posted):
    before = posted.do("verify_balances")
    posted.do("rebuild_balances")
    assert posted.do("verify_balances") == before == {"right": True, "differences": []}


def test_a_failed_entry_leaves_no_trace_in_the_balances(posted):
    with pytest.raises(RuntimeError):
        posted.desk.run(lambda session: (posted.post(("1200", "5"), ("4000", "-5")), session.settle(), fail()))
    assert posted.right()
    assert posted.report("trial_balance", until="2026-12-31").rows[0].cells[2] == 150


def fail():
    raise RuntimeError
