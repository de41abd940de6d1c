"""How far a line is and whether a bill is right, without a database."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_purchasing.progress import Billed, Offer, Progress, best, bill_state, differences, receipt_state

DAY = date(2026, 1, 15)
FIVE = Decimal(5)


def billed(quantity="5", price="2", **progress):
    return Billed(
        key=1, quantity=Decimal(quantity), unit_price=Decimal(price), ordered_price=Decimal(2),
        progress=Progress(quantity=FIVE, **{name: Decimal(value) for name, value in progress.items()}),
    )  # fmt: skip


def kinds(line, total="10", computed="10", **more):
    return [one.kind for one in differences([line], total=Decimal(total), computed=Decimal(computed), **more)]


def test_a_bill_over_what_was_received_at_its_price_is_right():
    assert kinds(billed(received="5")) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (billed(received="3"), ["not_received"]),
        (billed("6", received="5"), ["not_ordered"]),
        (billed(price="2.10", received="5"), ["price"]),
        (billed(received="5", billed="5"), ["not_received"]),
        (billed(price="1.90", received="5"), []),
    ],
)
def test_each_difference_is_named(line, said):
    assert kinds(line) == said


def test_another_total_is_a_difference():
    assert kinds(billed(received="5"), total="10.01") == ["total"]


def test_prices_within_the_tolerance_are_accepted():
    assert kinds(billed(price="2.10", received="5"), tolerance=FIVE) == []


def test_no_more_is_credited_than_went_back():
    line = billed("2", received="5", billed="5", returned="1")
    assert kinds(line, credit=True) == ["not_credited"]
    assert kinds(billed("1", received="5", billed="5", returned="1"), credit=True) == []


def test_states_follow_from_sums():
    part = Progress(quantity=FIVE, received=Decimal(2), billed=Decimal(2))
    assert (receipt_state([part]), bill_state([part])) == ("part", "part")
    whole = Progress(quantity=FIVE, received=FIVE, billed=FIVE)
    assert (receipt_state([whole]), bill_state([whole])) == ("received", "billed")


def test_the_best_offer_is_the_preferred_suppliers_for_the_largest_quantity():
    offers = [
        Offer(id=1, supplier=1, product=1, price=Decimal(4)),
        Offer(id=2, supplier=1, product=1, price=Decimal(3), least=Decimal(100)),
        Offer(id=3, supplier=2, product=1, price=Decimal(2), sequence=20),
        Offer(id=4, supplier=1, product=1, price=Decimal(1), valid_until=date(2025, 1, 1)),
    ]
    assert best(offers, DAY, Decimal(10)).id == 1
    assert best(offers, DAY, Decimal(100)).id == 2
    assert best(offers[3:], DAY, Decimal(1)) is None
