"""Sales beside plugins it does not know: books that issue its invoices and settle them, goods at their cost."""

from datetime import date
from decimal import Decimal
from importlib.metadata import entry_points

import pytest
import sqlalchemy as sa
from backoffice_products.api import GoodsDocument, Movement, Product
from backoffice_sales.models import Billing

from backoffice.core.api import Company
from backoffice.core.testing.offices import Offices, desk_of

INSTALLED = {one.name for one in entry_points(group="backoffice")}
pytestmark = pytest.mark.skipif(
    not {"accounting", "inventory"} <= INSTALLED, reason="together: accounting and inventory are not installed"
)

ACCOUNTS = {
    "receivable": ("1100", "Customers", "asset", "receivable"),
    "revenue": ("4000", "Sales", "income", None),
    "returns": ("4100", "Returns", "income", None),
    "payment_clearing": ("1200", "Payments on their way", "asset", None),
    "payment_fees": ("6200", "Fees", "expense", None),
    "customer_advance": ("2300", "Advances", "liability", None),
    "inventory": ("1300", "Stock", "asset", "inventory"),
    "cost_of_goods": ("5000", "Cost of goods", "expense", None),
    "goods_received": ("2200", "Goods received", "liability", None),
    "tax_payable": ("2100", "VAT", "liability", "tax"),
}


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """A company in Riyadh with books, stock and taxes."""
    folder = tmp_path_factory.mktemp("together") / "one"
    folder.mkdir()
    only = ["parties", "products", "taxes", "accounting", "inventory", "sales"]
    office = Offices("sqlite", folder, None).make(only=only)
    desk = desk_of(office)

    def move(session):
        company = session.scalars(sa.select(Company)).one()
        company.country, company.currency = "SA", "SAR"

    desk.run(move)
    desk.execute("taxes.install_country", country="SA")
    desk.execute("products.install_units")
    for purpose, (code, name, kind, subtype) in ACCOUNTS.items():
        desk.execute("accounting.account.create", {"code": code, "name": name, "type": kind, "subtype": subtype})
        desk.execute("accounting.account_choice.create", purpose=purpose, account=code)
    for code, kind in (("SAL", "sale"), ("GEN", "general"), ("PUR", "purchase"), ("BNK", "bank")):
        desk.execute("accounting.journal.create", code=code, name=code, kind=kind)
    desk.execute("accounting.open_year", start="2026-01-01")
    yield desk
    office.close()


def balance(desk, purpose):
    """Return what the account of a purpose comes to, debit above zero."""
    rows = desk.report("accounting.trial_balance", until=date(2026, 12, 31)).rows
    found = {row.cells[0]: (row.cells[2] or 0) - (row.cells[3] or 0) for row in rows}
    return found.get(ACCOUNTS[purpose][0], Decimal(0))


def test_an_order_is_followed_into_books_and_stock(together):
    desk = together
    product = desk.execute("products.product.create", code="TEA", name="Tea", kind="storable", unit="pc",
                           list_price="100", currency="SAR")["id"]  # fmt: skip
    desk.execute("parties.party.create", code="HOTEL", name="Hotel", customer=True, country="SA")

    def receive(session):
        document = GoodsDocument("tests", "GR-1", "receipt", date(2026, 1, 2))
        goods = [Movement(key="1", product_id=product, quantity=Decimal(10), unit_cost=Decimal(40))]
        assert session.hooks.first("products_move", session=session, document=document, movements=goods)

    desk.run(receive)
    made = desk.execute("sales.order.create", party="HOTEL", date="2026-01-15",
                        lines=[{"product": "TEA", "quantity": "3"}])  # fmt: skip
    number = desk.execute("sales.confirm_order", id=made["id"])["number"]
    desk.execute("sales.record_payment", provider="test", reference="ch_1", order=number, amount="345", currency="SAR",
                 fee="5")  # fmt: skip
    desk.execute("sales.ship_order", id=made["id"])
    with desk.reading(fresh=True) as session:
        from backoffice_accounting.models import Parked

        assert [row.reason for row in session.scalars(sa.select(Parked))] == []
        assert session.scalars(sa.select(Billing.state)).all() == ["posted"]
        assert session.get(Product, product) is not None
    assert (balance(desk, "revenue"), balance(desk, "tax_payable"), balance(desk, "receivable")) == (-300, -45, 0)
    assert (balance(desk, "payment_clearing"), balance(desk, "payment_fees")) == (340, 5)
    assert (balance(desk, "inventory"), balance(desk, "cost_of_goods")) == (280, 120)
    lines = desk.get("sales.order", made["id"])
    assert lines.state == "done"
    back = [{"line": 1, "quantity": "1"}]
    desk.execute("sales.return_goods", id=made["id"], lines=back, reason="Broken")
    assert (balance(desk, "returns"), balance(desk, "tax_payable"), balance(desk, "receivable")) == (100, -30, -115)
    assert (balance(desk, "inventory"), balance(desk, "cost_of_goods")) == (320, 80)
