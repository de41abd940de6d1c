"""Stock: goods received and issued first in, first out, through the office: valued, permitted, numbered, audited.

Beside the driver writing the same rows statement by statement, and beside Tryton where ``--tryton`` names a folder.
A document of one line a transaction, one of twenty, and fifty such by one call; with ``--million`` also what an issue
costs, and how long what is there takes to read, while the moves grow from a thousand to a million.
"""

import json
from datetime import datetime
from decimal import Decimal
from itertools import count

import books
import driver
import measuring
import tryton_peer

PRODUCTS = 200
PLUGINS = frozenset({"parties", "products", "inventory"})
SIZES = (("one line", 1, 1), ("twenty lines", 1, 20), ("fifty documents of twenty lines", 50, 20))


def make(address, folder):
    """Return an office with some products, its desk, and the ids of the products."""
    from backoffice.core.clock import FixedClock
    from backoffice.core.configuration import Configuration
    from backoffice.core.memory import keep_loaded
    from backoffice.core.office import Backoffice
    from backoffice.core.testing.offices import add_organization, desk_of

    configuration = Configuration(database=address, folder=folder, requests_per_minute=0)
    clock = FixedClock(datetime.now().astimezone())
    office = Backoffice(configuration, clock=clock, only=PLUGINS, create=True)
    office.upgrade()
    add_organization(office, "acme", "Acme Trading")
    office.start()
    keep_loaded()
    desk = desk_of(office)
    desk.execute("products.install_units")
    desk.execute("inventory.install_places")
    values = [{"name": f"Product {n}", "code": f"P{n:04}", "unit": "pc"} for n in range(PRODUCTS)]
    desk.execute_many("products.product.create", values, per_transaction=PRODUCTS)
    return office, desk, list(range(1, PRODUCTS + 1))


class Mover:
    """Receives and issues, each time other products."""

    def __init__(self, desk, ids):
        self.desk, self.ids, self.numbers = desk, ids, count(1)

    def document(self, kind, lines):
        """Return a document with its lines."""
        from backoffice_products.api import GoodsDocument, Movement

        n = next(self.numbers)
        receipt = kind == "receipt"
        quantity, cost = Decimal(10 if receipt else 1), Decimal(200 + n % 50) / 100 if receipt else None
        some = [self.ids[(n * 7 + place) % len(self.ids)] for place in range(lines)]
        movements = [Movement(str(place), id_, quantity, unit_cost=cost) for place, id_ in enumerate(some)]
        day = self.desk.office.clock.now().date()
        return GoodsDocument("bench", f"{kind}-{n}", kind, day), movements

    def move(self, kind, lines):
        """Move one document in a transaction of its own."""
        document, movements = self.document(kind, lines)
        asked = {"document": document, "movements": movements}
        self.desk.run(lambda session: session.hooks.first("products_move", session=session, **asked))

    def many(self, kind, documents, lines):
        """Move many documents in one transaction."""
        some = [self.document(kind, lines) for _ in range(documents)]
        self.desk.run(lambda session: session.hooks.first("products_move_many", session=session, documents=some))


