"""Terms of payment without a database: instalments, days, discounts, coins."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.terms import Part, instalments, to_coins
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import RoundingPolicy

D = Decimal


@pytest.mark.parametrize(
    ("part", "start", "due"),
    [
        (Part(days=30), date(2026, 1, 15), date(2026, 2, 14)),
        (Part(months=1), date(2024, 1, 31), date(2024, 2, 29)),
        (Part(months=1), date(2025, 1, 31), date(2025, 2, 28)),
        (Part(months=12), date(2024, 2, 29), date(2025, 2, 28)),
        (Part(days=45, month_end="before"), date(2019, 1, 15), date(2019, 3, 17)),
        (Part(days=30, month_end="after"), date(2026, 1, 15), date(2026, 2, 28)),
        (Part(day_of_month=31), date(2026, 2, 3), date(2026, 2, 28)),
        (Part(day_of_month=15), date(2026, 12, 16), date(2027, 1, 15)),
    ],
)
def test_an_instalment_is_due(part, start, due):
    assert part.due(start) == due


def test_what_rounding_leaves_over_goes_to_the_last():
    parts = [Part(kind="percent", value=D("33.333333")) for _ in range(3)]
    found = instalments(D("100"), date(2026, 1, 1), parts, "GBP")
    assert [one.amount for one in found] == [D("33.33"), D("33.33"), D("33.34")]


KINDS = st.sampled_from(["percent", "percent_of_rest", "fixed", "rest"])
PARTS = st.builds(Part, kind=KINDS, value=st.integers(0, 10000).map(lambda n: D(n).scaleb(-2)), days=st.integers(0, 90))


@given(st.integers(-(10**7), 10**7), st.lists(PARTS, min_size=1, max_size=6), st.sampled_from(["GBP", "JPY", "KWD"]))
def test_instalments_are_the_whole_document(amount, parts, code):
    total = D(amount).scaleb(-{"GBP": 2, "JPY": 0, "KWD": 3}[code])
    assert sum(one.amount for one in instalments(total, date(2026, 1, 1), parts, code)) == total


@given(st.integers(-(10**6), 10**6), st.sampled_from(["0.05", "0.1", "0.25", "1", "5"]))
def test_an_amount_in_coins_is_no_more_than_half_a_coin_away(amount, coin):
    exact, unit = D(amount).scaleb(-2), D(coin)
    rounded = to_coins(exact, unit, RoundingPolicy())
    assert rounded % unit == 0
    assert abs(rounded - exact) * 2 <= unit
