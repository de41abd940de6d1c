"""Books to measure with: a hundred accounts, journals, a fiscal year, and entries of two lines."""

from datetime import date

import sqlalchemy as sa

from backoffice.core.configuration import Configuration
from backoffice.core.memory import keep_loaded
from backoffice.core.office import Backoffice
from backoffice.core.testing.offices import add_organization, desk_of

ACCOUNTS = 100


def make(address, folder, *, journals=("GEN",), year=2026):
    """Return an office on a new database at ``address``, and the desk of its administrator."""
    office = opened(address, folder, create=True)
    office.upgrade()
    add_organization(office, "acme", "Acme Trading")
    office.start()
    keep_loaded()
    desk = desk_of(office)
    for n in range(ACCOUNTS):
        desk.execute("accounting.account.create", code=str(1000 + n), name=f"Account {n}", type="asset")
    for code in journals:
        desk.execute("accounting.journal.create", code=code, name=code, kind="general")
    desk.execute("accounting.open_year", start=f"{year}-01-01")
    return office, desk


def opened(address, folder, **more):
    """Return the office on the database at ``address`` with accounting alone."""
    return Backoffice(
        Configuration(database=address, folder=folder), only=frozenset({"accounting", "parties", "taxes"}), **more
    )


def entry(n, journal="GEN", accounts=range(ACCOUNTS)):
    """Return the ``n``-th entry, as it comes from an interface: amounts are text, accounts are codes."""
    amount = f"{100 + n % 900}.{n % 100:02d}"
    return {
        "date": f"2026-{1 + n % 12:02d}-{1 + n % 28:02d}",
        "journal": journal,
        "description": f"Entry {n}",
        "lines": [
            {"account": str(1000 + accounts[n % len(accounts)]), "debit": amount},
            {"account": str(1000 + accounts[(n + 7) % len(accounts)]), "credit": amount},
        ],
    }


def this_month(n, journal="GEN", accounts=range(ACCOUNTS)):
    """Return the ``n``-th entry, dated in one month as those of a working day are."""
    return {**entry(n, journal, accounts), "date": f"2026-11-{1 + n % 28:02d}"}


def relax(office, synchronous):
    """Let SQLite wait for its disk as ``synchronous`` says; the product itself asks for ``FULL``."""
    if office.database.dialect == "sqlite" and synchronous != "FULL":
        engine = office.database.write_engine
        sa.event.listen(engine, "connect", lambda c, _record: c.execute(f"PRAGMA synchronous={synchronous}"))
        engine.dispose()


def analysed(office):
    """Let the database know its tables, as it does by itself after a while."""
    with office.database.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def fill(office, desk, entries, *, journal="GEN"):
    """Post so many entries, spread over the year, through the vectorised form."""
    for start in range(0, entries, 10_000):
        some = [entry(n, journal) for n in range(start, min(start + 10_000, entries))]
        desk.execute_many("accounting.post_entry", some, per_transaction=1000)
    analysed(office)


END = date(2026, 12, 31)
