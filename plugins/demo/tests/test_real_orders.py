"""Five months of a real shop, 171,999 lines, through orders, stock, invoices and books, beside independent reckonings.

Only when asked to be thorough; the month the demonstration brings along is checked on every run.
"""

import csv
import os
import shutil
import subprocess
import time
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Account, Entry, Line, OpenItem
from backoffice_demo.london import company, orders
from backoffice_inventory.models import Balance, Move, Place
from backoffice_products.api import Product
from backoffice_sales.api import documents, import_orders
from backoffice_sales.importing.reading import rows_of
from backoffice_sales.models import Order, OrderLine
from backoffice_sales.reports.selling import Asked, sold

from backoffice.core.audit.verifying import verify
from backoffice.core.builtin.worker.host import OfficeHost
from backoffice.core.clock import FixedClock
from backoffice.core.configuration import Configuration
from backoffice.core.events import deliveries
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import Offices, desk_of
from backoffice.core.testing.work import work_off

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "orders_uci_online_retail"
FILE = DATA / "online_retail_2010-12_to_2011-04.csv.gz"
JOURNAL = DATA / "online_retail_2010-12_to_2011-04.journal"
LIMIT = int(os.environ.get("BACKOFFICE_DOCUMENTS", "0")) or None
"""Fewer documents, to try the test itself."""
BEFORE = ["demo", "inventory", "parties", "products", "sales", "taxes"]
ALL = [*BEFORE, "accounting"]
CLOCK = FixedClock(datetime(2011, 5, 1, 12, tzinfo=UTC))
PENNY = Decimal("0.01")
ACCOUNTS = {
    "Assets:Receivable": "1100", "Income:Goods sold": "4000", "Income:Goods returned": "4100",
    "Income:Carriage": "4200", "Income:Discounts": "4300", "Income:Manual": "4400", "Income:Other": "4900",
    "Expenses:Bank charges": "6100", "Expenses:Marketplace fees": "6200", "Expenses:Charity commission": "6300",
    "Expenses:Bad debt": "6900",
}  # fmt: skip
STOCK = {"1300", "5000", "5100", "4500", "3900"}
"""Accounts of goods, which the file knows nothing of."""

pytestmark = [
    pytest.mark.skipif(not os.environ.get("BACKOFFICE_THOROUGH"), reason="only when asked to be thorough"),
    pytest.mark.skipif(not FILE.exists(), reason="data: ../shared is not there"),
]


def penny(amount):
    return amount.quantize(PENNY, ROUND_HALF_UP)


@pytest.fixture(scope="module")
def rows():
    found = list(rows_of(FILE))
    if LIMIT:
        wanted = set(islice(dict.fromkeys(row["InvoiceNo"] for row in found), LIMIT))
        found = [row for row in found if row["InvoiceNo"] in wanted]
    return found


