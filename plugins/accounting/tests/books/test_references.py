"""Real books of others: posted into an office, every account holds exactly what the program they are of says."""

import csv
from decimal import Decimal

import pytest

from .conftest import held, import_, order, reference, reference_of_ledger, worth

SSH = [f"fy{year}" for year in range(2012, 2019)]


@pytest.mark.parametrize("year", SSH)
@pytest.mark.parametrize("ending", ["dat", "hledger.journal"])
def test_a_hackerspace_of_chicago(office, shared, year, ending):
    desk = office.company()
    folder = shared / "journals_sshchicago"
    import_(desk, folder / f"{year}.{ending}")
    assert worth(desk) == reference(folder / "reference" / f"{year}_trial_balance.csv")


def test_a_payment_platform_in_beancount(office, shared):
    desk = office.company()
    folder = shared / "journals_gratipay"
    done = import_(desk, folder / "gratipay.beancount")
    assert done.checked == 1
    assert worth(desk) == reference(folder / "reference" / "beancount_2012-06_trial_balance.csv", "balance")


def test_a_payment_platform_in_gnucash(office, shared):
    desk = office.company()
    folder = shared / "journals_gratipay"
    import_(desk, folder / "gratipay.gnucash")
    assert worth(desk) == reference(folder / "reference" / "gnucash_trial_balance.csv")


LEDGER = {
    "demo.ledger": ({}, {}),
    "drewr3.dat": ({}, {}),
    "sample.dat": ({}, {"EUR": "1.20"}),
    "standard.dat": ({}, {}),
    "transfer.dat": ({}, {"bytes": "0"}),
    "wow.dat": ({"c": "USD"}, {}),
}
VIRTUAL = {"drewr3.dat": Decimal("243.60"), "sample.dat": Decimal("2.00"), "standard.dat": Decimal("-8354.05")}


@pytest.mark.parametrize("file", LEDGER)
def test_the_journals_ledger_is_tested_with(office, shared, file):
    desk = office.company()
    folder = shared / "journals_ledger_tests"
    symbols, values = LEDGER[file]
    import_(desk, folder / file, order(symbols=symbols, values=values))
    names = {"$": "books", "€": "EUR", "c": "books"}
    wanted = reference_of_ledger(folder / "reference" / f"{file.partition('.')[0]}_trial_balance.csv", names)
    found = held(desk)
    assert found.pop("Equity:Virtual", {}).get("books", 0) == VIRTUAL.get(file, 0)
    assert found == wanted


@pytest.mark.parametrize("file", ["all_account_types", "book_prices", "complex_sample", "simple_sample"])
def test_books_of_gnucash(office, shared, file):
    desk = office.company("EUR")
    folder = shared / "gnucash_books"
    import_(desk, folder / f"{file}.gnucash")
    with (folder / "reference" / f"{file}_balances.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["commodity"] != "template"]
    assert worth(desk) == {row["account"]: Decimal(row["value_in_tx_currency"]) for row in rows}
    names = {"EUR": "books"}
    assert held(desk) == {
        row["account"]: {names.get(row["commodity"], row["commodity"]): Decimal(row["quantity"])} for row in rows
    }
