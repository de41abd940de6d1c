"""Others are told of events: signed, once committed, again until it arrives, and never what is personal."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from backoffice.core.audit.models import AuditRow
from backoffice.core.clock import FixedClock
from backoffice.core.errors import Conflict, InvalidInput
from backoffice.core.events.notices import Notice
from backoffice.core.testing.offices import NOON, desk_of
from backoffice.core.testing.work import work_off
from backoffice.core.webhooks.outgoing import WAITS
from backoffice.core.webhooks.signing import verify
from backoffice.hookspecs import IntakeMessage

NAME = "core.webhook_tested"


def made(desk, receiver, **more):
    return desk.execute("core.webhook.create", {"name": "shop", "url": receiver.url, "events": "core.*", **more})["id"]


def secret(desk, id_):
    return desk.execute("core.reveal_webhook_secret", id=id_)["secret"]


def deliveries(desk):
    return sorted(desk.list("core.webhook_delivery").records, key=lambda one: one.id)


def attempts(desk, id_):
    with desk.reading() as session:
        return [(one.status, one.error) for one in session.get(type(desk.get("core.webhook_delivery", id_)), id_).log]


def test_an_event_arrives_signed_once_it_is_committed(desk, receiver):
    id_ = made(desk, receiver)
    desk.execute("core.test_webhook", id=id_)
    assert receiver.got == []
    work_off(desk.office)
    [(headers, body)] = receiver.got
    assert verify(IntakeMessage(headers, body, NOON), secret(desk, id_)).id == headers["webhook-id"]
    said = json.loads(body)
    assert said["type"] == NAME
    assert (said["data"]["resource"], said["data"]["record"], said["data"]["version"]) == ("core.webhook", id_, 1)


def test_a_webhook_hears_what_it_asked_for_and_nothing_else(desk, receiver):
    made(desk, receiver, events="core.approval_*")
    desk.execute("core.attach", resource="core.webhook", record=1, name="a.txt", content="YQ==")
    assert deliveries(desk) == []
    isbn = desk.execute("library.author.create", code="eliot", name="George Eliot")
    book = desk.execute("library.book.create", isbn="1", title="Middlemarch", author=isbn["id"])
    desk.execute("library.write_off", id=book["id"])
    assert [one.type for one in deliveries(desk)] == ["core.approval_requested"]


def test_nothing_is_promised_when_the_transaction_is_undone(desk, receiver):
    id_ = made(desk, receiver)

    def work(session):
        session.emit(NAME, desk.get("core.webhook", id_))
        raise Conflict("no")

    with pytest.raises(Conflict):
        desk.run(work)
    assert deliveries(desk) == []


def test_many_events_at_once_are_each_told(desk, receiver):
    id_ = made(desk, receiver, events=NAME)
    webhook = desk.get("core.webhook", id_)
    desk.run(lambda session: session.emit_many(NAME, [(webhook, {})] * 3))
    work_off(desk.office)
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 3


def test_a_failure_is_tried_again_after_a_growing_wait_with_the_same_number_and_body(shop, receiver):
    desk = desk_of(shop)
    receiver.statuses = [500, 503, 200]
    desk.execute("core.test_webhook", id=made(desk, receiver, events="core.approval_*"))
    for wait in (timedelta(0), *WAITS[:2]):
        shop.clock = FixedClock(shop.clock.now() + wait * 1.2)
        work_off(shop)
    one = deliveries(desk)[0]
    assert (one.state, one.attempts) == ("done", 3)
    assert [status for status, _error in attempts(desk, one.id)] == [500, 503, 200]
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len({body for _headers, body in receiver.got}) == 1


def test_a_redirect_and_a_closed_address_are_failures_in_the_log(desk, receiver):
    receiver.statuses = [302]
    desk.execute("core.test_webhook", id=made(desk, receiver, events="core.approval_*"))
    work_off(desk.office)
    one = deliveries(desk)[0]
    assert (one.state, one.status) == ("failed", 302)
    assert "not followed" in one.error


def test_what_was_given_up_can_be_sent_again(desk, receiver):
    receiver.statuses = [410, 200]
    id_ = made(desk, receiver, events="core.approval_*")
    desk.execute("core.test_webhook", id=id_)
    work_off(desk.office)
    one = deliveries(desk)[0]
    assert one.state == "dead"
    with pytest.raises(Conflict, match="switched off"):
        desk.execute("core.redeliver_webhook", id=one.id)
    desk.execute("core.webhook.change", id=id_, active=True)
    desk.execute("core.redeliver_webhook", id=one.id)
    work_off(desk.office)
    assert deliveries(desk)[0].state == "done"


def test_a_webhook_nothing_reaches_for_days_is_switched_off_and_its_maker_told(shop, receiver):
    desk = desk_of(shop)
    receiver.statuses = [500]
    id_ = made(desk, receiver, events="core.approval_*")
    desk.execute("core.test_webhook", id=id_)
    for _step in range(11):
        work_off(shop)
        shop.clock = FixedClock(shop.clock.now() + timedelta(days=1, hours=3))
    found = desk.get("core.webhook", id_)
    assert not found.active
    assert found.disabled_at is not None
    assert any(one.name == "core.webhook_disabled" for one in desk.list("core.event").records)
    with desk.reading() as session:
        assert [one.kind for one in session.scalars(sa.select(Notice))] == ["webhook_disabled"]
    assert [c.run()[0] for _plugin, c in shop.hooks.health(shop) if c.name == "core.webhooks"] == ["warning"]


def test_a_new_secret_signs_beside_the_former_for_a_day(shop, receiver):
    desk = desk_of(shop)
    id_ = made(desk, receiver, events="core.approval_*")
    former = secret(desk, id_)
    latter = desk.execute("core.rotate_webhook_secret", id=id_)["secret"]
    desk.execute("core.test_webhook", id=id_)
    work_off(shop)
    headers, body = receiver.got[0]
    assert all(verify(IntakeMessage(headers, body, NOON), key) for key in (former, latter))
    shop.clock = FixedClock(NOON + timedelta(hours=25))
    desk_of(shop).execute("core.test_webhook", id=id_)
    work_off(shop)
    headers, body = receiver.got[1]
    assert verify(IntakeMessage(headers, body, NOON), former) is None


def test_the_secret_stands_neither_in_the_record_nor_in_the_log(desk, receiver):
    id_ = made(desk, receiver)
    key = secret(desk, id_)
    assert key not in repr(desk.get("core.webhook", id_).secret)
    with desk.reading() as session:
        payloads = session.scalars(sa.select(AuditRow.payload).where(AuditRow.table_name == "core_webhook")).all()
    assert payloads
    assert not any(key in payload or '"secret"' in payload for payload in payloads)


def test_what_arrived_long_ago_is_put_away(shop, receiver):
    desk = desk_of(shop)
    id_ = made(desk, receiver, events="core.approval_*")
    desk.execute("core.test_webhook", id=id_)
    work_off(shop)
    shop.clock = FixedClock(NOON + timedelta(days=31))
    work_off(shop)
    assert deliveries(desk) == []


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("url", {"url": "https://10.0.0.1/"}),
        ("url", {"url": "gopher://x.example/"}),
        ("url", {"url": "https://[::1]/"}),
        ("events", {"events": "nothing.like_this"}),
        ("events", {"events": " "}),
    ],
)
def test_what_could_never_work_is_refused_when_it_is_entered(desk, receiver, field, values):
    with pytest.raises(InvalidInput) as refused:
        made(desk, receiver, **values)
    assert field in refused.value.fields


def test_a_clerk_sees_no_webhooks(shop):
    from backoffice.core.errors import Forbidden

    with pytest.raises(Forbidden):
        desk_of(shop, "clerk").list("core.webhook")
