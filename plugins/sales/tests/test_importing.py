"""Files of orders: what is read, brought in once, and come to what an independent reckoning of the data says."""

import csv
import gzip
import io
import os
from dataclasses import asdict
from decimal import Decimal
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_products.api import Product, available
from backoffice_sales.importing.mapping import Rules, ready_made
from backoffice_sales.importing.reading import documents, rows_of
from backoffice_sales.importing.run import import_file, import_orders
from backoffice_sales.models import Movement, Order, Shipment

from backoffice.core.api import InvalidInput
from backoffice.core.testing.offices import desk_of

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "orders_uci_online_retail"
FILE = DATA / "online_retail_2010-12_to_2011-04.csv.gz"
THOROUGH = bool(os.environ.get("BACKOFFICE_THOROUGH"))
COUNTED = any(one.name == "inventory" for one in entry_points(group="backoffice"))
HALF_A_CENT = Decimal("0.005")
HEAD = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
RULES = ready_made()["online-retail"]


def row(*values):
    return dict(zip(HEAD, values, strict=True))


ROWS = [
    row("536365", "85123a", "LANTERN", "6", "2010-12-01 08:26:00", "2.55", "17850", "United Kingdom"),
    row("536365", "85123A", "LANTERN", "2", "2010-12-01 08:26:00", "2.55", "17850", "United Kingdom"),
    row("536365", "POST", "POSTAGE", "1", "2010-12-01 08:26:00", "18", "17850", "United Kingdom"),
    row("C536379", "85123A", "LANTERN", "-1", "2010-12-01 09:41:00", "2.55", "17850", "United Kingdom"),
    row("536589", "21777", "", "-10", "2010-12-01 16:50:00", "0.0", "", "United Kingdom"),
]


def test_documents_are_told_apart():
    order, back, written_off = documents(ROWS, RULES)
    assert [one.kind for one in (order, back, written_off)] == ["order", "return", "adjustment"]
    assert [line.purpose for line in order.lines] == [None, None, "carriage"]
    assert (back.lines[0].quantity, back.value) == (1, Decimal("-2.55"))


def test_items_that_differ_in_case_are_one_product():
    assert RULES.product_code("85123a") == RULES.product_code("85123A")


def test_a_row_that_cannot_be_read_is_named():
    with pytest.raises(InvalidInput, match="2"):
        list(documents([row("1", "A", "", "many", "2010-12-01", "1", "", "")], RULES))


def test_every_row_that_cannot_be_read_is_named():
    day = "2010-12-01"
    said = (("1", "1", day), ("1", "NaN", day), ("2", "0", day), ("", "1", "soon"))
    rows = [row(number, "A", "", quantity, on, "1", "", "") for number, quantity, on in said]
    with pytest.raises(InvalidInput) as caught:
        list(documents(rows, RULES))
    assert [one["row"] for one in caught.value.details["rows"]] == [3, 4, 5, 5]


def test_a_mapping_without_its_columns_is_refused():
    with pytest.raises(InvalidInput):
        Rules.read({"source": "x", "columns": {"document": "No"}})


def test_packed_files_and_sheets_are_read_alike(tmp_path):
    from openpyxl import Workbook

    text = io.StringIO()
    writer = csv.DictWriter(text, HEAD)
    writer.writeheader()
    writer.writerows(ROWS)
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(text.getvalue().encode()))
    book = Workbook()
    book.active.append(list(HEAD))
    for one in ROWS:
        book.active.append(list(one.values()))
    book.save(tmp_path / "orders.xlsx")
    numbers = [[one.number for one in documents(rows_of(file), RULES)] for file in (packed, tmp_path / "orders.xlsx")]
    assert numbers[0] == numbers[1] == ["536365", "C536379", "536589"]


def test_documents_become_orders_that_were_shipped_and_invoiced_once(desk):
    first = import_orders(desk, ROWS, "online-retail")
    assert (first.made, first.customers, first.products) == (3, 2, 2)
    again = import_orders(desk, ROWS, "online-retail")
    assert (again.made, again.known) == (0, 3)
    with desk.reading() as session:
        orders = {one.source_key: one for one in session.scalars(sa.select(Order))}
        assert orders["536365"].total == Decimal("38.40")
        assert (orders["536365"].goods_state, orders["536365"].invoice_state) == ("shipped", "invoiced")
        assert (orders["536589"].kind, orders["536589"].state) == ("adjustment", "done")
        assert session.scalar(sa.select(sa.func.count(Shipment.id))) == 2
        assert session.scalar(sa.select(sa.func.sum(Movement.amount))) == Decimal("35.85")


def test_a_document_that_comes_again_with_another_content_is_flagged(desk):
    import_orders(desk, ROWS, "online-retail")
    changed = [row(*{**ROWS[0], "Quantity": "7"}.values()), *ROWS[1:3]]
    assert import_orders(desk, changed, "online-retail").flagged == ["536365"]
    assert import_orders(desk, changed, "online-retail").known == 1


