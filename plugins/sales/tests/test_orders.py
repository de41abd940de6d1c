"""Orders from the draft to the last credit note, through the real actions."""

from decimal import Decimal

import pytest
from backoffice_sales.models import Order

from backoffice.core.api import Conflict, InvalidInput, RuleBroken


def test_a_draft_is_priced_from_the_product(seller):
    order = seller.get(seller.order(("TEA", 3), ("GIFT", 1), confirm=False))
    assert (order.number, order.state, order.net, order.total) == (None, "draft", Decimal(33), Decimal(33))
    assert [(line.item, line.ships) for line in order.lines] == [("TEA", True), ("GIFT", False)]


def test_discounts_of_line_and_order_are_taken_one_after_the_other(seller):
    made = seller.do(
        "order.create", party="HOTEL", date="2026-01-15", discount="10",
        lines=[{"product": "TEA", "quantity": "10", "discount": "5"}],
    )  # fmt: skip
    assert seller.get(made["id"]).total == Decimal("85.50")


def test_an_amount_off_each_is_taken_off_before_the_percentage_and_asked_for_so(seller):
    made = seller.do(
        "order.create", party="HOTEL", date="2026-01-15", discount="10",
        lines=[{"product": "TEA", "quantity": "3", "unit_discount": "1.50"}],
    )["id"]  # fmt: skip
    assert seller.get(made).total == Decimal("22.95")
    seller.do("confirm_order", id=made)
    seller.ship(made, 1)
    seller.do("ship_order", id=made)
    asked = seller.said("core.invoice_requested")
    [[first], [second]] = [one["lines"] for one in asked]
    assert [Decimal(one["total"]) for one in asked] == [Decimal("7.65"), Decimal("15.30")]
    assert (Decimal(first["unit_price"]), Decimal(first["discount"]), Decimal(second["quantity"])) == (8.5, 10, 2)


def test_no_more_is_taken_off_than_something_costs(seller):
    with pytest.raises(InvalidInput) as caught:
        seller.do("order.create", party="HOTEL", date="2026-01-15",
                  lines=[{"product": "TEA", "quantity": "1", "unit_discount": "11"}])  # fmt: skip
    assert "lines.0.unit_discount" in caught.value.fields


def test_a_confirmed_order_has_a_number_and_a_chain(seller):
    order = seller.get(seller.order(("TEA", 1)))
    assert order.number.startswith("SO/2026/")
    assert order.state == "confirmed"
    assert order.correlation
    [placed] = seller.said("sales.order_placed")
    assert placed["number"] == order.number
    assert placed["chain"] == order.correlation


def test_shipping_all_invoices_it_where_the_company_invoices_shipments(seller):
    id_ = seller.order(("TEA", 2), ("GIFT", 1))
    answer = seller.do("ship_order", id=id_)
    assert answer["shipment"].startswith("DN/2026/")
    assert (answer["goods"], answer["invoice"]) == ("shipped", "invoiced")
    [asked] = seller.said("core.invoice_requested")
    number = answer["number"]
    assert (asked["kind"], asked["key"], asked["match"]) == ("invoice", f"{number}:1", f"order:{number}")
    assert Decimal(asked["total"]) == 23
    assert [line["item"] for line in asked["lines"]] == ["TEA", "GIFT"]


def test_more_than_was_ordered_is_not_shipped_and_each_line_is_named(seller):
    id_ = seller.order(("TEA", 2), ("CUP", 1))
    with pytest.raises(RuleBroken) as caught:
        seller.ship(id_, 3, 2)
    assert set(caught.value.fields) == {"lines.0.quantity", "lines.1.quantity"}


def test_what_remains_is_split_off_as_a_line_of_its_own(seller):
    id_ = seller.order(("TEA", 5))
    seller.ship(id_, 2, remainder="backorder")
    order = seller.get(id_)
    assert [line.quantity for line in order.lines] == [2, 3]
    assert order.lines[1].split_of_id == order.lines[0].id
    assert order.total == 50


