"""Rates fetched from a server of the test's own: kept, fetched again, out of reach, out of order."""

import json
import threading
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from backoffice.core.api import FixedClock, Question
from backoffice.core.testing.offices import NOON, desk_of
from backoffice.core.testing.work import work_off

RATES = {"base": "GBP", "date": "2026-01-15", "rates": {"EUR": 1.1842, "SAR": 4.6713, "GBP": 1}}


class Service(ThreadingHTTPServer):
    """Says ``answers`` one after the other, the last one for ever; a number is a status."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers, self.asked = [RATES], []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/latest"


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        service = self.server
        service.asked.append(parse_qs(urlsplit(self.path).query))
        said = service.answers.pop(0) if len(service.answers) > 1 else service.answers[0]
        self.send_response(said if isinstance(said, int) else 200)
        self.end_headers()
        self.wfile.write(b"" if isinstance(said, int) else json.dumps(said).encode())

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def service():
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock():
    return FixedClock(NOON)


@pytest.fixture
def desk(offices, clock, service):
    desk = desk_of(offices.make(only=["acme_exchange_rates"], clock=clock))
    desk.execute("core.set_setting", plugin="acme_exchange_rates", name="address", value=service.address)
    return desk


def rates(desk):
    return {(one.base, one.currency, one.date): one.rate for one in desk.list("core.exchange_rate").records}


def fetch(desk):
    desk.execute("acme_exchange_rates.fetch_now")
    work_off(desk.office)


def test_rates_of_the_companys_currency_are_kept_exactly(desk, service):
    fetch(desk)
    day = date(2026, 1, 15)
    assert rates(desk) == {("GBP", "EUR", day): Decimal("1.1842"), ("GBP", "SAR", day): Decimal("4.6713")}
    assert service.asked[0] == {"base": ["GBP"]}


def test_rates_of_a_day_are_set_anew_when_they_are_fetched_again(desk, service, clock):
    fetch(desk)
    clock.at += timedelta(days=1)
    service.answers = [{**RATES, "rates": {"EUR": 1.2}}]
    fetch(desk)
    assert rates(desk)["GBP", "EUR", date(2026, 1, 15)] == Decimal("1.2")
    assert len(rates(desk)) == 2


def test_the_job_runs_every_day_by_itself(desk, service, clock):
    work_off(desk.office)
    assert len(service.asked) == 1
    clock.at += timedelta(days=1, minutes=1)
    work_off(desk.office)
    assert len(service.asked) == 2


@pytest.mark.parametrize("trouble", [500, {"nothing": "useful"}, {**RATES, "date": "soon"}])
def test_what_fails_is_tried_again_later(desk, service, clock, trouble):
    service.answers = [trouble, trouble, RATES]  # one is asked for here, one is that of the day
    fetch(desk)
    assert rates(desk) == {}
    clock.at += timedelta(minutes=5)
    work_off(desk.office)
    assert len(rates(desk)) == 2


def test_what_keeps_failing_is_given_up_and_shown(desk, service, clock):
    service.answers = [503]
    fetch(desk)
    for _again in range(6):
        clock.at += timedelta(hours=2)
        work_off(desk.office)
    jobs = desk.list("core.job", Question(filters={"state": "dead"})).records
    assert any("cannot be reached" in (job.error or "") for job in jobs)


def test_without_an_address_nothing_is_asked(desk, service):
    desk.execute("core.set_setting", plugin="acme_exchange_rates", name="address", value="")
    fetch(desk)
    assert (rates(desk), service.asked) == ({}, [])


def test_an_address_that_is_no_web_address_is_refused(desk, service):
    desk.execute("core.set_setting", plugin="acme_exchange_rates", name="address", value="file:///etc/hostname")
    fetch(desk)
    failed = [one.error for one in desk.list("core.job").records if one.error]
    assert "is not an address of the web" in failed[0]
