"""Assets with the plugin accounting beside them, where it is installed: what was asked for stands in the ledger."""

from decimal import Decimal

import pytest

from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.testing.visiting import Visitor

pytest.importorskip("backoffice_accounting")

D = Decimal
ACCOUNTS = {
    "1200": ("Bank", "asset", "bank", "bank"),
    "1500": ("Machines", "asset", "fixed_asset", "fixed_asset"),
    "1590": ("Depreciation of machines", "asset", "fixed_asset", "accumulated_depreciation"),
    "1600": ("Proceeds", "asset", "current_asset", "asset_proceeds"),
    "4900": ("Gains", "income", "other_income", "asset_gain"),
    "6500": ("Depreciation", "expense", "depreciation", "depreciation"),
}


def books(office):
    """Make a chart, a year, and the account of each purpose."""
    desk = desk_of(office)
    desk.execute("accounting.journal.create", code="GEN", name="General", kind="general")
    desk.execute("accounting.open_year", start="2026-01-01")
    for code, (name, type_, subtype, purpose) in ACCOUNTS.items():
        desk.execute("accounting.account.create", code=code, name=name, type=type_, subtype=subtype)
        desk.execute("accounting.account_choice.create", purpose=purpose, account=code)
    desk.execute("assets.category.create", code="MACH", name="Machines", life=12)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books") / "office"
    folder.mkdir()
    made = Offices("sqlite", folder).make(only=["parties", "taxes", "accounting", "assets"], prepare=books)
    yield made
    made.close()


def balances(desk):
    table = desk.report("accounting.trial_balance", {"until": "2026-12-31"})
    names = [column.name for column in table.columns]
    found = {}
    for row in table.rows:
        cells = dict(zip(names, row.cells, strict=True))
        found[cells["code"]] = (cells.get("debit") or D(0)) - (cells.get("credit") or D(0))
    return {code: amount for code, amount in found.items() if code in ACCOUNTS and amount}


def test_an_asset_goes_through_the_books_until_it_is_sold(office):
    desk = desk_of(office)
    asset = desk.execute("assets.asset.create", name="Lathe", category="MACH", acquired_on="2026-01-01", cost="1200")
    desk.execute("assets.start", id=asset["id"], against="bank")
    run = desk.execute("assets.depreciate", until="2026-03-31")
    assert balances(desk) == {"1200": D(-1200), "1500": D(1200), "1590": D(-300), "6500": D(300)}
    desk.execute("assets.undo_run", id=run["id"], reason="Again")
    desk.execute("assets.depreciate", until="2026-02-28")
    assert balances(desk) == {"1200": D(-1200), "1500": D(1200), "1590": D(-200), "6500": D(200)}
    desk.execute("assets.dispose", id=asset["id"], date="2026-02-28", proceeds="1050")
    assert balances(desk) == {"1200": D(-1200), "1600": D(1050), "4900": D(-50), "6500": D(200)}


def test_an_asset_is_added_and_put_to_use_in_the_console(office):
    visitor = Visitor(office)
    visitor.arrive()
    visitor.open("/records/assets.asset/new")
    assert not visitor.page.says("What happened")
    given = {"name": "Press", "category:text": "Machines", "acquired_on": "2026-05-01", "cost": "2400"}
    page = visitor.press("Create", given)
    assert page.says("Press", "Draft", "2,400.00")
    assert visitor.open("/records/assets.asset").says("Press")
