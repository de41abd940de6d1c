"""Rounding, splitting and converting."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.errors import InvalidInput
from backoffice.core.money import RoundingPolicy, convert, round_amount, split

AMOUNTS = st.decimals(-(10**12), 10**12, places=2)
FINE = st.decimals(-(10**10), 10**10, places=6)
WEIGHTS = st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=12).filter(any)
MODES = ["half_up", "half_even", "half_down", "up", "down", "ceiling", "floor"]
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("mode", "plus", "minus"),
    [
        ("half_up", "2.35", "-2.35"),
        ("half_even", "2.34", "-2.34"),
        ("half_down", "2.34", "-2.34"),
        ("up", "2.35", "-2.35"),
        ("down", "2.34", "-2.34"),
        ("ceiling", "2.35", "-2.34"),
        ("floor", "2.34", "-2.35"),
    ],
)
def test_a_half_cent_goes_where_the_mode_says(mode: str, plus: str, minus: str) -> None:
    policy = RoundingPolicy(mode=mode)  # type: ignore[arg-type]
    assert str(round_amount(Decimal("2.345"), 2, policy)) == plus
    assert str(round_amount(Decimal("-2.345"), 2, policy)) == minus


def test_an_amount_is_rounded_to_the_smallest_unit_of_its_currency() -> None:
    assert str(round_amount(Decimal("1.23456"), "KWD")) == "1.235"
    assert str(round_amount("1234.5", "JPY")) == "1235"
    assert str(round_amount(7, "GBP")) == "7.00"


@given(FINE, st.sampled_from(MODES))
def test_rounding_again_changes_nothing(amount: Decimal, mode: str) -> None:
    policy = RoundingPolicy(mode=mode)  # type: ignore[arg-type]
    once = round_amount(amount, 2, policy)
    assert round_amount(once, 2, policy) == once


@given(FINE, st.sampled_from(["half_up", "half_even", "half_down", "up", "down"]))
def test_rounding_treats_debits_and_credits_alike(amount: Decimal, mode: str) -> None:
    policy = RoundingPolicy(mode=mode)  # type: ignore[arg-type]
    assert round_amount(-amount, 2, policy) == -round_amount(amount, 2, policy)


@given(FINE, st.sampled_from(MODES))
def test_rounding_moves_an_amount_by_less_than_a_cent(amount: Decimal, mode: str) -> None:
    assert abs(round_amount(amount, 2, RoundingPolicy(mode=mode)) - amount) < CENT  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"mode": "nearest"}, {"level": "page"}, {"residual": "first"}])
def test_a_policy_refuses_words_it_does_not_know(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="rounding policy"):
        RoundingPolicy(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("100.00", [1, 1, 1], ["33.34", "33.33", "33.33"]),
        ("0.05", [1, 1], ["0.03", "0.02"]),
        ("10.00", [Decimal("0.333"), Decimal("0.333"), Decimal("0.334")], ["3.33", "3.33", "3.34"]),
        ("1.00", [0, 3, 0, 4], ["0.00", "0.43", "0.00", "0.57"]),
        ("-100.00", [1, 1, 1], ["-33.34", "-33.33", "-33.33"]),
        ("0.00", [1, 2], ["0.00", "0.00"]),
        ("0.01", [1, 1, 1], ["0.01", "0.00", "0.00"]),
    ],
)
def test_an_amount_is_split_by_largest_remainders(amount: str, weights: list[int], shares: list[str]) -> None:
    assert split(Decimal(amount), weights, 2) == [Decimal(share) for share in shares]


def test_the_residual_may_go_to_the_last_share_that_has_a_weight() -> None:
    shares = split("100.00", [1, 1, 1, 0], 2, RoundingPolicy(residual="last"))
    assert shares == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34"), Decimal("0.00")]


def test_a_split_knows_the_cents_of_a_currency() -> None:
    assert split("100", [1, 1, 1], "JPY") == [Decimal(34), Decimal(33), Decimal(33)]
    assert split("0.010", [1, 1, 1], "KWD") == [Decimal("0.004"), Decimal("0.003"), Decimal("0.003")]


@given(AMOUNTS, WEIGHTS, st.sampled_from(["largest", "last"]))
def test_shares_add_up_exactly(amount: Decimal, weights: list[Decimal], residual: str) -> None:
    assert sum(split(amount, weights, 2, RoundingPolicy(residual=residual))) == amount  # type: ignore[arg-type]


@given(AMOUNTS, WEIGHTS, st.sampled_from(["largest", "last"]))
def test_no_share_turns_its_sign(amount: Decimal, weights: list[Decimal], residual: str) -> None:
    shares = split(amount, weights, 2, RoundingPolicy(residual=residual))  # type: ignore[arg-type]
    assert all(share * amount >= 0 for share in shares)


@given(AMOUNTS, WEIGHTS)
def test_splitting_a_reversal_reverses_the_shares(amount: Decimal, weights: list[Decimal]) -> None:
    assert split(-amount, weights, 2) == [-share for share in split(amount, weights, 2)]


@given(AMOUNTS, WEIGHTS)
def test_a_share_is_less_than_a_cent_from_its_proportion(amount: Decimal, weights: list[Decimal]) -> None:
    from fractions import Fraction

    base = Fraction(sum(weights))
    for share, weight in zip(split(amount, weights, 2), weights, strict=True):
        assert abs(Fraction(share) - Fraction(amount) * Fraction(weight) / base) < Fraction(1, 100)


@given(AMOUNTS, WEIGHTS)
def test_a_weight_of_zero_gets_nothing(amount: Decimal, weights: list[Decimal]) -> None:
    shares = split(amount, [*weights, 0], 2)
    assert shares[-1] == 0


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [-1, -2]])
def test_weights_that_make_no_proportion_are_refused(weights: list[int]) -> None:
    with pytest.raises(InvalidInput, match="cannot be split"):
        split("10", weights, 2)


def test_an_amount_finer_than_its_shares_is_refused() -> None:
    with pytest.raises(InvalidInput, match="more than 2 decimals"):
        split("10.001", [1, 1], 2)


def test_converting_multiplies_exactly_and_rounds_once() -> None:
    assert str(convert("100.00", "1.17345", "EUR")) == "117.35"
    assert str(convert("1000", Decimal("0.0020450000"), "KWD")) == "2.045"
    assert convert("922337203685477.5807", "1.0000000001", 4) == Decimal("922337203777711.3011")


def test_an_exact_conversion_can_be_undone() -> None:
    assert convert(convert("100.00", "3.75", "SAR"), Decimal(1) / Decimal("3.75"), "USD") == Decimal("100.00")


@pytest.mark.parametrize("rate", ["0", "-1.2"])
def test_a_rate_is_above_zero(rate: str) -> None:
    with pytest.raises(InvalidInput, match="not an exchange rate"):
        convert("10", rate, 2)


def test_a_number_of_absurd_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too many digits"):
        convert(Decimal("0." + "3" * 150), Decimal("0." + "7" * 150), 2)
