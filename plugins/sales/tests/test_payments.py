"""Payments: each counted once, odd ones flagged, early ones waiting, and what is asked of the books."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_sales.models import Payment
from backoffice_sales.providers.stripe import PROVIDER, amount_of, cents_of, sign, verify

from backoffice.core.api import InvalidInput, RuleBroken
from backoffice.hookspecs import IntakeMessage

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def pay(seller):
    def record(reference, order, amount, **more):
        return seller.do(
            "record_payment", **{"provider": "test", "currency": "GBP", **more}, reference=reference, order=order,
            amount=amount,
        )  # fmt: skip

    return record


def number_of(seller, id_):
    return seller.get(id_).number


def test_a_charge_is_counted_and_asks_for_its_entry(seller, pay):
    id_ = seller.order(("TEA", 2))
    number = number_of(seller, id_)
    assert pay("ch_a1", number, "20", fee="0.50")["state"] == "applied"
    order = seller.get(id_)
    assert (order.paid, order.payment_state) == (20, "paid")
    [asked] = seller.said("core.posting_requested")
    amounts = {one["purpose"]: Decimal(one["amount"]) for one in asked["amounts"]}
    assert amounts == {"payment_clearing": Decimal("19.5"), "receivable": -20, "payment_fees": Decimal("0.5")}
    assert asked["amounts"][1]["match"] == f"order:{number}"
    assert len(seller.said("sales.order_paid")) == 1


def test_a_payment_that_comes_before_its_order_waits_for_it(seller, pay):
    assert pay("ch_b1", "SHOP-99", "10")["state"] == "waiting"
    id_ = seller.order(("TEA", 1), reference="SHOP-99")
    assert seller.get(id_).payment_state == "paid"


def test_a_refund_that_comes_before_its_charge_waits_for_it(seller, pay):
    id_ = seller.order(("TEA", 1))
    assert pay("re_c1", "ch_c1", "4", kind="refund")["state"] == "waiting"
    pay("ch_c1", number_of(seller, id_), "10")
    order = seller.get(id_)
    assert (order.paid, order.payment_state) == (6, "part")


def test_a_payment_in_another_currency_is_flagged(seller, pay):
    id_ = seller.order(("TEA", 1))
    assert pay("ch_d1", number_of(seller, id_), "10", currency="EUR")["state"] == "flagged"
    assert seller.get(id_).payment_state == "unpaid"


def test_a_payout_moves_money_to_the_bank(seller, pay):
    pay("po_1", None, "100", kind="payout", fee="1")
    [asked] = seller.said("core.posting_requested")
    assert {one["purpose"]: Decimal(one["amount"]) for one in asked["amounts"]} == {
        "payment_clearing": -101, "bank": 100, "payment_fees": 1,
    }  # fmt: skip


def test_more_than_was_paid_is_not_paid_back(seller, pay):
    id_ = seller.order(("TEA", 1))
    pay("ch_e1", number_of(seller, id_), "10")
    with pytest.raises(RuleBroken):
        seller.do("refund_order", id=id_, amount="11")


def test_a_refund_is_asked_of_the_provider_after_the_commit(seller, pay):
    from backoffice.core.testing.work import work_off

    id_ = seller.order(("TEA", 2))
    pay("ch_f1", number_of(seller, id_), "20")
    seller.do("cancel_line", id=id_, line=seller.lines(id_)[0], quantity="1", reason="x")
    assert seller.get(id_).payment_state == "over"
    seller.do("refund_order", id=id_)
    work_off(seller.desk.office)
    order = seller.get(id_)
    assert (order.paid, order.payment_state) == (10, "paid")


# -- Stripe ----------------------------------------------------------------------------------------------------------

CHARGE = {
    "id": "evt_1", "type": "charge.succeeded",
    "data": {"object": {
        "id": "ch_s1", "amount": 1100, "currency": "eur", "created": 1768478400, "status": "succeeded",
        "captured": True,
        "metadata": {"order": "SO/2026/00001"}, "balance_transaction": {"fee": 46},
    }},
}  # fmt: skip


def message(said, secret="whsec_x", at=None):
    body = json.dumps(said).encode()
    at = int(NOON.timestamp()) if at is None else at
    return IntakeMessage({"stripe-signature": sign(secret, at, body)}, body, NOON)


def test_the_signature_of_stripe_names_time_and_number():
    signed = verify(message(CHARGE), "whsec_x")
    assert (signed.id, signed.at) == ("evt_1", NOON)


def test_another_secret_or_body_is_not_believed():
    good = message(CHARGE)
    assert verify(good, "whsec_y") is None
    assert verify(IntakeMessage(good.headers, good.body + b" ", NOON), "whsec_x") is None
    assert verify(IntakeMessage({}, good.body, NOON), "whsec_x") is None


def test_amounts_of_stripe_are_in_the_smallest_unit():
    assert (amount_of(1100, "EUR"), amount_of(500, "JPY"), amount_of(1234, "KWD")) == (
        Decimal("11.00"), Decimal(500), Decimal("1.234"),
    )  # fmt: skip
    assert (cents_of(Decimal(11), "EUR"), cents_of(Decimal(500), "JPY")) == (1100, 500)


def test_a_charge_of_stripe_is_read_with_its_fee_and_order():
    [event] = PROVIDER.read(message(CHARGE))
    assert (event.kind, event.reference, event.amount, event.fee) == ("charge", "ch_s1", Decimal(11), Decimal("0.46"))
    assert event.named == "SO/2026/00001"


def test_other_notices_of_stripe_tell_nothing_and_broken_ones_are_refused():
    assert list(PROVIDER.read(message({"id": "evt_2", "type": "customer.created", "data": {"object": {}}}))) == []
    with pytest.raises(InvalidInput):
        PROVIDER.read(message({"id": "evt_3", "type": "charge.succeeded", "data": {"object": {}}}))


def test_payments_are_kept_once_by_the_database_as_well(desk):
    """Two that count under one reference are refused."""
    from backoffice.core.api import AlreadyExists

    def twice(session):
        for amount in (1, 2):
            session.add(Payment(
                provider="test", kind="charge", reference="ch_1", amount=Decimal(amount), currency="GBP",
                date=session.today(), hash=str(amount), state="applied",
            ))  # fmt: skip
            session.flush()

    with pytest.raises(AlreadyExists):
        desk.run(twice)
    with desk.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Payment.id))) == 0