def test_an_invoice_ahead_of_shipping_goes_along_with_a_back_order(seller):
    id_ = seller.order(("TEA", 5), invoicing="order")
    assert seller.progress(id_).billed == 5
    seller.ship(id_, 2, remainder="backorder")
    assert (seller.progress(id_, 0).billed, seller.progress(id_, 1).billed) == (2, 3)
    assert seller.get(id_).invoice_state == "invoiced"


def test_what_remains_may_be_cancelled_at_once(seller):
    id_ = seller.order(("TEA", 5))
    seller.ship(id_, 2, remainder="cancel")
    order = seller.get(id_)
    assert (order.goods_state, order.total) == ("shipped", 20)


def test_a_cancelled_order_ships_nothing(seller):
    id_ = seller.order(("TEA", 2))
    assert seller.do("cancel_order", id=id_, reason="Changed their mind")["state"] == "cancelled"
    with pytest.raises(Conflict):
        seller.do("ship_order", id=id_)


def test_cancelling_twice_has_no_second_effect(seller):
    id_ = seller.order(("TEA", 2))
    seller.do("cancel_order", id=id_, reason="x")
    with pytest.raises(Conflict):
        seller.do("cancel_order", id=id_, reason="x")
    assert len(seller.said("sales.order_cancelled")) == 1


def test_cancelling_after_an_invoice_credits_what_is_not_wanted(seller):
    id_ = seller.order(("TEA", 4), invoicing="order")
    seller.do("cancel_line", id=id_, line=seller.lines(id_)[0], quantity="1", reason="Too many")
    asked = seller.said("core.invoice_requested")
    assert [(one["kind"], Decimal(one["total"])) for one in asked] == [("invoice", 40), ("credit_note", 10)]
    assert asked[1]["corrects"] == asked[0]["key"]


def test_goods_come_back_and_are_credited_at_their_price(seller):
    id_ = seller.order(("TEA", 5, "9.99"))
    seller.do("ship_order", id=id_)
    answer = seller.bring_back(id_, 2)
    assert answer["shipment"].startswith("RN/2026/")
    assert answer["credit_notes"] == [f"{answer['number']}:2"]
    credit = seller.said("core.invoice_requested")[1]
    assert (Decimal(credit["total"]), credit["lines"][0]["purpose"]) == (Decimal("19.98"), "returns")
    assert seller.progress(id_).delivered == 3


def test_more_than_the_customer_has_does_not_come_back(seller):
    id_ = seller.order(("TEA", 2))
    seller.ship(id_, 1)
    with pytest.raises(RuleBroken):
        seller.bring_back(id_, 2)


def test_an_exchange_is_shipped_again_without_a_credit_note(seller):
    id_ = seller.order(("TEA", 2))
    seller.do("ship_order", id=id_)
    assert seller.bring_back(id_, 1, refund="exchange")["credit_notes"] == []
    seller.do("ship_again", id=id_, lines=[{"line": seller.lines(id_)[0], "quantity": "1"}])
    assert seller.progress(id_).delivered == 2
    assert len(seller.said("core.invoice_requested")) == 1


def test_a_deposit_is_taken_off_the_invoices_that_follow(seller):
    id_ = seller.order(("TEA", 10))
    seller.do("ask_deposit", id=id_, percent="30")
    seller.ship(id_, 2)
    seller.ship(id_, 8)
    totals = [Decimal(one["total"]) for one in seller.said("core.invoice_requested")]
    assert totals == [30, 0, 70]


def test_a_deposit_is_not_more_than_the_order(seller):
    id_ = seller.order(("TEA", 1))
    seller.do("ask_deposit", id=id_, percent="80")
    with pytest.raises(RuleBroken):
        seller.do("ask_deposit", id=id_, percent="30")


def test_milestones_are_invoiced_when_they_are_reached(seller):
    made = seller.do(
        "order.create", party="HOTEL", date="2026-01-15", invoicing="milestone",
        lines=[{"product": "POT", "quantity": "3"}],
        milestones=[{"name": "Start", "share": "33.3333"}, {"name": "End", "share": "66.6667"}],
    )  # fmt: skip
    seller.do("confirm_order", id=made["id"])
    seller.do("reach_milestone", id=made["id"], name="Start")
    seller.do("reach_milestone", id=made["id"], name="End")
    totals = [Decimal(one["total"]) for one in seller.said("core.invoice_requested")]
    assert len(totals) == 2
    assert sum(totals) == Decimal("76.50")


