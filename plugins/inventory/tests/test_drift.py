"""The check of the stock finds every kind of drift by its name; what is written anew is right again."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_inventory.models import Balance, Consumption, Document, Layer, Reservation, Worth

from backoffice.core.testing.offices import desk_of

from .conftest import PLUGINS, Stockroom, with_places

PLANTED = {
    "balance": (Balance, {"on_hand": Decimal(99)}),
    "reserved": (Balance, {"reserved": Decimal(1)}),
    "quantity": (Worth, {"quantity": Decimal(9)}),
    "value": (Worth, {"value": Decimal("9.99")}),
    "layers": (Layer, {"left_quantity": Decimal(1)}),
    "layer values": (Layer, {"left_value": Decimal("0.01")}),
    "consumption": (Consumption, {"quantity": Decimal(5)}),
    "books": (Document, {"asked": Decimal("1.23")}),
}


@pytest.fixture
def room(offices):
    """A stockroom with goods that came, left and are set aside."""
    made = Stockroom(desk_of(offices.make(only=PLUGINS, prepare=with_places)))
    made.code = made.product(method="fifo")
    made.receive(made.code, "10", "2.00")
    made.receive(made.code, "5", "3.00")
    made.deliver(made.code, "12")
    made.desk.execute("inventory.reserve", order="SO/1", lines=[{"product": made.code, "quantity": "2"}])
    return made


def kinds(room):
    return {one["kind"] for one in room.desk.execute("inventory.check")["drift"]}


def plant(room, model, values):
    """Change stored figures of one row behind the program's back."""

    def work(session):
        wanted = sa.select(sa.func.max(model.id)).where(model.company_id == session.company_id)
        session.execute(sa.update(model).where(model.id == session.scalar(wanted)).values(**values))

    room.desk.run(work)


def test_every_kind_of_drift_is_found_by_its_name_and_written_anew(room):
    for name, (model, values) in PLANTED.items():
        with room.desk.reading() as session:
            before = session.execute(sa.select(*(getattr(model, one) for one in values)).order_by(model.id.desc()))
            right = dict(zip(values, before.first(), strict=True))
        plant(room, model, values)
        assert name in kinds(room), name
        plant(room, model, right)
        assert kinds(room) == set()
    for name in PLANTED.keys() - {"books"}:
        plant(room, *PLANTED[name])
    assert room.desk.execute("inventory.rebuild_balances")["drift_after"] == 0


def test_a_reservation_that_is_gone_is_found(room):
    room.desk.run(lambda session: session.execute(sa.delete(Reservation)))
    assert kinds(room) == {"reserved"}


def test_an_entry_by_hand_on_the_account_of_stock_is_found(offices):
    def prepare(office):
        with_places(office)
        desk = desk_of(office)
        for code, name, type_ in (("1300", "Stock", "asset"), ("2100", "Goods received", "liability")):
            desk.execute("accounting.account.create", code=code, name=name, type=type_)
        desk.execute("accounting.journal.create", code="GEN", name="General", kind="general")
        desk.execute("accounting.open_year", start=f"{office.clock.now().year}-01-01")
        for purpose, code in (("inventory", "1300"), ("goods_received", "2100")):
            desk.execute("accounting.account_choice.create", purpose=purpose, account=code)

    room = Stockroom(desk_of(offices.make(only=(*PLUGINS, "taxes", "accounting"), prepare=prepare)))
    room.receive(room.product(method="fifo"), "10", "2.00")
    assert kinds(room) == set()
    lines = [{"account": "1300", "debit": "5"}, {"account": "2100", "credit": "5"}]
    day = str(room.desk.office.clock.now().date())
    room.desk.execute("accounting.post_entry", journal="GEN", date=day, lines=lines)
    assert kinds(room) == {"ledger"}
