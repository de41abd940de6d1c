"""The rules of an invoice, without a database: worked cases, then properties."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.invoicing import InvoiceFacts, entry_lines, line_amounts, settle
from hypothesis import given
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput, RoundingPolicy, round_amount

D = Decimal
DOCUMENT, LINE = RoundingPolicy(level="document"), RoundingPolicy(level="line")


def pairs(*lines):
    return [(D(quantity), D(price)) for quantity, price in lines]


@pytest.mark.parametrize(
    ("lines", "policy", "amounts"),
    [
        ([("3", "2.50")], DOCUMENT, ["7.50"]),
        ([("1", "0.005"), ("1", "0.005")], LINE, ["0.01", "0.01"]),
        ([("1", "0.005"), ("1", "0.005")], DOCUMENT, ["0.00", "0.01"]),
        ([("1", "0.004"), ("1", "0.004"), ("1", "0.004")], DOCUMENT, ["0.01", "0.00", "0.00"]),
        (
            [("1", "0.004"), ("1", "0.004"), ("1", "0.004")],
            RoundingPolicy(level="document", residual="last"),
            ["0.00", "0.00", "0.01"],
        ),
        ([("1", "2.345"), ("-1", "2.345")], DOCUMENT, ["2.35", "-2.35"]),
        ([("1", "2.345")], RoundingPolicy(mode="half_even", level="document"), ["2.34"]),
    ],
)
def test_lines_come_to(lines, policy, amounts):
    assert line_amounts(pairs(*lines), "GBP", policy) == [D(amount) for amount in amounts]


def test_a_line_of_more_than_any_invoice_is_refused():
    with pytest.raises(InvalidInput):
        line_amounts(pairs(("1000000000", "1000000000")), "GBP", DOCUMENT)


PRICES = st.tuples(
    st.integers(-(10**6), 10**6).map(lambda n: D(n).scaleb(-3)), st.integers(0, 10**7).map(lambda n: D(n).scaleb(-4))
)
MODES = st.sampled_from(["half_up", "half_even"])


@given(
    st.lists(PRICES, min_size=1, max_size=12),
    MODES,
    st.sampled_from(["largest", "last"]),
    st.sampled_from(["GBP", "JPY", "KWD"]),
)
def test_rounded_once_a_document_the_lines_add_up_to_the_rounded_sum(lines, mode, residual, code):
    policy = RoundingPolicy(mode=mode, level="document", residual=residual)
    amounts = line_amounts(lines, code, policy)
    assert sum(amounts) == round_amount(sum(q * p for q, p in lines), code, policy)


@given(st.lists(PRICES, min_size=1, max_size=12), MODES)
def test_by_largest_remainder_no_line_is_off_by_a_unit(lines, mode):
    amounts = line_amounts(lines, "GBP", RoundingPolicy(mode=mode, level="document"))
    assert all(abs(amount - q * p) < D("0.01") for amount, (q, p) in zip(amounts, lines, strict=True))


def facts(kind="invoice", currency="GBP", rate="1", charges=()):
    return InvoiceFacts(
        kind=kind, party_id=7, receivable_id=1, currency=currency, rate=D(rate), due_date=date(2026, 2, 1),
        charges=tuple((account, D(amount)) for account, amount in charges),
    )  # fmt: skip


def test_an_invoice_debits_the_customer_and_credits_each_account_once():
    lines = entry_lines(facts(charges=[(4, "10"), (5, "2"), (4, "5")]), "GBP", DOCUMENT)
    assert [(line.account_id, line.amount, line.party_id) for line in lines] == [
        (1, 17, 7),
        (4, -15, None),
        (5, -2, None),
    ]


def test_a_credit_note_is_the_other_way_round():
    lines = entry_lines(facts("credit_note", charges=[(4, "10")]), "GBP", DOCUMENT)
    assert [(line.account_id, line.amount) for line in lines] == [(1, -10), (4, 10)]


def test_a_document_worth_nothing_has_no_entry():
    assert entry_lines(facts(charges=[(4, "0"), (5, "0")]), "GBP", DOCUMENT) == ()


def test_a_document_worth_nothing_that_moves_between_accounts_has_one():
    lines = entry_lines(facts(charges=[(4, "10"), (5, "-10")]), "GBP", DOCUMENT)
    assert [(line.account_id, line.amount) for line in lines] == [(4, -10), (5, 10)]


def test_in_a_foreign_currency_both_amounts_are_kept_with_the_rate():
    [customer, sales] = entry_lines(facts(currency="EUR", rate="0.85", charges=[(4, "100")]), "GBP", DOCUMENT)
    assert (customer.amount, customer.amount_currency, customer.currency, customer.rate) == (85, 100, "EUR", D("0.85"))
    assert (sales.amount, sales.amount_currency) == (-85, -100)


AMOUNTS = st.lists(st.tuples(st.integers(1, 5), st.integers(-(10**6), 10**6)), min_size=1, max_size=10)


@given(AMOUNTS, st.sampled_from(["invoice", "credit_note"]), st.integers(1, 10**9))
def test_the_entry_of_an_invoice_always_balances_in_both_currencies(charges, kind, rate):
    given_ = [(account, D(amount).scaleb(-2)) for account, amount in charges]
    lines = entry_lines(facts(kind, "EUR", D(rate).scaleb(-8), given_), "GBP", DOCUMENT)
    assert sum(line.amount for line in lines) == 0
    assert sum(line.amount_currency for line in lines) == 0


def test_a_partial_payment_realises_its_share_of_the_exchange_difference():
    """Half of 120 booked at 80 is paid when it is worth 60: 40 are cleared, 20 gained."""
    done = settle(D(60), open_amount=D(120), open_in_books=D(80), rate=D(1), books="GBP", policy=DOCUMENT)
    assert (done.cleared, done.received, done.difference) == (40, 60, 20)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.integers(1, 10**9), st.integers(1, 10**7))
def test_payments_clear_exactly_what_was_booked(parts, booked, rate):
    open_amount, open_in_books = D(sum(parts)).scaleb(-2), D(booked).scaleb(-2)
    cleared = []
    for part in parts:
        paid = D(part).scaleb(-2)
        done = settle(
            paid,
            open_amount=open_amount,
            open_in_books=open_in_books,
            rate=D(rate).scaleb(-4),
            books="GBP",
            policy=DOCUMENT,
        )
        cleared.append(done.cleared)
        open_amount, open_in_books = open_amount - paid, open_in_books - done.cleared
    assert open_amount == open_in_books == 0
    assert sum(cleared) == D(booked).scaleb(-2)
