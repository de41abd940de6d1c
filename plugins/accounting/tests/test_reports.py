"""Trial balance, general ledger and journal: figures, links, languages, and that nothing of history is scanned."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.balances import NOTHING, as_of_days, moved
from backoffice_accounting.models import Line

from backoffice.core.api import Forbidden, InvalidInput, NotFound
from backoffice.core.office import Desk
from backoffice.core.persistence import prepared
from backoffice.core.testing.offices import desk_of


@pytest.fixture
def year(books):
    """An entry in each of the first three months, two in February."""
    books.post(("1200", "100.00"), ("3000", "-100.00"), date="2026-01-10", description="Capital")
    books.post(("1200", "50.00"), ("4000", "-50.00"), date="2026-02-05", journal="SAL")
    books.post(("6000", "30.00"), ("1200", "-30.00"), date="2026-02-20", reference="R7")
    books.post(("1200", "20.00"), ("4000", "-20.00"), date="2026-03-31", journal="SAL")
    books.draft(("1200", "999.00"), ("4000", "-999.00"), date="2026-02-10")
    return books


def cells(table):
    return [row.cells for row in table.rows]


def test_the_trial_balance_at_the_end_of_a_period(year):
    assert cells(year.report("trial_balance", until="2026-02-28")) == [
        ("1200", "Bank", 120, None), ("3000", "Capital", None, 100),
        ("4000", "Sales", None, 50), ("6000", "Rent", 30, None),
    ]  # fmt: skip


def test_the_trial_balance_inside_a_period(year):
    assert cells(year.report("trial_balance", until="2026-02-19"))[0] == ("1200", "Bank", 150, None)


def test_the_trial_balance_with_movements(year):
    table = year.report("trial_balance", until="2026-02-28", **{"from": "2026-02-01"})
    assert [column.name for column in table.columns] == ["code", "name", "opening", "debit", "credit", "closing"]
    assert cells(table)[0] == ("1200", "Bank", 100, 50, 30, 120)


@pytest.mark.parametrize("until", ["2026-01-09", "2026-02-12", "2026-03-31", "2027-05-05"])
def test_both_sides_are_equal_on_any_day(year, until):
    rows = cells(year.report("trial_balance", until=until))
    assert sum(row[2] or 0 for row in rows) == sum(row[3] or 0 for row in rows)


def test_figures_follow_the_calendar_when_it_changed_since_the_last_report(year):
    before = cells(year.report("trial_balance", until="2026-12-31"))
    year.do("open_year", start="2025-01-01")
    year.post(("1200", "7.00"), ("3000", "-7.00"), date="2025-06-30")
    after = {row[0]: row[2:] for row in cells(year.report("trial_balance", until="2026-12-31"))}
    assert (before[0][2], after["1200"], after["3000"]) == (140, (147, None), (None, 107))


def test_an_account_that_does_not_exist_has_no_ledger(year):
    with pytest.raises(InvalidInput) as caught:
        year.report("general_ledger", account=999_999)
    assert list(caught.value.fields) == ["account"]


def test_a_row_leads_to_the_general_ledger_with_the_same_figure(year):
    row = year.report("trial_balance", until="2026-02-28").rows[0]
    table = year.desk.report(row.link.report, row.link.parameters)
    assert table.rows[-1].cells[-1] == row.cells[2]


def test_the_general_ledger_runs_the_balance_from_the_opening(year):
    table = year.report("general_ledger", account="1200", until="2026-02-28", **{"from": "2026-02-01"})
    assert [(row[0], row[5], row[6], row[7]) for row in cells(table)] == [
        (date(2026, 2, 1), None, None, 100), (date(2026, 2, 5), 50, None, 150), (date(2026, 2, 20), None, 30, 120),
    ]  # fmt: skip
    assert table.totals[5:] == (50, 30, 120)
    assert table.rows[1].link.resource == "accounting.entry"


def test_the_general_ledger_of_one_party(books):
    aster, birch = books.party("Aster"), books.party("Birch")
    for party, amount in ((aster, "10"), (birch, "20"), (aster, "5")):
        books.do("issue_invoice", party=party, date="2026-01-15", lines=[{"unit_price": amount}])
    table = books.report("general_ledger", account="1100", party=aster, until="2026-12-31")
    assert table.rows[-1].cells[-1] == 15
    assert {row.cells[3] for row in table.rows[1:]} == {"Aster"}


def test_the_journal_shows_entries_with_their_lines(year):
    table = year.report("journal", until="2026-02-28")
    assert [row.level for row in table.rows] == [0, 1, 1, 0, 1, 1]
    assert table.rows[0].cells[1] == "SAL/2026/00001"
    assert table.totals[4:] == (80, 80)


def test_the_journal_of_one_journal(year):
    table = year.report("journal", journal="SAL", until="2026-12-31", **{"from": "2026-01-01"})
    assert [row.cells[1] for row in table.rows if not row.level] == ["SAL/2026/00001", "SAL/2026/00002"]


def test_drafts_are_in_no_report(year):
    tables = [
        year.report("trial_balance", until="2026-12-31"),
        year.report("general_ledger", account="1200", until="2026-12-31"),
        year.report("journal", until="2026-02-28"),
    ]
    assert not any(cell == 999 for table in tables for row in cells(table) for cell in row if isinstance(cell, Decimal))


def test_names_are_in_the_readers_language(year):
    year.do("account.change", id=year.accounts["1200"], name_ar="البنك")
    arabic = Desk(year.desk.office, year.desk.user, replace(year.desk.context, language="ar"))
    table = arabic.report("accounting.trial_balance", until="2026-12-31")
    assert table.rows[0].cells[1] == "البنك"
    assert "حتى" in table.subtitle


def test_a_report_that_ends_before_it_begins_is_refused(year):
    with pytest.raises(InvalidInput):
        year.report("trial_balance", until="2026-01-01", **{"from": "2026-02-01"})


def test_an_unknown_account_is_named(year):
    with pytest.raises((InvalidInput, NotFound)):
        year.report("general_ledger", account="9999")


def test_reports_need_their_permission(year):
    with pytest.raises(Forbidden):
        desk_of(year.desk.office, "clerk").report("accounting.trial_balance")


def test_the_trial_balance_reads_no_lines_whatever_its_days_are(year, monkeypatch):
    """The sums of whole periods are stored, and so are those of the days of the others."""
    asked = []
    run = prepared.run_all

    def note(session, texts):
        asked.extend(sql for sql, _values in texts)
        return run(session, texts)

    monkeypatch.setattr(prepared, "run_all", note)
    year.report("trial_balance", until="2026-02-28")
    year.report("trial_balance", until="2026-03-15", **{"from": "2026-02-10"})
    assert len(asked) >= 5
    assert any("accounting_day_balance" in sql for sql in asked)
    assert not any("accounting_line" in sql for sql in asked)


def test_a_day_inside_a_period_is_what_its_lines_come_to(books):
    """By account, for every day of two months, with spans that begin and end inside of them."""
    for n in range(24):
        books.post(("1200", f"{10 + n}.00"), ("4000", f"-{10 + n}.00"), date=f"2026-0{1 + n % 2}-{1 + n:02d}")
    with books.desk.reading() as session:
        rows = session.execute(sa.select(Line.date, Line.amount).where(Line.account_id == books.accounts["1200"])).all()
        days = [date(2026, 1, 1) + timedelta(n) for n in range(59)]
        found = as_of_days(session, days)
        spans = [(first, first + timedelta(n % 40)) for n, first in enumerate(days)]
        between = moved(session, spans)
    assert [one.get(books.accounts["1200"], NOTHING).debit for one in found] == [
        sum((amount for day, amount in rows if day <= last), Decimal(0)) for last in days
    ]
    assert [one.get(books.accounts["1200"], NOTHING).debit for one in between] == [
        sum((amount for day, amount in rows if first <= day <= last), Decimal(0)) for first, last in spans
    ]
