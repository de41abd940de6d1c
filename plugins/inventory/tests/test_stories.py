"""Long stories of goods by chance: whatever happens on whatever day, everything stays what the moves add up to."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from backoffice_inventory.models import Document, Layer, Worth

from backoffice.core.api import InvalidInput, NotFound, RuleBroken

from .conftest import THOROUGH

D = Decimal
LENGTH = 400 if THOROUGH else 30


class Story:
    """Does things by chance to one product; what the plugin refuses is left out."""

    def __init__(self, room, seed, method):
        self.room, self.chance = room, random.Random(seed)
        self.code = room.product(method=method, **({"standard_cost": "2.5"} if method == "standard" else {}))
        self.today = room.desk.office.clock.day(200)
        self.done = self.refused = 0

    def day(self):
        """Return today, or now and then a day that has passed."""
        back = self.chance.randrange(40) if self.chance.random() < 0.3 else 0
        return str(self.today - timedelta(back))

    def receive(self):
        cost = D(self.chance.randrange(1, 1000)) / 100
        self.room.receive(self.code, str(self.chance.randrange(1, 20)), str(cost), date=self.day())

    def deliver(self):
        self.room.deliver(self.code, str(self.chance.randrange(1, 15)), date=self.day())

    def some(self, *kinds):
        """Return the id of a document of some kind."""
        with self.room.desk.reading() as session:
            from backoffice_inventory.models import Move

            own = sa.select(Move.document_id).where(Move.product_id == self.room.id(self.code))
            wanted = sa.select(Document.id).where(
                Document.id.in_(own), Document.kind.in_(kinds), Document.state == "done", Document.reverses_id.is_(None)
            )
            return self.chance.choice(session.scalars(wanted.order_by(Document.id)).all() or [0])

    def reverse(self):
        self.room.desk.execute("inventory.reverse", id=self.some("receipt", "delivery"), reason="by chance")

    def come_back(self):
        lines = [{"product": self.code, "quantity": str(self.chance.randrange(1, 4))}]
        self.room.desk.execute("inventory.return_goods", id=self.some("delivery", "receipt"), lines=lines)

    def late_cost(self):
        lines = [{"amount": str(D(self.chance.randrange(1, 5000)) / 100), "by": "quantity"}]
        made = self.room.desk.execute(
            "inventory.landed_cost.create", date=str(self.today), receipts=[{"receipt": self.some("receipt")}],
            lines=lines,
        )  # fmt: skip
        self.room.desk.execute("inventory.post_landed_cost", id=made["id"])

    def step(self):
        """Do one thing."""
        what = self.chance.choices(
            (self.receive, self.deliver, self.reverse, self.come_back, self.late_cost), (8, 8, 1, 2, 1)
        )[0]
        try:
            what()
            self.done += 1
        except (InvalidInput, RuleBroken, NotFound):
            self.refused += 1


@pytest.mark.parametrize("method", ["fifo", "average", "standard", "lifo"])
def test_a_story_by_chance_never_drifts(shared, method):
    shared.desk.execute("core.set_setting", plugin="inventory", name="backdating", value="replay")
    for seed in range(3 if THOROUGH else 1):
        story = Story(shared, seed, method)
        for _n in range(LENGTH):
            story.step()
        assert story.done > LENGTH // 3
        said = shared.desk.execute("inventory.check")
        assert said["right"], (seed, said["drift"])
        before = state(shared, story.code)
        assert shared.desk.execute("inventory.rebuild_balances")["drift_after"] == 0
        assert state(shared, story.code) == before


def state(room, code):
    """Return worth and layers of a product."""
    with room.desk.reading() as session:
        id_ = room.id(code)
        worth = session.execute(sa.select(Worth.quantity, Worth.value).where(Worth.product_id == id_)).all()
        layers = session.execute(
            sa.select(Layer.move_id, Layer.left_quantity, Layer.left_value)
            .where(Layer.product_id == id_, Layer.left_quantity != 0)
            .order_by(Layer.move_id)
        ).all()
        return worth, layers
