"""What is exported is read back as the same books, by this program and by hledger."""

import csv
import io
import shutil
import subprocess
from decimal import Decimal

import pytest
from backoffice_accounting.books.exported import books_out
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.loading import load
from backoffice_accounting.books.writing import ENDINGS, WRITERS, write

from .conftest import held, import_, order, worth

BOOKS = {
    "wow": ("journals_ledger_tests/wow.dat", "USD", {"c": "USD"}, {}),
    "transfer": ("journals_ledger_tests/transfer.dat", "USD", {}, {"bytes": "0"}),
    "sample": ("journals_ledger_tests/sample.dat", "USD", {}, {"EUR": "1.20"}),
    "fy2016": ("journals_sshchicago/fy2016.dat", "USD", {}, {}),
    "complex": ("gnucash_books/complex_sample.gnucash", "EUR", {}, {}),
    "standard": ("journals_ledger_tests/standard.dat", "USD", {}, {}),
}


def out(desk):
    with desk.reading(fresh=True) as session:
        return books_out(session)


def text_of(books, format_):
    return "".join(write(books, format_))


@pytest.fixture(scope="module")
def loaded(office, shared):
    """Give the desk of a company with one of the books, loaded once."""
    desks = {}

    def give(name):
        if name not in desks:
            path, currency, symbols, values = BOOKS[name]
            desks[name] = office.company(currency), currency
            import_(desks[name][0], shared / path, order(symbols=symbols, values=values))
        return desks[name]

    return give


def plain(books):
    """Return books as they can be compared: without the numbers of entries, which a company gives itself."""
    accounts = sorted((a.path, a.code, a.name, a.type, a.subtype, a.heading, a.currency) for a in books.accounts)
    entries = [(e.date, e.journal, e.description, e.reference, e.status, e.remarks, e.lines) for e in books.entries]
    return accounts, entries


@pytest.mark.parametrize("format_", ["hledger", "ledger", "beancount", "csv"])
@pytest.mark.parametrize("name", [name for name in BOOKS if name != "standard"])
def test_an_export_is_read_back_as_the_same_books(office, loaded, name, format_):
    desk, currency = loaded(name)
    books = out(desk)
    there = office.company(currency)
    files = Files(f"books.{ENDINGS[format_]}", text_of(books, format_).encode())
    done = load(there, files, order(other=None))
    assert not done.errors, [(str(one.place), one.what, one.why) for one in done.errors]
    assert (held(there), worth(there)) == (held(desk), worth(desk))
    if format_ != "csv":
        assert plain(out(there)) == plain(books)
        assert done.checked > 0


def hledger(text, *arguments):
    """Return rows of what hledger says of a journal."""
    found = shutil.which("hledger")
    if found is None:
        pytest.skip("hledger is not installed")
    done = subprocess.run([found, "-f", "-", *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", BOOKS)
def test_hledger_finds_the_same_balances_in_an_export(loaded, name):
    desk, _currency = loaded(name)
    text = text_of(out(desk), "hledger")
    rows = csv.DictReader(io.StringIO(hledger(text, "balance", "--flat", "--no-total", "-B", "-O", "csv")))
    found = {row["account"]: Decimal(row["balance"].split(" ")[0]) for row in rows if row["balance"] != "0"}
    assert found == worth(desk)


def test_there_is_a_writer_for_every_format():
    assert WRITERS.keys() == ENDINGS.keys()
