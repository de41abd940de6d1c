"""Worked cases of other systems, through the real actions."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

D = Decimal

FILE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "finance.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")

METHODS = {"straight line": "straight_line", "linear": "straight_line", "written down value": "written_down"}
PER_YEAR = ["acc-asset-sl-prorata-01", "acc-asset-sl-prorata-02", "acc-asset-wdv-02", "acc-asset-wdv-03"]


def test_every_case_about_assets_and_deferrals_is_here():
    told = {"acc-asset-linear-01", "acc-asset-revision-01", "acc-deferred-01", "acc-deferred-02", *PER_YEAR}
    assert {id_ for id_ in CASES if id_.startswith(("acc-asset", "acc-deferred"))} == told


def linear(assets):
    given = CASES["acc-asset-linear-01"]["given"]
    return assets.asset(given["value"], residual=given["residual"], life=given["months"], method="straight_line")


def test_a_linear_schedule(assets):
    asset, expected = linear(assets), CASES["acc-asset-linear-01"]["expect"]
    lines = assets.schedule(asset)
    assert len(lines) == expected["lines"]
    assert {line[1] for line in lines} == {D(expected["each"])}
    for months, until in ((1, "2026-01-31"), (12, "2026-12-31"), (24, "2027-12-31")):
        assets.do("depreciate", until=until)
        record = assets.get("asset", asset)
        after = expected[f"after_{months}"]
        assert (record.accumulated, record.book_value) == (D(after["accumulated"]), D(after["book"]))


def test_a_revision_and_a_sale(assets):
    given, expected = CASES["acc-asset-revision-01"]["given"], CASES["acc-asset-revision-01"]["expect"]
    asset = linear(assets)
    assets.do("depreciate", until="2026-03-31")
    assert assets.get("asset", asset).accumulated == D(expected["accumulated_after_3"])
    assets.do("revise", id=asset, date="2026-04-01", cost=given["new_value"])
    lines = assets.schedule(asset)
    assert {line[1] for line in lines[3:23]} == {D(expected["lines_4_to_23"])}
    assert lines[23][1] == D(expected["line_24"])
    assets.do("depreciate", until="2026-06-30")
    assert assets.get("asset", asset).accumulated == D(expected["accumulated_after_6"])
    sold = assets.do("dispose", id=asset, date="2026-06-30", proceeds=given["sold_for"])
    assert (sold["book_value"], -sold["gain"]) == (D(expected["book_value_at_sale"]), D(expected["net_loss_on_sale"]))
    [asked] = assets.asked("disposal")
    assert asked == {"accumulated_depreciation": D("239.28"), "fixed_asset": D("-1100"), "asset_proceeds": D("600"),
                     "asset_loss": D("260.72")}  # fmt: skip


@pytest.mark.parametrize("id_", PER_YEAR)
def test_schedules_for_a_part_of_the_first_period(assets, id_):
    given = CASES[id_]["given"]
    months = given.get("months") or given["years"] * 12
    asset = assets.asset(
        given["value"], residual=given["residual"], acquired_on=given["in_use"], method=METHODS[given["method"]],
        life=months, frequency="month" if "months" in given else "year", first_posting=given["first_posting"],
    )  # fmt: skip
    expected = [[day, D(amount), D(total)] for day, amount, total in CASES[id_]["expect"]["schedule"]]
    assert assets.schedule(asset) == expected


def deferral(assets, case, **how):
    given = CASES[case]["given"]
    made = assets.do("deferral.create", description=case, amount=given["amount"], start_date=given["service_from"],
                     end_date=given["service_to"], **how)["id"]  # fmt: skip
    assets.do("start_deferral", id=made)
    return made


def test_revenue_deferred_by_days(assets):
    made = deferral(assets, "acc-deferred-01", basis="days")
    expected = CASES["acc-deferred-01"]["expect"]["postings"]
    assets.do("recognise", until="2019-12-31")
    assert [[day, amount] for day, amount, _total in assets.schedule(made, "deferral")] == [
        [day, D(amount)] for day, amount in expected
    ]
    assert [asked["deferred_revenue"] for asked in assets.asked("deferral")] == [D(amount) for _day, amount in expected]


def test_revenue_deferred_by_months(assets):
    made = deferral(assets, "acc-deferred-02", basis="months")
    expected = CASES["acc-deferred-02"]["expect"]
    found = {day[5:7]: amount for day, amount, _total in assets.schedule(made, "deferral")}
    assert [found.get(month, D(0)) for month in ("05", "06", "07", "08")] == [
        D(expected[name]) for name in ("may", "jun", "jul", "aug")
    ]
