"""Assets through the real actions: runs, changes, the end, what the books are asked for, reports."""

from datetime import date
from decimal import Decimal

import pytest

from backoffice.core.api import InvalidInput, InvoiceRequest, InvoiceRequestLine, Question, RuleBroken, request_invoice

D = Decimal
YEAR = {"from": "2026-01-01", "until": "2026-12-31"}


def row(table, first):
    found = next(row.cells for row in table.rows if first in row.cells)
    return {column.name: cell for column, cell in zip(table.columns, found, strict=True)}


def test_an_asset_takes_from_its_category_what_is_left_empty(assets):
    category = assets.category(life=36, residual="10", method="declining", factor="1.5")
    record = assets.get("asset", assets.asset("1000", category=category, start=False))
    assert (record.life, record.residual, record.method, record.currency) == (36, D(100), "declining", "GBP")


def test_it_is_numbered_when_it_is_put_to_use(assets):
    draft = assets.asset("1000", start=False)
    assert assets.get("asset", draft).number is None
    assert assets.do("start", id=draft)["number"].startswith("FA0")
    with pytest.raises(RuleBroken, match="in use already"):
        assets.do("start", id=draft)


def test_its_cost_is_posted_where_no_bill_did_that(assets):
    draft = assets.asset("1000", start=False)
    assets.do("start", id=draft, against="bank")
    assert assets.asked("acquisition") == [{"fixed_asset": D(1000), "bank": D(-1000)}]


def test_an_asset_is_taken_over_with_what_was_depreciated_before(assets):
    asset = assets.asset("1200", life=12, opening="600", opening_until="2026-06-30")
    lines = assets.schedule(asset)
    assert (len(lines), lines[0]) == (6, ["2026-07-31", D(100), D(700)])
    assert assets.get("asset", asset).book_value == D(600)


def test_a_run_posts_one_entry_for_each_category_and_month(assets_on_both):
    assets = assets_on_both
    category = assets.category(life=12)
    for _n in range(3):
        assets.asset("1200", category=category)
    done = assets.do("depreciate", until="2026-02-28")
    assert (done["count"], done["total"]) == (6, D(600))
    assert assets.asked("depreciation") == [{"depreciation": D(300), "accumulated_depreciation": D(-300)}] * 2
    assert assets.do("depreciate", until="2026-02-28") == {"id": None, "count": 0, "total": D(0)}
    table = assets.desk.report("assets.movements", YEAR)
    found = row(table, category)
    assert (found["additions"], found["charge"], found["closing_cost"], found["book_value"]) == (
        D(3600), D(600), D(3600), D(3000))  # fmt: skip


def test_a_run_is_taken_back_with_opposite_entries(assets):
    category = assets.category(life=12)
    asset = assets.asset("1200", category=category)
    run = assets.do("depreciate", until="2026-03-31", category=category)
    assets.do("undo_run", id=run["id"], reason="Wrong month")
    assert assets.get("asset", asset).accumulated == 0
    assert [asked["depreciation"] for asked in assets.asked("depreciation_undone")] == [D(-100)] * 3
    assert assets.get("run", run["id"]).state == "undone"
    again = assets.do("depreciate", until="2026-03-31", category=category)
    assert again["count"] == 3


def test_a_run_that_others_rest_on_stays(assets):
    assets.asset("1200", life=12)
    first = assets.do("depreciate", until="2026-01-31")
    assets.do("depreciate", until="2026-02-28")
    with pytest.raises(RuleBroken, match="rest on this run"):
        assets.do("undo_run", id=first["id"], reason="Wrong")


def test_a_change_waits_for_the_depreciation_before_it(assets):
    asset = assets.asset("1200", life=12)
    with pytest.raises(RuleBroken, match="not posted yet"):
        assets.do("revise", id=asset, date="2026-04-01", life=24)


def test_a_longer_life_spreads_what_is_left(assets):
    asset = assets.asset("1200", life=12)
    assets.do("depreciate", until="2026-06-30")
    assets.do("revise", id=asset, date="2026-07-01", life=18)
    assert [line[1] for line in assets.schedule(asset)[6:]] == [D(50)] * 12


def test_an_impairment_is_posted_and_the_rest_spread(assets):
    asset = assets.asset("1200", life=12)
    assets.do("depreciate", until="2026-06-30")
    assets.do("impair", id=asset, date="2026-06-30", amount="300", reason="Damaged")
    assert assets.asked("impairment") == [{"impairment": D(300), "accumulated_depreciation": D(-300)}]
    assert [line[1] for line in assets.schedule(asset)[6:]] == [D(50)] * 6


def test_a_transfer_moves_cost_and_depreciation_to_other_dimensions(assets):
    asset = assets.asset("1200", life=12, dimensions="branch=RUH")
    assets.do("depreciate", until="2026-01-31")
    assets.do("transfer", id=asset, date="2026-02-01", dimensions="branch=JED", location="Jeddah")
    record = assets.get("asset", asset)
    assert (record.dimensions, record.location) == ("branch=JED", "Jeddah")
    assert len(assets.asked("transfer")) == 1


