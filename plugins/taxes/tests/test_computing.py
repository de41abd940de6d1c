"""The computation of taxes: rules a reader should know, then properties of any document."""

from decimal import Decimal

import pytest
from backoffice_taxes.afterwards import ledger_parts
from backoffice_taxes.computing import Line, Rounding, compute, gross_price, net_price
from backoffice_taxes.tax import DatedRate, Tax, rate_on
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.core.api import InvalidInput, RoundingPolicy, RuleBroken

D = Decimal

VAT = Tax(code="VAT15", rate=D(15))
DOCUMENT = Rounding(policy=RoundingPolicy(level="document"))


def line(price, *taxes, quantity=1, **more):
    return Line(unit_price=D(price), quantity=D(quantity), taxes=taxes, **more)


def told(document):
    return [(row.tax.code, row.base, row.amount) for row in document.taxes]


def test_a_tax_is_added_to_a_price_without_tax():
    done = compute([line("100", VAT)], "SAR")
    assert (done.net, done.tax, done.total) == (100, 15, 115)


def test_a_tax_is_taken_out_of_a_price_with_tax():
    done = compute([line("115", VAT, inclusive=True)], "SAR")
    assert (done.net, done.tax, done.total) == (100, 15, 115)


def test_prices_with_and_without_tax_stand_in_one_document():
    done = compute([line("100", VAT), line("115", VAT, inclusive=True)], "SAR")
    assert told(done) == [("VAT15", 200, 30)]


def test_several_taxes_are_taken_out_of_one_price():
    """Excise of 50 % and VAT of 15 % on both: 172.50 holds 100, 50 and 22.50."""
    excise = Tax(code="EXC", rate=D(50), raises_base=True)
    done = compute([line("172.50", excise, VAT, inclusive=True)], "SAR")
    assert told(done) == [("EXC", 100, 50), ("VAT15", 150, D("22.50"))]


def test_a_document_rounds_what_its_lines_would_each_round():
    lines = [line("0.35", VAT) for _ in range(10)]
    assert compute(lines, "SAR").tax == D("0.50")
    done = compute(lines, "SAR", rounding=DOCUMENT)
    assert done.tax == D("0.53")
    assert sum(one.taxes[0].amount for one in done.lines) == D("0.53")


@pytest.mark.parametrize(("direction", "tax", "owed"), [("sale", 0, 0), ("purchase", 0, 15)])
def test_under_reverse_charge_nothing_is_charged_and_the_buyer_owes_it(direction, tax, owed):
    done = compute([line("100", Tax(code="RC", rate=D(15), reverse_charge=True))], "SAR", direction=direction)
    assert (done.tax, done.taxes[0].self_assessed, done.taxes[0].base) == (tax, owed, 100)


def test_a_tax_that_is_withheld_lowers_what_is_paid_and_not_the_total():
    done = compute([line("1000", VAT, Tax(code="WHT5", rate=D(5), withholding=True))], "SAR", direction="purchase")
    assert (done.total, done.withheld, done.payable) == (1150, 50, 1100)


def test_half_of_a_tax_is_a_cost_when_half_can_be_recovered():
    half = Tax(code="CAR", rate=D(15), deductible=D(50))
    [done] = compute([line("100.02", half)], "SAR", direction="purchase").lines
    assert (done.taxes[0].deductible, done.taxes[0].non_deductible, done.cost) == (D("7.50"), D("7.50"), D("107.52"))


def test_an_exempt_line_tells_its_base_and_no_tax():
    exempt = Tax(code="EX", rate=D(0), category="E", reason_code="VATEX-SA-29")
    assert told(compute([line("100", VAT), line("40", exempt)], "SAR")) == [("VAT15", 100, 15), ("EX", 40, 0)]


def test_a_group_brings_its_members_in_order():
    group = Tax(code="G", kind="group", members=(Tax(code="GST", rate=D(5)), Tax(code="QST", rate=D("9.975"))))
    assert told(compute([line("100", group)], "CAD")) == [("GST", 100, 5), ("QST", 100, D("9.98"))]


def test_the_same_code_twice_on_a_line_is_refused():
    with pytest.raises(InvalidInput, match="twice"):
        compute([line("100", VAT, VAT)], "SAR")


def test_a_tax_on_a_tax_needs_that_tax_before_it():
    cess = Tax(code="CESS", rate=D(2), basis="taxes", on=("VAT15",))
    assert told(compute([line("100", VAT, cess)], "SAR"))[1] == ("CESS", 15, D("0.30"))
    with pytest.raises(RuleBroken, match="VAT15"):
        compute([line("100", cess, VAT)], "SAR")


def test_taxes_that_use_up_the_price_are_refused():
    with pytest.raises(InvalidInput):
        compute([line("100", Tax(code="X", rate=D(-100)), inclusive=True)], "SAR")
    with pytest.raises(InvalidInput):
        compute([line("100", Tax(code="X", kind="division", rate=D(100)))], "SAR")


def test_the_supply_date_chooses_the_rate():
    rates = [DatedRate(rate=D(5), valid_until=day("2020-06-30")), DatedRate(rate=D(15), valid_from=day("2020-07-01"))]
    assert (rate_on(rates, day("2020-06-30")), rate_on(rates, day("2020-07-01"))) == (5, 15)
    with pytest.raises(RuleBroken, match="no rate"):
        rate_on(rates[1:], day("2020-06-30"), "SA15")


def day(text):
    from datetime import date

    return date.fromisoformat(text)


