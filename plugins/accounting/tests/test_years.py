"""Years: closed into retained earnings, by dimension where that is kept apart, opened again, by other calendars."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting.balances import as_of
from backoffice_accounting.models import Account, DimensionSet, Entry, FiscalYear, Line, Period, YearBalance
from backoffice_accounting.periods import end_of_year, months

from backoffice.core.api import Conflict, RuleBroken

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "finance.json"


@pytest.fixture(params=["sqlite"])
def offices(request, offices):
    return offices


def case(name):
    if not CASES.is_file():
        pytest.skip("the worked cases are not here")
    return next(one for one in json.loads(CASES.read_text()) if one["id"] == name)


@pytest.fixture
def centres(books):
    books.account("3900", "Retained earnings", "equity", "retained_earnings")
    books.do("dimension.create", code="cc", name="Cost centre", closes_apart=True)
    for code in ("cc1", "cc2"):
        books.do("dimension_value.create", dimension="cc", code=code, name=code.upper())
    return books


def sell(books, amount, centre=None, day="2026-01-15"):
    line = {"account": "4000", "amount": f"-{amount}", **({"dimensions": {"cc": centre}} if centre else {})}
    return books.post({"account": "1200", "amount": amount}, line, date=day)


def year_of(books, code="2026"):
    return books.get("fiscal_year", code)


def close_year(books, code="2026"):
    with books.desk.reading() as session:
        ids = session.scalars(
            sa.select(Period.id)
            .join(FiscalYear, FiscalYear.id == Period.fiscal_year_id)
            .where(FiscalYear.code == code, Period.state == "open")
            .order_by(Period.start_date)
        ).all()
    for id_ in ids:
        books.do("close_period", id=id_)
    return books.do("close_year", id=year_of(books, code).id)


def entry_lines(books, id_):
    with books.desk.reading() as session:
        rows = session.execute(
            sa.select(Account.code, DimensionSet.written, Line.amount)
            .join(Account, Account.id == Line.account_id)
            .outerjoin(DimensionSet, DimensionSet.id == Line.dimension_set_id)
            .where(Line.entry_id == id_)
        ).all()
    return sorted((code, (written or "").removeprefix("cc="), amount) for code, written, amount in rows)


def test_acc_close_02_a_year_is_closed_for_each_cost_centre(centres):
    given, expected = case("acc-close-02")["given"], case("acc-close-02")["expect"]
    for centre, amount in given["sales"].items():
        sell(centres, amount, centre)
    entry = close_year(centres)["entry"]
    codes = {"Surplus": "3900", "Sales": "4000"}
    wanted = [(codes[a], c, Decimal(debit) - Decimal(credit)) for a, c, debit, credit in expected["closing_entry"]]
    assert entry_lines(centres, entry["id"]) == sorted(wanted)


def test_acc_close_03_what_a_year_ended_with_is_kept_by_cost_centre(centres):
    given, expected = case("acc-close-03")["given"], case("acc-close-03")["expect"]
    centres.do("open_year", start="2027-01-01")
    for year, day in (("fy1", "2026-03-01"), ("fy2", "2027-03-01")):
        for centre, amount in given[year].items():
            sell(centres, amount, centre, day)
    for year, kept in (("2026", expected["snapshot_fy1"]), ("2027", expected["snapshot_fy2"])):
        close_year(centres, year)
        found = snapshot(centres, year, "3900")
        assert {centre: found[centre] for centre in kept} == {c: Decimal(amount) for c, amount in kept.items()}


def snapshot(books, year, account):
    with books.desk.reading() as session:
        rows = session.execute(
            sa.select(DimensionSet.written, YearBalance.credit, YearBalance.debit)
            .join(FiscalYear, FiscalYear.id == YearBalance.fiscal_year_id)
            .join(Account, Account.id == YearBalance.account_id)
            .outerjoin(DimensionSet, DimensionSet.id == YearBalance.set_key)
            .where(FiscalYear.code == year, Account.code == account)
        ).all()
    return {(written or "").removeprefix("cc="): credit - debit for written, credit, debit in rows}


def test_after_closing_income_stands_at_zero_and_the_years_own_figures_stay(centres):
    sell(centres, "600")
    close_year(centres)
    sales = centres.accounts["4000"]
    with centres.desk.reading() as session:
        end = date(2026, 12, 31)
        assert as_of(session, end)[sales].balance == 0
        assert as_of(session, end, before_closing_since=date(2026, 1, 1))[sales].balance == -600
        assert as_of(session, date(2027, 5, 1))[centres.accounts["3900"]].balance == -600


def test_a_year_with_an_open_period_is_not_closed(centres):
    with pytest.raises(RuleBroken, match="cannot be closed yet"):
        centres.do("close_year", id=year_of(centres).id)


def test_a_year_is_closed_after_the_one_before_it(centres):
    centres.do("open_year", start="2027-01-01")
    with pytest.raises(RuleBroken, match="Earlier years"):
        close_year(centres, "2027")


def test_a_year_is_opened_again_with_a_reason_and_closed_anew(centres):
    sell(centres, "600")
    close_year(centres)
    with pytest.raises(RuleBroken, match="belongs to a year that is closed"):
        centres.do("reopen_period", id=centres.period("2026-12").id, reason="Late bill")
    centres.do("reopen_year", id=year_of(centres).id, reason="Late bill")
    with centres.desk.reading() as session:
        assert as_of(session, date(2026, 12, 31))[centres.accounts["4000"]].balance == -600
        assert session.scalar(sa.select(sa.func.count(YearBalance.id))) == 0
    centres.do("reopen_period", id=centres.period("2026-12").id, reason="Late bill")
    sell(centres, "40", day="2026-12-31")
    close_year(centres)
    with centres.desk.reading() as session:
        assert as_of(session, date(2026, 12, 31))[centres.accounts["3900"]].balance == -640
    assert centres.right()


def test_a_year_is_not_closed_twice(centres):
    close_year(centres)
    with pytest.raises(Conflict):
        centres.do("close_year", id=year_of(centres).id)


def test_an_entry_of_adjustments_stands_in_the_thirteenth_period(centres):
    centres.do("open_year", start="2027-01-01", adjustments=True)
    made = centres.post(("1200", "5"), ("4000", "-5"), date="2027-12-31", adjustment=True)
    with centres.desk.reading() as session:
        assert session.get(Period, session.get(Entry, made["id"]).period_id).code == "2027-A"
    with pytest.raises(RuleBroken):
        centres.post(("1200", "5"), ("4000", "-5"), date="2027-12-30", adjustment=True)


def test_a_year_of_the_umm_al_qura_has_its_months(books):
    books.do("open_year", start="2027-06-06", calendar="hijri", code="1449")
    with books.desk.reading() as session:
        periods = session.scalars(sa.select(Period).where(Period.code.like("1449-%")).order_by(Period.start_date)).all()
        assert [period.code for period in periods] == [f"1449-{month:02}" for month in range(1, 13)]
        assert {(period.end_date - period.start_date).days + 1 for period in periods} <= {29, 30}


def test_a_year_of_the_umm_al_qura_ends_the_day_before_the_next():
    start = date(2025, 6, 26)
    assert end_of_year(start, "hijri") == date(2026, 6, 15)
    assert len(months(start, end_of_year(start, "hijri"), calendar="hijri", each=3)) == 4