TABLES = """
CREATE TABLE paper(id {key}, number varchar(20) NOT NULL UNIQUE, kind varchar(20) NOT NULL, date date NOT NULL,
  created_at timestamp);
CREATE TABLE move(id {key}, paper_id integer NOT NULL REFERENCES paper(id), product_id integer NOT NULL,
  from_id integer NOT NULL, to_id integer NOT NULL, quantity bigint NOT NULL, value bigint NOT NULL, date date);
CREATE INDEX move_paper ON move(paper_id);
CREATE INDEX move_product ON move(product_id, date, id);
CREATE TABLE layer(id {key}, move_id integer NOT NULL REFERENCES move(id), product_id integer NOT NULL,
  quantity bigint NOT NULL, value bigint NOT NULL, left_quantity bigint NOT NULL, left_value bigint NOT NULL);
CREATE INDEX layer_open ON layer(product_id, id) WHERE left_quantity > 0;
CREATE TABLE taken(id {key}, layer_id integer NOT NULL REFERENCES layer(id), move_id integer NOT NULL
  REFERENCES move(id), quantity bigint NOT NULL, value bigint NOT NULL);
CREATE TABLE there(product_id integer PRIMARY KEY, quantity bigint NOT NULL, value bigint NOT NULL);
CREATE TABLE audit(id {key}, at timestamp NOT NULL, entity varchar(30) NOT NULL, entity_id integer NOT NULL,
  payload {json} NOT NULL);
"""
PAPER = "INSERT INTO paper(number, kind, date, created_at) VALUES (?, ?, ?, ?) RETURNING id"
AUDIT = "INSERT INTO audit(at, entity, entity_id, payload) VALUES (?, ?, ?, ?)"
MOVE = (
    "INSERT INTO move(paper_id, product_id, from_id, to_id, quantity, value, date) VALUES (?, ?, ?, ?, ?, ?, ?) "
    "RETURNING id"
)
LAYER = (
    "INSERT INTO layer(move_id, product_id, quantity, value, left_quantity, left_value) "
    "VALUES (?, ?, 10, 2500, 10, 2500)"
)
OLDEST = (
    "SELECT id, left_quantity, left_value FROM layer WHERE product_id = ? AND left_quantity > 0 ORDER BY id LIMIT 1"
)
LESS = "UPDATE layer SET left_quantity = left_quantity - 1, left_value = left_value - ? WHERE id = ?"
TAKEN = "INSERT INTO taken(layer_id, move_id, quantity, value) VALUES (?, ?, 1, ?)"
THERE = "UPDATE there SET quantity = quantity + ?, value = value + ? WHERE product_id = ?"
NOW = datetime(2026, 11, 23, 12).isoformat()


class Floor:
    """The bare driver writing the same rows: paper, moves, layers, what was taken, what is there, one audit row."""

    def __init__(self, dialect, address, synchronous):
        self.sqlite = dialect == "sqlite"
        made = driver.OnSqlite(address, synchronous) if self.sqlite else driver.OnPostgresql(address)
        self.connection, self.numbers = made.connection, count(1)
        key = "integer PRIMARY KEY" if self.sqlite else "integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"
        text = TABLES.format(key=key, json="text" if self.sqlite else "jsonb")
        self.connection.executescript(text) if self.sqlite else self.connection.execute(text)
        for n in range(1, PRODUCTS + 1):
            self._run("INSERT INTO there(product_id, quantity, value) VALUES (?, 0, 0)", (n,))
        self.connection.commit()

    def _run(self, text, values=()):
        return self.connection.execute(text if self.sqlite else text.replace("?", "%s"), values)

    def move(self, kind, lines, documents=1):
        """Write documents in one transaction."""
        for _ in range(documents):
            n = next(self.numbers)
            paper = self._run(PAPER, (f"N{n}", kind, NOW[:10], NOW)).fetchone()[0]
            for place in range(lines):
                self._line(kind, paper, 1 + (n * 7 + place) % PRODUCTS)
            self._run(AUDIT, (NOW, "paper", paper, json.dumps({"n": n})))
        self.connection.commit()

    def _line(self, kind, paper, product):
        if kind == "receipt":
            move = self._run(MOVE, (paper, product, 1, 2, 10, 2500, NOW[:10])).fetchone()[0]
            self._run(LAYER, (move, product))
            self._run(THERE, (10, 2500, product))
            return
        layer, quantity, value = self._run(OLDEST, (product,)).fetchone()
        cost = value // quantity
        move = self._run(MOVE, (paper, product, 2, 3, 1, cost, NOW[:10])).fetchone()[0]
        self._run(LESS, (cost, layer))
        self._run(TAKEN, (layer, move, cost))
        self._run(THERE, (-1, -cost, product))


