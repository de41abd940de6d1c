"""Invoices: three lines that bear one tax, issued and posted through the office, with their entries in the books.

One by one through the action, and twenty or a hundred to a transaction through ``execute_many``; beside the driver
writing the rows of one entry alone, and beside Tryton where ``--tryton`` names a folder for it.
"""

from itertools import count

import books
import driver
import measuring
import tryton_peer

CUSTOMERS = 100
ACCOUNTS = (
    ("1900", "Customers", "asset", "receivable"),
    ("2900", "Tax payable", "liability", "tax"),
    ("4000", "Sales", "income", "revenue"),
)
SIZES = (1, 20, 100)


class Tryton(tryton_peer.Tryton):
    """A Tryton server's process that issues invoices."""

    packages = ("trytond==8.2.*", "trytond_account_invoice==8.2.*", "proteus==8.2.*", "psycopg[binary,pool]")
    modules = ("account_invoice",)
    inside = "tryton_invoices.py"
    largest = 20


def measure(options, folder):
    """Print a line for each database, number to a transaction, and peer."""
    with measuring.databases(options, folder) as databases:
        for dialect, address in databases:
            office, desk = make(address("office"), folder)
            books.relax(office, options.synchronous)
            issuer, floor = Issuer(desk), driver.floor(dialect, address("floor"), options.synchronous)
            for _ in range(10):
                issuer.issue(1), issuer.issue(100), floor.post(1), floor.post(100)
            books.analysed(office)
            _beside_the_driver(options, dialect, issuer, floor)
            if options.tryton is not None:
                _beside_tryton(options, dialect, issuer, Tryton(options.tryton / "invoices", dialect, address))
            office.close()


def make(address, folder):
    """Return an office that can invoice, and the desk of its administrator."""
    office, desk = books.make(address, folder, journals=("GEN",))
    desk.execute("accounting.journal.create", code="SAL", name="Sales", kind="sale")
    for code, name, type_, subtype in ACCOUNTS:
        desk.execute("accounting.account.create", code=code, name=name, type=type_, subtype=subtype)
    desk.execute(
        "taxes.code.create",
        code="T10",
        name="Ten per cent",
        country="SA",
        rates=[{"rate": "10", "valid_from": "2020-01-01"}],
    )
    customers = [{"name": f"Customer {n}", "customer": True} for n in range(CUSTOMERS)]
    desk.execute_many("parties.party.create", customers, per_transaction=CUSTOMERS)
    return office, desk


class Issuer:
    """Issues one or many invoices, each to another customer."""

    def __init__(self, desk):
        self.desk, self.numbers = desk, count(1)

    def invoice(self):
        """Return the next invoice, as it comes from an interface."""
        n = next(self.numbers)
        lines = [{"description": f"Line {k}", "quantity": "2", "unit_price": "40.00", "taxes": "T10"} for k in range(3)]
        return {"party": 1 + n % CUSTOMERS, "date": f"2026-11-{1 + n % 28:02d}", "lines": lines}

    def issue(self, many):
        """Issue so many in one transaction: one by the action, more by its vectorised form."""
        if many == 1:
            self.desk.execute("accounting.issue_invoice", self.invoice())
        else:
            some = [self.invoice() for _ in range(many)]
            self.desk.execute_many("accounting.issue_invoice", some, per_transaction=many)


def _beside_the_driver(options, dialect, issuer, floor):
    for many in SIZES:
        found = measuring.alternate(
            options.rounds,
            office=lambda many=many: measuring.rate(lambda: issuer.issue(many), many, options.seconds),
            floor=lambda many=many: measuring.rate(lambda: floor.post(many), many, options.seconds),
        )
        measuring.emit(
            f"invoices/{dialect}/{many}", "invoices/s", found["office"], found["floor"],
            floor="the driver writing an entry of two lines",
            synchronous=options.synchronous if dialect == "sqlite" else "on",
        )  # fmt: skip


def _beside_tryton(options, dialect, issuer, peer):
    with peer:
        for many in SIZES:
            found = measuring.alternate(
                options.rounds,
                office=lambda many=many: measuring.rate(lambda: issuer.issue(many), many, options.seconds),
                tryton=lambda many=many: peer.rate(many, options.seconds),
            )
            name = f"invoices/{dialect}/{many}/tryton"
            measuring.emit(name, "invoices/s", found["office"], found["tryton"], floor=peer.version)
