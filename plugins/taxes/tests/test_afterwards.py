"""What becomes of taxes afterwards: the ledger, payments, discounts, days."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_taxes.afterwards import early_payment, ledger_parts, on_payment, share_discount, tax_point
from backoffice_taxes.computing import Line, Rounding, compute
from backoffice_taxes.tax import Tax
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput, RoundingPolicy

D = Decimal

CASH = Tax(code="CASH", rate=D(10), due="payment")
PLAIN = Tax(code="PLAIN", rate=D(5))


def line(price, *taxes, **more):
    return Line(unit_price=D(price), taxes=taxes, **more)


def parts(*lines, direction="sale"):
    return [(part.purpose, part.amount) for part in ledger_parts(compute(lines, "SAR", direction=direction))]


def test_a_sale_credits_the_tax_to_pay():
    assert parts(line("100", PLAIN)) == [("tax_payable", -5)]


def test_tax_due_on_payment_waits():
    assert parts(line("100", CASH)) == [("tax_waiting_payable", -10)]
    assert parts(line("100", CASH), direction="purchase") == [("tax_waiting_receivable", 10)]


def test_a_purchase_debits_what_is_recovered_and_charges_the_rest_to_its_line():
    tax = Tax(code="CAR", rate=D(10), deductible=D(40))
    assert parts(line("100", tax, key="fuel"), direction="purchase") == [
        ("tax_receivable", 4),
        ("tax_non_deductible", 6),
    ]


def test_under_reverse_charge_a_purchase_owes_and_recovers():
    tax = Tax(code="RC", rate=D(15), reverse_charge=True)
    assert parts(line("100", tax), direction="purchase") == [("tax_receivable", 15), ("tax_payable", -15)]
    assert parts(line("100", tax)) == []


def test_withheld_tax_is_owed_to_the_authority_by_whoever_withholds():
    tax = Tax(code="WHT", rate=D(5), withholding=True)
    assert parts(line("100", tax), direction="purchase") == [("tax_withheld_payable", -5)]
    assert parts(line("100", tax)) == [("tax_withheld_receivable", 5)]


def test_a_payment_in_part_makes_its_share_due():
    """The case acc-cashbasis-01: 60 of 115 paid."""
    done = compute([line("100", CASH, PLAIN)], "USD")
    [due] = on_payment(done.taxes, total=D(115), paid_before=D(0), paid=D(60), currency_or_places="USD")
    assert (due.tax.code, due.base, due.amount) == ("CASH", D("52.17"), D("5.22"))


@settings(max_examples=100)
@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**5), min_size=1, max_size=8))
def test_however_a_document_is_paid_nothing_is_left_waiting(cents, shares):
    done = compute([line(D(cents).scaleb(-2), CASH)], "USD")
    paid = [done.total * share / sum(shares) for share in shares[:-1]]
    before, base, amount = D(0), D(0), D(0)
    for part in [round(one, 2) for one in paid if one]:
        part = min(part, done.total - before)
        [due] = on_payment(done.taxes, total=done.total, paid_before=before, paid=part, currency_or_places="USD")
        before, base, amount = before + part, base + due.base, amount + due.amount
    [due] = on_payment(
        done.taxes, total=done.total, paid_before=before, paid=done.total - before, currency_or_places="USD"
    )
    assert (base + due.base, amount + due.amount) == (done.net, done.tax)


def test_more_than_the_document_is_not_paid():
    done = compute([line("100", CASH)], "USD")
    with pytest.raises(InvalidInput):
        on_payment(done.taxes, total=done.total, paid_before=D(60), paid=D(60), currency_or_places="USD")


def test_a_discount_on_the_document_lowers_the_base_of_its_taxes():
    """The case acc-discount-01: 75 off 975."""
    lines = [line(price, Tax(code="T", rate=D(24))) for price in (75, 500, 200, 100, 50, 50)]
    document = Rounding(policy=RoundingPolicy(level="document"))
    done = compute(share_discount(lines, D(75), "EUR"), "EUR", rounding=document)
    assert (done.net, done.tax, done.total) == (900, 216, 1116)


def test_paying_early_corrects_the_tax_and_leaves_fixed_ones():
    """The case acc-epd-03: 10 % off, the fixed 0.05 stays."""
    done = compute([line("50", Tax(code="P", rate=D(15)), Tax(code="F", kind="fixed", rate=D("0.05")))], "EUR")
    taken = early_payment(done, D(10))
    assert (done.total, taken.net, taken.total) == (D("57.55"), D("5.00"), D("5.75"))
    assert early_payment(done, D(10), correct_tax=False).total == 5


def test_a_discount_may_lower_the_base_whether_it_is_used_or_not():
    """The case acc-epd-02: tax on 900 of 1000."""
    taxes = (Tax(code="P", rate=D(15)), Tax(code="F", kind="fixed", rate=D("0.05")))
    done = compute([Line(unit_price=D(1000), taxes=taxes)], "EUR", taxed=D(90), rounding=Rounding())
    assert (done.net, done.tax, [row.base for row in done.taxes]) == (1000, D("135.05"), [900, 1000])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("earliest", "2026-01-05"), ("invoice", "2026-02-01"), ("supply", "2026-01-20"), ("payment", "2026-01-05")],
)
def test_a_rule_says_which_day_counts(rule, expected):
    days = {"invoiced": date(2026, 2, 1), "supplied": date(2026, 1, 20), "paid": date(2026, 1, 5)}
    assert tax_point(**days, rule=rule) == date.fromisoformat(expected)
    assert tax_point(invoiced=date(2026, 2, 1), rule="payment") is None
