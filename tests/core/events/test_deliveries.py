"""Later listeners: each effect once with its mark, failures tried again and put aside, replay of what is past."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from backoffice.core.errors import Conflict, RuleBroken
from backoffice.core.events.deliveries import (
    MOST_ATTEMPTS,
    dead_deliveries,
    deliver_due,
    discard_delivery,
    replay,
    retry_delivery,
)
from backoffice.core.events.host import LONGEST_WAIT, wait_after
from backoffice.core.events.models import Delivery, EventRow
from backoffice.core.users.models import Branch
from backoffice.hookspecs import Event, Field


@pytest.fixture
def shop(shop):
    shop.registry.say(Event("sales.shipped", fields=(Field("order_id", "integer"),)))
    shop.registry.say(Event("sales.paid", fields=(Field("order_id", "integer"),)))
    return shop


@pytest.fixture
def hear(shop, heard_by):
    def hear(handler, event="sales.shipped", *, later=True, plugin="stock", name="listen"):
        shop.registry.hear(heard_by(plugin, event, name, handler, later))

    return hear


def ship(shop, *orders, event="sales.shipped"):
    with shop.session() as session:
        for order in orders:
            session.emit(event, order_id=order)
        session.commit()


def states(shop):
    return [delivery.state for delivery in shop.all(Delivery)]


def add_branch(session, event):
    session.add(Branch(code=str(event.facts["order_id"]), name="b"))


def refuse(session, event):
    session.add(Branch(code="half", name="b"))
    session.flush()
    raise RuleBroken("The period is closed.", remedy="Open it.")


def test_the_effect_and_its_mark_are_committed_together(shop, office, hear):
    hear(add_branch)
    ship(shop, 1, 2)
    assert deliver_due(office) == 2
    assert deliver_due(office) == 0
    assert [branch.code for branch in shop.all(Branch)] == ["1", "2"]
    assert states(shop) == ["done", "done"]


def test_a_listener_works_in_the_events_company_under_its_own_name(shop, office, hear, said):
    hear(lambda session, event: said.events.append(session.context))
    ship(shop, 1)
    deliver_due(office)
    [context] = said.events
    assert (context.organization_id, context.company_id) == (shop.organization_id, shop.company_id)
    assert (context.actor_id, context.channel, context.action) == (7, "job", "listen")
    assert context.request_id == "r-1"


def test_events_of_every_organisation_are_delivered_each_in_its_own(shop, other_shop, office, hear):
    hear(add_branch)
    ship(shop, 1)
    ship(other_shop, 2)
    deliver_due(office)
    assert [branch.code for branch in shop.all(Branch)] == ["1"]
    assert [branch.code for branch in other_shop.all(Branch)] == ["2"]


def test_what_happened_while_the_clock_was_years_ahead_is_handed_over_when_it_is_right(shop, office, hear):
    hear(add_branch)
    shop.clock.at += timedelta(days=3650)
    ship(shop, 1)
    shop.clock.at -= timedelta(days=3650)
    assert deliver_due(office) == 1
    assert states(shop) == ["done"]


def test_a_listener_may_say_something_itself(shop, office, hear):
    hear(lambda session, event: session.emit("sales.paid", order_id=1))
    ship(shop, 1)
    deliver_due(office)
    assert [row.name for row in shop.all(EventRow)] == ["sales.shipped", "sales.paid"]


def test_a_listener_that_raises_leaves_the_others_going(shop, office, hear):
    hear(refuse, name="bad")
    hear(add_branch, name="good")
    ship(shop, 1)
    assert deliver_due(office) == 2
    assert [branch.code for branch in shop.all(Branch)] == ["1"]
    assert states(shop) == ["failed", "done"]


def test_a_failure_is_kept_in_words_without_a_traceback(shop, office, hear):
    hear(refuse)
    ship(shop, 1)
    deliver_due(office)
    [delivery] = shop.all(Delivery)
    assert delivery.error == "The period is closed. Open it."


def test_a_failed_delivery_waits_and_is_tried_again(shop, office, hear):
    hear(refuse)
    ship(shop, 1)
    deliver_due(office)
    assert deliver_due(office) == 0
    shop.clock.at += timedelta(seconds=2)
    shop.registry.listeners["sales.shipped"][0].handler = add_branch
    assert deliver_due(office) == 1
    [delivery] = shop.all(Delivery)
    assert (delivery.state, delivery.error) == ("done", None)


def test_waits_grow_to_an_hour():
    assert timedelta(seconds=0.7) < wait_after(1) < timedelta(seconds=1.3)
    assert timedelta(seconds=11) < wait_after(3) < timedelta(seconds=21)
    assert wait_after(100) <= LONGEST_WAIT * 1.25


@pytest.fixture
def dead(shop, office, hear):
    """A shop with one delivery that was given up."""
    hear(refuse)
    ship(shop, 1)
    for _attempt in range(MOST_ATTEMPTS):
        assert deliver_due(office) == 1
        shop.clock.at += LONGEST_WAIT * 2
    return shop


def test_a_delivery_is_given_up_after_the_last_attempt(dead, office):
    assert deliver_due(office) == 0
    with dead.session() as session:
        [delivery] = dead_deliveries(session)
    assert delivery.attempts == MOST_ATTEMPTS


def test_a_dead_letter_can_be_tried_again(dead, office):
    dead.registry.listeners["sales.shipped"][0].handler = add_branch
    with dead.session() as session:
        retry_delivery(session, dead_deliveries(session)[0])
        session.commit()
    assert deliver_due(office) == 1
    assert states(dead) == ["done"]


def test_a_dead_letter_can_be_discarded(dead, office):
    with dead.session() as session:
        discard_delivery(session, dead_deliveries(session)[0])
        session.commit()
        assert dead_deliveries(session) == []
    assert deliver_due(office) == 0


def test_what_was_delivered_cannot_be_discarded(shop, office, hear):
    hear(add_branch)
    ship(shop, 1)
    deliver_due(office)
    with shop.session() as session:
        delivery = session.scalars(sa.select(Delivery)).one()
        with pytest.raises(Conflict):
            discard_delivery(session, delivery)


def test_deliveries_of_a_plugin_that_is_put_aside_wait_for_it(shop, office, hear):
    hear(add_branch)
    ship(shop, 1)
    listeners = shop.registry.listeners.pop("sales.shipped")
    assert deliver_due(office) == 0
    shop.registry.listeners["sales.shipped"] = listeners
    assert deliver_due(office) == 1


def test_a_listener_that_no_longer_hears_this_event_is_named(shop, office, hear):
    hear(add_branch)
    ship(shop, 1)
    [listener] = shop.registry.listeners.pop("sales.shipped")
    shop.registry.listeners["sales.paid"] = [listener]
    deliver_due(office)
    assert shop.all(Delivery)[0].error.startswith("stock no longer listens to sales.shipped as listen.")


def test_replay_hands_past_events_to_every_listener_of_the_plugin(shop, office, hear, said):
    ship(shop, 1, 2)
    hear(lambda session, event: said.events.append(("now", event)), later=False, name="now")
    hear(lambda session, event: said.events.append(("later", event)), name="later")
    hear(lambda session, event: said.events.append(("other", event)), plugin="crm")
    assert replay(office, "stock") == 4
    deliver_due(office)
    assert [(name, event.facts["order_id"]) for name, event in said.events] == [
        ("now", 1), ("later", 1), ("now", 2), ("later", 2),
    ]  # fmt: skip
    assert all(event.replayed for _name, event in said.events)


def test_replaying_twice_delivers_once(shop, office, hear, said):
    hear(lambda session, event: said.events.append(event))
    ship(shop, 1)
    deliver_due(office)
    assert replay(office, "stock") == 0
    ship(shop, 2)
    shop.registry.listeners["sales.paid"] = []
    assert replay(office, "stock") == 0
    deliver_due(office)
    assert [event.facts["order_id"] for event in said.events] == [1, 2]


def test_replay_begins_at_an_instant_and_stays_in_an_organisation(shop, other_shop, office, hear, said):
    ship(shop, 1)
    shop.clock.at += timedelta(days=1)
    ship(shop, 2)
    ship(other_shop, 3)
    hear(lambda session, event: said.events.append(event))
    assert replay(office, "stock", shop.clock.now(), organization_id=shop.organization_id) == 1
    deliver_due(office)
    assert [event.facts["order_id"] for event in said.events] == [2]


def test_what_happens_now_goes_before_what_is_replayed(shop, office, hear, said):
    ship(shop, 1)
    hear(lambda session, event: said.events.append(event))
    replay(office, "stock")
    shop.clock.at += timedelta(minutes=1)
    ship(shop, 2)
    deliver_due(office)
    assert [event.facts["order_id"] for event in said.events] == [2, 1]


def test_replay_of_a_plugin_that_listens_to_nothing_adds_nothing(office):
    assert replay(office, "cms") == 0
