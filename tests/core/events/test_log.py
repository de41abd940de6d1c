"""The event log: facts are checked and kept, listeners join the transaction, later ones are noted."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.core.errors import ProgrammingError, RuleBroken
from backoffice.core.events.log import emit_many, happened
from backoffice.core.events.models import Delivery, EventRow
from backoffice.core.persistence import explained
from backoffice.core.users.models import Branch
from backoffice.hookspecs import Event, Field

SHIPPED = Event(
    "sales.shipped",
    fields=(
        Field("order_id", "integer", required=True),
        Field("amount", "money"),
        Field("on", "date"),
        Field("at", "instant"),
        Field("state", "choice", choices={"whole": "Whole", "part": "Part"}, default="whole"),
        Field("name", personal=True),
        Field("lines", "data", many=True, fields=(Field("quantity", "quantity", required=True),)),
    ),
)


@pytest.fixture
def shop(shop):
    shop.registry.say(SHIPPED, Event("sales.paid", fields=(Field("order_id", "integer"),)))
    return shop


@pytest.fixture
def hear(shop, heard_by):
    def hear(handler, event="sales.shipped", *, later=False, plugin="stock", name="listen"):
        shop.registry.hear(heard_by(plugin, event, name, handler, later))

    return hear


def test_facts_are_stored_as_text_that_is_exact(shop):
    with shop.session() as session:
        noon = datetime.fromisoformat("2010-12-01T10:00:00+03:00")
        session.emit(
            "sales.shipped", order_id=1, amount=Decimal("10.10"), on=date(2010, 12, 1), at=noon,
            lines=[{"quantity": Decimal("1.5")}],
        )  # fmt: skip
        session.commit()
    [row] = shop.all(EventRow)
    assert row.facts == {
        "order_id": 1, "amount": "10.10", "on": "2010-12-01", "at": "2010-12-01T07:00:00+00:00", "state": "whole",
        "lines": [{"quantity": "1.5"}],
    }  # fmt: skip


def test_personal_facts_are_kept_apart_from_the_facts(shop):
    with shop.session() as session:
        session.emit("sales.shipped", order_id=1, name="Amal")
        session.commit()
    [row] = shop.all(EventRow)
    assert row.personal == {"name": "Amal"}
    assert "name" not in row.facts


def test_only_the_personal_part_can_be_erased(shop):
    with shop.session() as session:
        row = session.emit("sales.shipped", order_id=1, name="Amal")
        session.commit()
        row.personal = None
        session.commit()
        row.facts = {}
        with pytest.raises(RuleBroken), explained(shop.database):
            session.commit()


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({}, "order_id"),
        ({"order_id": 1, "colour": "red"}, "colour"),
        ({"order_id": "1"}, "order_id"),
        ({"order_id": True}, "order_id"),
        ({"order_id": 1, "amount": 1.5}, "amount"),
        ({"order_id": 1, "amount": "NaN"}, "amount"),
        ({"order_id": 1, "on": datetime(2010, 12, 1, tzinfo=UTC)}, "on"),
        ({"order_id": 1, "at": datetime(2010, 12, 1)}, "at"),
        ({"order_id": 1, "state": "lost"}, "state"),
        ({"order_id": 1, "lines": {}}, "lines"),
        ({"order_id": 1, "lines": [{"quantity": 1}, {}]}, "lines.1.quantity"),
    ],
)
def test_facts_that_do_not_fit_are_refused_by_name(shop, facts, named):
    with shop.session() as session, pytest.raises(ProgrammingError) as refused:
        session.emit("sales.shipped", **facts)
    assert list(refused.value.fields) == [named]


def test_an_undeclared_event_is_refused_by_name(shop):
    with shop.session() as session, pytest.raises(ProgrammingError, match=r"sales\.eaten"):
        session.emit("sales.eaten")


def test_an_event_knows_its_subject_its_company_and_who_caused_it(shop):
    with shop.session() as session:
        branch = Branch(code="b", name="b")
        session.add(branch)
        row = session.emit("sales.shipped", branch, order_id=1)
        session.commit()
        assert (row.subject_table, row.subject_id, row.company_id) == ("core_branch", branch.id, shop.company_id)
        assert (row.actor_id, row.correlation, row.at) == (7, "r-1", shop.clock.now())


def test_a_rolled_back_transaction_leaves_no_event(shop, hear):
    hear(print, later=True)
    with shop.session() as session:
        session.emit("sales.shipped", order_id=1)
        session.rollback()
    assert shop.all(EventRow) == []
    assert shop.all(Delivery) == []


def test_a_listener_joins_the_transaction_and_sees_exact_values(shop, hear, said):
    hear(lambda session, event: said.events.append((session, event)))
    with shop.session() as session:
        row = session.emit("sales.shipped", order_id=1, amount="10.10", on="2010-12-01", name="Amal")
        [(joined, event)] = said.events
        assert joined is session
        assert event.id == row.id
        assert event.facts["amount"] == Decimal("10.10")
        assert event.facts["on"] == date(2010, 12, 1)
        assert event.personal == {"name": "Amal"}
        assert not event.replayed


def test_a_listener_that_raises_takes_the_transaction_with_it(shop, hear):
    def refuse(session, event):
        raise RuleBroken("The period is closed.")

    hear(refuse)
    with shop.session() as session:
        session.add(Branch(code="b", name="b"))
        with pytest.raises(RuleBroken):
            session.emit("sales.shipped", order_id=1)
    assert shop.all(Branch) == []


def test_listeners_are_called_in_the_order_of_their_plugins(shop, hear, said):
    hear(lambda session, event: said.events.append("first"), name="a")
    hear(lambda session, event: said.events.append("second"), name="b")
    with shop.session() as session:
        session.emit("sales.shipped", order_id=1)
    assert said.events == ["first", "second"]


def test_a_listener_may_say_something_itself(shop, hear):
    hear(lambda session, event: session.emit("sales.paid", order_id=event.facts["order_id"]))
    with shop.session() as session:
        session.emit("sales.shipped", order_id=3)
        session.commit()
    assert [row.name for row in shop.all(EventRow)] == ["sales.shipped", "sales.paid"]


def test_listeners_in_a_circle_are_stopped_and_named(shop, hear):
    hear(lambda session, event: session.emit("sales.paid"))
    hear(lambda session, event: session.emit("sales.shipped", order_id=1), "sales.paid")
    with shop.session() as session, pytest.raises(ProgrammingError, match=r"sales\.paid → sales\.shipped"):
        session.emit("sales.shipped", order_id=1)


def test_a_later_listener_is_noted_and_not_called(shop, hear, said):
    hear(lambda session, event: said.events.append(event), later=True)
    with shop.session() as session:
        row = session.emit("sales.shipped", order_id=1)
        session.commit()
    [delivery] = shop.all(Delivery)
    assert (delivery.event_id, delivery.plugin, delivery.listener) == (row.id, "stock", "listen")
    assert (delivery.state, delivery.next_at, delivery.replayed) == ("waiting", shop.clock.now(), False)
    assert said.events == []


def test_many_events_mean_the_same_as_one_after_the_other(shop, hear, said):
    hear(lambda session, event: said.events.append(event.facts["order_id"]), name="now")
    hear(print, later=True)
    with shop.session() as session:
        ids = emit_many(session, shop.registry, "sales.shipped", [((Branch, n), {"order_id": n}) for n in (1, 2, 3)])
        session.commit()
    assert [(row.id, row.subject_id) for row in shop.all(EventRow)] == list(zip(ids, (1, 2, 3), strict=True))
    assert [delivery.event_id for delivery in shop.all(Delivery)] == ids
    assert said.events == [1, 2, 3]


def test_many_events_of_none_are_nothing(shop):
    with shop.session() as session:
        assert emit_many(session, shop.registry, "sales.shipped", []) == []


def test_events_of_several_names_are_kept_in_their_order_and_told_to_who_listens(shop, hear, said):
    hear(lambda session, event: said.events.append((event.name, event.facts["order_id"])), event="sales.paid")
    with shop.session() as session:
        names = ("sales.shipped", "sales.shipped", "sales.paid", "sales.paid", "sales.shipped")
        session.emit_all([(name, (Branch, n), {"order_id": n}) for n, name in enumerate(names, start=1)])
        session.commit()
    rows = shop.all(EventRow)
    assert [(row.name, row.subject_id, row.facts["order_id"]) for row in rows] == [
        (name, n, n) for n, name in enumerate(names, start=1)
    ]
    assert said.events == [("sales.paid", 3), ("sales.paid", 4)]


def test_facts_that_do_not_fit_are_named_down_to_the_line(shop):
    with shop.session() as session, pytest.raises(ProgrammingError) as caught:
        session.emit_all([("sales.shipped", None, {"order_id": 1, "lines": [{"quantity": 1}, {"quantity": "many"}]})])
    assert list(caught.value.fields) == ["lines.1.quantity"]


def test_an_event_of_an_old_version_is_brought_to_the_newest(shop):
    with shop.session() as session:
        row = session.emit("sales.paid", order_id=3)
        session.commit()
    newest = Event(
        "sales.paid", 3, fields=(Field("order"), Field("amount", "money"), Field("payer", personal=True)),
        upcast={1: lambda old: {"order": f"S{old['order_id']}"}, 2: lambda old: {**old, "amount": "0", "payer": "?"}},
    )  # fmt: skip
    shop.registry.say(newest)
    event = happened(shop.registry, row)
    assert (event.version, event.facts, event.personal) == (3, {"order": "S3", "amount": Decimal(0)}, {"payer": "?"})


def test_a_missing_step_between_versions_is_named(shop):
    with shop.session() as session:
        row = session.emit("sales.paid", order_id=3)
        session.commit()
    shop.registry.say(Event("sales.paid", 2))
    with pytest.raises(ProgrammingError, match="version 1"):
        happened(shop.registry, row)


def test_an_event_whose_plugin_is_gone_keeps_its_stored_facts(shop):
    with shop.session() as session:
        row = session.emit("sales.paid", order_id=3)
        session.commit()
    del shop.registry.events["sales.paid"]
    assert happened(shop.registry, row).facts == {"order_id": 3}


def test_events_of_another_organisation_are_not_seen(shop, other_shop):
    with other_shop.session() as session:
        session.emit("sales.paid", order_id=3)
        session.commit()
    with shop.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EventRow)) == 0


def test_the_log_cannot_be_rewritten(shop):
    with shop.session() as session:
        session.emit("sales.paid", order_id=3)
        session.commit()
        with pytest.raises(RuleBroken), explained(shop.database):
            session.execute(sa.delete(EventRow))
