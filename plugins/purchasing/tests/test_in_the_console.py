"""Orders to suppliers in the console: what a buyer sees."""

import pytest

from backoffice.core.testing.offices import desk_of
from backoffice.core.testing.visiting import Visitor


@pytest.fixture
def visitor(buyer):
    made = Visitor(buyer.desk.office)
    made.arrive()
    return made


def test_an_order_tells_who_asked_for_its_approval_by_name_and_nothing_meant_for_programs(buyer, visitor):
    order = buyer.order(("TEA", 3), confirm=False)
    desk_of(buyer.desk.office, "second").execute("purchasing.confirm_order", id=order)
    page = visitor.open(f"/records/purchasing.order/{order}")
    assert page.says("Asked by", "Second")
    assert not page.says("Rounding")
