"""Charging passages, with and without somebody who says what they cost."""

from datetime import date
from decimal import Decimal

import pytest

from backoffice.core.api import RuleBroken
from backoffice.core.testing.offices import desk_of

DAY = "2027-01-31"


@pytest.fixture
def desk(offices):
    return desk_of(offices.make(only=["acme_tolls"]))


def test_a_passage_costs_what_is_set_where_nobody_says_otherwise(desk):
    desk.execute("core.set_setting", plugin="acme_tolls", name="rate", value="5.00")
    desk.execute("acme_tolls.charge", vehicle="ABC 123", day=DAY)
    [passage] = desk.list("acme_tolls.passage").records
    assert (passage.vehicle, passage.day, passage.amount) == ("ABC 123", date(2027, 1, 31), Decimal("5.00"))


def test_without_any_rate_nothing_is_charged_and_it_is_said_what_to_do(desk):
    with pytest.raises(RuleBroken) as caught:
        desk.execute("acme_tolls.charge", vehicle="ABC 123", day=DAY)
    assert "settings" in caught.value.remedy
    assert desk.list("acme_tolls.passage").records == []


def test_each_charge_is_said_as_an_event(desk):
    desk.execute("core.set_setting", plugin="acme_tolls", name="rate", value="5.00")
    desk.execute("acme_tolls.charge", vehicle="ABC 123", day=DAY)
    [said] = [one for one in desk.list("core.event").records if one.name == "acme_tolls.charged"]
    assert said.facts == {"vehicle": "ABC 123", "day": DAY, "amount": "5.00"}
