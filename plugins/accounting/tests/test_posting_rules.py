"""The rules of an entry, without a database: worked cases, then properties."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.posting import (
    EntryDraft,
    LineDraft,
    check_entry,
    converted,
    merged,
    reversal,
    signed,
    with_residual,
)
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput, RuleBroken

DAY = date(2026, 1, 15)


def entry(*amounts, **values):
    lines = tuple(
        LineDraft(account_id=n, amount=Decimal(amount), **values) for n, amount in enumerate(amounts, start=1)
    )
    return EntryDraft(date=DAY, journal_id=1, lines=lines)


def test_an_entry_that_balances_may_be_posted():
    check_entry(entry("100.00", "-60.00", "-40.00"), "GBP")


@pytest.mark.parametrize(
    ("amounts", "books", "said"),
    [
        ((), "GBP", "at least two lines"),
        (("1.00",), "GBP", "at least two lines"),
        (("100.00", "-99.99"), "GBP", "differ"),
        (("1.005", "-1.005"), "GBP", "2 decimals"),
        (("1.5", "-1.5"), "JPY", "0 decimals"),
        (("0", "0"), "GBP", "needs an amount"),
    ],
)
def test_an_entry_is_refused(amounts, books, said):
    with pytest.raises(RuleBroken) as caught:
        check_entry(entry(*amounts), books)
    assert said in str(caught.value)


def test_three_decimals_are_fine_in_dinars():
    check_entry(entry("1.005", "-1.005"), "KWD")


def test_zeros_behind_the_smallest_unit_do_not_matter():
    check_entry(entry("1.5000", "-1.5000"), "GBP")


def test_the_error_says_what_debit_and_credit_are():
    with pytest.raises(RuleBroken) as caught:
        check_entry(entry("100.00", "-60.00"), "GBP")
    assert "Debit is 100.00, credit is 60.00 GBP." in str(caught.value)


@pytest.mark.parametrize(
    ("foreign", "said"),
    [
        ({"currency": "EUR"}, "go together"),
        ({"currency": "GBP", "amount_currency": Decimal(1)}, "currency of the books"),
        ({"currency": "EUR", "amount_currency": Decimal(-1)}, "same side"),
        ({"currency": "JPY", "amount_currency": Decimal("1.5")}, "0 decimals"),
    ],
)
def test_a_foreign_amount_is_refused(foreign, said):
    lines = (LineDraft(account_id=1, amount=Decimal(1), **foreign), LineDraft(account_id=2, amount=Decimal(-1)))
    with pytest.raises(RuleBroken) as caught:
        check_entry(EntryDraft(date=DAY, journal_id=1, lines=lines), "GBP")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("debit", "credit", "amount", "expected"),
    [
        ("5", None, None, "5"),
        (None, "5", None, "-5"),
        (None, None, "-5", "-5"),
        ("5", "0", None, "5"),
        ("0", "5", "0", "-5"),
    ],
)
def test_a_line_is_written_as_debit_credit_or_signed_amount(debit, credit, amount, expected):
    given_ = [None if text is None else Decimal(text) for text in (debit, credit, amount)]
    assert signed(*given_) == Decimal(expected)


def test_a_line_without_any_amount_has_none():
    assert signed(None, None, None) is None


@pytest.mark.parametrize("given_", [("5", "5", None), ("5", None, "5"), ("-5", None, None), (None, "-5", None)])
def test_a_line_that_says_two_things_is_refused(given_):
    with pytest.raises(InvalidInput):
        signed(*(None if text is None else Decimal(text) for text in given_))


def foreign(account, amount):
    return LineDraft(account_id=account, amount=Decimal(0), currency="EUR", amount_currency=Decimal(amount))


def test_the_cent_left_over_by_converting_halves_goes_to_the_exchange_account():
    """A hundred euros at 0.3 euros a dollar: 333.33, but 166.67 twice, so that one cent is a loss."""
    rate = Decimal("3.3333333333")
    lines = [converted(line, rate, "USD") for line in (foreign(1, "50"), foreign(1, "50"), foreign(2, "-100"))]
    done = with_residual(lines, account_id=9)
    assert [(line.account_id, line.amount) for line in done] == [
        (1, Decimal("166.67")), (1, Decimal("166.67")), (2, Decimal("-333.33")), (9, Decimal("-0.01")),
    ]  # fmt: skip


def test_nothing_is_added_when_the_foreign_amounts_do_not_balance_themselves():
    lines = [converted(line, Decimal(2), "USD") for line in (foreign(1, "50"), foreign(2, "-49"))]
    assert with_residual(lines, account_id=9) == tuple(lines)


def test_lines_of_one_account_and_party_are_merged_and_zeros_go():
    lines = [
        LineDraft(account_id=1, amount=Decimal(5)), LineDraft(account_id=2, amount=Decimal(1)),
        LineDraft(account_id=1, amount=Decimal(-2)), LineDraft(account_id=2, amount=Decimal(-1)),
        LineDraft(account_id=1, party_id=7, amount=Decimal(3)),
    ]  # fmt: skip
    assert [(line.account_id, line.party_id, line.amount) for line in merged(lines)] == [(1, None, 3), (1, 7, 3)]


CENTS = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))
BALANCED = st.lists(CENTS.filter(bool), min_size=1, max_size=8).map(lambda a: [*a, -sum(a)]).filter(lambda a: a[-1])


@given(BALANCED)
def test_whatever_balances_may_be_posted_and_reversed(amounts):
    draft = entry(*amounts)
    check_entry(draft, "GBP")
    turned = reversal(draft, on=DAY, entry_id=1, description="", reason="")
    check_entry(turned, "GBP")
    assert all(a.amount + b.amount == 0 for a, b in zip(draft.lines, turned.lines, strict=True))
    assert turned.total == draft.total


@given(BALANCED, st.integers(0, 8), st.integers(1, 100).map(lambda n: Decimal(n).scaleb(-2)))
def test_a_cent_too_much_anywhere_is_refused(amounts, place, change):
    changed = [amount + change if n == place % len(amounts) else amount for n, amount in enumerate(amounts)]
    with pytest.raises(RuleBroken):
        check_entry(entry(*changed), "GBP")


@given(st.lists(st.integers(1, 10**8), min_size=1, max_size=6), st.integers(1, 10**12))
def test_converting_never_leaves_an_entry_unbalanced(parts, rate):
    amounts = [*parts, -sum(parts)]
    scaled = Decimal(rate).scaleb(-8)
    lines = [converted(foreign(n, Decimal(a).scaleb(-2)), scaled, "GBP") for n, a in enumerate(amounts)]
    done = with_residual(lines, account_id=99)
    assert sum(line.amount for line in done) == 0
    residual = [line.amount for line in done if line.account_id == 99]
    assert all(abs(amount) <= Decimal("0.01") * len(amounts) for amount in residual)
