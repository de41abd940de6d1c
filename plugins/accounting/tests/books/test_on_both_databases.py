"""A small book on each kind of database: the guards of posted entries hold, and what it counts is there."""

from decimal import Decimal

import sqlalchemy as sa
from backoffice_accounting.books.files import Files
from backoffice_accounting.books.loading import load
from backoffice_accounting.models import ImportedBook

from backoffice.core.testing.offices import desk_of

from .conftest import held, order

BOOK = """P 2026-01-01 EUR 0.85 GBP
2026-01-05 * (7) Bought
    Assets:Gold     2.5 "Krugerrand" @ 1,900.00 GBP
    Assets:Euros    100.00 EUR
    Assets:Bank

2026-01-06 Moved
    Assets:Safe     1 "Krugerrand" {1,900.00 GBP}
    Assets:Gold
"""


def test_a_small_book_is_posted_once(offices):
    desk = desk_of(offices.make(only=["parties", "taxes", "accounting"]))
    for posted, existing in ((2, 0), (0, 2)):
        done = load(desk, Files("gold.journal", BOOK.encode()), order())
        assert (done.errors, done.posted, done.existing) == ([], posted, existing)
    assert held(desk) == {
        "Assets:Gold": {"Krugerrand": Decimal("1.5")},
        "Assets:Safe": {"Krugerrand": 1},
        "Assets:Euros": {"EUR": 100},
        "Assets:Bank": {"books": -4750, "EUR": -100},
    }
    assert desk.execute("accounting.verify_balances")["right"]
    with desk.reading(fresh=True) as session:
        book = session.scalars(sa.select(ImportedBook)).one()
        assert (book.state, book.entries, book.done) == ("loaded", 2, 2)
