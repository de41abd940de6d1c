"""Values by their rules alone, without a database: nothing is lost or made, the last takes all that is left."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_inventory.reordering import needed_quantity
from backoffice_inventory.valuing import Stock
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
DAY = date(2026, 1, 1)

STEPS = st.lists(
    st.tuples(st.sampled_from(["in", "out"]), st.integers(1, 50), st.integers(0, 10_000)), min_size=1, max_size=40
)


def play(stock, steps, *, short):
    """Move goods; return the value that came in and that left, settled shortages included."""
    came = left = D(0)
    for n, (way, quantity, cents) in enumerate(steps):
        if way == "in":
            kept, settled = stock.receive(n, DAY, D(quantity), D(cents) / 100)
            came += kept
            left += sum((one.more for one in settled), D(0))
        elif short or stock.quantity >= quantity:
            issued = stock.issue(n, DAY, D(quantity))
            left += issued.value + issued.rounding
    return came, left


@pytest.mark.parametrize("short", [False, True], ids=["enough", "below zero"])
@pytest.mark.parametrize("places", [None, 2], ids=["exact", "rounded"])
@pytest.mark.parametrize("method", ["fifo", "lifo", "average"])
@given(steps=STEPS)
def test_what_came_and_did_not_leave_is_there(method, places, short, steps):
    stock = Stock(method, 2, cost_places=places)
    came, left = play(stock, steps, short=short)
    assert stock.value == came - left
    if stock.quantity == 0:
        assert stock.value == 0
    if method != "average":
        assert sum((layer.left for layer in stock.open), D(0)) == stock.quantity
        assert sum((layer.left_value for layer in stock.open), D(0)) == stock.value


@given(steps=STEPS)
def test_a_standard_cost_values_everything_alike(steps):
    stock = Stock("standard", 2, standard=D("1.25"))
    play(stock, steps, short=True)
    assert stock.value == stock.money(stock.quantity * D("1.25")) or stock.quantity == 0


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_layers_read_in_portions_leave_in_the_same_order(sizes):
    whole, portioned = Stock("fifo", 2), Stock("fifo", 2)
    for n, size in enumerate(sizes):
        whole.receive(n, DAY, D(size), D(n + 1) * size)
    waiting = list(whole.open)
    for n, layer in enumerate(waiting):
        layer.id = n + 1
    portions = [waiting[at : at + 2] for at in range(0, len(waiting), 2)]
    portioned.load = lambda: portions.pop(0) if portions else []
    portioned.quantity, portioned.value = whole.quantity, whole.value
    fresh = len(sizes)
    portioned.receive(fresh, DAY, D(3), D(99))
    total = sum(sizes) + 3
    issued = portioned.issue("out", DAY, D(total))
    assert [one.layer.move for one in issued.taken] == [*range(len(sizes)), fresh]
    assert (portioned.quantity, portioned.value) == (0, 0)


@given(st.integers(-100, 100), st.integers(0, 50), st.integers(0, 50), st.integers(1, 12))
def test_an_order_fills_up_in_whole_multiples_and_no_further(projected, minimum, more, multiple):
    target = minimum + more
    found = needed_quantity(D(projected), minimum=D(minimum), target=D(target), multiple=D(multiple))
    if projected >= minimum:
        assert found == 0
    else:
        assert found % multiple == 0
        assert projected + found >= target
        assert projected + found - multiple < target
