"""The door for shops: whole or not at all, once for each number."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_parties.models import Party
from backoffice_sales.models import Message, Order

from backoffice.core.api import InvalidInput

CUSTOMER = {"reference": "c-1", "name": "Sami", "email": "sami@example.com", "country": "GB", "city": "London"}


def order(number, *lines, **more):
    lines = lines or ({"item": "TEA", "quantity": "2"},)
    return {"source": "shop", "external_id": number, "customer": CUSTOMER, "lines": list(lines), **more}


def test_an_order_of_a_shop_is_placed_with_its_customer(seller):
    answer = seller.do("place_order", **order("D-1"))
    assert answer["accepted"]
    assert answer["number"].startswith("SO/")
    assert Decimal(answer["total"]) == 20
    again = seller.do("place_order", **order("D-2", {"item": "CUP", "quantity": "1"}))
    assert seller.get(again["id"]).party_id == seller.get(answer["id"]).party_id
    with seller.desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Party.id)).where(Party.email == "sami@example.com")) == 1


def test_the_same_message_gets_the_first_answer(seller):
    first = seller.do("place_order", **order("D-3"))
    second = seller.do("place_order", **order("D-3"))
    assert second == {**first, "known": True}


def test_another_body_under_a_known_number_is_refused_and_flagged(seller):
    first = seller.do("place_order", **order("D-4"))
    second = seller.do("place_order", **order("D-4", {"item": "TEA", "quantity": "3"}))
    assert (second["accepted"], second["state"], second["number"]) == (False, "flagged", first["number"])
    with seller.desk.reading() as session:
        states = session.scalars(sa.select(Message.state).where(Message.external_id == "D-4").order_by(Message.id))
        assert list(states) == ["done", "flagged"]
        assert session.scalar(sa.select(sa.func.count(Order.id)).where(Order.source_key == "D-4")) == 1


def test_every_unknown_item_is_named_and_nothing_is_kept(seller):
    lines = ({"item": "TEA", "quantity": "1"}, {"item": "X", "quantity": "1"}, {"item": "Y", "quantity": "1"})
    with pytest.raises(InvalidInput) as caught:
        seller.do("place_order", **order("D-5", *lines))
    assert set(caught.value.fields) == {"lines.1.item", "lines.2.item"}
    with seller.desk.reading() as session:
        assert session.scalar(sa.select(Message.id).where(Message.external_id == "D-5")) is None


def test_codes_of_a_shop_mean_the_products_they_are_linked_to(seller):
    seller.do("item_link.create", source="shop", external_id="sku-77", product="POT")
    answer = seller.do("place_order", **order("D-6", {"item": "sku-77", "quantity": "1"}))
    assert seller.get(answer["id"]).lines[0].item == "POT"


def test_a_payment_told_with_the_order_is_counted(seller):
    paid = {"provider": "test", "reference": "ch_door", "amount": "20"}
    answer = seller.do("place_order", **order("D-7", payment=paid))
    assert seller.get(answer["id"]).payment_state == "paid"


def test_an_order_of_a_shop_has_one_chain_from_end_to_end(seller):
    answer = seller.do("place_order", **order("D-8"))
    seller.do("record_payment", provider="test", reference="ch_chain", order="D-8", amount="20", currency="GBP")
    seller.do("ship_order", id=answer["id"])
    names = ("order_placed", "order_paid", "order_shipped", "order_invoiced")
    assert {one["chain"] for name in names for one in seller.said(f"sales.{name}")} == {answer["chain"]}