@pytest.fixture(scope="module")
def read(rows):
    return list(documents(rows, orders.rules()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("real") / "offices"
    made.mkdir()
    return made


def replay(desk, rows, read):
    """Bring the whole file in, from opening stock on; print how long it took."""
    company.set_up_goods(desk)
    found = orders.needed(read)
    company._products(desk, found)
    company._opening(desk, found)
    began, cpu = time.perf_counter(), time.process_time()
    summary = import_orders(desk, rows, company.MAPPING)
    took, worked = time.perf_counter() - began, time.process_time() - cpu
    print(
        f"{summary.made_lines} lines in {took:.0f} s ({worked:.0f} s of processor): "
        f"{summary.made_lines / took:.0f} lines a second, {summary.made_lines / worked:.0f} a processor second"
    )
    return summary


def set_up_books(desk):
    company.set_up_books(desk)
    desk.execute("accounting.open_year", {"start": date(2011, 1, 1)})


@pytest.fixture(scope="module")
def replayed(folder, rows, read):
    """An office that had accounting all along, and what the import told."""
    office = Offices("sqlite", folder).make(only=ALL, clock=CLOCK)
    desk = desk_of(office)
    set_up_books(desk)
    summary = replay(desk, rows, read)
    yield desk, summary
    office.close()


def ledger(desk):
    """Every total of the ledger by account and month, as text."""
    with desk.reading(fresh=True) as session:
        entries = session.execute(
            sa.select(Account.code, Entry.date, Line.amount)
            .join(Line, Line.account_id == Account.id)
            .join(Entry, Entry.id == Line.entry_id)
            .where(Entry.state == "posted")
        )
        totals = defaultdict(Decimal)
        for code, day, amount in entries:
            totals[code, day.strftime("%Y-%m")] += amount
    return {key: value for key, value in totals.items() if value}


def by_account(totals):
    found = defaultdict(Decimal)
    for (code, _month), value in totals.items():
        found[code] += value
    return {code: value for code, value in found.items() if value}


def reference(name, key, value):
    with (DATA / "reference" / name).open(encoding="utf-8") as lines:
        return {row[key]: Decimal(row[value]) for row in csv.DictReader(lines)}


def signed():
    return sa.type_coerce(sa.case((Order.kind == "return", -Order.total), else_=Order.total), Order.total.type)


def grouped(desk, column):
    with desk.reading(fresh=True) as session:
        found = defaultdict(Decimal)
        for key, value in session.execute(sa.select(column, signed())):
            found[key] += value
    return found


# -- orders ------------------------------------------------------------------------------------------------------------


def test_every_document_and_line_comes_in_and_the_one_that_is_rounded_is_named(replayed, rows, read):
    _desk, summary = replayed
    assert (summary.made, summary.made_lines) == (len(read), len(rows))
    assert summary.duplicates > 0
    assert [(one.number, one.said, one.booked) for one in summary.rounded] == (
        [] if LIMIT else [("550193", Decimal("2042.761"), Decimal("2042.76"))]
    )


def test_every_document_comes_to_what_the_reckoning_says(replayed, read):
    found = grouped(replayed[0], Order.source_key)
    expected = reference("by_document.csv", "invoice_no", "net_value")
    assert {one.number: found[one.number] for one in read} == {one.number: penny(expected[one.number]) for one in read}


@pytest.mark.skipif(LIMIT is not None, reason="only of the whole file")
def test_months_countries_and_codes_come_to_what_the_reckoning_says(replayed):
    with replayed[0].reading(fresh=True) as session:
        months = {one.key.strftime("%Y-%m"): one.net for one in sold(session, "month", Asked())}
        countries = {one.key: one.net for one in sold(session, "country", Asked())}
        items = {one.key: one.net for one in sold(session, "item", Asked())}
    wanted = reference("by_month.csv", "month", "net_value")
    assert months == {key: penny(value) for key, value in wanted.items()}
    by_code = defaultdict(Decimal)
    for name, value in reference("by_country.csv", "country", "net_value").items():
        by_code[orders.rules().countries.get(name)] += value
    assert countries == {key: penny(value) for key, value in by_code.items()}
    wanted = reference("by_stock_code.csv", "stock_code", "net_value")
    # What was only written off or found was never sold, and stands in no report of sales.
    assert {key for key in wanted if key not in items} <= {key for key, value in wanted.items() if not value}
    assert items == {key: penny(value) for key, value in wanted.items() if key in items}


@pytest.mark.skipif(LIMIT is not None, reason="only of the whole file")
def test_every_customer_owes_what_the_reckoning_says(replayed):
    from backoffice_parties.models import Party

    with replayed[0].reading(fresh=True) as session:
        owed = defaultdict(Decimal)
        for code, amount in session.execute(
            sa.select(Party.code, OpenItem.open_amount).join(Party, Party.id == OpenItem.party_id)
        ):
            owed[code] += amount
    wanted = reference("by_customer.csv", "customer_id", "balance")
    expected = {key or "no-customer": penny(value) for key, value in wanted.items() if penny(value)}
    assert {key: value for key, value in owed.items() if value} == expected


# -- books -------------------------------------------------------------------------------------------------------------


def rounded_journal(read):
    """Yield the journal of the file with each amount to the penny, the form a ledger in pounds can hold."""
    wanted = {one.number for one in read}
    inside = False
    for line in JOURNAL.read_text("utf-8").splitlines():
        if line[:1].isdigit():
            inside = line.split("(", 1)[1].split(")", 1)[0] in wanted
        if line.startswith("    ") and inside:
            name, amount, currency = line.strip().rsplit(" ", 2)
            yield f"    {name.strip()}  {penny(Decimal(amount))} {currency}"
        elif inside or not line or line.startswith("commodity"):
            yield line


def hledger(path, *arguments):
    done = subprocess.run(["hledger", "-f", str(path), *arguments, "-O", "csv"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(csv.reader(done.stdout.splitlines()))


def amount(text):
    return Decimal(text.replace("GBP", "").replace(",", "").strip() or "0")


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_the_ledger_is_the_trial_balance_of_hledger_month_by_month(replayed, read, tmp_path):
    path = tmp_path / "rounded.journal"
    path.write_text("\n".join(rounded_journal(read)) + "\n", "utf-8")
    [head, *rows] = hledger(path, "balance", "--depth", "2", "--monthly", "--flat", "--no-total")
    expected = {
        (ACCOUNTS[row[0]], month): amount(cell)
        for row in rows
        for month, cell in zip(head[1:], row[1:], strict=True)
        if amount(cell)
    }
    ours = {key: value for key, value in ledger(replayed[0]).items() if key[0] not in STOCK}
    assert ours == expected
    if not LIMIT:
        wanted = {ACCOUNTS[k]: penny(amount(v)) for k, v in hledger_reference()}
        assert by_account(ours) == wanted


def hledger_reference():
    with (DATA / "reference" / "hledger_trial_balance_depth2.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["account"].lower() != "total":
                yield row["account"], row["balance"]


def test_nothing_waits_on_the_work_list_and_the_ledger_balances(replayed):
    from backoffice_accounting.models import Parked

    with replayed[0].reading(fresh=True) as session:
        assert session.scalar(sa.select(sa.func.count(Parked.id))) == 0
    assert sum(ledger(replayed[0]).values()) == 0


# -- stock -------------------------------------------------------------------------------------------------------------


def stock_of(read):
    """What is there of each product at the end, from the file alone."""
    there = defaultdict(Decimal)
    for code, one in orders.needed(read).items():
        there[code] = one.quantity + orders.SPARE
    for document in read:
        for code, quantity, _name, _price in orders._goods(document):
            there[code] += quantity
    return there


def test_stock_is_the_sum_of_its_moves_and_of_the_file(replayed, read):
    with replayed[0].reading(fresh=True) as session:
        codes = dict(session.execute(sa.select(Product.id, Product.code)).all())
        ours = set(session.scalars(sa.select(Place.id).where(Place.kind == "internal")))
        moved, there = defaultdict(Decimal), defaultdict(Decimal)
        for product, origin, target, quantity in session.execute(
            sa.select(Move.product_id, Move.from_id, Move.to_id, Move.quantity)
        ):
            moved[codes[product]] += (quantity if target in ours else 0) - (quantity if origin in ours else 0)
        for product, quantity in session.execute(sa.select(Balance.product_id, Balance.on_hand)):
            there[codes[product]] += quantity
    assert there == moved == stock_of(read)


def test_goods_that_were_written_off_or_found_moved(replayed, read):
    lines = [line for one in read if one.kind == "adjustment" for line in one.lines if line.purpose is None]
    with replayed[0].reading(fresh=True) as session:
        loss = set(session.scalars(sa.select(Place.id).where(Place.kind == "loss")))
        adjusted = sa.select(sa.func.count(Move.id), sa.func.sum(Move.quantity)).where(Move.to_id.in_(loss))
        count, quantity = session.execute(adjusted).one()
        ordered = session.scalar(
            sa.select(sa.func.count(OrderLine.id))
            .join(Order, Order.id == OrderLine.order_id)
            .where(Order.kind == "adjustment")
        )
    gone = [line.quantity for line in lines if line.quantity < 0]
    assert (count, -(quantity or 0), ordered) == (len(gone), sum(gone), sum(one.kind == "adjustment" for one in read))


def test_stock_has_no_drift_and_is_in_the_books_at_its_value(replayed):
    desk = replayed[0]
    assert desk.execute("inventory.check")["drift"] == []
    answer = desk.report("inventory.valuation", {"date": date(2011, 4, 30)})
    place = [column.name for column in answer.columns].index("value")
    assert sum(row.cells[place] for row in answer.rows) == by_account(ledger(desk))["1300"]


def test_the_audit_trail_is_whole(replayed):
    found = verify(replayed[0].office)
    assert (found.findings, found.more) == ((), 0)


# -- accounting that comes last ----------------------------------------------------------------------------------------


def work_replayed(office):
    """Hand everything that happened to accounting, as `backoffice plugin replay accounting --work` does."""
    host = OfficeHost(office)
    assert deliveries.replay(host, "accounting", None) > 0
    work_off(office)


@pytest.fixture(scope="module")
def written(request):
    """The ledger of the office that had accounting all along; kept in a file between two runs where one is named."""
    kept = os.environ.get("BACKOFFICE_LEDGER")
    if kept and Path(kept).exists():
        return Path(kept).read_text("utf-8")
    found = totals_of(request.getfixturevalue("replayed")[0])
    if kept:
        Path(kept).write_text(found, "utf-8")
    return found


def totals_of(desk):
    return "".join(f"{code} {month} {value}\n" for (code, month), value in sorted(ledger(desk).items()))


def test_accounting_that_is_installed_at_the_end_comes_to_the_same(written, folder, rows, read):
    office = Offices("sqlite", folder).make(only=BEFORE, clock=CLOCK)
    replay(desk_of(office), rows, read)
    address = office.configuration.database
    office.close()
    late = Backoffice(Configuration(database=address, folder=folder), only=frozenset(ALL), clock=CLOCK)
    late.upgrade()
    late.start()
    set_up_books(desk_of(late))
    began = time.perf_counter()
    work_replayed(late)
    print(f"accounting replayed in {time.perf_counter() - began:.0f} s")
    assert totals_of(desk_of(late)) == written
    late.close()
