"""An office with the usual units and places, made once for each kind of database."""

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings

from backoffice.core.clock import FixedClock
from backoffice.core.testing.offices import Offices, desk_of

PLUGINS = ("parties", "products", "inventory")
THOROUGH = os.environ.get("BACKOFFICE_THOROUGH") == "1"

# The same examples on every run; the machine may be busy, so there is no deadline each.
settings.register_profile("inventory", derandomize=True, deadline=None, max_examples=400 if THOROUGH else 25)
settings.load_profile("inventory")


def with_places(office):
    """Install the usual units and places."""
    desk = desk_of(office)
    desk.execute("products.install_units")
    desk.execute("inventory.install_places")


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=PLUGINS, prepare=with_places))


class MovingClock(FixedClock):
    """A clock a test sets to a day."""

    def __init__(self):
        super().__init__(datetime(2026, 1, 1, 12, tzinfo=UTC))

    def day(self, n):
        """Set it to noon of the ``n``-th day of the year and return that day."""
        self.at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n)
        return self.now().date()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One office on SQLite for many cases that do not meet: each has products of its own."""
    folder = Path(tmp_path_factory.mktemp("inventory")) / "one"
    folder.mkdir()
    office = Offices("sqlite", folder).make(only=PLUGINS, prepare=with_places, clock=MovingClock())
    yield Stockroom(desk_of(office))
    office.close()


class Stockroom:
    """Words for tests: products by code, goods in and out, what is there."""

    def __init__(self, desk):
        self.desk = desk
        self.made = 0

    def product(self, *, method=None, unit="pc", cost=None, **item):
        """Make a product and return its code."""
        self.made += 1
        code = f"P{self.made:04}"
        values = {"name": code, "code": code, "unit": unit}
        self.desk.execute("products.product.create", values if cost is None else {**values, "cost": cost})
        if method or item:
            self.desk.execute("inventory.item.create", product=code, method=method, **item)
        return code

    def receive(self, code, quantity, cost, **more):
        """Receive goods and return what the action says."""
        line = {"product": code, "quantity": quantity, "unit_cost": cost, **more.pop("line", {})}
        return self.desk.execute("inventory.receive", lines=[line], **more)

    def deliver(self, code, quantity, **more):
        """Deliver goods."""
        line = {"product": code, "quantity": quantity, **more.pop("line", {})}
        return self.desk.execute("inventory.deliver", lines=[line], **more)

    def id(self, code):
        """Return the id of a product."""
        return self.desk.get("products.product", code).id

    def worth(self, code, pool=0):
        """Return quantity, value and cost of one unit."""
        from backoffice_inventory.models import Worth
        from sqlalchemy import select

        with self.desk.reading() as session:
            row = session.scalars(select(Worth).where(Worth.product_id == self.id(code), Worth.pool == pool)).one()
            return row.quantity, row.value

    def unit_cost(self, code):
        """Return what one unit costs."""
        from backoffice_inventory.answers import cost

        with self.desk.reading() as session:
            return cost(session, [self.id(code)], session.today()).get(self.id(code), Decimal(0))
