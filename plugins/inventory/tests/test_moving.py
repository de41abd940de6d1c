"""Goods in, out, back and across: what sellers ask, what the database refuses, and that nothing drifts."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_inventory.answers import move_many
from backoffice_inventory.models import Balance, Document, Layer, Move, Worth
from backoffice_inventory.reports import sums_to_nothing
from backoffice_products.api import Available, Demand, GoodsDocument, Lot, Movement

from backoffice.core.api import InvalidInput, KeyReused, RuleBroken
from backoffice.core.testing.offices import NOON

from .conftest import Stockroom

D = Decimal
TODAY = NOON.date()


@pytest.fixture
def room(desk):
    return Stockroom(desk)


def asked(room, hook, **arguments):
    """Ask a question of the products plugin, as a seller does."""
    return room.desk.run(lambda session: session.hooks.first(hook, session=session, **arguments))


def moved(room, kind, key, *movements, day=TODAY, source="sales"):
    return asked(room, "products_move", document=GoodsDocument(source, key, kind, day), movements=movements)


def right(room):
    said = room.desk.execute("inventory.check")
    assert said["right"], said["drift"]


def test_a_seller_sets_aside_delivers_and_takes_back(room):
    tea, cup = room.product(), room.product()
    bought = moved(
        room, "receipt", "PO/1", Movement("1", room.id(tea), D(10), unit_cost=D("2.50")),
        Movement("2", room.id(cup), D(5), unit_cost=D(4)), source="purchasing",
    )  # fmt: skip
    assert [one.cost for one in bought] == [D(25), D(20)]
    demands = [Demand("SO/1:1", room.id(tea), D(4)), Demand("SO/1:2", room.id(cup), D(5))]
    asked(room, "products_reserve", source="sales", demands=demands, partially=False, until=None)
    there = asked(room, "products_available", product_ids=(room.id(tea), room.id(cup)), place=None)
    assert there == {room.id(tea): Available(D(10), D(4)), room.id(cup): Available(D(5), D(5))}
    with pytest.raises(RuleBroken, match="not enough"):
        moved(room, "delivery", "OUT/X", Movement("1", room.id(cup), D(1)))
    sold = moved(
        room, "delivery", "OUT/1", Movement("1", room.id(tea), D(4), demand="SO/1:1"),
        Movement("2", room.id(cup), D(2), demand="SO/1:2"),
    )  # fmt: skip
    assert [(one.quantity, one.cost) for one in sold] == [(D(4), D(10)), (D(2), D(8))]
    back = moved(room, "customer_return", "RET/1", Movement("1", room.id(tea), D(1), returns=("OUT/1", "1")))
    assert back[0].cost == D("2.50")
    there = asked(room, "products_available", product_ids=(room.id(tea), room.id(cup)), place=None)
    assert there == {room.id(tea): Available(D(7), D(0)), room.id(cup): Available(D(3), D(3))}
    asked(room, "products_release", source="sales", keys=["SO/1:2"])
    assert asked(room, "products_cost", product_ids=[room.id(tea)], on=TODAY) == {room.id(tea): D("2.5")}
    right(room)


def test_goods_set_aside_by_hand_are_used_up_by_a_delivery(room):
    tea = room.product()
    room.receive(tea, "10", "2")
    room.desk.execute("inventory.reserve", order="A-1", lines=[{"product": tea, "quantity": "8"}])
    with pytest.raises(RuleBroken):
        room.deliver(tea, "8")
    room.deliver(tea, "8", order="A-1")
    assert asked(room, "products_available", product_ids=(room.id(tea),), place=None)[room.id(tea)] == Available(D(2))
    right(room)


def test_a_document_told_again_gets_the_same_answer_and_another_one_under_its_key_is_refused(room):
    tea = room.product()
    room.receive(tea, "10", "2")
    line = Movement("1", room.id(tea), D(4))
    first = moved(room, "delivery", "OUT/1", line)
    assert moved(room, "delivery", "OUT/1", line) == first
    assert room.worth(tea) == (D(6), D(12))
    with pytest.raises(KeyReused):
        moved(room, "delivery", "OUT/1", Movement("1", room.id(tea), D(5)))


def test_services_and_goods_nobody_counts_move_freely(room):
    room.desk.execute("products.product.create", name="Cut", code="CUT", unit="h", kind="service")
    loose = room.product(counted=False)
    line = Movement("1", room.id("CUT"), D(1)), Movement("2", room.id(loose), D(7))
    assert [one.cost for one in moved(room, "delivery", "OUT/1", *line)] == [D(0), D(0)]
    assert asked(room, "products_counted", product_ids=[room.id("CUT"), room.id(loose)]) == set()


def test_many_documents_move_with_few_statements_and_mean_the_same(room):
    codes = [room.product() for _ in range(3)]
    for code in codes:
        room.receive(code, "100", "2")
        room.receive(code, "100", "3")
    ids = [room.id(code) for code in codes]
    papers = [
        (
            GoodsDocument("sales", f"OUT/{n}", "delivery", TODAY),
            [Movement(str(i), id_, D(4)) for i, id_ in enumerate(ids)],
        )
        for n in range(30)
    ]
    answers = room.desk.run(lambda session: move_many(session, papers))
    assert [one.cost for one in answers[24]] == [D(8)] * 3
    assert [one.cost for one in answers[25]] == [D(12)] * 3
    assert room.worth(codes[0]) == (D(80), D(240))
    right(room)


def test_what_expires_first_leaves_first_and_what_is_recalled_stays(room):
    milk = room.product(tracking="lot", expires=True)
    for code, days in (("L1", 20), ("L2", 10), ("L3", 5)):
        line = {"lot": code, "expires": str(TODAY + timedelta(days))}
        room.receive(milk, "10", "1", line=line)
    with room.desk.reading() as session:
        from backoffice_inventory.models import Lot as LotRow

        last = session.scalars(sa.select(LotRow).where(LotRow.code == "L3")).one()
    room.desk.execute("inventory.lot.change", id=last.id, state="recalled")
    [sold] = moved(room, "delivery", "OUT/1", Movement("1", room.id(milk), D(15)))
    assert [(lot.code, lot.quantity) for lot in sold.lots] == [("L2", D(10)), ("L1", D(5))]
    with pytest.raises(RuleBroken):
        moved(room, "delivery", "OUT/2", Movement("1", room.id(milk), D(6)))
    [named] = moved(room, "delivery", "OUT/3", Movement("1", room.id(milk), D(2), lots=(Lot("L1", D(2)),)))
    assert named.lots[0].code == "L1"
    rows = room.desk.report("inventory.trace", lot=last.id).rows
    assert [row.cells[2] for row in rows] == ["Receipt"]
    assert len(list(room.desk.report("inventory.expiring").rows)) == 2
    right(room)


def test_a_serial_number_is_of_one_piece_and_in_stock_once(room):
    phone = room.product(tracking="serial")
    with pytest.raises(InvalidInput):
        room.receive(phone, "2", "100", line={"lot": "SN1"})
    with pytest.raises(InvalidInput):
        room.receive(phone, "1", "100")
    room.receive(phone, "1", "100", line={"lot": "SN1"})
    with pytest.raises(InvalidInput, match="in stock already"):
        room.receive(phone, "1", "100", line={"lot": "SN1"})
    [sold] = moved(room, "delivery", "OUT/1", Movement("1", room.id(phone), D(1)))
    assert sold.lots == (Lot("SN1", D(1)),)


def test_a_transfer_is_on_the_way_for_a_while(room):
    tea = room.product()
    room.desk.execute("inventory.place.create", code="SHOP", name="Shop", sells=True)
    room.receive(tea, "10", "2")
    lines = [{"product": tea, "quantity": "4"}]
    sent = room.desk.execute("inventory.transfer", {"from": "STOCK", "to": "SHOP", "lines": lines, "on_the_way": True})
    assert asked(room, "products_available", product_ids=(room.id(tea),), place=None)[room.id(tea)].on_hand == D(6)
    assert room.worth(tea) == (D(10), D(20))
    room.desk.execute("inventory.arrive", id=sent["id"])
    assert asked(room, "products_available", product_ids=(room.id(tea),), place="SHOP")[room.id(tea)].on_hand == D(4)
    with pytest.raises(RuleBroken):
        room.desk.execute("inventory.arrive", id=sent["id"])
    right(room)


def test_the_database_refuses_to_change_or_remove_what_moved(room):
    tea = room.product()
    room.receive(tea, "10", "2")
    for statement in (
        sa.update(Move).values(quantity=D(9)), sa.delete(Move), sa.update(Document).values(date=date(2020, 1, 1)),
        sa.delete(Document),
    ):  # fmt: skip
        with pytest.raises(RuleBroken):
            room.desk.run(lambda session, said=statement: session.execute(said))
    with pytest.raises(Exception, match="refused"):
        room.desk.run(lambda session: session.execute(sa.update(Balance).values(reserved=D(11))))


def test_nothing_is_dated_into_a_closed_period(room):
    tea = room.product()
    room.desk.execute("inventory.period.create", name="2025", start_date="2025-01-01", end_date="2025-12-31")
    room.receive(tea, "10", "2", date="2025-06-01")
    early = room.receive(tea, "1", "2", date="2025-12-31")
    period = room.desk.list("inventory.period").records[0]
    room.desk.execute("inventory.close_period", id=period.id)
    with pytest.raises(RuleBroken, match="closed period"):
        room.receive(tea, "10", "2", date="2025-06-02")
    room.desk.execute("inventory.reverse", id=early["id"], reason="a slip")
    with room.desk.reading() as session:
        assert session.scalars(sa.select(Document.date).where(Document.reverses_id == early["id"])).one() == date(
            2026, 1, 1
        )
    room.desk.execute("inventory.open_period", id=period.id)
    room.receive(tea, "10", "2", date="2025-06-02")
    right(room)


def test_a_late_cost_leaves_closed_periods_alone(room):
    tea = room.product()
    room.desk.execute("inventory.period.create", name="2025", start_date="2025-01-01", end_date="2025-12-31")
    bought = room.receive(tea, "10", "2", date="2025-06-01")
    room.deliver(tea, "5", date="2025-07-01")
    room.desk.execute("inventory.close_period", id=room.desk.list("inventory.period").records[0].id)
    before = [list(row.cells) for row in room.desk.report("inventory.valuation", date="2025-12-31").rows]
    cost = room.desk.execute(
        "inventory.landed_cost.create", date=str(TODAY), receipts=[{"receipt": bought["id"]}],
        lines=[{"amount": "10", "by": "value"}],
    )  # fmt: skip
    room.desk.execute("inventory.post_landed_cost", id=cost["id"])
    assert [list(row.cells) for row in room.desk.report("inventory.valuation", date="2025-12-31").rows] == before
    assert room.worth(tea) == (D(5), D(15))
    room.desk.execute("inventory.cancel_landed_cost", id=cost["id"])
    assert room.worth(tea) == (D(5), D(10))
    right(room)


def test_a_preview_tells_what_an_earlier_date_changes_and_writes_nothing(room):
    tea = room.product()
    room.receive(tea, "10", "2", date="2026-01-05")
    sold = room.deliver(tea, "5", date="2026-01-10")
    asked_ = {"kind": "receipt", "date": "2026-01-02", "product": tea, "quantity": "5", "unit_cost": "3"}
    told = room.desk.execute("inventory.preview", asked_)
    assert [(one["move"], D(one["amount"])) for one in told["changes"]] == [(sold["moves"][0], D(-5))]
    assert room.worth(tea) == (D(5), D(10))
    room.receive(tea, "5", "3", date="2026-01-02")
    assert room.worth(tea) == (D(10), D(20))
    right(room)


def test_drift_is_named_and_mended(room):
    tea = room.product()
    room.receive(tea, "10", "2")
    room.deliver(tea, "3")

    def spoil(session):
        session.execute(sa.update(Balance).values(on_hand=D(9)))
        session.execute(sa.update(Worth).values(value=D(15)))
        session.execute(sa.update(Layer).values(left_value=D(13)))

    room.desk.run(spoil)
    said = room.desk.execute("inventory.check")
    assert {one["kind"] for one in said["drift"]} == {"balance", "value", "layer values"}
    assert all(one["product"] == tea for one in said["drift"])
    assert len(list(room.desk.report("inventory.drift").rows)) == 3
    assert room.desk.execute("inventory.rebuild_balances")["drift_after"] == 0
    assert room.worth(tea) == (D(7), D(14))


def test_every_item_adds_up_to_nothing_over_all_places(room):
    tea = room.product()
    room.receive(tea, "10", "2")
    room.deliver(tea, "3")
    with room.desk.reading() as session:
        assert not list(sums_to_nothing(session))


def test_opening_stock_is_read_from_a_table_or_refused_row_by_row(room):
    tea, cup = room.product(), room.product()
    table = f"product,quantity,unit_cost\n{tea},10,2.50\n{cup},4,1\n"
    said = room.desk.execute("inventory.import_opening", table=table)
    assert (said["lines"], D(said["value"])) == (2, D(29))
    with pytest.raises(InvalidInput) as caught:
        room.desk.execute("inventory.import_opening", table=f"product,quantity\nNONE,1\n{tea},x\n")
    assert set(caught.value.fields) == {"row 2", "row 3"}


def test_value_at_a_day_long_past(room):
    tea = room.product()
    for day, quantity in ((1, "10"), (5, "10"), (9, "10")):
        room.receive(tea, quantity, "2", date=str(datetime(2026, 1, day, tzinfo=UTC).date()))
    room.deliver(tea, "12", date="2026-01-10")
    for day, value in (("2026-01-04", 20), ("2026-01-05", 40), ("2026-01-10", 36)):
        table = room.desk.report("inventory.valuation", date=day)
        assert [row.cells[4] for row in table.rows] == [D(value)]
    table = room.desk.report("inventory.on_hand", date="2026-01-06", place="STOCK")
    assert [column.name for column in table.columns] == ["product", "name", "place", "on_hand"]
    assert [row.cells[3] for row in table.rows] == [D(20)]
