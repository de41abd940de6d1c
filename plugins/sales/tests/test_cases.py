"""Worked cases of other systems about orders and payments, through the real actions."""

import json
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import sqlalchemy as sa
from backoffice_sales.models import Payment

from backoffice.core.api import Conflict, RuleBroken

FILE = Path(__file__).resolve().parents[4] / "shared" / "cases" / "operations.json"
CASES = {one["id"]: one for one in json.loads(FILE.read_text("utf-8"))} if FILE.exists() else {}
COUNTED = any(one.name == "inventory" for one in entry_points(group="backoffice"))

ORDERS = [id_ for id_ in CASES if id_.split("-")[0] in {"BO", "PAY"}]
GOODS = [id_ for id_, case in CASES.items() if id_.startswith("RES-") and case["domain"].startswith("order.")]

pytestmark = pytest.mark.skipif(not CASES, reason="cases: ../shared is not there")


def number(text):
    return Decimal(text)


# -- back-orders and returns -----------------------------------------------------------------------------------------


def bo_01(seller, given, expect):
    id_ = seller.order(("TEA", given["ordered"]))
    first = seller.ship(id_, given["deliver"][0], remainder="backorder", invoice=False)
    assert seller.progress(id_, 0).delivered == number(expect["after_first"]["delivered"])
    assert seller.get(id_).invoice_state == "to_invoice"
    assert [line.quantity for line in seller.get(id_).lines] == [1, 1]
    second = seller.do("ship_order", id=id_, remainder="backorder", invoice=False)
    delivered = sum(seller.progress(id_, place).delivered for place in (0, 1))
    assert delivered == number(expect["after_second"]["delivered"])
    assert (len(seller.lines(id_)), first["shipment"] != second["shipment"]) == (2, True)


def bo_02(seller, given, expect):
    id_ = seller.order(("TEA", given["ordered"]))
    seller.do("ship_order", id=id_)
    seller.bring_back(id_, given["returned_to_refund"], refund="later")
    order, now = seller.get(id_), seller.progress(id_)
    assert (now.delivered, order.invoice_state) == (number(expect["delivered_after"]), "to_invoice")
    seller.do("invoice_order", id=id_)
    credit = seller.said("core.invoice_requested")[-1]
    assert (credit["kind"], number(credit["lines"][0]["quantity"])) == (
        "credit_note",
        number(expect["credit_note_qty"]),
    )
    assert seller.get(id_).invoice_state == "nothing"


def bo_04(seller, given, expect):
    left = []
    id_ = seller.order(("TEA", 5))
    seller.do("ship_order", id=id_)
    seller.bring_back(id_, 5)
    seller.do("change_line", id=id_, line=seller.lines(id_)[0], quantity="6")
    left.append(seller.progress(id_).to_ship)
    id_ = seller.order(("TEA", 5))
    seller.do("ship_order", id=id_)
    seller.bring_back(id_, 5)
    seller.do("ship_again", id=id_, lines=[{"line": seller.lines(id_)[0], "quantity": "5"}])
    seller.do("change_line", id=id_, line=seller.lines(id_)[0], quantity="8")
    left.append(seller.progress(id_).to_ship)
    id_ = seller.order(("TEA", 3))
    seller.ship(id_, 2, remainder="cancel")
    seller.do("change_line", id=id_, line=seller.lines(id_)[0], quantity="2")
    left.append(seller.progress(id_).to_ship)
    assert left == [number(said) if said != "none" else 0 for said in expect["new_delivery"]]


# -- payments --------------------------------------------------------------------------------------------------------


def charge(seller, order, case, **more):
    existing = case["given"].get("existing", {})
    said = {"amount": "11.00", "currency": "GBP", "provider": f"test-{case['id']}", **more}
    return seller.do("record_payment", reference=existing.get("ref", "111-abc"), order=order, **said)


def payments_of(seller, provider):
    with seller.desk.reading() as session:
        return list(session.scalars(sa.select(Payment).where(Payment.provider == provider).order_by(Payment.id)))