class Tryton(tryton_peer.Tryton):
    """A Tryton server's process that receives and issues goods by first in, first out."""

    packages = (*tryton_peer.Tryton.packages, "trytond_product_cost_fifo==8.2.*")
    modules = ("account", "product_cost_fifo")
    inside = "tryton_stock.py"


def measure(options, folder):
    """Print a line for each database, kind and size."""
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            office, desk, ids = make(address("office"), folder)
            books.relax(office, options.synchronous)
            mover, floor = Mover(desk, ids), Floor(dialect, address("floor"), options.synchronous)
            if options.million:
                _growing(dialect, office, desk, mover)
            for _ in range(30):
                mover.many("receipt", 50, 20), floor.move("receipt", 20, 50)
            books.analysed(office)
            for name, documents, lines in SIZES:
                for kind in ("receipt", "delivery"):
                    _beside(options, f"stock/{dialect}/{kind}/{name}", mover, floor, kind, documents, lines)
            if options.tryton is not None:
                _beside_tryton(options, dialect, mover, Tryton(options.tryton / "stock", dialect, address))
            office.close()


def _turn(mover, kind, documents, lines):
    return lambda: mover.move(kind, lines) if documents == 1 else mover.many(kind, documents, lines)


def _beside(options, name, mover, floor, kind, documents, lines):
    turn, each, seconds = _turn(mover, kind, documents, lines), documents * lines, options.seconds
    found = measuring.alternate(
        options.rounds,
        office=lambda: measuring.rate(turn, each, seconds),
        floor=lambda: measuring.rate(lambda: floor.move(kind, lines, documents), each, seconds),
    )
    measuring.emit(name, "moves/s", found["office"], found["floor"], floor="driver")


def _beside_tryton(options, dialect, mover, peer):
    """Print moves a second, one in a transaction and a hundred, beside Tryton's own."""
    with peer:
        for each, documents, lines in ((1, 1, 1), (100, 5, 20)):
            for kind, sign in (("receipt", 1), ("delivery", -1)):
                turn = _turn(mover, kind, documents, lines)
                found = measuring.alternate(
                    options.rounds,
                    office=lambda turn=turn, n=each: measuring.rates(turn, n, options.seconds),
                    tryton=lambda n=each * sign: peer.rates(n, options.seconds),
                )
                (office, own), (tryton, its) = (zip(*found[side], strict=True) for side in ("office", "tryton"))
                name, computed = f"stock/{dialect}/{kind}/{each}/tryton", measuring.compared(own, its)
                measuring.emit(name, "moves/s", office, tryton, floor=peer.version, computed=computed)


def _growing(dialect, office, desk, mover):
    """Print what an issue and a reading cost while the moves grow."""
    base, first, moved = None, None, 0
    for _ in range(2):
        mover.move("receipt", PRODUCTS)
    for size in (1_000, 10_000, 100_000, 1_000_000):
        while moved < size:
            mover.many("receipt", 25, 20), mover.many("delivery", 25, 20)
            moved += 1_000
        books.analysed(office)
        issue = measuring.took(lambda: mover.move("delivery", 20), 60) * 1000
        alone = measuring.computed(lambda: mover.move("delivery", 20), 60) * 1000
        reading = measuring.took(lambda: _on_hand(desk, mover.ids[7]), 30) * 1000
        base, first = base or issue, first or alone
        told = {"moves": size, "issue_ms": round(issue, 2), "ratio": round(issue / base, 2)}
        told |= {"computed_ms": round(alone, 2), "computed_ratio": round(alone / first, 2)}
        print(json.dumps({"name": f"stock/{dialect}/growing", **told, "on_hand_ms": round(reading, 2)}), flush=True)


def _on_hand(desk, product):
    from backoffice_inventory.reports import quantities

    with desk.reading() as session:
        return quantities(session, None, None, product)
