"""Stripe's API over HTTP, against a server that speaks it: charges, refunds, signed notices."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec

import pytest
from backoffice_sales.providers.stripe import PROVIDER, call, verify

from backoffice.core.testing.work import work_off
from backoffice.hookspecs import IntakeMessage

pytestmark = pytest.mark.skipif(find_spec("localstripe") is None, reason="stripe: localstripe is not installed")

KEY = "sk_test_12345"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def address():
    """A server that speaks Stripe's API, as a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _attempt in range(150):
        try:
            socket.create_connection(("localhost", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def shop(seller, address):
    """A seller whose company takes payments by Stripe."""
    seller.desk.execute("core.set_setting", plugin="sales", name="stripe_key", value=KEY)
    seller.desk.execute("core.set_setting", plugin="sales", name="stripe_address", value=address)
    return seller


def charged(shop, order, cents):
    """Charge a card for an order, and return the charge as Stripe tells of it."""
    card = {"card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2030, "card[cvc]": "123"}

    def work(session):
        method = call(session, "/v1/payment_methods", {"type": "card", **card})["id"]
        customer = call(session, "/v1/customers", {"email": "a@example.com"})["id"]
        call(session, f"/v1/payment_methods/{method}/attach", {"customer": customer})
        form = {"amount": cents, "currency": "gbp", "customer": customer, "source": method, "metadata[order]": order}
        return call(session, "/v1/charges", form)

    return shop.desk.run(work)


def notice(kind, said):
    body = json.dumps({"id": f"evt_{said['id']}", "type": kind, "data": {"object": said}}).encode()
    return IntakeMessage({}, body, datetime.now(UTC))


def test_a_charge_is_counted_and_paid_back_through_the_provider(shop):
    from backoffice_sales.api import record_many

    made = shop.order(("TEA", 2))
    said = charged(shop, shop.get(made).number, 2000)
    shop.desk.run(lambda session: record_many(session, PROVIDER.read(notice("charge.succeeded", said))))
    assert shop.get(made).payment_state == "paid"
    shop.do("cancel_line", id=made, line=shop.lines(made)[0], quantity="1", reason="Too many")
    shop.do("refund_order", id=made)
    work_off(shop.desk.office)
    order = shop.get(made)
    assert (order.paid, order.payment_state) == (Decimal(10), "paid")


def test_what_stripe_refuses_is_said(shop):
    from backoffice.core.api import InvalidInput

    with pytest.raises(InvalidInput, match="Stripe"):
        shop.desk.run(
            lambda session: PROVIDER.refund(session, charge="ch_no", amount=Decimal(1), currency="GBP", key="x")
        )


def test_a_notice_signed_by_the_server_is_believed_and_read(shop, address):
    received = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.append(IntakeMessage(headers, body, datetime.now(UTC)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_arguments):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = json.dumps(
        {"url": f"http://127.0.0.1:{server.server_port}/", "secret": "whsec_x", "events": ["payout.paid"]}
    )
    request = urllib.request.Request(
        f"{address}/_config/webhooks/one", data=hook.encode(), headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()
    shop.desk.run(lambda session: call(session, "/v1/payouts", {"amount": 500, "currency": "eur", "status": "paid"}))
    for _attempt in range(60):
        if received:
            break
        time.sleep(0.1)
    server.shutdown()
    server.server_close()
    assert verify(received[0], "whsec_x") is not None
    assert verify(received[0], "whsec_y") is None
    [event] = PROVIDER.read(received[0])
    assert (event.kind, event.amount, event.currency) == ("payout", Decimal(5), "EUR")
