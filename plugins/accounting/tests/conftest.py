"""Books to test with: a small chart, journals and the year 2026, on both databases; and a plain SQL connection."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import Account, Journal
from hypothesis import settings

from backoffice.core.persistence.engines import install_functions
from backoffice.core.testing.offices import desk_of

# The same examples on every run; a database is often behind them, so there is no deadline each.
settings.register_profile("books", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("books")

ACCOUNTS = {
    "1100": ("Customers", "asset", "receivable"),
    "1200": ("Bank", "asset", "bank"),
    "1210": ("Cash", "asset", "cash"),
    "2100": ("Suppliers", "liability", "payable"),
    "3000": ("Capital", "equity", "capital"),
    "4000": ("Sales", "income", "revenue"),
    "4100": ("Returns", "income", "revenue"),
    "4800": ("Exchange gains", "income", "other_income"),
    "6000": ("Rent", "expense", "operating_expense"),
    "6800": ("Exchange losses", "expense", "other_expense"),
}
JOURNALS = {"GEN": ("General", "general"), "SAL": ("Sales", "sale"), "BNK": ("Bank", "bank")}


ONE_DATABASE = {"test_bills", "test_document", "test_invoice_requests", "test_owed", "test_payment_runs"}
"""Modules whose tests run on SQLite alone: what they do in the database is tested on both elsewhere."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Leave out PostgreSQL where it makes no difference, before the fixture asks for both."""
    chosen = Path(metafunc.module.__file__).stem in ONE_DATABASE and not os.environ.get("BACKOFFICE_THOROUGH")
    if "offices" in metafunc.fixturenames and chosen:
        metafunc.definition.add_marker(pytest.mark.parametrize("offices", ["sqlite"], indirect=True))


@dataclass
class Books:
    """The books of the company ``main``, and short ways to write in them."""

    desk: object
    accounts: dict = field(default_factory=dict)
    journals: dict = field(default_factory=dict)

    def account(self, code, name, type_, subtype=None, **values):
        self.accounts[code] = self.do("account.create", code=code, name=name, type=type_, subtype=subtype, **values)[
            "id"
        ]
        return self.accounts[code]

    def journal(self, code, name, kind):
        self.journals[code] = self.do("journal.create", code=code, name=name, kind=kind)["id"]

    def do(self, action, /, **values):
        return self.desk.execute(f"accounting.{action}", values)

    def post(self, *lines, date="2026-01-15", journal="GEN", **values):
        """Post an entry of lines written as ("1200", "100.00") or with a dictionary."""
        written = [line if isinstance(line, dict) else {"account": line[0], "amount": line[1]} for line in lines]
        return self.do("post_entry", date=date, journal=journal, lines=written, **values)

    def draft(self, *lines, date="2026-01-15", journal="GEN", **values):
        sides = [
            {"account": code, "debit" if not amount.startswith("-") else "credit": amount.lstrip("-")}
            for code, amount in lines
        ]
        return self.do("entry.create", date=date, journal=journal, lines=sides, **values)

    def party(self, name="Aster Trading", **values):
        return self.desk.execute("parties.party.create", {"name": name, "customer": True, **values})["id"]

    def set(self, name, value):
        """Set a setting of accounting."""
        self.desk.execute("core.set_setting", plugin="accounting", name=name, value=value, organization_wide=False)

    def get(self, resource, id_or_key):
        return self.desk.get(f"accounting.{resource}", id_or_key)

    def report(self, name, /, **values):
        return self.desk.report(f"accounting.{name}", values)

    def period(self, code):
        return self.get("period", code)

    def right(self):
        """Tell whether the stored balances are what the lines add up to."""
        return self.do("verify_balances")["right"]


@pytest.fixture
def empty_books(offices):
    """Books of a company with nothing in them."""
    return Books(desk_of(offices.make(only=["parties", "taxes", "accounting"])))


@pytest.fixture
def books(offices):
    """Books with a small chart, three journals and the year 2026."""
    made = Books(desk_of(offices.make(only=["parties", "taxes", "accounting"], prepare=fill)))
    with made.desk.reading() as session:
        made.accounts = dict(session.execute(sa.select(Account.code, Account.id)).all())
        made.journals = dict(session.execute(sa.select(Journal.code, Journal.id)).all())
    return made


def fill(office):
    """Make the chart, the journals and the year."""
    books = Books(desk_of(office))
    for code, (name, type_, subtype) in ACCOUNTS.items():
        books.account(code, name, type_, subtype)
    for code, (name, kind) in JOURNALS.items():
        books.journal(code, name, kind)
    books.do("open_year", start="2026-01-01")


class PlainSql:
    """A connection outside the program, as a database shell makes it.

    On SQLite it has the functions that the audit triggers call, without which every write would fail for their sake
    alone; foreign keys and recursive triggers are off, as they are by default.
    """

    def __init__(self, url):
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.connection = sqlite3.connect(url.database, isolation_level=None)
            told = {"at": "2026-01-15 12:00:00.000000", "actor_name": "", "channel": "sql", "action": "", "request": ""}
            install_functions(self.connection, told)
        else:
            import psycopg

            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self.connection = psycopg.connect(plain, autocommit=True)

    def __call__(self, statement):
        """Run ``statement`` and return its rows."""
        cursor = self.connection.execute(statement)
        return cursor.fetchall() if cursor.description else []

    def refusal(self, statement):
        """Run ``statement``, which the database must refuse, and return what it says."""
        try:
            self.connection.execute(statement)
        except Exception as error:
            return str(error)
        raise AssertionError(f"not refused: {statement}")


@pytest.fixture
def sql(books):
    """A plain connection to the database of ``books``."""
    plain = PlainSql(books.desk.office.database.url)
    with closing(plain.connection):
        yield plain