def test_the_rounding_of_a_document_is_written_and_read():
    rounding = Rounding(policy=RoundingPolicy(mode="half_even", level="document"), base="exact")
    assert rounding.written() == "half_even/document/largest/line/exact/each"
    assert Rounding.read(rounding.written()) == rounding
    with pytest.raises(InvalidInput):
        Rounding.read("half_up")


def test_floats_are_refused():
    with pytest.raises(InvalidInput, match="float"):
        compute([Line(unit_price=0.1, taxes=(VAT,))], "SAR")  # type: ignore[arg-type]


# -- properties --------------------------------------------------------------------------------------------------------

RATES = st.integers(0, 60).map(lambda n: D(n) / 2)


@st.composite
def tax_lists(draw):
    taxes = []
    for n in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["percent", "percent", "percent", "fixed", "division"]))
        basis = draw(st.sampled_from(["net", "net", "total"] + ["taxes"] * bool(taxes)))
        on = (taxes[0].code,) if basis == "taxes" else ()
        taxes.append(
            Tax(
                code=f"T{n}", kind=kind, rate=draw(RATES), basis=basis, on=on, raises_base=draw(st.booleans()),
                in_price=draw(st.sampled_from(["as_price", "as_price", "always", "never"])),
                reverse_charge=draw(st.sampled_from([False] * 5 + [True])),
                withholding=draw(st.sampled_from([False] * 5 + [True])),
                deductible=draw(st.sampled_from([D(100), D(50), D(0)])),
                per=draw(st.sampled_from(["unit", "document"])),
                due=draw(st.sampled_from(["supply", "payment"])),
            )
        )  # fmt: skip
    return tuple(taxes)


@st.composite
def documents(draw):
    taxes = draw(tax_lists())
    amounts = st.integers(-(10**7), 10**7).map(lambda n: D(n).scaleb(-3))
    return [
        Line(
            unit_price=draw(amounts), quantity=D(draw(st.integers(1, 40))), inclusive=draw(st.booleans()),
            taxes=taxes[draw(st.integers(0, 1)) * (not any(tax.on for tax in taxes)) :],
        )
        for _ in range(draw(st.integers(1, 5)))
    ]  # fmt: skip


POLICIES = st.builds(
    RoundingPolicy,
    mode=st.sampled_from(["half_up", "half_even", "half_down", "up", "down"]),
    level=st.sampled_from(["line", "document"]),
    residual=st.sampled_from(["largest", "last"]),
)
ROUNDINGS = st.builds(
    Rounding, policy=POLICIES, nets=st.sampled_from(["line", "document"]),
    base=st.sampled_from(["rounded", "exact"]), taxes=st.sampled_from(["each", "together"]),
)  # fmt: skip
DIRECTIONS = st.sampled_from(["sale", "purchase"])


@settings(max_examples=150)
@given(documents(), ROUNDINGS, DIRECTIONS)
def test_lines_and_taxes_add_up_to_the_document(lines, rounding, direction):
    done = compute(lines, "SAR", rounding=rounding, direction=direction)
    assert sum(one.total for one in done.lines) == done.total
    assert done.net + sum(row.charged for row in done.taxes) == done.total
    assert all(amount == round(amount, 2) for one in done.lines for amount in (one.net, one.total))


@settings(max_examples=150)
@given(documents(), ROUNDINGS, DIRECTIONS)
def test_a_credit_note_is_the_document_turned_round(lines, rounding, direction):
    from dataclasses import replace

    back = [replace(one, quantity=-one.quantity) for one in lines]
    done = compute(lines, "SAR", rounding=rounding, direction=direction)
    undone = compute(back, "SAR", rounding=rounding, direction=direction)
    assert (undone.net, undone.tax, undone.payable) == (-done.net, -done.tax, -done.payable)
    assert [-row.amount for row in undone.taxes] == [row.amount for row in done.taxes]


@settings(max_examples=100)
@given(documents(), ROUNDINGS)
def test_a_price_with_tax_stays_what_it_was(lines, rounding):
    from dataclasses import replace

    plain = [
        replace(one, inclusive=True, taxes=tuple(replace(tax, in_price="as_price") for tax in one.taxes))
        for one in lines
    ]
    done = compute(plain, "SAR", rounding=rounding)
    unchanged = compute([replace(one, taxes=()) for one in plain], "SAR", rounding=rounding)
    assert done.total == unchanged.net


@settings(max_examples=100)
@given(tax_lists(), st.integers(0, 10**5))
def test_a_gross_price_taken_apart_is_the_net_price_again(taxes, cents):
    price = D(cents).scaleb(-2)
    assert net_price(gross_price(price, taxes, places=12), taxes) == price


@settings(max_examples=100)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), RATES, st.sampled_from(["rounded", "exact"]))
def test_rounded_once_the_tax_is_within_half_a_cent(cents, rate, base):
    lines = [line(D(one).scaleb(-2), Tax(code="T", rate=rate)) for one in cents]
    done = compute(lines, "SAR", rounding=Rounding(policy=RoundingPolicy(level="document"), base=base))
    assert abs(done.tax - done.net * rate / 100) <= D("0.005")


@settings(max_examples=150)
@given(documents(), ROUNDINGS, DIRECTIONS)
def test_the_entry_of_any_document_balances(lines, rounding, direction):
    done = compute(lines, "SAR", rounding=rounding, direction=direction)
    sign = 1 if direction == "sale" else -1
    assert sum(part.amount for part in ledger_parts(done)) + sign * (done.payable - done.net) == 0