def test_a_dry_run_counts_and_writes_nothing(seller):
    found = import_orders(seller.desk, [row("9", *list(ROWS[0].values())[1:])], "online-retail", dry_run=True)
    assert (found.documents, found.made) == (1, 0)
    with seller.desk.reading(fresh=True) as session:
        assert session.scalar(sa.select(Order.id).where(Order.source_key == "9")) is None


def test_an_import_needs_its_permission(sqlite_office):
    from backoffice.core.errors import Forbidden

    with pytest.raises(Forbidden):
        import_orders(desk_of(sqlite_office, "clerk"), ROWS, "online-retail")


def test_an_amount_that_is_no_money_is_rounded_and_named(seller):
    rows = [row("550193", "PADS", "PADS", "1", "2011-04-15", "0.001", "13952", "United Kingdom"),
            row("550193", "84380", "COASTERS", "24", "2011-04-15", "1.25", "13952", "United Kingdom")]  # fmt: skip
    tried = import_orders(seller.desk, rows, "online-retail", dry_run=True)
    done = import_orders(seller.desk, rows, "online-retail")
    for found in (tried, done):
        assert [(one.number, one.said, one.booked) for one in found.rounded] == [
            ("550193", Decimal("30.001"), Decimal("30.00"))
        ]


@pytest.mark.skipif(not COUNTED, reason="goods: the plugin that counts them is not installed")
def test_goods_that_a_file_writes_off_or_finds_move_in_stock(keeper):
    rules = {**asdict(RULES), "source": "counted", "moves_goods": True}
    keeper.desk.execute("sales.mapping.create", code="counted", name="Counted", rules=rules)
    rows = [row("1", "LOST", "", quantity, "2010-12-01", "0", "", "") for quantity in ("7",)]
    rows += [row("2", "LOST", "damaged", "-3", "2010-12-02", "0", "", ""),
             row("3", "LOST", "Tea", "1", "2010-12-03", "2", "1", "United Kingdom")]  # fmt: skip
    found = import_orders(keeper.desk, rows, "counted")
    assert (found.made, found.adjustments) == (3, 2)
    with keeper.desk.reading(fresh=True) as session:
        id_ = session.scalar(sa.select(Product.id).where(Product.code == "LOST"))
        assert available(session, (id_,))[id_].on_hand == 3
    assert import_orders(keeper.desk, rows, "counted").known == 3


@pytest.mark.skipif(not FILE.exists(), reason="data: ../shared is not there")
def test_real_orders_come_to_what_an_independent_reckoning_says(sqlite_office, request):
    """The first documents by default; the whole file, with its sums, when asked to be thorough."""
    from backoffice.core.testing.offices import Offices

    folder = request.getfixturevalue("tmp_path_factory").mktemp("real") / "one"
    folder.mkdir()
    office = Offices("sqlite", folder, None).make(only=["parties", "products", "taxes", "sales"])
    desk = desk_of(office)
    if THOROUGH:
        summary = import_file(desk, FILE, "online-retail")
    else:
        some = list(islice(rows_of(FILE), 1500))
        whole = [one for one in some if one["InvoiceNo"] != some[-1]["InvoiceNo"]]
        summary = import_orders(desk, whole, "online-retail")
    assert summary.made == summary.documents
    expected = reference("by_document.csv", "invoice_no", "net_value")
    with desk.reading(fresh=True) as session:
        signed = sa.case((Order.kind == "return", -Order.total), else_=Order.total)
        rows = session.execute(sa.select(Order.source_key, sa.type_coerce(signed, Order.total.type)))
        found = dict(rows.all())
    wrong = {key: (value, expected[key]) for key, value in found.items() if abs(value - expected[key]) > HALF_A_CENT}
    assert wrong == {}
    if THOROUGH:
        checked(desk)
    office.close()


def reference(name, key, value):
    with (DATA / "reference" / name).open(encoding="utf-8") as lines:
        return {row[key]: Decimal(row[value]) for row in csv.DictReader(lines)}


def checked(desk):
    """Compare the report with the sums by month, country, customer and item."""
    from backoffice_sales.reports.selling import Asked, sold

    with desk.reading(fresh=True) as session:
        months = {one.key.strftime("%Y-%m"): one.net for one in sold(session, "month", Asked())}
        countries = {one.key: one.net for one in sold(session, "country", Asked())}
        items = {one.key: one.net for one in sold(session, "item", Asked())}
    cent = Decimal("0.01")
    assert {key: value.quantize(cent) for key, value in months.items()} == {
        key: value.quantize(cent) for key, value in reference("by_month.csv", "month", "net_value").items()
    }
    by_code = {}
    for name, value in reference("by_country.csv", "country", "net_value").items():
        code = RULES.countries.get(name)
        by_code[code] = by_code.get(code, 0) + value
    assert {key: value.quantize(cent) for key, value in countries.items()} == {
        key: value.quantize(cent) for key, value in by_code.items()
    }
    wanted = reference("by_stock_code.csv", "stock_code", "net_value")
    # What was only written off was never sold, and stands in no report of sales.
    assert all(abs(items.get(key, 0) - value) < cent for key, value in wanted.items())