def test_shares_of_milestones_come_to_a_hundred(seller):
    with pytest.raises(InvalidInput):
        seller.do(
            "order.create", party="HOTEL", date="2026-01-15", lines=[{"product": "TEA", "quantity": "1"}],
            milestones=[{"name": "Start", "share": "30"}],
        )  # fmt: skip


def test_a_line_is_added_and_another_put_in_the_place_of_one(seller):
    id_ = seller.order(("TEA", 2))
    seller.do("add_line", id=id_, product="CUP", quantity="1")
    seller.do("substitute_line", id=id_, line=seller.lines(id_)[0], product="POT")
    order = seller.get(id_)
    assert [(line.item, line.unit_price) for line in order.lines] == [("TEA", 10), ("CUP", 4), ("POT", 10)]
    assert order.total == 24


def test_an_order_is_done_when_it_is_shipped_invoiced_and_paid(seller):
    id_ = seller.order(("TEA", 2))
    seller.do("ship_order", id=id_)
    number = seller.get(id_).number
    seller.do("record_payment", provider="test", reference="ch_done", order=number, amount="20", currency="GBP")
    assert seller.get(id_).state == "done"


def test_movements_are_never_changed(desk):
    """The database itself refuses, on both."""
    import sqlalchemy as sa
    from backoffice_sales.models import Movement

    from backoffice.core.api import BackofficeError

    made = desk.execute(
        "sales.order.create", party="HOTEL", date="2026-01-15", lines=[{"product": "TEA", "quantity": "2"}]
    )
    desk.execute("sales.confirm_order", id=made["id"])
    desk.execute("sales.ship_order", id=made["id"])
    for statement in (sa.update(Movement).values(quantity=Decimal(9)), sa.delete(Movement)):
        with pytest.raises(BackofficeError, match="never"):
            desk.run(lambda session, statement=statement: session.execute(statement))


def test_an_order_keeps_its_number_and_is_not_deleted(desk):
    import sqlalchemy as sa

    from backoffice.core.api import BackofficeError

    made = desk.execute(
        "sales.order.create", party="HOTEL", date="2026-01-15", lines=[{"product": "TEA", "quantity": "2"}]
    )
    desk.execute("sales.confirm_order", id=made["id"])
    with pytest.raises(BackofficeError):
        desk.run(lambda session: session.execute(sa.update(Order).values(number="SO/1")))


# -- quotations ------------------------------------------------------------------------------------------------------


@pytest.fixture
def quoted(seller):
    made = seller.do(
        "quotation.create", party="HOTEL", date="2026-01-15",
        lines=[{"product": "TEA", "quantity": "10", "unit_price": "9"}],
    )  # fmt: skip
    assert seller.do("send_quotation", id=made["id"])["number"].startswith("QU/2026/")
    return made["id"]


def test_an_accepted_quotation_becomes_an_order_at_its_prices(seller, quoted):
    answer = seller.do("accept_quotation", id=quoted, reference="PO 7")
    order = seller.get(answer["id"])
    assert (order.total, order.reference, order.state) == (90, "PO 7", "confirmed")


def test_another_version_takes_the_place_of_a_quotation(seller, quoted):
    again = seller.do("revise_quotation", id=quoted)
    assert (again["number"][:8], again["revision"]) == ("QU/2026/", 2)
    with pytest.raises(Conflict):
        seller.do("accept_quotation", id=quoted)


def test_a_quotation_whose_days_are_over_is_not_accepted(seller):
    made = seller.do(
        "quotation.create", party="HOTEL", date="2025-11-01", valid_until="2025-12-01",
        lines=[{"product": "TEA", "quantity": "1"}],
    )  # fmt: skip
    seller.do("send_quotation", id=made["id"])
    with pytest.raises(RuleBroken):
        seller.do("accept_quotation", id=made["id"])
