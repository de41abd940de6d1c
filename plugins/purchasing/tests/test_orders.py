"""Orders to suppliers from the request to the bill, through the real actions."""

from datetime import date
from decimal import Decimal

import pytest
from backoffice_products.api import Product, Proposal
from backoffice_purchasing.models import Order

from backoffice.core.api import AlreadyExists, BackofficeError, Forbidden, RuleBroken
from backoffice.core.testing.offices import desk_of


def test_an_order_takes_price_code_and_time_from_the_supplier(buyer):
    order = buyer.get(buyer.order(("TEA", 100)))
    assert (order.number[:3], order.total, order.promised_on) == ("PO/", 390, date(2026, 1, 22))
    assert order.lines[0].supplier_code == "LEAF-1"


def test_an_order_above_the_limit_is_approved_by_a_second_person(buyer):
    buyer.desk.execute("core.set_setting", plugin="purchasing", name="approval_above", value="100")
    try:
        id_ = buyer.order(("TEA", 100))
        assert buyer.get(id_).state == "to_approve"
        with pytest.raises(Forbidden):
            buyer.do("approve_order", id=id_)
        assert desk_of(buyer.desk.office, "second").execute("purchasing.approve_order", id=id_)["state"] == "confirmed"
        assert buyer.get(buyer.order(("TEA", 1))).state == "confirmed"
    finally:
        buyer.desk.execute("core.set_setting", plugin="purchasing", name="approval_above", value="1000000")


def test_goods_arrive_in_parts(buyer):
    id_ = buyer.order(("TEA", 10), ("CUP", 4))
    answer = buyer.do("receive_goods", id=id_, lines=buyer.chosen(id_, 4), reference="LN 7")
    assert (answer["receipt"], answer["receipt_number"][:3]) == ("part", "GR/")
    assert buyer.do("receive_goods", id=id_)["receipt"] == "received"
    assert buyer.progress(id_).received == 10


def test_more_than_was_ordered_is_not_received(buyer):
    id_ = buyer.order(("TEA", 10))
    with pytest.raises(RuleBroken):
        buyer.do("receive_goods", id=id_, lines=buyer.chosen(id_, 11))


def test_a_bill_that_agrees_is_handed_to_the_books(buyer):
    id_ = buyer.order(("TEA", 10))
    buyer.do("receive_goods", id=id_)
    answer = buyer.do("record_bill", id=id_, number="B-1", date="2026-01-20", total="42")
    assert (answer["state"], answer["order"]) == ("asked", "billed")
    [asked] = buyer.said("core.invoice_requested")
    number = buyer.get(id_).number
    assert (asked["kind"], asked["reference"], asked["match"]) == ("bill", "B-1", f"purchase:{number}")
    assert (Decimal(asked["total"]), asked["lines"][0]["purpose"]) == (42, "expense")
    assert buyer.get(id_).state == "done"


def test_a_bill_that_differs_waits_for_a_decision_and_each_difference_is_named(buyer):
    id_ = buyer.order(("TEA", 10))
    buyer.do("receive_goods", id=id_, lines=buyer.chosen(id_, 8))
    answer = buyer.do(
        "record_bill", id=id_, number="B-2", date="2026-01-20", total="45", lines=buyer.chosen(id_, 10, price="4.50")
    )
    assert answer["state"] == "differs"
    assert {one["kind"] for one in answer["differences"]} == {"not_received", "price"}
    assert buyer.said("core.invoice_requested") == []
    buyer.do("accept_bill", id=answer["id"], reason="Agreed by telephone")
    assert Decimal(buyer.said("core.invoice_requested")[0]["total"]) == 45


def test_the_same_number_of_a_supplier_is_recorded_once(buyer):
    id_ = buyer.order(("TEA", 10))
    buyer.do("receive_goods", id=id_)
    buyer.do("record_bill", id=id_, number="B-3", date="2026-01-20", total="21", lines=buyer.chosen(id_, 5))
    with pytest.raises(AlreadyExists):
        buyer.do("record_bill", id=id_, number="B-3", date="2026-01-20", total="21", lines=buyer.chosen(id_, 5))


def test_goods_go_back_and_are_credited(buyer):
    id_ = buyer.order(("TEA", 10))
    buyer.do("receive_goods", id=id_)
    buyer.do("record_bill", id=id_, number="B-4", date="2026-01-20", total="42")
    answer = buyer.do("return_goods", id=id_, lines=buyer.chosen(id_, 2), reason="Damp")
    assert answer["receipt_number"][:3] == "RS/"
    credit = buyer.do("record_bill", id=id_, number="C-4", kind="bill_credit", date="2026-01-25", total="8.40")
    assert credit["state"] == "asked"
    assert [one["kind"] for one in buyer.said("core.invoice_requested")] == ["bill", "bill_credit"]
    with pytest.raises(RuleBroken):
        buyer.do("return_goods", id=id_, lines=buyer.chosen(id_, 9), reason="Damp")


