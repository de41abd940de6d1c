"""Orders of a real shop through the whole chain: order, stock, shipment, invoice, ledger, valued, numbered and audited.

Each turn brings the next documents of the demonstration's month in, under new numbers where it begins again; the driver
then writes the same rows, those of the log of events and of the audit trail among them, into the same tables with the
same indexes, statement by statement, without triggers, validation or balances that are added to. Beside it stands what
the import does without the books, and without stock either.
"""

import time
from datetime import UTC, datetime
from itertools import count, islice

import books
import measuring

CHAIN = frozenset({"demo", "accounting", "inventory", "parties", "products", "sales", "taxes"})
KINDS = (
    ("order to ledger", CHAIN),
    ("with stock", CHAIN - {"accounting"}),
    ("orders alone", frozenset({"parties", "products", "sales", "taxes"})),
)
EACH = 100
"""Documents in a transaction."""
DOCUMENTS = 300
"""The first ones of the month, over and over again."""


class Importer:
    """Brings in documents, each time others."""

    def __init__(self, address, folder, plugins):
        from backoffice_demo.london import company, orders

        from backoffice.core.clock import FixedClock
        from backoffice.core.configuration import Configuration
        from backoffice.core.office import Backoffice
        from backoffice.core.testing.offices import add_organization, desk_of

        configuration = Configuration(database=address, folder=folder, requests_per_minute=0)
        clock = FixedClock(datetime(2011, 1, 15, 12, tzinfo=UTC))
        self.office = Backoffice(configuration, clock=clock, only=plugins, create=True)
        self.office.upgrade()
        add_organization(self.office, "acme", "Acme Trading")
        self.office.start()
        self.desk = desk_of(self.office)
        self.mapping = company.MAPPING if "inventory" in plugins else "online-retail"
        if "accounting" in plugins:
            company.set_up_books(self.desk)
        if "inventory" in plugins:
            company.set_up_goods(self.desk)
            found = orders.needed(orders.month()[:DOCUMENTS])
            company._products(self.desk, found)
            for one in found.values():
                one.quantity *= 50
            company._opening(self.desk, found)
        self.stream = self._documents(orders)

    def _documents(self, orders):
        together = {}
        for row in orders.rows():
            together.setdefault(row["InvoiceNo"], []).append(row)
        for again in count():
            for number, rows in islice(together.items(), DOCUMENTS):
                renamed = f"{number}-{again}" if again else number
                yield [{**row, "InvoiceNo": renamed} for row in rows]

    def bring_in(self, documents):
        """Bring in so many documents and return how many lines they have."""
        from backoffice_sales.api import import_orders

        rows = [row for some in islice(self.stream, documents) for row in some]
        import_orders(self.desk, rows, self.mapping, per_transaction=EACH)
        return len(rows)


class Floor:
    """The driver writing rows that are in the office's database into one of its own."""

    def __init__(self, dialect, address, beside, synchronous):
        import sqlalchemy as sa
        from backoffice_sales.models import Order

        self.sqlite, self.beside = dialect == "sqlite", sa.create_engine(beside)
        metadata = Order.metadata
        there = set(sa.inspect(self.beside).get_table_names())
        self.tables = [t for t in metadata.sorted_tables if t.name in there and "id" in t.columns]
        own = sa.create_engine(address, connect_args={} if self.sqlite else {"prepare_threshold": 5})
        with own.begin() as connection:
            if not self.sqlite:
                connection.exec_driver_sql("SET session_replication_role = replica")
            metadata.create_all(connection, tables=[t for t in metadata.sorted_tables if t.name in there])
        self.connection = own.raw_connection().driver_connection
        if self.sqlite:
            self.connection.execute("PRAGMA journal_mode = wal")
            self.connection.execute(f"PRAGMA synchronous = {synchronous}")
        else:
            self.connection.execute("SET session_replication_role = replica")
            self.connection.commit()
        self.last = {t.name: 0 for t in self.tables}
        self.new()

    def new(self):
        """Return the rows that were added since, table by table, as the driver takes them."""
        found = []
        with self.beside.connect() as connection:
            for table in self.tables:
                cursor = connection.exec_driver_sql(
                    f"SELECT * FROM {table.name} WHERE id > {self.last[table.name]} ORDER BY id"
                )
                columns = list(cursor.keys())
                rows = [tuple(self._plain(value) for value in row) for row in cursor]
                if rows:
                    self.last[table.name] = rows[-1][columns.index("id")]
                    marks = ", ".join(["?" if self.sqlite else "%s"] * len(columns))
                    found.append((f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})", rows))
        return found

    def _plain(self, value):
        if self.sqlite or not isinstance(value, dict | list):
            return value
        from psycopg.types.json import Jsonb

        return Jsonb(value)

    def write(self, found, transactions):
        """Write the rows statement by statement in so many transactions; return how many there were."""
        written = 0
        for part in range(transactions):
            for text, rows in found:
                for row in rows[part::transactions]:
                    self.connection.execute(text, row)
                    written += 1
            self.connection.commit()
        return written


def measure(options, folder):
    """Print a line for each database and kind: lines a second, and how many rows each line became."""
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            for name, plugins in KINDS:
                _beside(options, folder, dialect, address, name, plugins)


def _beside(options, folder, dialect, address, name, plugins):
    key = name.replace(" ", "-")
    home = address(f"orders-{key}")
    importer = Importer(home, folder, plugins)
    books.relax(importer.office, options.synchronous)
    importer.bring_in(EACH)
    books.analysed(importer.office)
    floor = Floor(dialect, address(f"floor-{key}"), home, options.synchronous)
    found = {"office": [], "floor": [], "cpu": [], "rows": []}
    for _ in range(options.rounds):
        documents = EACH * max(1, int(options.seconds))
        began, cpu = time.perf_counter(), time.process_time()
        lines = importer.bring_in(documents)
        found["office"].append(lines / (time.perf_counter() - began))
        found["cpu"].append(lines / (time.process_time() - cpu))
        rows = floor.new()
        began = time.perf_counter()
        written = floor.write(rows, documents // EACH)
        found["floor"].append(lines / (time.perf_counter() - began))
        found["rows"].append(written / lines)
    more = {"rows_each": round(sum(found["rows"]) / options.rounds, 2), "cpu": round(max(found["cpu"]))}
    measuring.emit(f"orders/{dialect}/{name}", "lines/s", found["office"], found["floor"], floor="driver", **more)
    importer.office.close()
