"""Worked cases of taxes, each under the policy it is expected with."""

import pytest
import sqlalchemy as sa
from backoffice_accounting.models import InvoiceTax

from .conftest import CASES, D, of, percent, priced

pytestmark = pytest.mark.skipif(not CASES, reason="the worked cases are not beside this checkout")


@of("acc-tax-round-01")
def test_rounded_globally_or_per_line(world, rounded, case):
    lines = [priced(world, line) for line in case["given"]["lines"]]
    rounded("document", tax_base="exact")
    assert D(world.issue(*lines)["total"]) == D(case["expect"]["round_globally_total"])
    rounded("line")
    assert D(world.issue(*lines)["total"]) == D(case["expect"]["round_per_line_total"])


@of("acc-tax-round-03")
def test_one_line_of_ten_and_ten_lines_of_one(world, rounded, case):
    given, expect = case["given"], case["expect"]
    rounded("line")
    assert D(world.issue(priced(world, given))["total"]) == D(expect["1_line_qty_1_total"])
    assert D(world.issue(priced(world, {**given, "qty": "10"}))["total"]) == D(expect["1_line_qty_10_total"])
    assert D(world.issue(*[priced(world, given)] * 10)["total"]) == D(expect["10_lines_qty_1_total_per_line"])


@of("acc-tax-round-04")
def test_tax_once_a_document(world, rounded, case):
    lines = [priced(world, line) for line in case["given"]["lines"]]
    rounded("document", tax_base="exact")
    assert world.invoice(world.issue(*lines)).tax_total == D(case["expect"]["tax_rounded_once_per_document"])
    rounded("line")
    assert world.invoice(world.issue(*lines)).tax_total == D(case["expect"]["tax_if_rounded_per_line"])


@of("acc-tax-round-06")
def test_the_total_is_the_sum_of_the_lines_people_see(world, rounded, case):
    rounded("document", tax_base="exact")
    lines = [{"unit_price": line["unit_price"]} for line in case["given"]["lines"]]
    made = world.invoice(world.issue(*lines, currency="JPY", rate="0.0065"))
    assert [str(line.amount.quantize(D(1))) for line in made.lines] == case["expect"]["displayed_line_subtotals"]
    assert made.net == D(case["expect"]["untaxed_total_expected_by_users"])


@of("acc-tax-compound-01")
def test_taxes_that_raise_the_base_of_the_next(world, case):
    codes = []
    for n, said in enumerate(case["given"]["taxes_in_order"]):
        kind = "fixed" if "fixed" in said else "percent"
        rate = said.get("fixed") or said["pct"]
        codes.append(
            world.tax(f"C{n}", rate=rate, kind=kind, raises_base=said.get("affects_next_base", False), sequence=n)
        )
    made = world.issue({"unit_price": case["given"]["price"], "taxes": " ".join(codes)})
    found = world.ask(
        sa.select(InvoiceTax.base, InvoiceTax.amount).where(InvoiceTax.invoice_id == made["id"]).order_by(InvoiceTax.id)
    )
    assert [list(row) for row in found] == [[D(base), D(tax)] for base, tax in case["expect"]["rows"]]
    assert (world.invoice(made).net, D(made["total"])) == (
        D(case["expect"]["total_excluded"]), D(case["expect"]["total_included"])
    )  # fmt: skip


@of("acc-tax-div-01")
def test_a_percentage_of_the_price_with_the_tax(world, case):
    code = world.tax("DIV", rate=case["given"]["tax"]["division_pct"], kind="division")
    made = world.issue({"unit_price": case["given"]["price"], "taxes": code})
    assert world.invoice(made).tax_total == D(case["expect"]["tax"])
    assert D(made["total"]) == D(case["expect"]["total_included"])


@of("acc-tax-tryton-01")
def test_percent_and_a_fixed_amount_each(world, case):
    codes = [percent(world, "20"), world.tax("EACH10", rate="10", kind="fixed", per="unit")]
    made = world.issue({"unit_price": "100", "quantity": case["given"]["qty"], "taxes": " ".join(codes)})
    assert [row.amount for row in world.invoice(made).taxes] == [D(tax) for _base, tax in case["expect"]["rows"]]
    back = case["expect"]["reverse"]
    again = world.issue({"unit_price": back["price_with_taxes"], "taxes": " ".join(codes), "inclusive": True})
    assert world.invoice(again).net == D(back["price_without"])


