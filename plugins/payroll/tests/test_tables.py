"""Brackets: the three ways to apply them, and that nothing jumps or gets lost between two of them."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_payroll.formulas import FormulaError
from backoffice_payroll.tables import Bracket, apply, check, on_day
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
TAX = [Bracket(D(0), D(0)), Bracket(D(1000), D(10)), Bracket(D(5000), D(20))]


def test_each_part_at_its_own_rate():
    assert [apply(TAX, D(n)) for n in (0, 1000, 1001, 5000, 6000)] == [D(0), D(0), D("0.1"), D(400), D(600)]


def test_a_published_base_stands_for_all_below():
    assert apply([*TAX[:2], Bracket(D(5000), D(20), D("400.18"))], D(6000)) == D("600.18")


def test_the_whole_and_the_amount():
    assert apply(TAX, D(6000), "whole") == D(1200)
    assert apply([Bracket(D(0), base=D(5)), Bracket(D(100), base=D(9))], D(250), "amount") == D(9)


def test_below_the_first_bracket_there_is_nothing():
    assert apply([Bracket(D(100), D(10))], D(99)) == 0
    assert apply([Bracket(D(100), D(10))], D(-5)) == 0


def test_what_is_no_table():
    for brackets in ([], [Bracket(D(1)), Bracket(D(1), D(3))]):
        with pytest.raises(FormulaError):
            check(brackets)


def test_what_holds_on_a_day():
    dated = [(date(2025, 1, 1), "old"), (date(2026, 1, 1), "new")]
    assert on_day(dated, date(2024, 12, 31)) is None
    assert on_day(dated, date(2025, 12, 31)) == "old"
    assert on_day(dated, date(2026, 1, 1)) == "new"


starts = st.lists(st.integers(0, 100_000), min_size=1, max_size=6, unique=True)


@given(starts=starts, rates=st.lists(st.integers(0, 50), min_size=6, max_size=6), amount=st.integers(0, 200_000))
def test_marginal_tables_neither_jump_nor_lose(starts, rates, amount):
    ordered = sorted(rates)
    brackets = [Bracket(D(start), D(rate)) for start, rate in zip(sorted(starts), ordered, strict=False)]
    here, more = apply(brackets, D(amount)), apply(brackets, D(amount) + D("0.01"))
    assert 0 <= here <= more <= here + D("0.01") * D(max(ordered)) / 100
    assert here <= D(amount) * max(ordered) / 100
