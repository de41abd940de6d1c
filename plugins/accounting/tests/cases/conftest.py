"""Worked cases of other systems, the office they happen in, and short ways to do what they say."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Invoice, Line, OpenItem

from backoffice.core.api import Company
from backoffice.core.testing.offices import Offices, desk_of

D = Decimal
FILE = Path(__file__).resolve().parents[5] / "shared" / "cases" / "finance.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}
ELSEWHERE = ("asset_", "deferred_", "year_end", "closing_", "statement")
"""Domains whose rules are tested where they are: assets, deferrals, closing, statements."""

ACCOUNTS = {
    "1100": ("Customers", "asset", "receivable"),
    "1200": ("Bank", "asset", "bank"),
    "2100": ("Suppliers", "liability", "payable"),
    "2200": ("Value added tax", "liability", "tax"),
    "2210": ("Tax waiting", "liability", "current_liability"),
    "2300": ("Advances of customers", "liability", "current_liability"),
    "4000": ("Sales", "income", "revenue"),
    "4700": ("Rounding", "income", "other_income"),
    "4800": ("Exchange gains", "income", "other_income"),
    "4900": ("Written off", "income", "other_income"),
    "6000": ("Costs", "expense", "operating_expense"),
    "6800": ("Exchange losses", "expense", "other_expense"),
}
SETTINGS = {
    "exchange_gain_account": "4800",
    "exchange_loss_account": "6800",
    "write_off_account": "4900",
    "rounding_account": "4700",
    "discount_given_account": "4900",
    "tax_waiting_payable_account": "2210",
    "customer_advance_account": "2300",
}


@pytest.fixture(scope="package")
def world(tmp_path_factory):
    """An office whose books are kept in dollars, for all cases."""
    office = Offices("sqlite", tmp_path_factory.mktemp("cases")).make(only=["parties", "taxes", "accounting"])
    desk = desk_of(office)
    desk.run(lambda session: setattr(session.scalars(sa.select(Company)).one(), "currency", "USD"))
    made = World(desk)
    for code, (name, type_, subtype) in ACCOUNTS.items():
        reconcile = code == "2300"
        made.do("account.create", code=code, name=name, type=type_, subtype=subtype, reconcile=reconcile)
    for code, kind in {"GEN": "general", "SAL": "sale", "BNK": "bank"}.items():
        made.do("journal.create", code=code, name=code, kind=kind)
    for year in (2010, 2011, 2016, 2017, 2019, 2024, 2025, 2026):
        made.do("open_year", start=date(year, 1, 1))
    for name, value in SETTINGS.items():
        made.set(name, value)
    yield made
    office.close()


class World:
    """Short ways to write in the books of that office; every case has a party of its own."""

    def __init__(self, desk):
        self.desk = desk
        self.parties = 0

    def do(self, action, /, **values):
        return self.desk.execute(f"accounting.{action}", values)

    def set(self, name, value, plugin="accounting"):
        self.desk.execute("core.set_setting", plugin=plugin, name=name, value=value, organization_wide=False)

    def party(self):
        self.parties += 1
        values = {"name": f"Party {self.parties}", "customer": True, "supplier": True}
        return self.desk.execute("parties.party.create", values)["id"]

    def tax(self, code, **values):
        rate = values.pop("rate")
        made = {"code": code, "name": code, "country": "US", "rates": [{"rate": rate}], **values}
        self.desk.execute("taxes.code.create", made)
        return code

    def issue(self, *lines, **values):
        values = {"party": self.party(), "date": "2026-01-10", **values}
        return self.do("issue_invoice", lines=[{"taxes": "none", **line} for line in lines], **values)

    def invoice(self, made):
        with self.desk.reading() as session:
            found = session.get(Invoice, made["id"])
            assert found.lines is not None
            assert found.taxes is not None
            return found

    def ask(self, query):
        with self.desk.reading() as session:
            return session.execute(query).all()

    def lines_of(self, entry_id):
        from backoffice_accounting.models import Account

        query = sa.select(Account.code, Line.amount).join(Account, Account.id == Line.account_id)
        return self.ask(query.where(Line.entry_id == entry_id).order_by(Line.id))

    def on(self, made, code):
        """Return what an entry puts on an account."""
        return sum(amount for account, amount in self.lines_of(made) if account == code)

    def item(self, account, party, amount, foreign=None, currency=None, day="2026-01-10", other="6000"):
        """Post a line with an open item and return the item's id."""
        more = {"currency": currency, "amount_currency": foreign} if foreign else {}
        lines = [
            {"account": account, "party": party, "amount": amount, **more},
            {"account": other, "amount": str(-D(amount))},
        ]
        made = self.do("post_entry", date=day, journal="GEN", lines=lines)
        return self.ask(sa.select(OpenItem.id).where(OpenItem.entry_id == made["id"]))[0][0]

    def open(self, item):
        return tuple(self.ask(sa.select(OpenItem.open_amount, OpenItem.open_in_books).where(OpenItem.id == item))[0])


@pytest.fixture
def case(request):
    return CASES[request.param]


@pytest.fixture(autouse=True)
def whole(request):
    """After each case the sub-ledger is still what its accounts say."""
    yield
    if "world" in request.fixturenames:
        world = request.getfixturevalue("world")
        assert world.do("verify_items")["right"]


def of(id_):
    return pytest.mark.parametrize("case", [id_], indirect=True, ids=[id_])


@pytest.fixture
def rounded(world):
    """Set how documents are rounded; afterwards as before."""

    def choose(level="document", **settings):
        company = lambda session: setattr(session.scalars(sa.select(Company)).one(), "rounding_level", level)  # noqa: E731
        world.desk.run(company)
        for name, value in {"nets": "line", "tax_base": "rounded", "tax_amounts": "each", **settings}.items():
            world.set(name, value, plugin="taxes")

    yield choose
    choose()


def percent(world, rate, name=""):
    """Return the code of a tax at a percentage, made when it is not there yet."""
    code = f"P{name}{rate}".replace(".", "-")
    known = world.__dict__.setdefault("codes", set())
    if code not in known:
        world.tax(code, rate=rate)
        known.add(code)
    return code


def priced(world, said):
    line = {
        "unit_price": said["unit_price"],
        "quantity": said.get("qty", "1"),
        "discount": said.get("discount_pct", "0"),
    }
    return {**line, "taxes": percent(world, said["tax_pct"]) if "tax_pct" in said else "none"}
