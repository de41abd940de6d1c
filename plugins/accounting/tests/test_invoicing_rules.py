"""The rules of an invoice, without a database: worked cases, then properties."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_accounting.invoicing import Charge, InvoiceFacts, Priced, entry_lines, figures_of, line_amounts
from backoffice_accounting.terms import Instalment
from backoffice_taxes.api import Line, Rounding, Tax, compute
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


def facts(kind="invoice", currency="GBP", rate="1", charges=(), **more):
    return InvoiceFacts(
        kind=kind, party_id=7, receivable_id=1, currency=currency, rate=D(rate),
        charges=tuple(Charge(account, D(amount)) for account, amount in charges), **more,
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


@pytest.mark.parametrize("kind", ["bill", "bill_credit"])
def test_a_bill_stands_on_the_other_side(kind):
    sign = 1 if kind == "bill" else -1
    lines = entry_lines(facts(kind, charges=[(6, "10")]), "GBP", DOCUMENT)
    assert [(line.account_id, line.amount) for line in lines] == [(1, -10 * sign), (6, 10 * sign)]


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=5),
    st.lists(st.integers(1, 10**5), min_size=1, max_size=4),
    st.integers(1, 10**9),
)
def test_instalments_in_a_foreign_currency_come_to_the_document_in_the_books(charges, weights, rate):
    total = D(sum(charges)).scaleb(-2)
    dues = [Instalment(date(2026, n, 1), D(weight).scaleb(-2)) for n, weight in enumerate(weights, 1)]
    dues.append(Instalment(date(2026, 12, 1), total - sum(due.amount for due in dues)))
    charged = [(n, D(amount).scaleb(-2)) for n, amount in enumerate(charges, 10)]
    if any(due.amount <= 0 for due in dues):
        dues = [Instalment(None, total)]
    made = facts(currency="EUR", rate=D(rate).scaleb(-8), charges=charged, instalments=tuple(dues))
    assert sum(line.amount for line in entry_lines(made, "GBP", DOCUMENT)) == 0


@given(
    st.lists(PRICES, min_size=1, max_size=12), MODES, st.sampled_from(["line", "document"]),
    st.sampled_from(["GBP", "JPY"]),
)  # fmt: skip
def test_the_short_way_comes_to_what_the_whole_computation_does(lines, mode, nets, code):
    rounding = Rounding(policy=RoundingPolicy(mode=mode, level="document"), nets=nets)
    short = figures_of([Priced(quantity=q, unit_price=p) for q, p in lines], code, rounding)
    whole = compute([Line(quantity=q, unit_price=p) for q, p in lines], code, rounding=rounding)
    assert list(short.nets) == [line.net for line in whole.lines]


TAXED = st.tuples(PRICES, st.sampled_from([None, "15", "5", "7.7"]))


@given(
    st.lists(TAXED, min_size=1, max_size=8), MODES, st.sampled_from(["line", "document"]),
    st.sampled_from(["line", "document"]), st.sampled_from(["invoice", "bill"]),
)  # fmt: skip
def test_plain_taxes_come_to_the_same_on_the_short_way(lines, mode, level, nets, kind):
    rounding = Rounding(policy=RoundingPolicy(mode=mode, level=level), nets=nets)
    taxes = {rate: (Tax(code=f"T{rate}", rate=D(rate)),) if rate else () for _price, rate in lines}
    priced = [Priced(quantity=q, unit_price=p, taxes=taxes[rate]) for (q, p), rate in lines]
    short = figures_of(priced, "GBP", rounding, kind=kind)
    made = [Line(quantity=q, unit_price=p, taxes=taxes[rate]) for (q, p), rate in lines]
    whole = compute(made, "GBP", rounding=rounding, direction="sale" if kind == "invoice" else "purchase")
    assert list(short.nets) == [line.net for line in whole.lines]
    assert list(short.line_taxes) == [line.total - line.net for line in whole.lines]
    assert (short.computed.taxes if short.computed else ()) == whole.taxes