def pay_01(seller, given, expect):
    case = CASES["PAY-01"]
    order = seller.get(seller.order(("TEA", 1, "11"))).number
    first, second = charge(seller, order, case), charge(seller, order, case)
    assert (first["known"], second["known"]) == (False, expect["already_processed"])
    assert len(payments_of(seller, "test-PAY-01")) == int(expect["events_of_type"])


def pay_02(seller, given, expect):
    case = CASES["PAY-02"]
    id_ = seller.order(("TEA", 1, "11"))
    order = seller.get(id_).number
    charge(seller, order, case, amount=given["existing_amount"])
    assert charge(seller, order, case, amount=given["incoming_amount"])["state"] == "flagged"
    kept = payments_of(seller, "test-PAY-02")
    assert [one.amount for one in kept] == [11, 12] if expect["event_kept"] else [11]
    assert seller.get(id_).paid == (11 if not expect["counted_in_totals"] else 23)


def pay_04(seller, given, expect):
    assert charge(seller, "CHECKOUT-4", CASES["PAY-04"])["state"] == "waiting"
    id_ = seller.order(("TEA", 1, "11"), reference="CHECKOUT-4")
    order = seller.get(id_)
    assert (order.state, order.goods_state) == ("confirmed", "waiting"), expect["order_status"]
    assert (order.payment_state, order.paid) == ("paid", order.total), expect["charge_status"]


def pay_05(seller, given, expect):
    keys = {
        frozenset(column.name for column in index.columns) - {"organization_id", "company_id"}
        for index in Payment.__table__.indexes
        if index.unique
    }
    assert frozenset({"provider", "kind", "reference"}) in keys
    assert expect["unique"]


@pytest.mark.parametrize("id_", ORDERS)
def test_orders_and_payments_come_to_what_others_say(seller, id_):
    case = CASES[id_]
    globals()[id_.lower().replace("-", "_")](seller, case["given"], case["expect"])


# -- goods that are counted ------------------------------------------------------------------------------------------


def stock(keeper, item, quantity):
    """Make a product with so much of it in stock, and return its code."""
    from datetime import date

    from backoffice_products.api import GoodsDocument, Movement, Product

    code = f"{item}-{keeper._last()}"
    made = keeper.desk.execute("products.product.create", code=code, name=code, kind="storable", unit="pc",
                               list_price="10", currency="GBP")  # fmt: skip

    def receive(session):
        assert session.get(Product, made["id"]) is not None
        document = GoodsDocument("tests", code, "receipt", date(2026, 1, 1))
        goods = [Movement(key="1", product_id=made["id"], quantity=number(quantity), unit_cost=Decimal(4))]
        assert session.hooks.first("products_move", session=session, document=document, movements=goods)

    if number(quantity):
        keeper.desk.run(receive)
    return code


def figures(keeper, code):
    from backoffice_products.api import Product, available

    with keeper.desk.reading() as session:
        id_ = session.scalar(sa.select(Product.id).where(Product.code == code))
        return available(session, (id_,))[id_]


def place(keeper, *lines, **more):
    said = {"reference": "c", "name": "Sami"}
    body = [{"item": item, "quantity": str(quantity)} for item, quantity in lines]
    return keeper.do("place_order", source="shop", external_id=f"x-{keeper._last()}", customer=said, lines=body, **more)


def res_07(keeper, given, expect):
    item = stock(keeper, "A", given["stock"])
    id_ = place(keeper, (item, given["allocate"]))["id"]
    now = figures(keeper, item)
    assert (now.on_hand, now.reserved) == (number(expect["physical"]), number(expect["allocated"]))
    keeper.ship(id_, 20)
    now = figures(keeper, item)
    assert (now.on_hand, now.reserved) == (80, 30)


