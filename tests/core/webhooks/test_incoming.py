"""Others tell us: signed, at a secret address, each message once, answered at once and handled by a job."""

import json
from datetime import timedelta

import pytest

from backoffice.core.clock import FixedClock
from backoffice.core.errors import InvalidInput
from backoffice.core.testing.offices import NOON, desk_of
from backoffice.core.testing.work import work_off
from backoffice.core.web import create_app
from backoffice.core.webhooks.signing import new_secret, sign

SOLD = json.dumps({"isbn": "1", "count": 2}).encode()


@pytest.fixture
def address(desk):
    """An address for the sales of a shop, and the book it sells."""
    author = desk.execute("library.author.create", code="eliot", name="George Eliot")
    desk.execute("library.book.create", isbn="1", title="Middlemarch", author=author["id"])
    id_ = desk.execute("core.webhook_address.create", name="shop", intake="library.sales")["id"]
    return desk.get("core.webhook_address", id_)


@pytest.fixture
def key(desk, address):
    """The secret of the address."""
    return desk.execute("core.reveal_address_secret", id=address.id)["secret"]


@pytest.fixture
def send(shop, address):
    """Sends a message as another system would."""
    client = create_app(shop).test_client()

    def send_(headers, body=SOLD, path=address.path):
        return client.post(path, data=body, headers={"Content-Type": "application/json", **headers})

    return send_


def pages(desk):
    return desk.get("library.book", "1").pages


def test_a_signed_message_is_answered_at_once_and_handled_by_a_job(desk, send, key):
    answer = send(sign([key], "evt_1", NOON, SOLD))
    assert (answer.status_code, answer.json) == (202, {"id": "evt_1", "duplicate": False})
    assert pages(desk) is None
    work_off(desk.office)
    assert pages(desk) == 2
    assert desk.get("library.book", "1").notes == "evt_1"
    assert [one.state for one in desk.list("core.webhook_message").records] == ["done"]


def test_the_same_message_again_is_answered_alike_and_changes_nothing(desk, send, key):
    for _time in range(3):
        answer = send(sign([key], "evt_1", NOON, SOLD))
        work_off(desk.office)
    assert (answer.status_code, answer.json["duplicate"]) == (200, True)
    assert pages(desk) == 2


def test_without_the_right_signature_nothing_is_kept(desk, send, key):
    for headers in ({}, sign([new_secret()], "evt_1", NOON, SOLD), sign([key], "evt_1", NOON, b"{}")):
        answer = send(headers)
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
    assert desk.list("core.webhook_message").records == []


@pytest.mark.parametrize("late", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_a_message_of_another_time_is_refused(send, key, late):
    assert send(sign([key], "evt_1", NOON - late, SOLD)).status_code == 401


def test_an_unknown_or_closed_address_is_not_found(desk, send, key, address):
    assert send(sign([key], "evt_1", NOON, SOLD), path="/api/v1/webhooks/" + "x" * 43).status_code == 404
    desk.execute("core.webhook_address.change", id=address.id, active=False)
    assert send(sign([key], "evt_1", NOON, SOLD)).status_code == 404


def test_a_body_larger_than_the_plugin_takes_is_refused(send, key):
    body = b" " * 2001
    assert send(sign([key], "evt_1", NOON, body), body).status_code == 413


def test_a_message_that_cannot_be_handled_is_tried_again_and_says_why(shop, send, key):
    desk = desk_of(shop)
    body = json.dumps({"isbn": "2", "count": 1}).encode()
    send(sign([key], "evt_1", NOON, body), body)
    work_off(shop)
    [row] = desk.list("core.webhook_message").records
    assert (row.state, "no book 2" in row.error) == ("failed", True)
    author = desk.list("library.author").records[0].id
    desk.execute("library.book.create", isbn="2", title="Romola", author=author)
    shop.clock = FixedClock(NOON + timedelta(minutes=5))
    work_off(shop)
    assert desk.list("core.webhook_message").records[0].state == "done"


def test_the_former_secret_is_accepted_for_a_day(shop, send, key, address):
    desk_of(shop).execute("core.rotate_address_secret", id=address.id)
    assert send(sign([key], "evt_1", NOON, SOLD)).status_code == 202
    shop.clock = FixedClock(NOON + timedelta(hours=25))
    assert send(sign([key], "evt_2", shop.clock.now(), SOLD)).status_code == 401


def test_a_secret_of_the_other_side_can_be_entered(desk, send, address):
    desk.execute("core.set_address_secret", id=address.id, given="their own words")
    assert send(sign(["their own words"], "evt_1", NOON, SOLD)).status_code == 202


def test_an_address_is_made_only_for_what_a_plugin_takes_in(desk, address):
    with pytest.raises(InvalidInput) as refused:
        desk.execute("core.webhook_address.create", name="other", intake="library.nothing")
    assert "intake" in refused.value.fields


def test_while_its_plugin_is_not_active_the_sender_is_asked_to_come_back(installed_library, offices, send, key, shop):
    shop.registry.intakes.pop("library.sales")
    assert send(sign([key], "evt_1", NOON, SOLD)).status_code == 503
