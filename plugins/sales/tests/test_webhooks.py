"""Notices of payment providers: signed, repeated, shuffled, late, with other bodies; each effect once."""

import json
import os
import time
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from http.client import HTTPConnection
from random import Random
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from backoffice_sales.models import Order, Payment

from backoffice.core.api import sign_webhook
from backoffice.core.errors import NotSignedIn
from backoffice.core.testing.browsing import serving
from backoffice.core.testing.work import work_off
from backoffice.core.webhooks.incoming import take
from backoffice.core.webhooks.models import WebhookAddress

THOROUGH = bool(os.environ.get("BACKOFFICE_THOROUGH"))
EVENTS = int(os.environ.get("BACKOFFICE_NOTICES", "100000" if THOROUGH else "400"))
ORDERS, OVER_HTTP = EVENTS // 5, 1_000 if THOROUGH else 20
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def token(desk, name):
    with desk.reading(fresh=True) as session:
        return session.scalar(sa.select(WebhookAddress.token).where(WebhookAddress.name == name))


def test_a_signed_notice_is_counted_once_however_often_it_is_delivered(seller):
    desk = seller.desk
    made = seller.order(("TEA", 2))
    desk.execute("core.webhook_address.create", name="pay", intake="sales.test_notices")
    address = desk.get("core.webhook_address", "pay")
    secret = desk.execute("core.reveal_address_secret", id=address.id)["secret"]
    said = {"kind": "charge", "reference": "ch_w", "amount": "20", "currency": "GBP", "date": "2026-01-15",
            "order": seller.get(made).number}  # fmt: skip
    body = json.dumps(said).encode()
    for number in ("msg_1", "msg_1", "msg_2"):
        take(desk.office, token(desk, "pay"), sign_webhook([secret], number, NOON, body), body)
    work_off(desk.office)
    assert seller.get(made).paid == 20
    with pytest.raises(NotSignedIn):
        take(desk.office, token(desk, "pay"), sign_webhook(["other"], "msg_3", NOON, body), body)


# -- very many -------------------------------------------------------------------------------------------------------


def placed(desk, first, count):
    """Bring in orders of a shop by the hundred; return their references."""
    from backoffice_sales.importing.run import import_orders

    rows = [
        {"InvoiceNo": f"{n}", "StockCode": "TEA", "Description": "Tea", "Quantity": "10", "InvoiceDate": "2026-01-15",
         "UnitPrice": "10", "CustomerID": "HOTEL", "Country": "United Kingdom"}
        for n in range(first, first + count)
    ]  # fmt: skip
    import_orders(desk, rows, "online-retail", per_transaction=250)


def told(random, first, count=EVENTS, orders=ORDERS):
    """Return what a provider tells: charges and refunds of orders, a few of them of orders nobody placed."""
    events = []
    for n in range(count):
        order = first + random.randrange(orders)
        if n % 5 == 4:
            events.append(("refund", f"re_{first}_{n}", f"ch_{first}_{n - 1}", Decimal(random.randint(1, 3))))
        else:
            events.append(("charge", f"ch_{first}_{n}", str(order), Decimal(random.randint(4, 30))))
    return events


def delivered(random, events):
    """Return every delivery: one to five of each, some with another amount, in any order."""
    deliveries = []
    for kind, reference, named, amount in events:
        copies = [(kind, reference, named, amount)] * random.randint(1, 5)
        if random.random() < 0.03 or reference == events[0][1]:
            copies.append((kind, reference, named, amount + 1))
        deliveries += copies
    random.shuffle(deliveries)
    return deliveries


