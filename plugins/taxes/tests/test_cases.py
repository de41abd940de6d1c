"""Worked tax cases of other systems, each under the rounding it is expected with."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from backoffice_taxes.afterwards import early_payment, on_payment, share_discount
from backoffice_taxes.computing import Line, Rounding, compute, net_price
from backoffice_taxes.tax import Tax

from backoffice.core.api import RoundingPolicy

D = Decimal

FILE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "finance.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text("utf-8"))} if FILE.is_file() else {}

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")

LINE = Rounding()
EXACT = Rounding(policy=RoundingPolicy(level="document"), base="exact")
TOGETHER = Rounding(taxes="together")


@pytest.fixture
def case(request):
    return CASES[request.param]


def of(id_):
    return pytest.mark.parametrize("case", [id_], indirect=True, ids=[id_])


def tax(code="T", **said):
    kind = "fixed" if "fixed" in said else "division" if "division_pct" in said else "percent"
    rate = said.get("fixed") or said.get("division_pct") or said.get("pct") or said.get("fixed_per_unit")
    if "fixed_per_unit" in said:
        kind = "fixed"
    raises = bool(said.get("affects_next_base") or said.get("updates_unit_price"))
    return Tax(code=code, kind=kind, rate=D(rate), raises_base=raises)


def taxes(many):
    return tuple(tax(f"T{n}", **one) for n, one in enumerate(many))


def line(said, *more, **how):
    price = D(said["unit_price"])
    quantity, discount = D(said.get("qty", "1")), D(said.get("discount_pct", "0"))
    own = (Tax(code=f"T{said['tax_pct']}", rate=D(said["tax_pct"])),) if "tax_pct" in said else ()
    return Line(unit_price=price, quantity=quantity, discount=discount, taxes=own + more, **how)


def rows(document):
    return [[row.base, row.amount] for row in document.taxes]


def decimals(nested):
    return [[D(value) for value in row] for row in nested]


@of("acc-tax-round-01")
def test_rounded_globally_or_per_line(case):
    lines = [line(one) for one in case["given"]["lines"]]
    assert compute(lines, 2, rounding=EXACT).total == D(case["expect"]["round_globally_total"])
    assert compute(lines, 2, rounding=LINE).total == D(case["expect"]["round_per_line_total"])


@of("acc-tax-round-03")
def test_one_line_of_ten_and_ten_lines_of_one(case):
    given, expect = case["given"], case["expect"]
    one = line(given)
    assert compute([one], 2).total == D(expect["1_line_qty_1_total"])
    assert compute([line({**given, "qty": "10"})], 2).total == D(expect["1_line_qty_10_total"])
    assert compute([one] * 10, 2).total == D(expect["10_lines_qty_1_total_per_line"])


@of("acc-tax-round-04")
def test_tax_rounded_once_a_document(case):
    lines = [line(one) for one in case["given"]["lines"]]
    assert compute(lines, 2, rounding=EXACT).tax == D(case["expect"]["tax_rounded_once_per_document"])
    assert compute(lines, 2, rounding=LINE).tax == D(case["expect"]["tax_if_rounded_per_line"])


@of("acc-tax-round-06")
def test_the_total_is_the_sum_of_the_lines_people_see(case):
    lines = [line(one) for one in case["given"]["lines"]]
    done = compute(lines, "JPY", rounding=EXACT)
    assert [one.net for one in done.lines] == [D(one) for one in case["expect"]["displayed_line_subtotals"]]
    assert done.net == D(case["expect"]["untaxed_total_expected_by_users"])
    bug = Rounding(policy=RoundingPolicy(level="document"), nets="document")
    assert compute(lines, "JPY", rounding=bug).net == D(case["expect"]["untaxed_total_reported_as_bug"])


@of("acc-tax-compound-01")
def test_taxes_that_raise_the_base_of_the_next(case):
    given, expect = case["given"], case["expect"]
    done = compute([Line(unit_price=D(given["price"]), taxes=taxes(given["taxes_in_order"]))], 2)
    assert rows(done) == decimals(expect["rows"])
    assert (done.net, done.total) == (D(expect["total_excluded"]), D(expect["total_included"]))


@pytest.mark.parametrize("case", ["acc-tax-div-01", "acc-tax-div-02"], indirect=True)
def test_a_percentage_of_the_price_with_the_tax(case):
    given, expect = case["given"], case["expect"]
    places = given.get("currency_digits", 2)
    done = compute([Line(unit_price=D(given["price"]), taxes=(tax(**given["tax"]),))], places)
    assert (done.tax, done.total) == (D(expect["tax"]), D(expect["total_included"]))


@of("acc-tax-tryton-01")
def test_percent_and_fixed_side_by_side_and_back(case):
    given, expect = case["given"], case["expect"]
    own = taxes(given["taxes"])
    assert rows(compute([line(given, *own)], 2)) == decimals(expect["rows"])
    back = expect["reverse"]
    assert net_price(D(back["price_with_taxes"]), own, quantity=D(back["qty"])) == D(back["price_without"])


@of("acc-tax-tryton-02")
def test_a_fixed_tax_that_raises_the_price_and_back(case):
    given, expect = case["given"], case["expect"]
    own = taxes(given["taxes_in_order"])
    assert rows(compute([line(given, *own)], 2)) == decimals(expect["rows"])
    back = expect["reverse"]
    assert net_price(D(back["price_with_taxes"]), own, quantity=D(back["qty"])) == D(back["price_without"])


@of("acc-tax-residual-01")
def test_two_equal_taxes_are_right_together(case):
    said = case["given"]["line"]
    own = tuple(Tax(code=f"T{n}", rate=D(rate)) for n, rate in enumerate(said["taxes_pct"]))
    [done] = compute([line(said, *own)], 2, rounding=TOGETHER).lines
    assert [{"base": row.base, "tax": row.amount} for row in done.taxes] == [
        {name: D(value) for name, value in row.items()} for row in case["expect"]["rows"]
    ]
    assert done.total - done.net == D(case["expect"]["tax_sum"])


@of("acc-tax-residual-02")
def test_two_equal_taxes_of_a_negative_line(case):
    lines = [
        line(said, *(Tax(code=f"T{n}", rate=D(rate)) for n, rate in enumerate(said["taxes_pct"])))
        for said in case["given"]["lines"]
    ]
    done = compute(lines, 2, rounding=TOGETHER)
    found = [{"base": row.base, "tax": row.amount} for one in done.lines for row in one.taxes]
    assert found == [{name: D(value) for name, value in row.items()} for row in case["expect"]["rows"]]


@of("acc-tax-nondeductible-01")
def test_what_cannot_be_recovered_is_part_of_the_cost(case):
    for name, expect in case["expect"].items():
        share = D(name.removeprefix("deductible_").removesuffix("pct"))
        own = Tax(code="T", rate=D(case["given"]["tax_pct"]), deductible=share)
        said = {key: value for key, value in case["given"].items() if key != "tax_pct"}
        done = compute([line(said, own)], 2, direction="purchase")
        assert sum(one.cost for one in done.lines) == D(expect["untaxed"])
        assert sum(row.deductible for row in done.taxes) == D(expect["tax"])
        assert done.total == D(expect["total"])


@of("acc-tax-incl-chain-01")
def test_a_chain_of_taxes_inside_a_price(case):
    given, expect = case["given"], case["expect"]
    inside, added = given["included_taxes"], given["added_taxes"]

    def own(excise):
        net = {one["name"]: Tax(code=one["name"], rate=D(one["pct"])) for one in inside if one["basis"] == "net"}
        cess = {
            one["name"]: Tax(code=one["name"], rate=D(one["pct"]), basis="taxes", on=("excise",))
            for one in inside
            if one["basis"] == "amount of excise"
        }
        cst = Tax(code="cst", rate=D(inside[3]["pct"]), basis="total", on=("excise", "edu_cess", "sh_cess"))
        outside = (
            Tax(code="customs", rate=D(added[0]["pct"]), in_price="never"),
            Tax(code="shipping", kind="fixed", per="document", rate=D(added[1]["actual"]), in_price="never"),
            Tax(code="discount", rate=D(added[2]["pct"]), basis="total", in_price="never"),
        )
        return (net["excise"].at(excise), cess["edu_cess"], cess["sh_cess"], cst, net["vat"], *outside)

    rates = [D(inside[0]["item_override"]["item_1_pct"]), D(inside[0]["pct"])]
    lines = [
        Line(unit_price=D(item["price_incl"]), quantity=D(item["qty"]), taxes=own(rate), inclusive=True)
        for item, rate in zip(given["items"], rates, strict=True)
    ]
    done = compute(lines, 2, rounding=EXACT)
    found = {row.tax.code: row.amount for row in done.taxes}
    wanted = {name: D(value) for name, value in expect.items()}
    assert sum(one.priced for one in lines) == wanted.pop("gross_items")
    assert (done.net, done.total) == (wanted.pop("net_total"), wanted.pop("grand_total"))
    assert found == wanted


@of("acc-discount-01")
def test_a_discount_on_the_document(case):
    given, expect = case["given"], case["expect"]
    lines = [line({"unit_price": amount, "tax_pct": given["tax_pct"]}) for amount in given["line_amounts"]]
    done = compute(share_discount(lines, D(given["document_discount_on_net"]), 2), 2, rounding=EXACT)
    assert (done.net, done.tax, done.total) == (D(expect["net"]), D(expect["tax"]), D(expect["grand_total"]))


@of("acc-epd-02")
def test_tax_always_on_the_discounted_base(case):
    given, expect = case["given"], case["expect"]
    own = taxes(given["taxes"])
    done = compute([Line(unit_price=D(given["net"]), taxes=own)], 2, taxed=100 - D(given["discount_pct"]))
    assert (done.net, done.tax, done.total) == (D(expect["untaxed"]), D(expect["tax"]), D(expect["total"]))


@of("acc-epd-03")
def test_the_tax_is_corrected_when_it_is_paid_early(case):
    given, expect = case["given"], case["expect"]
    done = compute([Line(unit_price=D(given["net"]), taxes=taxes(given["taxes"]))], 2)
    taken = early_payment(done, D(given["discount_pct"]))
    assert (done.total, done.total - taken.total) == (D(expect["invoice_total"]), D(expect["paid"]))
    assert (taken.net, taken.taxes[0].amount) == (D(expect["discount_base"]), D(expect["discount_tax"]))


@of("acc-cashbasis-01")
def test_tax_falls_due_with_the_payment(case):
    given, expect = case["given"], case["expect"]
    own = (
        Tax(code="CASH", rate=D(given["cash_basis_tax_pct"]), due="payment"),
        Tax(code="ACCRUAL", rate=D(given["accrual_tax_pct"])),
    )
    done = compute([Line(unit_price=D(given["net"]), taxes=own)], 2)
    assert done.total == D(given["total"])
    accrual = [row for row in done.taxes if row.tax.due == "supply"]
    assert [(row.base, row.amount) for row in accrual] == [
        (D(expect["after_invoice"]["accrual_base"]), D(expect["after_invoice"]["accrual_tax"]))
    ]
    [due] = on_payment(
        done.taxes, total=done.total, paid_before=D(0), paid=D(given["partial_payment"]), currency_or_places=2
    )
    after = expect["after_payment"]
    assert (due.base, due.amount) == (D(after["cash_base"]), D(after["cash_tax"]))


def test_every_case_about_taxes_is_here():
    kinds = ("tax_", "discount_", "cash_basis")
    about = {i for i, case in CASES.items() if i.startswith("acc-") and case["domain"].startswith(kinds)}
    text = Path(__file__).read_text("utf-8")
    assert [id_ for id_ in sorted(about) if f'"{id_}"' not in text] == []