@of("acc-tax-tryton-02")
def test_a_fixed_tax_that_raises_the_price(world, case):
    first = world.tax("UP5", rate="5", kind="fixed", per="unit", raises_base=True, sequence=1)
    codes = f"{first} {percent(world, '20')}"
    made = world.issue({"unit_price": "100", "quantity": case["given"]["qty"], "taxes": codes})
    found = [[str(row.base.normalize()), str(row.amount.normalize())] for row in world.invoice(made).taxes]
    assert [[D(a), D(b)] for a, b in found] == [[D(a), D(b)] for a, b in case["expect"]["rows"]]


@pytest.mark.parametrize("case", ["acc-tax-residual-01", "acc-tax-residual-02"], indirect=True)
def test_equal_taxes_are_right_together(world, rounded, case):
    rounded("line", tax_amounts="together")
    codes = [percent(world, "10", "a"), percent(world, "10", "b")]
    lines = case["given"].get("lines") or [case["given"]["line"]]
    made = world.issue(
        *({"unit_price": one["unit_price"], "taxes": " ".join(codes[: len(one["taxes_pct"])])} for one in lines)
    )
    total = sum((D(row["base"]) for row in case["expect"]["rows"][:1]), D(0))
    taxes = sum(D(row["tax"]) for row in case["expect"]["rows"])
    assert world.invoice(made).tax_total == taxes
    assert world.invoice(made).lines[0].amount == total


@of("acc-tax-nondeductible-01")
def test_what_cannot_be_recovered_is_a_cost(world, case):
    given = case["given"]
    for name, expect in case["expect"].items():
        share = name.removeprefix("deductible_").removesuffix("pct")
        code = world.tax(f"ND{share}", rate=given["tax_pct"], deductible=share)
        line = {"unit_price": given["unit_price"], "quantity": given["qty"], "taxes": code}
        made = world.issue(line, kind="bill")
        assert world.on(made["entry"], "6000") == D(expect["untaxed"])
        assert world.on(made["entry"], "2200") == D(expect["tax"])
        assert D(made["total"]) == D(expect["total"])


@of("acc-tax-incl-chain-01")
def test_a_chain_of_taxes_inside_a_price(world, rounded, case):
    rounded("document", tax_base="exact")
    given, expect = case["given"], case["expect"]
    rates = {one["name"]: one.get("pct") for one in (*given["included_taxes"], *given["added_taxes"])}
    for code, rate in (("EX10", "10"), ("EX12", "12")):
        world.tax(code, rate=rate, sequence=1)
    same = []
    for excise in ("EX10", "EX12"):
        own = {}
        for n, (name, on) in enumerate({"edu_cess": "taxes", "sh_cess": "taxes"}.items(), 2):
            own[name] = world.tax(f"{name}{excise}", rate=rates[name], basis=on, sequence=n, stands_on=[{"on": excise}])
        stands = [{"on": excise}, *({"on": code} for code in own.values())]
        own["cst"] = world.tax(f"cst{excise}", rate=rates["cst"], basis="total", sequence=4, stands_on=stands)
        same.append((excise, *own.values()))
    common = [
        world.tax("vatin", rate=rates["vat"], sequence=5),
        world.tax("customs", rate="10", sequence=6, in_price="never"),
    ]
    common.append(world.tax("shipping", rate="100", kind="fixed", per="document", sequence=7, in_price="never"))
    common.append(world.tax("discount", rate=rates["discount"], basis="total", sequence=8, in_price="never"))
    lines = [
        {
            "unit_price": item["price_incl"],
            "quantity": item["qty"],
            "taxes": " ".join((*own, *common)),
            "inclusive": True,
        }
        for item, own in zip(given["items"], same, strict=True)
    ]
    made = world.issue(*lines)
    assert (world.invoice(made).net, D(made["total"])) == (D(expect["net_total"]), D(expect["grand_total"]))


@of("acc-discount-01")
def test_a_discount_on_the_document(world, rounded, case):
    rounded("document", tax_base="exact")
    given, expect = case["given"], case["expect"]
    lines = [{"unit_price": amount, "taxes": percent(world, given["tax_pct"])} for amount in given["line_amounts"]]
    made = world.invoice(world.issue(*lines, discount=given["document_discount_on_net"]))
    assert (made.net, made.tax_total, made.total) == (D(expect["net"]), D(expect["tax"]), D(expect["grand_total"]))


@of("acc-rounded-total-01")
def test_a_total_rounded_to_the_smallest_coin(world, case):
    given, expect = case["given"], case["expect"]
    made = world.issue({"unit_price": given["grand_total"]}, round_to=given["round_to"])
    assert D(made["total"]) == D(expect["rounded_total"])
    assert world.invoice(made).rounding_amount == D(expect["rounding_adjustment"])
    assert world.on(made["entry"], "4700") == -D(expect["rounding_adjustment"])
