"""Counts, reorder rules, papers, roles, the console and the programs' interface."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_inventory.models import Count, Item

from backoffice.core.api import Forbidden, RuleBroken
from backoffice.core.testing.offices import NOON, Offices, desk_of
from backoffice.core.testing.visiting import Visitor

from .conftest import PLUGINS, Stockroom, with_places

D = Decimal
TODAY = NOON.date()

BUYER = """
import datetime
from decimal import Decimal

from backoffice.hookspecs import hookimpl

ORDERED = []

@hookimpl
def products_expected(session, product_ids, until):
    from backoffice_products.api import Expected

    known = [one for one in ORDERED if one.needed_on <= until]
    return [Expected(one.product_id, one.quantity, one.needed_on, one.place) for one in known]

@hookimpl
def products_order(session, proposals):
    ORDERED.extend(proposals)
    return [f"PO/{n}" for n, _one in enumerate(proposals)]
"""

METADATA = """Metadata-Version: 2.1
Name: backoffice-acme-buyer
Version: 0.1.0
Requires-Dist: backoffice>=0.1,<1
Requires-Dist: backoffice-products>=0.1,<1
"""


@pytest.fixture
def plain(tmp_path_factory):
    """Makes offices on SQLite: nothing here differs between databases."""
    root = tmp_path_factory.getbasetemp() / "offices"
    root.mkdir(exist_ok=True)
    folder = root / tmp_path_factory.mktemp("planning").name
    folder.mkdir()
    return Offices("sqlite", folder)


@pytest.fixture
def room(plain):
    office = plain.make(only=PLUGINS, prepare=with_places)
    yield Stockroom(desk_of(office))
    office.close()


@pytest.fixture
def buying(plain, tmp_path, monkeypatch):
    """A stockroom beside a plugin that buys."""
    package, described = tmp_path / "backoffice_acme_buyer", tmp_path / "backoffice_acme_buyer-0.1.0.dist-info"
    package.mkdir()
    described.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(BUYER)
    (described / "METADATA").write_text(METADATA)
    (described / "entry_points.txt").write_text("[backoffice]\nacme_buyer = backoffice_acme_buyer.plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    made = Stockroom(desk_of(plain.make(only=(*PLUGINS, "acme_buyer"))))
    with_places(made.desk.office)
    yield made
    made.desk.office.close()


def test_what_is_ordered_is_not_proposed_again(buying):
    tea = buying.product()
    buying.receive(tea, "3", "1")
    buying.desk.execute(
        "inventory.rule.create", product=tea, place="STOCK", minimum="5", target="20", multiple="6", lead_days=7
    )
    [told] = buying.desk.execute("inventory.propose_orders")["proposals"]
    assert (D(told["quantity"]), told["needed_on"]) == (D(18), str(TODAY + timedelta(7)))
    assert buying.desk.execute("inventory.order_proposals") == {"orders": ["PO/0"], "proposals": 1}
    assert buying.desk.execute("inventory.propose_orders")["proposals"] == []
    rows = list(buying.desk.report("inventory.forecast").rows)
    assert rows[0].cells[2:] == (D(3), D(0), D(18), D(0), D(21))


def test_nobody_who_buys_is_told_plainly(room):
    tea = room.product()
    room.desk.execute("inventory.rule.create", product=tea, place="STOCK", minimum="5")
    with pytest.raises(RuleBroken, match="Nobody here orders"):
        room.desk.execute("inventory.order_proposals")


def test_a_blind_sheet_does_not_say_what_should_be_there(room):
    tea = room.product()
    room.receive(tea, "10", "1")
    seen = room.desk.execute("inventory.begin_count", place="STOCK")
    blind = room.desk.execute("inventory.begin_count", place="STOCK", blind=True)
    with room.desk.reading() as session:
        assert [line.seen for line in session.get(Count, seen["id"]).lines] == [D(10)]
        assert [line.seen for line in session.get(Count, blind["id"]).lines] == [None]
        assert ">10<" in session.document("inventory.count_sheet", seen["id"]).html
        assert ">10<" not in session.document("inventory.count_sheet", blind["id"]).html


def test_a_sheet_is_filled_in_like_any_record(room):
    tea = room.product()
    room.receive(tea, "10", "1")
    made = room.desk.execute("inventory.begin_count", place="STOCK")
    with room.desk.reading() as session:
        record = session.get(Count, made["id"])
        version, line = record.version, record.lines[0].id
    room.desk.execute("inventory.count.change", id=made["id"], version=version, lines=[{"id": line, "counted": "7"}])
    room.desk.execute("inventory.post_count", id=made["id"])
    assert room.worth(tea) == (D(7), D(7))


def test_classes_follow_from_what_left_and_decide_what_is_due(room):
    codes = [room.product() for _ in range(3)]
    for code, cost in zip(codes, ("80", "16", "4"), strict=True):
        room.receive(code, "2", cost)
        room.deliver(code, "1")
    assert room.desk.execute("inventory.set_classes") == {"a": 1, "b": 1, "c": 1}
    with room.desk.reading() as session:
        classes = session.execute(sa.select(Item.product_id, Item.abc).order_by(Item.product_id)).all()
    assert [row.abc for row in classes] == ["A", "B", "C"]
    count = room.desk.execute("inventory.begin_count", place="STOCK", abc="A")
    assert count["lines"] == 1
    room.desk.execute("inventory.write_count", id=count["id"], lines=[{"product": codes[0], "counted": "1"}])
    room.desk.execute("inventory.post_count", id=count["id"])
    assert room.desk.execute("inventory.begin_count", place="STOCK", due=True)["lines"] == 2
    rows = list(room.desk.report("inventory.turnover").rows)
    assert [row.cells[6] for row in rows] == ["A", "B", "C"]


def test_a_worker_moves_goods_and_sees_no_values(room):
    tea = room.product()
    room.desk.execute("inventory.install_places")
    grant(room, "inventory.worker")
    clerk = desk_of(room.desk.office, "clerk")
    said = clerk.execute("inventory.receive", lines=[{"product": tea, "quantity": "3", "unit_cost": "2"}])
    with pytest.raises(Forbidden):
        clerk.report("inventory.valuation")
    with pytest.raises(Forbidden):
        clerk.execute("inventory.reverse", id=said["id"], reason="a slip")
    visitor = Visitor(room.desk.office)
    visitor.arrive("clerk")
    visitor.open(f"/records/inventory.document/{said['id']}")
    assert visitor.page.says("IN/2026/00001")
    assert not visitor.page.says("6.00")


def grant(room, role):
    def add(session):
        from backoffice.core.users.models import Role, RoleAssignment, User

        who = session.scalars(sa.select(User).where(User.username == "clerk")).one()
        what = session.scalars(sa.select(Role).where(Role.code == role)).one()
        session.add(RoleAssignment(user_id=who.id, role_id=what.id))

    room.desk.run(add)


def test_goods_are_received_and_a_paper_is_printed_in_the_console(room):
    tea = room.product()
    visitor = Visitor(room.desk.office)
    visitor.arrive()
    visitor.open("/actions/inventory.receive")
    page = visitor.press(
        "Receive goods", {"lines.0.product:text": tea, "lines.0.quantity": "3", "lines.0.unit_cost": "2"}
    )
    assert page.status == 200
    assert room.worth(tea) == (D(3), D(6))
    visitor.open("/")
    assert visitor.page.says("Value of stock", "6.00")
    with room.desk.reading() as session:
        english = session.document("inventory.paper", 1, "en").html
        arabic = session.document("inventory.paper", 1, "ar").html
    assert "Goods received" in english
    assert "سند استلام بضائع" in arabic


def test_what_went_to_a_person_is_shown_and_kept(room):
    from backoffice_inventory.privacy import personal_data
    from backoffice_parties.models import Party

    tea = room.product()
    room.receive(tea, "3", "2")
    amal = room.desk.execute("parties.party.create", name="Amal", kind="organisation")["id"]
    room.deliver(tea, "1", party=amal)
    with room.desk.reading() as session:
        [known] = personal_data(session, session.get(Party, amal))
    assert known.data["number"] == "OUT/2026/00001"
    assert known.erase is None


def test_ageing_and_the_cards_of_a_product(room):
    tea = room.product()
    room.receive(tea, "3", "2", date=str(TODAY - timedelta(45)))
    [row] = room.desk.report("inventory.ageing").rows
    assert row.cells[2:] == (D(0), D(6), D(0), D(0), D(0))
    visitor = Visitor(room.desk.office)
    visitor.arrive()
    visitor.open(f"/records/products.product/{room.id(tea)}")
    assert visitor.page.says("There", "Free")