def test_units_bring_depreciation_as_they_are_made(assets):
    asset = assets.asset("1000", method="units", units="1000", residual="100")
    assert assets.do("use_units", id=asset, date="2026-01-31", units="250")["amount"] == D(225)
    assert assets.do("use_units", id=asset, date="2026-02-28", units="900")["amount"] == D(675)
    assets.do("depreciate", until="2026-02-28")
    assert assets.get("asset", asset).state == "done"


def test_a_sale_within_a_month_is_depreciated_until_the_day(assets):
    asset = assets.asset("3100", life=10, acquired_on="2026-01-01", convention="months")
    sold = assets.do("dispose", id=asset, date="2026-01-10", proceeds="3100")
    assert (sold["depreciated"], sold["gain"]) == (D(100), D(100))
    record = assets.get("asset", asset)
    assert (record.state, record.cost, record.accumulated, record.disposed_on.isoformat()) == (
        "disposed", D(0), D(0), "2026-01-10")  # fmt: skip


def test_a_part_is_scrapped_and_the_rest_goes_on(assets):
    asset = assets.asset("1200", life=12)
    assets.do("depreciate", until="2026-06-30")
    gone = assets.do("dispose", id=asset, date="2026-06-30", kind="scrap", part="25")
    assert gone["gain"] == D(-150)
    record = assets.get("asset", asset)
    assert (record.cost, record.accumulated, record.state) == (D(900), D(450), "running")
    assert [line[1] for line in assets.schedule(asset)[6:]] == [D(75)] * 6
    assert assets.asked("disposal") == [
        {"accumulated_depreciation": D(150), "fixed_asset": D(-300), "asset_loss": D(150)}
    ]


def test_what_is_scrapped_brings_nothing(assets):
    asset = assets.asset("1200", life=12)
    with pytest.raises(InvalidInput, match="scrapped"):
        assets.do("dispose", id=asset, date="2026-01-01", kind="scrap", proceeds="5")


def test_a_bill_for_an_asset_makes_a_draft(assets):
    category = assets.category(life=48)
    line = InvoiceRequestLine("Lathe", D(1), D(5000), amount=D(5000), purpose="fixed_asset", category=category)
    bill = InvoiceRequest("purchasing", "BILL/7", "bill", 1, date(2026, 3, 1), "GBP", (line,),
                          D(5000))  # fmt: skip
    assets.desk.run(lambda session: request_invoice(session, bill))
    [draft] = assets.desk.list("assets.asset", Question(filters={"source_key": "BILL/7#1"})).records
    assert (draft.name, draft.cost, draft.life, draft.state) == ("Lathe", D(5000), 48, "draft")


def test_the_register_adds_up(assets):
    asset = assets.asset("1200", life=12, name="Register me")
    assets.do("depreciate", until="2026-06-30")
    assets.do("dispose", id=asset, date="2026-06-30", proceeds="500")
    found = row(assets.desk.report("assets.register", YEAR), "Register me")
    assert (found["additions"], found["disposals"], found["closing_cost"]) == (D(1200), D(-1200), D(0))
    assert (found["charge"], found["released"], found["book_value"]) == (D(600), D(-600), D(0))


def test_the_forecast_tells_what_is_still_to_come(assets):
    category = assets.category(life=24)
    assets.asset("2400", category=category, acquired_on="2040-01-01")
    table = assets.desk.report("assets.forecast", {})
    by_year = {row.cells[0].isoformat(): row.cells for row in table.rows}
    place = [column.label for column in table.columns].index(category)
    assert (by_year["2040-12-31"][place], by_year["2041-12-31"][place]) == (D(1200), D(1200))


def test_an_expense_booked_at_once_is_deferred_and_recognised(assets):
    made = assets.do("deferral.create", kind="expense", description="Insurance", amount="1200", basis="months",
                     start_date="2026-01-01", end_date="2026-12-31")["id"]  # fmt: skip
    assets.do("start_deferral", id=made, reclassify=True)
    assert assets.asked("deferral_start") == [{"deferred_expense": D(1200), "operating_expense": D(-1200)}]
    run = assets.do("recognise", until="2026-02-28", kind="expense")
    assert run["total"] == D(200)
    assert assets.asked("deferral") == [{"deferred_expense": D(-100), "operating_expense": D(100)}] * 2
    found = row(assets.desk.report("assets.deferred", {"until": "2026-01-31"}), "Insurance")
    assert (found["recognised"], found["left"]) == (D(100), D(1100))
    assets.do("finish_deferral", id=made, date="2026-03-10", reason="Cancelled")
    assert assets.get("deferral", made).state == "done"
    assert assets.asked("deferral_end") == [{"deferred_expense": D(-1000), "operating_expense": D(1000)}]


def test_a_run_of_deferrals_is_taken_back(assets):
    made = assets.do("deferral.create", description="Support", amount="300", basis="months",
                     start_date="2030-01-01", end_date="2030-03-31")["id"]  # fmt: skip
    assets.do("start_deferral", id=made)
    run = assets.do("recognise", until="2030-03-31")
    assets.do("undo_run", id=run["id"], reason="Too early")
    assert assets.get("deferral", made).recognised == 0


def test_the_card_is_printed_in_both_languages(assets):
    asset = assets.asset("1200", life=12, name="Printed")
    for language, word in (("en", "Asset card"), ("ar", "بطاقة")):
        page = assets.desk.document("assets.card", asset, language=language)
        assert word in str(getattr(page, "html", page))
