"""Which price holds, and why."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from backoffice_products.pricing import PriceList, Rule, Wanted, pick
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput, NotFound

D = Decimal

DAY = date(2026, 3, 1)
WANTED = Wanted(
    product=7, template=3, categories=(20, 10), day=DAY, list_price=D(100), cost=D(60), currency="SAR"
)  # fmt: skip


def wanted(**more):
    from dataclasses import replace

    return replace(WANTED, **more)


def listed(*rules, id=1, currency="SAR", **more):
    return PriceList(id=id, code=f"L{id}", currency=currency, rules=rules, **more)


def price(asked, *lists, exchange=None):
    return pick(asked, lists[0].id, {one.id: one for one in lists}, exchange).price


def test_without_a_list_it_is_the_products_own():
    found = pick(WANTED, None, {})
    assert (found.price, found.currency, found.why) == (100, "SAR", ("The product's own price",))


def test_where_no_rule_matches_it_is_the_products_own():
    assert price(WANTED, listed(Rule(product=8, price=D(1)))) == 100


def test_a_product_without_any_price_is_said_to_have_none():
    with pytest.raises(NotFound, match="no price"):
        pick(wanted(list_price=None), None, {})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (({"price": 90}, {"category": 10, "price": 80}), 80),
        (({"category": 10, "price": 80}, {"category": 20, "price": 70}), 70),
        (({"category": 20, "price": 70}, {"template": 3, "price": 60}), 60),
        (({"template": 3, "price": 60}, {"product": 7, "price": 50}), 50),
        (({"product": 7, "price": 50}, {"product": 7, "price": 45, "least": 10}), 50),
        (({"price": 90, "valid_from": date(2026, 1, 1)}, {"price": 85, "valid_from": date(2026, 2, 1)}), 85),
        (({"price": 90}, {"price": 85, "valid_until": date(2026, 2, 1)}), 90),
    ],
)
def test_the_narrowest_rule_wins(rules, expected):
    made = [Rule(**{name: D(v) if name in {"price", "least"} else v for name, v in one.items()}) for one in rules]
    assert price(WANTED, listed(*made)) == expected
    assert price(WANTED, listed(*reversed(made))) == expected


def test_more_is_cheaper_from_a_quantity_on():
    prices = listed(Rule(price=D(90)), Rule(price=D(80), least=D(10)))
    assert [price(wanted(quantity=D(n)), prices) for n in (9, 10, -10)] == [90, 80, 80]


def test_a_quantity_counts_in_the_base_unit():
    """One carton of twelve reaches the break at ten, and costs twelve times the piece."""
    prices = listed(Rule(price=D(90)), Rule(price=D(80), least=D(10)))
    assert price(wanted(unit=5, ratio=Fraction(12)), prices) == 960


def test_a_price_for_a_unit_of_its_own():
    prices = listed(Rule(price=D(90)), Rule(price=D(900), unit=5))
    assert price(wanted(unit=5, ratio=Fraction(12)), prices) == 900
    assert price(WANTED, prices) == 90


def test_a_percentage_on_the_products_own_price_with_an_ending():
    rule = Rule(kind="list_price", percent=D("-12.5"), step=D(1), ending=D("-0.01"))
    found = pick(WANTED, 1, {1: listed(rule)})
    assert found.price == D("87.99")
    assert found.why[-1].filled() == "Price list L1: for everything, -12.5 % on the product's own price"


def test_a_margin_on_cost():
    assert price(WANTED, listed(Rule(kind="cost", percent=D(50), plus=D(1)))) == 91


def test_a_list_made_from_another_in_a_third_currency():
    base = listed(Rule(price=D(80)), id=2, currency="SAR")
    euro = listed(Rule(kind="other_list", base_list=2, percent=D(10)), currency="EUR")
    found = pick(WANTED, 1, {1: euro, 2: base}, lambda source, target, day: D("0.25"))
    assert (found.price, found.currency) == (22, "EUR")
    with pytest.raises(InvalidInput, match="rate"):
        price(WANTED, euro, base)


def test_lists_made_from_each_other_in_a_circle_are_refused():
    one = listed(Rule(kind="other_list", base_list=2))
    two = listed(Rule(kind="other_list", base_list=1), id=2)
    with pytest.raises(InvalidInput, match="circle"):
        price(WANTED, one, two)


def test_a_list_says_whether_its_prices_hold_tax():
    assert pick(WANTED, 1, {1: listed(Rule(price=D(115)), inclusive=True)}).inclusive
    assert not pick(WANTED, 1, {1: listed(inclusive=True)}).inclusive


def test_a_list_out_of_its_days_has_no_rules():
    assert price(WANTED, listed(Rule(price=D(1)), valid_until=date(2026, 1, 1))) == 100


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 1000)), min_size=1, max_size=6), st.integers(1, 60))
def test_the_price_is_that_of_the_largest_break_reached(breaks, quantity):
    rules = [Rule(id=n, least=D(least), price=D(amount)) for n, (least, amount) in enumerate(breaks)]
    reached = [rule for rule in rules if rule.least <= quantity]
    found = price(wanted(quantity=D(quantity)), listed(*rules))
    if reached:
        largest = max(rule.least for rule in reached)
        assert found in {rule.price for rule in reached if rule.least == largest}
    else:
        assert found == 100