def test_a_cancelled_order_expects_nothing(buyer):
    id_ = buyer.order(("TEA", 10))
    assert buyer.do("cancel_order", id=id_, reason="Too late")["state"] == "cancelled"


def test_a_request_becomes_an_order_of_the_cheapest_offer(buyer):
    made = buyer.do("request.create", date="2026-01-15", lines=[{"product": "CUP", "quantity": "20"}])
    buyer.do("send_request", id=made["id"])
    for party, price in (("LEAF", "2.10"), ("POTTER", "1.95")):
        buyer.do("record_offer", id=made["id"], party=party, product="CUP", unit_price=price)
    [order] = buyer.do("award_request", id=made["id"])["orders"]
    found = buyer.get(order)
    assert (found.state, found.total) == ("draft", Decimal("39.00"))


def test_an_award_needs_an_offer_for_every_product(buyer):
    made = buyer.do("request.create", date="2026-01-15", lines=[{"product": "CUP", "quantity": "20"}])
    buyer.do("send_request", id=made["id"])
    with pytest.raises(RuleBroken):
        buyer.do("award_request", id=made["id"])


# -- what others are answered ----------------------------------------------------------------------------------------


def ask(buyer, *wanted):
    def work(session):
        ids = {code: session.query(Product.id).filter(Product.code == code).scalar() for code, _q, _p in wanted}
        proposals = [Proposal(ids[code], Decimal(q), place, date(2026, 1, 30)) for code, q, place in wanted]
        return session.hooks.first("products_order", session=session, proposals=proposals)

    return buyer.desk.run(work)


def test_proposals_become_one_draft_for_each_supplier_and_are_made_anew(buyer):
    first = ask(buyer, ("TEA", "120", "SHOP"), ("CUP", "5", "SHOP"))
    assert (first[0].startswith("draft:"), first[1]) == (True, "")
    second = ask(buyer, ("TEA", "50", "SHOP"))
    with buyer.desk.reading(fresh=True) as session:
        drafts = [one for one in session.query(Order).filter(Order.proposed) if one.place == "SHOP"]
        assert [(f"draft:{one.id}", [line.quantity for line in one.lines]) for one in drafts] == [(second[0], [50])]


def test_confirmed_orders_are_expected(buyer):
    id_ = buyer.order(("TEA", 10), place="DOCK")
    buyer.do("receive_goods", id=id_, lines=buyer.chosen(id_, 4))

    def work(session):
        product = session.query(Product.id).filter(Product.code == "TEA").scalar()
        found = session.hooks.call("products_expected", session=session, product_ids=[product], until=date(2026, 2, 1))
        return [one.quantity for some in found for one in some if one.place == "DOCK"]

    assert buyer.desk.run(work) == [6]


def test_reports_tell_what_is_open_and_how_suppliers_keep_their_word(buyer):
    id_ = buyer.order(("TEA", 10), party="POTTER")
    buyer.do("receive_goods", id=id_, date="2026-01-20")
    open_ = buyer.desk.report("purchasing.open_orders")
    assert buyer.get(id_).number in [row.cells[0] for row in open_.rows]
    kept = {row.cells[0]: row.cells for row in buyer.desk.report("purchasing.supplier_performance").rows}
    assert kept["Potter"][2] >= 1


def test_movements_are_never_changed(desk):
    """The database itself refuses, on both."""
    import sqlalchemy as sa
    from backoffice_purchasing.models import Movement

    made = desk.execute(
        "purchasing.order.create", party="LEAF", date="2026-01-15", lines=[{"product": "TEA", "quantity": "2"}]
    )
    desk.execute("purchasing.confirm_order", id=made["id"])
    desk.execute("purchasing.receive_goods", id=made["id"])
    desk.execute("purchasing.record_bill", id=made["id"], number="B", date="2026-01-20", total="8.40")
    assert [len(desk.report(f"purchasing.{name}").rows) for name in ("open_orders", "supplier_performance")] == [0, 1]
    for statement in (sa.update(Movement).values(quantity=Decimal(9)), sa.delete(Movement)):
        with pytest.raises(BackofficeError, match="never"):
            desk.run(lambda session, statement=statement: session.execute(statement))
