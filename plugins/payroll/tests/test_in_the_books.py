"""Payroll with the plugin accounting beside it, where it is installed: what was asked for stands in the ledger."""

from decimal import Decimal

import pytest

from backoffice.core.testing.offices import Offices, desk_of

pytest.importorskip("backoffice_accounting")

D = Decimal
ACCOUNTS = {
    "1200": ("Bank", "asset", "bank", "bank"),
    "2400": ("Wages to pay", "liability", "current_liability", "wages_payable"),
    "2410": ("Withheld", "liability", "current_liability", "payroll_withheld"),
    "2420": ("Social security", "liability", "current_liability", "social_security"),
    "6000": ("Wages", "expense", "operating_expense", "wages"),
    "6010": ("Social cost", "expense", "operating_expense", "social_cost"),
}


def books(office):
    """Make a chart, a year, two branches to bear the cost, and the account of each purpose."""
    desk = desk_of(office)
    for code, kind in (("GEN", "general"), ("BNK", "bank")):
        desk.execute("accounting.journal.create", code=code, name=code, kind=kind)
    desk.execute("accounting.open_year", start="2026-01-01")
    for code, (name, type_, subtype, purpose) in ACCOUNTS.items():
        desk.execute("accounting.account.create", code=code, name=name, type=type_, subtype=subtype)
        desk.execute("accounting.account_choice.create", purpose=purpose, account=code)
    desk.execute("accounting.dimension.create", code="branch", name="Branch")
    for code in ("RUH", "JED"):
        desk.execute("accounting.dimension_value.create", dimension="branch", code=code, name=code)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books") / "office"
    folder.mkdir()
    made = Offices("sqlite", folder).make(only=["parties", "taxes", "accounting", "payroll"], prepare=books)
    yield made
    made.close()


def balances(desk, **more):
    table = desk.report("accounting.trial_balance", {"until": "2026-12-31", **more})
    names = [column.name for column in table.columns]
    found = {}
    for row in table.rows:
        cells = dict(zip(names, row.cells, strict=True))
        found[cells["code"]] = (cells.get("debit") or D(0)) - (cells.get("credit") or D(0))
    return {code: amount for code, amount in found.items() if code in ACCOUNTS and amount}


def test_a_run_goes_through_the_books_until_it_is_paid_and_taken_back(office, payroll_of):
    payroll = payroll_of(office)
    payroll.components(
        basic={"formula": "pay"},
        tax={"formula": "basic * 0.1", "kind": "deduction"},
        social={"formula": "basic * 0.12", "kind": "employer"},
    )
    structure = payroll.structure("books", "basic", "tax", "social")
    shares = [{"dimensions": "branch=RUH", "part": "2"}, {"dimensions": "branch=JED", "part": "1"}]
    payroll.employee("books", "1000.01", contract={"shares": shares})
    payroll.employee("books", 2000)
    run = payroll.run("2026-01-01", structure=structure)
    posted = {"6000": D("3000.01"), "6010": D("360.00"), "2420": D("-360.00"), "2410": D("-300.00"),
              "2400": D("-2700.01")}  # fmt: skip
    assert balances(payroll.desk) == posted
    payroll.do("pay", id=run)
    assert balances(payroll.desk) == {
        **{code: amount for code, amount in posted.items() if code != "2400"}, "1200": D("-2700.01"),
    }  # fmt: skip
    payroll.do("unpay", id=run, reason="Bounced")
    assert balances(payroll.desk) == posted
    payroll.do("undo", id=run, reason="Wrong")
    assert balances(payroll.desk) == {}


def test_cost_is_borne_by_dimensions_to_the_cent(office, payroll_of):
    payroll = payroll_of(office)
    payroll.components(salary={"formula": "pay"})
    structure = payroll.structure("shared", "salary")
    shares = [{"dimensions": "branch=RUH", "part": "1"}, {"dimensions": "branch=JED", "part": "1"}]
    payroll.employee("shared", "100.01", contract={"shares": shares})
    run = payroll.run("2026-02-01", structure=structure)
    [entry] = payroll.desk.list("accounting.entry", reference=payroll.get("run", run).number).records
    with payroll.desk.reading() as session:
        lines = session.get(type(entry), entry.id).lines
        assert sorted(line.amount for line in lines) == [D("-100.01"), D("50.00"), D("50.01")]
    payroll.do("undo", id=run, reason="Wrong")


def test_pay_in_another_currency(office, payroll_of):
    """78,000 USD at 70 are 5,460,000 in the books (frappe/hrms, test_multi_currency_salary_slip)."""
    payroll = payroll_of(office)
    payroll.desk.execute("core.exchange_rate.create", base="USD", currency="GBP", date="2026-03-01", rate="70")
    payroll.components(abroad={"formula": "pay"})
    structure = payroll.structure("abroad", "abroad")
    payroll.employee("abroad", 78000, contract={"currency": "USD"})
    run = payroll.run("2026-03-01", structure=structure)
    assert balances(payroll.desk) == {"6000": D(5460000), "2400": D(-5460000)}
    payroll.do("undo", id=run, reason="Wrong")