def test_shuffled_repeated_late_and_odd_notices_have_each_effect_once(seller):
    desk, random, first = seller.desk, Random(7), 900_000
    late = ORDERS // 10
    placed(desk, first, ORDERS - late)
    deliveries = delivered(random, told(random, first))
    bodies = [{"provider": "test", **body(delivery)} for delivery in deliveries]
    began, cpu = time.perf_counter(), time.process_time()
    desk.execute_many("sales.record_payment", bodies, per_transaction=500)
    placed(desk, first + ORDERS - late, late)
    while desk.run(lambda session: match(session)):
        pass
    took, worked = time.perf_counter() - began, time.process_time() - cpu
    print(f"{EVENTS} notices, {len(deliveries)} deliveries in {took:.0f} s, {worked:.0f} s of processor")
    check(seller, deliveries, first)


def body(delivery):
    kind, reference, named, amount = delivery
    return {"kind": kind, "reference": reference, "order": named, "amount": str(amount), "currency": "GBP",
            "date": "2026-01-15"}  # fmt: skip


def test_signed_notices_that_come_over_http_have_each_effect_once(seller):
    desk, random, first, orders = seller.desk, Random(8), 700_000, OVER_HTTP // 5
    placed(desk, first, orders - 1)
    desk.execute("core.webhook_address.create", name="http", intake="sales.test_notices")
    secret = desk.execute("core.reveal_address_secret", id=desk.get("core.webhook_address", "http").id)["secret"]
    path = f"/api/v1/webhooks/{token(desk, 'http')}"
    deliveries = delivered(random, told(random, first, OVER_HTTP, orders))
    with serving(desk.office) as address:
        line = HTTPConnection(urlsplit(address).netloc, timeout=60)
        for n, delivery in enumerate(deliveries):
            sent = json.dumps(body(delivery)).encode()
            # Some are sent again under the number they had, others under a new one.
            number = f"msg_{delivery[1]}_{delivery[3]}_{n % 2}"
            headers = sign_webhook([secret], number, desk.office.clock.now(), sent)
            line.request("POST", path, sent, {**headers, "Content-Type": "application/json"})
            answer = line.getresponse()
            assert (answer.status // 100, answer.read() is not None) == (2, True)
        line.request("POST", path, b"{}", {**sign_webhook(["other"], "msg_x", desk.office.clock.now(), b"{}")})
        assert line.getresponse().status == 401
        line.close()
    work_off(desk.office)
    placed(desk, first + orders - 1, 1)
    while desk.run(lambda session: match(session)):
        pass
    check(seller, deliveries, first, orders)


def match(session):
    from backoffice_sales.payments import match_waiting

    return match_waiting(session)


def check(seller, deliveries, first, orders=ORDERS):
    counted, odd = {}, set()
    for kind, reference, named, amount in deliveries:
        if counted.setdefault((kind, reference), (named, amount)) != (named, amount):
            odd.add((kind, reference, amount))
    sums = Counter()
    for (kind, _reference), (named, amount) in counted.items():
        order = counted[("charge", named)][0] if kind == "refund" else named
        sums[order] += amount if kind == "charge" else -amount
    with seller.desk.reading(fresh=True) as session:
        mine = Payment.reference.like(f"%\\_{first}\\_%", escape="\\")
        by_state = sa.select(Payment.state, sa.func.count(Payment.id)).where(mine).group_by(Payment.state)
        states = dict(session.execute(by_state).all())
        paid = dict(session.execute(sa.select(Order.source_key, Order.paid).where(Order.paid != 0)).all())
    assert (states.get("applied"), states.get("flagged"), len(states)) == (len(counted), len(odd), 2)
    ours = {str(first + n) for n in range(orders)}  # others of this module share the office
    assert {key: value for key, value in paid.items() if key in ours} == {
        key: value for key, value in sums.items() if value
    }
    if not THOROUGH:
        assert len(seller.said("core.posting_requested")) == len(counted)


def test_dates_of_notices_are_those_of_the_provider():
    from backoffice_sales.providers.trial import event_of

    said = {"kind": "charge", "reference": "a", "amount": "1", "currency": "GBP", "date": "2026-01-10"}
    assert event_of(said).date == date(2026, 1, 10)
