"""The check of the stock finds every kind of drift by its name, and writing it anew mends it."""

import pytest
import sqlalchemy as sa
from backoffice_inventory.models import Balance, Consumption, Document, Layer, Reservation, Worth

from backoffice.core.testing.offices import desk_of

from .conftest import PLUGINS, Stockroom, with_places


@pytest.fixture(scope="module")
def room(offices_of_module):
    """A stockroom with goods that came, left and are set aside."""
    made = Stockroom(desk_of(offices_of_module.make(only=PLUGINS, prepare=with_places)))
    code = made.product(method="fifo")
    made.receive(code, "10", "2.00")
    made.receive(code, "5", "3.00")
    made.deliver(code, "12")
    made.desk.execute("inventory.reserve", order="SO/1", lines=[{"product": code, "quantity": "2"}])
    made.code = code
    return made
