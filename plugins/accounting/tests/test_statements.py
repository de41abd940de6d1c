"""Statements: what their lines take, columns side by side, dimensions, layouts of one's own."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_accounting.statements.choosing import Chosen, choose, read_tokens
from backoffice_accounting.statements.layouts import READY, Layout, LayoutLine, terms

from backoffice.core.api import Company, InvalidInput, NotFound


@pytest.fixture(params=["sqlite"])
def offices(request, offices):
    return offices


@pytest.fixture
def trading(books):
    """A shop: capital paid in, sold on credit, rent paid."""
    books.post(("1200", "1000"), ("3000", "-1000"), date="2026-01-05")
    books.post(("1100", "300"), ("4000", "-300"), date="2026-01-20")
    books.post(("1200", "200"), ("1100", "-200"), date="2026-02-10")
    books.post(("6000", "80"), ("1200", "-80"), date="2026-02-15")
    return books


def figures(books, report, column=1, **asked):
    asked = {"from": "2026-01-01", "until": "2026-03-31", **asked}
    return {row.cells[0]: row.cells[column] for row in books.report(report, **asked).rows}


def test_a_balance_sheet_has_the_same_total_on_both_sides(trading):
    found = figures(trading, "balance_sheet")
    assert found["Total assets"] == found["Total liabilities and equity"] == Decimal(1220)
    assert found["Result not yet closed"] == Decimal(220)


def test_profit_is_what_was_earned_less_what_was_spent(trading):
    found = figures(trading, "profit_and_loss")
    assert (found["Revenue"], found["Operating expenses"], found["Profit"]) == (300, 80, 220)


def test_cash_at_the_end_is_what_the_balance_sheet_says(trading):
    found = figures(trading, "cash_flow", **{"from": "2026-02-01"})
    assert (found["Cash at the beginning"], found["Change in cash"], found["Cash at the end"]) == (1000, 120, 1120)
    assert found["Change in receivables"] == 200


def test_cash_flow_directly_says_whom_it_came_from(trading):
    found = figures(trading, "cash_flow", direct=True)
    assert (found["From customers"], found["For expenses"], found["From owners and lenders"]) == (200, -80, 1000)
    assert found["Cash at the end"] == 1120


def test_changes_in_equity_open_move_and_close(trading):
    table = trading.report("changes_in_equity", **{"from": "2026-02-01", "until": "2026-02-28"})
    [total] = [row.cells for row in table.rows if row.cells[0] == "Total equity"]
    assert total[1:] == (Decimal(1300), Decimal(-80), Decimal(1220))


def test_months_stand_side_by_side(trading):
    table = trading.report("profit_and_loss", **{"from": "2026-01-01", "until": "2026-03-31", "compare": "months"})
    [profit] = [row.cells for row in table.rows if row.cells[0] == "Profit"]
    assert profit[1:] == (Decimal(300), Decimal(-80), Decimal(0))
    assert [column.label for column in table.columns[1:]] == ["Jan 2026", "Feb 2026", "Mar 2026"]


def test_the_year_before_stands_beside_it(trading):
    table = trading.report(
        "profit_and_loss", **{"from": "2026-01-01", "until": "2026-03-31", "compare": "previous_year"}
    )
    [profit] = [row.cells for row in table.rows if row.cells[0] == "Profit"]
    assert profit[1:] == (Decimal(220), Decimal(0))


def test_a_figure_leads_to_the_ledger_or_to_its_accounts(trading):
    rows = {row.cells[0]: row for row in trading.report("profit_and_loss", until="2026-03-31").rows}
    assert rows["Operating expenses"].link.report == "accounting.general_ledger"
    trading.post(("1210", "7"), ("1200", "-7"))
    rows = {row.cells[0]: row for row in trading.report("balance_sheet", until="2026-03-31").rows}
    link = rows["Cash and bank"].link
    behind = trading.desk.report(link.report, dict(link.parameters))
    assert [row.cells for row in behind.rows][1:] == [
        ("1200 · Bank", Decimal(1113)),
        ("1210 · Cash", Decimal(7)),
    ]


def test_only_lines_of_a_dimension_are_counted(trading):
    trading.do("dimension.create", code="branch", name="Branch")
    value = trading.do("dimension_value.create", dimension="branch", code="RUH", name="Riyadh")["id"]
    line = {"account": "6000", "amount": "30", "dimensions": {"branch": "RUH"}}
    trading.post(line, ("1200", "-30"), date="2026-02-20")
    assert figures(trading, "profit_and_loss", dimension_value=value)["Profit"] == -30
    partly = figures(trading, "profit_and_loss", dimension_value=value, until="2026-02-21")
    assert partly["Operating expenses"] == 30


def test_a_layout_of_ones_own_takes_the_place_of_a_ready_made_one(trading):
    made = trading.do("copy_statement", ready="profit_and_loss")
    record = trading.get("statement", made["id"])
    lines = [{"code": "a", "name": "All we earned", "kind": "accounts", "accounts": "code:4*", "turned": True}]
    trading.desk.execute("accounting.statement.change", {"id": record.id, "version": record.version, "lines": lines})
    assert figures(trading, "profit_and_loss") == {"All we earned": Decimal(300)}


def test_a_layout_that_cannot_be_read_is_refused(trading):
    lines = [{"code": "a", "name": "A", "kind": "accounts", "accounts": "colour:blue"}]
    with pytest.raises(InvalidInput):
        trading.do("statement.create", code="own", name="Own", kind="result", lines=lines)
    with pytest.raises(NotFound):
        trading.report("statement", statement="nothing")


def test_another_currency_is_shown_at_the_rate_of_the_last_day(trading):
    trading.desk.execute("core.exchange_rate.create", base="GBP", currency="USD", date="2026-03-31", rate="1.25")
    assert figures(trading, "profit_and_loss", currency="USD")["Profit"] == Decimal(275)


def accounts(*kinds):
    return [Chosen(n, 1, f"{n}000", "", None, type_, subtype) for n, (type_, subtype) in enumerate(kinds, start=1)]


@pytest.mark.parametrize("code", ["balance_sheet", "cash_flow", "cash_flow_direct"])
def test_every_account_stands_in_a_statement_once(code):
    from backoffice_accounting.kinds import TYPE_OF

    known = accounts(*((type_, kind) for kind, types in TYPE_OF.items() for type_ in types),
                     *((type_, None) for type_ in ("asset", "liability", "equity", "income", "expense")))  # fmt: skip
    chosen = choose(READY[code], known, {})
    twice = {"depreciation", "written_off"}
    found = [one.id for line, some in chosen.items() if line not in twice for one in some]
    assert sorted(found) == [one.id for one in known]


def test_codes_are_chosen_by_range_and_by_their_beginning():
    shape = Layout("x", "X", "result", (LayoutLine("a", "A", accounts="code:1000-2000,code:4*"),))
    chosen = choose(shape, accounts(*[("asset", None)] * 5), {})
    assert [one.code for one in chosen["a"]] == ["1000", "2000", "4000"]


def test_sums_are_read_with_their_signs():
    assert terms("a + b - c") == [(1, "a"), (1, "b"), (-1, "c")]
    with pytest.raises(InvalidInput):
        terms("a b")
    with pytest.raises(InvalidInput):
        read_tokens("blue")


def test_a_trial_balance_keeps_to_a_dimension_and_shows_another_currency(trading):
    trading.do("dimension.create", code="branch", name="Branch")
    value = trading.do("dimension_value.create", dimension="branch", code="RUH", name="Riyadh")["id"]
    line = {"account": "6000", "amount": "30", "dimensions": {"branch": "RUH"}}
    trading.post(line, ("1200", "-30"), date="2026-02-20")
    only = trading.report("trial_balance", until="2026-12-31", dimension_value=value)
    assert [row.cells[:3] for row in only.rows] == [("6000", "Rent", Decimal(30))]
    ledger = trading.report("general_ledger", account="6000", until="2026-12-31", dimension_value=value)
    assert [row.cells[7] for row in ledger.rows] == [0, Decimal(30)]
    trading.desk.execute("core.exchange_rate.create", base="GBP", currency="USD", date="2026-03-31", rate="2")
    shown = trading.report("trial_balance", until="2026-12-31", currency="USD", all_companies=True)
    assert {row.cells[0]: row.cells[2] or -row.cells[3] for row in shown.rows}["6000"] == 220


def test_a_budget_stands_beside_the_figures_with_the_difference(trading):
    lines = [
        {"account": "4000", "amount": "400", "period": "2026-01"},
        {"account": "6000", "amount": "1200"},
        {"account": "1100", "amount": "90", "period": "2026-02"},
    ]
    made = trading.do("budget.create", code="B26", name="Budget 2026", fiscal_year="2026", lines=lines)
    table = trading.report("profit_and_loss", **{"from": "2026-01-01", "until": "2026-03-31", "budget": made["id"]})
    assert [column.name for column in table.columns] == ["name", "amount", "budget", "difference", "share"]
    rows = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert rows["Revenue"] == (300, 400, -100, Decimal("75.0"))
    assert rows["Operating expenses"] == (80, 300, -220, Decimal("26.7"))
    assert rows["Profit"] == (220, 100, 120, Decimal("220.0"))
    sheet = trading.report("balance_sheet", until="2026-03-31", budget=made["id"])
    rows = {row.cells[0]: row.cells[1:] for row in sheet.rows}
    assert rows["Receivables"][:3] == (100, 90, 10)
    assert rows["Result not yet closed"][:3] == (220, 100, 120)
    assert len(sheet.notes) == 1


def test_the_months_of_a_company_are_those_of_its_calendar(trading):
    trading.desk.run(lambda session: setattr(session.scalars(sa.select(Company)).one(), "calendar", "hijri"))
    table = trading.report("profit_and_loss", **{"from": "2026-01-20", "until": "2026-02-18", "compare": "months"})
    assert [column.label for column in table.columns[1:]] == ["Sha'ban 1447 AH", "Ramadan 1447 AH"]
    before = trading.report(
        "profit_and_loss", **{"from": "2026-01-20", "until": "2026-02-17", "compare": "previous_period"}
    )
    assert before.subtitle.endswith("(20 Jan 2026 – 17 Feb 2026)")


def test_a_statement_of_a_period_has_its_days(trading):
    period = trading.period("2026-02").id
    table = trading.report("profit_and_loss", period=period, compare="previous_period")
    [profit] = [row.cells for row in table.rows if row.cells[0] == "Profit"]
    assert profit[1:] == (Decimal(-80), Decimal(300))
    assert [column.label for column in table.columns[1:]] == ["1 Feb 2026 – 28 Feb 2026", "1 Jan 2026 – 31 Jan 2026"]