def res_08(keeper, given, expect):
    items = [stock(keeper, line["variant"], "7" if n == 0 else "99") for n, line in enumerate(given["lines"])]
    with pytest.raises(RuleBroken) as caught:
        place(keeper, *((item, line["qty"]) for item, line in zip(items, given["lines"], strict=True)))
    assert [one["item"] for one in caught.value.details["short"]] == items
    assert all(figures(keeper, item).reserved == int(expect["allocations_created"]) for item in items)


def res_10(keeper, given, expect):
    item = stock(keeper, "C", "6")
    place(keeper, (item, given["already_allocated"]))
    with pytest.raises(RuleBroken):
        place(keeper, (item, given["checkout_qty"]))


def res_13(keeper, given, expect):
    item = stock(keeper, "S", given["line"])
    id_ = place(keeper, (item, given["line"]))["id"]
    for part in given["allocations"]:
        keeper.ship(id_, part)
    assert keeper.progress(id_).shipped == number(expect["shipped"])
    with pytest.raises((Conflict, RuleBroken)):
        keeper.do("ship_order", id=id_)
    assert figures(keeper, item).on_hand == 0


@pytest.mark.skipif(not COUNTED, reason="goods: the plugin that counts them is not installed")
@pytest.mark.parametrize("id_", GOODS)
def test_goods_of_orders_come_to_what_others_say(keeper, id_):
    case = CASES[id_]
    globals()[id_.lower().replace("-", "_")](keeper, case["given"], case["expect"])


@pytest.mark.skipif(not COUNTED, reason="goods: the plugin that counts them is not installed")
@pytest.mark.parametrize("policy", ["backorder", "refund", "substitute"])
def test_an_order_that_is_paid_while_goods_are_missing_follows_its_policy(keeper, policy):
    item = stock(keeper, "P", "1")
    made = keeper.order((item, 3), shortage=policy)
    order = keeper.get(made)
    assert order.goods_state == "short"
    keeper.do("record_payment", provider="test", reference=f"ch_{policy}", order=order.number, amount="30",
              currency="GBP")  # fmt: skip
    order = keeper.get(made)
    [told] = keeper.said("sales.order_short")
    assert told["policy"] == policy
    if policy == "refund":
        [asked] = keeper.said("sales.refund_asked")
        assert (order.total, number(asked["amount"])) == (10, 20)
    else:
        assert (order.goods_state, bool(order.problem)) == ("short", True)


@pytest.mark.skipif(not COUNTED, reason="goods: the plugin that counts them is not installed")
def test_what_may_be_shipped_instead_takes_the_place_of_missing_goods_in_its_order(keeper):
    item, none, other = (stock(keeper, name, there) for name, there in (("Q", "1"), ("Q0", "0"), ("Q1", "9")))
    for sequence, code in enumerate((none, other)):
        keeper.do("substitute.create", product=item, substitute=code, sequence=sequence)
    made = keeper.order((item, 3, "8"), shortage="substitute")
    number = keeper.get(made).number
    keeper.do("record_payment", provider="test", reference=f"ch_{item}", order=number, amount="24", currency="GBP")
    order = keeper.get(made)
    lines = [(line.item, line.quantity, line.unit_price) for line in order.lines]
    assert lines == [(item, 3, 8), (other, 2, 8)]
    assert (order.total, order.goods_state, order.payment_state, order.problem) == (24, "reserved", "paid", None)
    assert figures(keeper, other).reserved == 2
    keeper.do("ship_order", id=made)
    assert (keeper.get(made).state, figures(keeper, other).on_hand) == ("done", 7)


@pytest.mark.skipif(not COUNTED, reason="goods: the plugin that counts them is not installed")
def test_goods_come_back_at_the_cost_they_left_at(keeper):
    from backoffice_sales.models import Movement

    item = stock(keeper, "R", "10")
    made = keeper.order((item, 4))
    keeper.do("ship_order", id=made)
    keeper.bring_back(made, 1)
    with keeper.desk.reading() as session:
        rows = session.execute(sa.select(Movement.kind, Movement.cost).where(Movement.order_id == made))
        costs = {kind: cost for kind, cost in rows if cost is not None}
    assert costs == {"shipped": 16, "returned": 4}
